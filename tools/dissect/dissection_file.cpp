#include "tools/dissect/dissection_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/grid/json_field.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::size_t> counts_of(const std::vector<DissectedBasis>& bases,
                                   std::size_t (DissectedBasis::*count)() const) {
  std::vector<std::size_t> counts;
  for (const DissectedBasis& basis : bases) counts.push_back((basis.*count)());
  return counts;
}

std::string spread_words(const std::vector<std::size_t>& counts) {
  if (counts.empty()) return "-";
  const CountSpread spread = spread_of(counts);
  return fmt::format("{:.1f} +- {:.1f} ({}-{})", spread.mean, spread.deviation, spread.least, spread.most);
}

Json json_of(const DissectedUnit& unit, std::size_t number, const std::vector<std::string>& concepts) {
  return {{"unit", number},
          {"concept", concepts[unit.concept_number]},
          {"iou", unit.iou()},
          {"threshold", shortest(unit.threshold)},
          {"active", unit.active},
          {"in_common", unit.in_common},
          {"in_either", unit.in_either}};
}

Json json_of(const DissectedLayer& layer, const std::vector<std::string>& concepts) {
  Json json = {{"layer", layer.layer.name},
               {"map", {layer.layer.height, layer.layer.width}},
               {"positions", layer.positions},
               {"detectors", layer.basis.detectors()},
               {"concepts", layer.basis.distinct_concepts()},
               {"mean_iou", layer.basis.mean_iou()},
               {"rotations", Json::array()},
               {"covered", Json::object()},
               {"units", Json::array()}};
  for (const DissectedBasis& basis : layer.rotations)
    json["rotations"].push_back({{"detectors", basis.detectors()},
                                 {"concepts", basis.distinct_concepts()},
                                 {"mean_iou", basis.mean_iou()}});
  for (std::size_t c = 0; c < concepts.size(); ++c) json["covered"][concepts[c]] = layer.covered[c];
  for (std::size_t u = 0; u < layer.basis.units.size(); ++u)
    json["units"].push_back(json_of(layer.basis.units[u], u, concepts));
  return json;
}

}  // namespace

CountSpread spread_of(const std::vector<std::size_t>& counts) {
  double sum = 0, squares = 0;
  for (const std::size_t count : counts) sum += static_cast<double>(count);
  const auto number = static_cast<double>(counts.size());
  const double mean = sum / number;
  for (const std::size_t count : counts) squares += std::pow(static_cast<double>(count) - mean, 2);
  return {mean, counts.size() < 2 ? 0 : std::sqrt(squares / (number - 1)), std::ranges::min(counts),
          std::ranges::max(counts)};
}

std::vector<std::size_t> detectors_of(const std::vector<DissectedBasis>& bases) {
  return counts_of(bases, &DissectedBasis::detectors);
}

std::vector<std::size_t> distinct_concepts_of(const std::vector<DissectedBasis>& bases) {
  return counts_of(bases, &DissectedBasis::distinct_concepts);
}

std::string dissection_table(const std::vector<DissectedLayer>& layers) {
  std::string table = fmt::format("{:<14} {:>6} {:>10} {:>24} {:>9} {:>24}\n", "layer", "units", "detectors",
                                  "of random directions", "concepts", "of random directions");
  for (const DissectedLayer& layer : layers) {
    table +=
        fmt::format("{:<14} {:>6} {:>10} {:>24} {:>9} {:>24}\n", layer.layer.name, layer.basis.units.size(),
                    layer.basis.detectors(), spread_words(detectors_of(layer.rotations)),
                    layer.basis.distinct_concepts(), spread_words(distinct_concepts_of(layer.rotations)));
  }
  return table;
}

std::string dissection_json(const std::vector<DissectedLayer>& layers, const DissectionOrigin& origin) {
  Json json = {{"pictures", origin.pictures},
               {"size", origin.side},
               {"share_above_threshold", 1.0 / static_cast<double>(kPositionsPerActive)},
               {"detector_iou", kDetectorIou},
               {"concepts", origin.concepts},
               {"layers", Json::array()}};
  for (const DissectedLayer& layer : layers) json["layers"].push_back(json_of(layer, origin.concepts));
  json["version"] = origin.version;
  json["command"] = origin.command;
  json["weights_sha256"] = origin.weights_sha256;
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace limpid
