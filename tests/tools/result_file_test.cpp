#include "tools/result_file.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

TEST(ResultFile, HoldsWhatWasAdded) {
  const TemporaryFolder folder;
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  ResultFile result;
  result.add("array", {1, 2, 3}, values);
  result.add("scalar", 0.1F);
  result.attribute("text", "mixed4a:11");
  result.attribute("nothing", "");
  result.save(folder / "a.h5");

  const Hdf5Handle file(H5Fopen((folder / "a.h5").c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
  ASSERT_TRUE(file);
  const Hdf5Handle array(H5Dopen2(file.get(), "array", H5P_DEFAULT), H5Dclose);
  const Hdf5Handle space(H5Dget_space(array.get()), H5Sclose);
  ASSERT_EQ(H5Sget_simple_extent_ndims(space.get()), 3);
  std::vector<hsize_t> shape(3);
  H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
  EXPECT_EQ(shape, (std::vector<hsize_t>{1, 2, 3}));
  std::vector<float> read(6);
  ASSERT_GE(H5Dread(array.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, read.data()), 0);
  EXPECT_EQ(read, values);

  const Hdf5Handle scalar(H5Dopen2(file.get(), "scalar", H5P_DEFAULT), H5Dclose);
  float value = 0;
  ASSERT_GE(H5Dread(scalar.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value), 0);
  EXPECT_EQ(value, 0.1F);

  const Hdf5Handle attribute(H5Aopen(file.get(), "text", H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
  std::vector<char> text(H5Tget_size(type.get()));
  ASSERT_GE(H5Aread(attribute.get(), type.get(), text.data()), 0);
  EXPECT_STREQ(text.data(), "mixed4a:11");
}

TEST(ResultFile, SaysWhereItCannotWrite) {
  const TemporaryFolder folder;
  ResultFile result;
  result.add("scalar", 1.0F);
  expect_error(ErrorKind::usage, {"no/a.h5", "No such file"}, [&] { result.save(folder / "no/a.h5"); });
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace limpid::testing
