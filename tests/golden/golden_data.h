// Recorded results of independent implementations, to agree with.
//
// They lie outside the repository, in the folder that LIMPID_TEST_DATA names: weights/, images/, reference/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/objective/objective.h"

namespace limpid::golden {

/// The folder of test data, when LIMPID_TEST_DATA is set.
std::optional<std::filesystem::path> data_folder();

/// One layer of a recorded forward pass: statistics over all its values, and samples.
struct RecordedLayer {
  std::string name;  ///< As the layer is called: "mixed4a_3x3".
  bool pre_relu = false;
  std::vector<std::int64_t> shape;  ///< C x H x W, or C.
  double mean = 0, deviation = 0, max = 0;
  std::vector<std::int64_t> index;  ///< Flat, into C x H x W.
  std::vector<float> value;         ///< Of each index.
};

/// One recorded objective: its value, and its gradient with respect to the network's input.
struct RecordedObjective {
  std::string name;  ///< As recorded: "pre:mixed4d:139".
  ObjectiveTerm objective;
  double value = 0;
  std::vector<float> input_gradient;  ///< 3 x height x width, in the network's channel order.
};

/// A forward pass of BVLC GoogLeNet over one picture, with input gradients, computed in float32.
struct RecordedRun {
  int height = 0, width = 0;
  std::vector<std::uint8_t> picture;  ///< height x width x 3, RGB.
  std::vector<float> input;           ///< 3 x height x width, BGR, mean subtracted.
  std::vector<float> softmax;
  std::vector<RecordedLayer> layers;
  std::vector<RecordedObjective> objectives;
};

/// Reads a run from HDF5. Throws Error{input} naming the file and the dataset.
RecordedRun read_recorded_run(const std::filesystem::path& path);

/// Reads a one-dimensional float32 array in NumPy's format. Throws Error{input}.
std::vector<float> read_npy(const std::filesystem::path& path);

}  // namespace limpid::golden
