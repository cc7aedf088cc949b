#include "tools/gallery/gallery_data.h"

#include <fmt/core.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/objective/term_table.h"
#include "engine/options/command_line.h"
#include "tools/gallery/keys.h"

namespace limpid {
namespace {

using json = nlohmann::ordered_json;

/// ASCII; bytes that are not UTF-8 (of a folder's name) are replaced.
std::string dump(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace);
}

json sheet(const SheetLayout& layout) {
  return {{"name", layout.name}, {"tile", layout.tile}, {"columns", layout.columns}, {"rows", layout.rows}};
}

json curve(const QuantisedCurve& curve) {
  std::string samples;
  for (const std::uint8_t level : curve.levels) samples += fmt::format("{:02x}", level);
  return json::array({curve.low, curve.high, samples});
}

json picture(const GalleryEntry& entry) {
  const RenderOptions& options = entry.options;
  json row = {{"key", entry.key},
              {"objective", to_string(options.objective)},
              {"subject", subject(options)},
              {"layer", options.objective.leading().layer}};
  if (row_of(options.objective.leading()).one_channel) row["channel"] = options.objective.leading().channel;
  row["height"] = options.height;
  row["width"] = picture_width(options);
  row["steps"] = options.steps;
  row["seed"] = fmt::format("{}", options.seed);
  if (std::isfinite(entry.value)) row["value"] = entry.value;
  row["command"] = command_line(options, entry.weights);
  if (!entry.failure.empty()) row["failure"] = entry.failure;
  row["curve"] = curve(entry.curve);
  row["neighbours"] = entry.neighbours;
  for (const GalleryBand& band : entry.bands) {
    json shown = {{"name", band.name}, {"examples", band.examples}, {"values", band.values}};
    if (entry.cells.height > 0) shown["maps"] = band.maps;
    row["bands"].push_back(std::move(shown));
  }
  if (entry.bands.empty()) return row;
  row["histogram"] = curve(entry.histogram);
  if (entry.cells.height > 0) row["cells"] = {entry.cells.height, entry.cells.width};
  return row;
}

}  // namespace

std::string gallery_data(const GalleryText& text, const SheetLayout& small, const SheetLayout& medium,
                         const ExampleSheets& examples, const std::vector<GalleryEntry>& entries) {
  json head = {{"format", 1},
               {"title", text.title},
               {"about", text.about},
               {"small", sheet(small)},
               {"medium", sheet(medium)}};
  if (examples.count > 0)
    head["examples"] = {
        {"sheet", sheet(examples.layout)}, {"count", examples.count}, {"about", examples.about}};
  std::string script = fmt::format("window.limpidGallery = {}", dump(head));
  script.pop_back();  // Its closing brace: the pictures follow, one a line.
  script += ",\"pictures\":[";
  for (std::size_t i = 0; i < entries.size(); ++i) {
    script += i == 0 ? "\n" : ",\n";
    script += dump(picture(entries[i]));
  }
  return script + "\n]};\n";
}

}  // namespace limpid
