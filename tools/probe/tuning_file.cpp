#include "tools/probe/tuning_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/limpid.hpp"
#include "kernels/core/output_path.h"
#include "tools/origin.h"
#include "tools/probe/tuning_plot.h"
#include "tools/result_file.h"
#include "weights/file_bytes.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

std::string kind_name(const Tuning& tuning) {
  return std::string(name_of(tuning.stimuli.fixed.kind));
}

bool is_swept(const Tuning& tuning, const StimulusParameter& parameter) {
  for (const Sweep& sweep : tuning.stimuli.sweeps) {
    if (sweep.parameter == &parameter) return true;
  }
  return false;
}

/// A text of CSV, in quotes where it holds a comma.
std::string csv_field(const std::string& text) {
  return text.find(',') == std::string::npos ? text : fmt::format("\"{}\"", text);
}

/// null for a unit that responds the same to all.
Json peak_json(const Tuning& tuning, std::size_t unit) {
  const std::optional<TuningPeak> peak = tuning.peak(unit);
  if (!peak) return nullptr;
  Json json = {{"response", peak->response}};
  for (std::size_t i = 0; i < peak->values.size(); ++i)
    json[std::string(tuning.stimuli.sweeps[i].parameter->name)] = peak->values[i];
  return json;
}

ResultFile arrays_of(const Tuning& tuning, const TuningOrigin& origin) {
  ResultFile file;
  std::vector<int> shape = {static_cast<int>(tuning.units.size())};
  for (const Sweep& sweep : tuning.stimuli.sweeps) shape.push_back(static_cast<int>(sweep.values.size()));
  std::vector<float> responses;
  for (const std::vector<double>& unit : tuning.responses)
    responses.insert(responses.end(), unit.begin(), unit.end());
  file.add("responses", shape, responses);
  for (const Sweep& sweep : tuning.stimuli.sweeps) {
    file.add(std::string(sweep.parameter->name), {static_cast<int>(sweep.values.size())},
             std::vector<float>(sweep.values.begin(), sweep.values.end()));
  }
  std::string units;
  for (const std::string& unit : tuning.units) units += (units.empty() ? "" : " ") + unit;
  file.attribute("units", units);
  file.attribute("stimulus", kind_name(tuning));
  add_origin(file, origin.command, origin.weights);
  return file;
}

}  // namespace

std::string tuning_json(const Tuning& tuning, const TuningOrigin& origin) {
  Json json = {{"stimulus", kind_name(tuning)}, {"parameters", Json::object()}, {"sweeps", Json::array()}};
  for (const StimulusParameter& parameter : stimulus_parameters()) {
    if (parameter.shapes(tuning.stimuli.fixed.kind) && !is_swept(tuning, parameter))
      json["parameters"][std::string(parameter.name)] = tuning.stimuli.fixed.*parameter.member;
  }
  for (const Sweep& sweep : tuning.stimuli.sweeps)
    json["sweeps"].push_back(
        {{"parameter", sweep.parameter->name}, {"unit", sweep.parameter->unit}, {"values", sweep.values}});
  json["centre"] = {tuning.y, tuning.x};
  json["size"] = tuning.side;
  json["units"] = Json::array();
  for (std::size_t u = 0; u < tuning.units.size(); ++u) {
    json["units"].push_back(
        {{"unit", tuning.units[u]}, {"responses", tuning.responses[u]}, {"peak", peak_json(tuning, u)}});
  }
  json["version"] = version();
  json["command"] = origin.command;
  json["weights_sha256"] = sha256_of_file(origin.weights);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string tuning_csv(const Tuning& tuning) {
  std::string text;
  for (const Sweep& sweep : tuning.stimuli.sweeps)
    text += fmt::format("{}{}", text.empty() ? "" : ",", sweep.parameter->name);
  for (const std::string& unit : tuning.units) text.append(",").append(csv_field(unit));
  text += "\n";
  for (std::size_t i = 0; i < tuning.stimuli.size(); ++i) {
    std::string line;
    for (const double value : tuning.stimuli.values(i))
      line += fmt::format("{}{:.9g}", line.empty() ? "" : ",", value);
    for (const std::vector<double>& unit : tuning.responses) line += fmt::format(",{:.9g}", unit[i]);
    text += line + "\n";
  }
  return text;
}

void check_tuning_output(const std::filesystem::path& path) {
  const std::vector<std::string> own = {".svg", ".json", ".csv"};
  if (std::ranges::find(own, lower_extension(path)) == own.end()) return check_result_output(path, own);
  check_writable(path);
}

void write_tuning(const std::filesystem::path& path, const Tuning& tuning, const TuningOrigin& origin) {
  const std::string extension = lower_extension(path);
  if (extension == ".csv") return write_atomically(path, tuning_csv(tuning));
  if (extension == ".json") return write_atomically(path, tuning_json(tuning, origin));
  if (extension != ".svg") return arrays_of(tuning, origin).save(path);
  write_atomically(path, tuning_svg(tuning, about_picture(picture_origin(origin.command, origin.weights))));
}

}  // namespace limpid
