// What `limpid attribute` is told, and what follows from it.
#pragma once

#include <filesystem>
#include <string>

#include "engine/attribution/attribute.h"
#include "engine/network/compute_options.h"

namespace limpid {

/// As on the command line.
struct AttributeArguments {
  std::string photo;
  std::string objective;
  std::string to;  ///< A layer; empty for the method's own.
  std::string by;  ///< "position", "channel", "pixel", "group"; empty for what fits the layer.
  int groups = 6;  ///< Of --by group.
  std::string method = "path";
  std::string baseline = "zero";
  double tolerance = PathOptions{}.tolerance;
  int gradients = PathOptions{}.most_gradients;
  int samples = AttributionRequest{}.samples;
  double noise = AttributionRequest{}.deviation;
  std::string seed = "0";
  bool correct = false;
  bool all_positions = false;
  std::string output;
  std::string page;    ///< Folder; empty for none.
  std::string beside;  ///< Picture with a visualization beside it; empty for none.
  std::string curves;  ///< File for insertion and deletion curves; empty for none.
  std::string weights;
  bool quiet = false;
  ComputeOptions compute;
};

/// The layer attributed to: that of `to`, or the method's own; empty for the photo's pixels. Throws Error{usage} where
/// neither says it, for an unknown name, and for `by` and `to` that contradict each other.
std::string attributed_layer(const AttributeArguments& arguments, const Model& model);

/// The command that makes the same result.
std::string attribute_command_line(const AttributeArguments& arguments, const std::string& objective);

}  // namespace limpid
