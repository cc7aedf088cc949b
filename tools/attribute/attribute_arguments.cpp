#include "tools/attribute/attribute_arguments.h"

#include <fmt/core.h>

#include "engine/network/layers.h"
#include "engine/options/command_line.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// What is asked for, before names are looked up.
std::string named_layer(const AttributeArguments& arguments) {
  if (!arguments.to.empty()) return arguments.to;
  if (arguments.by == "pixel") return std::string(kPixels);
  return std::string(attribution_method(arguments.method).layer);
}

}  // namespace

std::string attributed_layer(const AttributeArguments& arguments, const Model& model) {
  const std::string named = named_layer(arguments);
  if (named.empty())
    fail_usage(
        "nothing says what to attribute to: a layer (example: --to mixed4d) or the photo's pixels (--by "
        "pixel)");
  if (named == kPixels) {
    if (arguments.all_positions)
      fail_usage("--all-positions needs a layer to attribute to (example: --to mixed4d)");
    if (arguments.by == "channel" || arguments.by == "group")
      fail_usage("pixels have no {}s to attribute to; --to names a layer that has", arguments.by);
    return {};
  }
  if (arguments.by == "pixel")
    fail_usage("--by pixel attributes to the photo itself, and --to {} to a layer: give one of them", named);
  const NamedLayer layer = require_target(model, named);
  if (layer.pre_relu)
    fail_usage("cannot attribute to '{}', before a ReLU: name the layer without :pre", named);
  return layer.layer;
}

std::string attribute_command_line(const AttributeArguments& arguments, const std::string& objective) {
  const AttributeArguments defaults;
  std::string line = fmt::format("limpid attribute {}{} {}", shell_quote(arguments.photo),
                                 objective.starts_with('-') ? " --" : "", shell_quote(objective));
  // Options come before what a -- ends.
  std::string options;
  if (!arguments.to.empty()) options += " --to " + shell_quote(arguments.to);
  if (!arguments.by.empty()) options += " --by " + arguments.by;
  if (arguments.by == "group") options += fmt::format(" --groups {}", arguments.groups);
  if (arguments.all_positions) options += " --all-positions";
  if (arguments.method != defaults.method) options += " --method " + arguments.method;
  if (arguments.baseline != defaults.baseline) options += " --baseline " + shell_quote(arguments.baseline);
  if (arguments.tolerance != defaults.tolerance)
    options += fmt::format(" --tolerance {}", arguments.tolerance);
  if (arguments.gradients != defaults.gradients)
    options += fmt::format(" --gradients {}", arguments.gradients);
  if (arguments.samples != defaults.samples) options += fmt::format(" --samples {}", arguments.samples);
  if (arguments.noise != defaults.noise) options += fmt::format(" --noise {}", arguments.noise);
  if (arguments.seed != defaults.seed) options += " --seed " + arguments.seed;
  if (arguments.correct) options += " --correct";
  if (!arguments.beside.empty()) options += " --beside " + shell_quote(arguments.beside);
  if (!arguments.curves.empty()) options += " --curves " + shell_quote(arguments.curves);
  return line.insert(std::string("limpid attribute").size(), options);
}

}  // namespace limpid
