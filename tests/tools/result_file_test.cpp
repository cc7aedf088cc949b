#include "tools/result_file.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <vector>

#include "tests/weights/support.h"
#include "weights/hdf5_handle.h"
#include "weights/npy_header.h"
#include "weights/npy_strings.h"

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

TEST(ResultFile, IsWhatItsExtensionNames) {
  const TemporaryFolder folder;
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  ResultFile result;
  result.add("scalar", 0.5F);
  result.add("array", {1, 2, 3}, values);
  result.attribute("text", "mixed4a:11");
  const std::string data(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  const std::string array = make_npy_header({"<f4", false, {1, 2, 3}}) + data;
  result.save(folder / "a.npy");
  EXPECT_EQ(read_text(folder / "a.npy"), array);

  result.save(folder / "a.npz");
  const std::string archive = read_text(folder / "a.npz");
  EXPECT_TRUE(archive.starts_with("PK"));
  const std::string half(reinterpret_cast<const char*>(std::array{0.5F}.data()), sizeof(float));
  for (const std::string& entry :
       {"array.npy" + array, "scalar.npy" + make_npy_header({"<f4", false, {}}) + half,
        "text.npy" + npy_strings({"mixed4a:11"})}) {
    EXPECT_NE(archive.find(entry), std::string::npos);
  }
  result.save(folder / "b.NPZ");
  EXPECT_EQ(read_text(folder / "b.NPZ"), archive);
  EXPECT_EQ(folder.entries(), 3);
  for (const char* name : {"a.png", "a", "a.csv"}) {
    const auto said = {std::string_view(name), std::string_view(".h5, .npz or .npy")};
    expect_error(ErrorKind::usage, said, [&] { result.save(folder / name); });
    expect_error(ErrorKind::usage, said, [&] { check_result_output(folder / name); });
  }
  expect_error(ErrorKind::usage, {"No such file"}, [&] { check_result_output(folder / "no/a.npy"); });
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
