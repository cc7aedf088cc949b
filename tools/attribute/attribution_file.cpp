#include "tools/attribute/attribution_file.h"

#include <vector>

namespace limpid {
namespace {

std::vector<float> single(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

void add_attribution(ResultFile& file, const Attribution& attribution) {
  const auto& [channels, height, width, values, gradient, value, baseline, residual, bound, correction,
               gradients] = attribution;
  file.add("attribution", {channels, height, width}, values);
  file.add("positions", {height, width}, single(attribution.by_position()));
  file.add("channels", {channels}, single(attribution.by_channel()));
  if (!gradient.empty()) file.add("gradient", {channels, height, width}, gradient);
  file.add("value", static_cast<float>(value));
  file.add("baseline_value", static_cast<float>(baseline));
  file.add("sum", static_cast<float>(attribution.sum()));
  file.add("residual", static_cast<float>(residual));
  file.add("bound", static_cast<float>(bound));
  file.add("correction", static_cast<float>(correction));
  file.add("gradients", static_cast<float>(gradients));
}

void add_position_pairs(ResultFile& file, const PositionPairs& pairs) {
  file.add("attribution", {pairs.upper_height, pairs.upper_width, pairs.lower_height, pairs.lower_width},
           pairs.values);
  file.add("lengths", {pairs.upper_height, pairs.upper_width}, pairs.lengths);
}

}  // namespace limpid
