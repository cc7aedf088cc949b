// Directions and patches from files: what numpy and HDF5 store comes in bit for bit, and what is no direction
// is refused in a line that says why.
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "engine/objective/objective_data.h"
#include "tests/weights/npz_writer.h"
#include "tests/weights/support.h"
#include "weights/hdf5_handle.h"

namespace limpid::testing {
namespace {

/// Eighths, which every type holds.
std::vector<float> eighths(int count) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i) values.push_back(static_cast<float>(i % 5 - 2) / 8);
  return values;
}

void add_dataset(const std::filesystem::path& path, const char* name, const std::vector<hsize_t>& shape,
                 const std::vector<float>& values) {
  const bool fresh = !std::filesystem::exists(path);
  const Hdf5Handle file(fresh ? H5Fcreate(path.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT)
                              : H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT),
                        H5Fclose);
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
  const Hdf5Handle dataset(
      H5Dcreate2(file.get(), name, H5T_IEEE_F32LE, space.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
      H5Dclose);
  ASSERT_GE(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
}

class FeatureVectorFiles : public ::testing::Test {
 protected:
  std::string write_npy(const std::string& descr, const std::string& shape,
                        const std::vector<float>& values) {
    const std::filesystem::path path = folder_ / "v.npy";
    write_text(path, npy(descr, shape, data_as(descr, values)));
    return path.string();
  }

  TemporaryFolder folder_;
};

TEST_F(FeatureVectorFiles, NumpysTypesComeInBitForBit) {
  const std::vector<float> values = eighths(12);
  for (const char* descr : {"<f2", "<f4", "<f8"}) {
    const auto vectors = read_feature_vectors(write_npy(descr, "12,", values), 12);
    EXPECT_EQ(vectors->values, values) << descr;
    EXPECT_EQ(vectors->channels, 12);
    EXPECT_EQ(vectors->height, 1);
    EXPECT_EQ(vectors->width, 1);
  }
}

TEST_F(FeatureVectorFiles, APatchHasRowsColumnsAndChannels) {
  const std::vector<float> values = eighths(24);
  const auto vectors = read_feature_vectors(write_npy("<f4", "2, 3, 4", values), 4);
  EXPECT_EQ(vectors->height, 2);
  EXPECT_EQ(vectors->width, 3);
  EXPECT_EQ(vectors->channels, 4);
  EXPECT_EQ(vectors->values, values);
}

TEST_F(FeatureVectorFiles, Hdf5HasItsOnlyDatasetOrTheOneNamedDirection) {
  const std::vector<float> values = eighths(12);
  add_dataset(folder_ / "v.h5", "mine", {12}, values);
  EXPECT_EQ(read_feature_vectors((folder_ / "v.h5").string(), 12)->values, values);
  add_dataset(folder_ / "v.h5", "other", {3}, eighths(3));
  expect_input_error({"v.h5", "holds 2 datasets and none is named 'direction'"},
                     [&] { read_feature_vectors((folder_ / "v.h5").string(), 12); });
  add_dataset(folder_ / "v.h5", "direction", {2, 2, 3}, values);
  EXPECT_EQ(read_feature_vectors((folder_ / "v.h5").string(), 3)->height, 2);
}

TEST_F(FeatureVectorFiles, SayWhatIsNoDirection) {
  struct Wrong {
    std::string descr, shape;
    std::vector<float> values;
    const char* said;
  };
  std::vector<float> broken = eighths(12);
  broken[3] = std::numeric_limits<float>::quiet_NaN();
  for (const Wrong& wrong :
       std::vector<Wrong>{{"<f4", "7,", eighths(7),
                           "holds 7: an array of 12 channels or of height x width x 12 was expected"},
                          {"<f4", "2, 12", eighths(24), "holds 2 x 12: an array of 12 channels"},
                          {"<f4", "12, 2, 3", eighths(72), "holds 12 x 2 x 3: an array of 12 channels"},
                          {"<f4", "", eighths(1), "holds a single number"},
                          {"<f4", "0,", {}, "an array of 0, which is no direction"},
                          {"<f4", "12,", broken, "a value that is not finite"},
                          {"<f4", "12,", std::vector<float>(12), "zeros alone, which point nowhere"},
                          {"<f4", "12,", eighths(11), "declares 12 values and holds 44 bytes"}}) {
    const std::string path = write_npy(wrong.descr, wrong.shape, wrong.values);
    expect_input_error({"v.npy", wrong.said}, [&] { read_feature_vectors(path, 12); });
  }
  write_text(folder_ / "v.npy", npy("<i4", "12,", std::string(48, 'a')));
  expect_input_error({"v.npy", "is of type '<i4'; '<f2', '<f4' and '<f8' are read"},
                     [&] { read_feature_vectors((folder_ / "v.npy").string(), 12); });
  expect_input_error({"nowhere.npy", "does not exist"},
                     [&] { read_feature_vectors((folder_ / "nowhere.npy").string(), 12); });
}

}  // namespace
}  // namespace limpid::testing
