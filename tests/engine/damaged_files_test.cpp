// HDF5 files that a user may have from elsewhere, damaged in every way of a kind: nothing crashes, and what
// is read nevertheless is the file's values, but for those that the damage itself changed.
#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "engine/image/prior_file.h"
#include "engine/objective/objective_data.h"
#include "tests/weights/file_damage.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_handle.h"

namespace limpid::testing {
namespace {

// As the command line does: see the function's comment.
const bool no_exit_handler = (leave_hdf5_open_at_exit(), true);

template <class T>
void append(std::string& bytes, std::span<const T> values) {
  const auto view = std::as_bytes(values);
  bytes.append(reinterpret_cast<const char*>(view.data()), view.size());
}

template <class T>
void append_one(std::string& bytes, const T& value) {
  append(bytes, std::span<const T>(&value, 1));
}

std::string bytes_of(const Prior& prior) {
  std::string bytes;
  for (const int value : {prior.pictures, prior.width, prior.height}) append_one(bytes, value);
  for (const auto& row : prior.covariance) append(bytes, std::span<const float>(row));
  for (const auto& row : prior.colours.matrix) append(bytes, std::span<const float>(row));
  append(bytes, std::span<const float>(prior.colours.mean));
  append(bytes, std::span<const float>(prior.magnitude));
  return bytes;
}

std::string bytes_of(const FeatureVectors& vectors) {
  std::string bytes;
  for (const int value : {vectors.channels, vectors.height, vectors.width}) append_one(bytes, value);
  append(bytes, std::span<const float>(vectors.values));
  return bytes;
}

std::string bytes_of(const Model& model) {
  std::string bytes;
  for (const ConvLayer& layer : model.layers) {
    append(bytes, std::span<const float>(layer.filter));
    append(bytes, std::span<const float>(layer.bias));
  }
  return bytes;
}

TEST(DamagedFiles, APrior) {
  const TemporaryFolder folder;
  Prior prior;
  prior.pictures = 3;
  prior.height = 2;
  prior.width = 3;
  prior.covariance = {{{2, 1, 0.5F}, {1, 2, 1}, {0.5F, 1, 2}}};
  prior.colours.matrix = {{{1, 0, 0}, {0.5F, 0.75F, 0}, {0.25F, 0.5F, 0.625F}}};
  prior.colours.mean = {0.25F, 0.5F, 0.75F};
  for (int i = 1; i <= 12; ++i) prior.magnitude.push_back(static_cast<float>(i) / 8);
  write_prior(prior, folder / "prior.h5");
  damage_everywhere(folder / "prior.h5", {}, [&] { return bytes_of(read_prior(folder / "prior.h5")); });
}

class DamagedVectors : public ::testing::TestWithParam<bool> {};

TEST_P(DamagedVectors, ADirection) {
  const bool chunked = GetParam();
  const TemporaryFolder folder;
  const std::string path = (folder / "v.h5").string();
  {
    const Hdf5Handle file(H5Fcreate(path.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    const std::array<hsize_t, 3> shape = {2, 3, 5}, chunk = {2, 2, 5};
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    if (chunked) {
      H5Pset_chunk(creation.get(), 3, chunk.data());
      H5Pset_shuffle(creation.get());
      H5Pset_deflate(creation.get(), 9);
    }
    const Hdf5Handle space(H5Screate_simple(3, shape.data(), nullptr), H5Sclose);
    const Hdf5Handle dataset(H5Dcreate2(file.get(), "direction", H5T_IEEE_F32LE, space.get(), H5P_DEFAULT,
                                        creation.get(), H5P_DEFAULT),
                             H5Dclose);
    std::vector<float> values;
    for (int i = 0; i < 30; ++i) values.push_back(static_cast<float>(i * 7 % 30 - 15) / 8);
    ASSERT_GE(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  }
  damage_everywhere(path, {}, [&] { return bytes_of(*read_feature_vectors(path, 5)); });
}

INSTANTIATE_TEST_SUITE_P(Storage, DamagedVectors, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Compressed" : "Plain"; });

TEST(DamagedFiles, Weights) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "weights.h5";
  write_model(narrow_model("bvlc_googlenet"), path);
  const auto read = [&] { return bytes_of(read_model(path)); };
  // The groups of the layers are all alike: the superblock, the root and the first of them closely, and here
  // and there beyond.
  damage_everywhere(path, {0, 6000, 61}, read);
  damage_everywhere(path, {6000, std::string::npos, 1009}, read);
}

}  // namespace
}  // namespace limpid::testing
