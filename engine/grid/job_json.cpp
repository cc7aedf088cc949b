#include "engine/grid/job_json.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "engine/grid/option_json.h"
#include "engine/optimize/presets.h"
#include "engine/options/option_table.h"
#include "kernels/core/error.h"
#include "kernels/core/names.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

void read_preset(const JsonField& field, RenderOptions& job) {
  const std::vector<std::string> names = preset_names();
  const std::string name = field.value().is_string() ? field.string() : "";
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    field.fail(fmt::format("one of \"{}\"", fmt::join(names, "\", \"")));
  }
  apply_preset(name, job);
}

/// `parse` is parse_objective or parse_watched.
Objective read_objective(const JsonField& field, const Model& model, ObjectiveFiles* files,
                         decltype(&parse_objective) parse) {
  const std::string text = field.string();
  try {
    return parse(text, model, files);
  } catch (const Error& error) {
    field.reject(error.what());
  }
}

/// Throws Error{input} for an option that the job's kind of parameters does not have, unless its value is the default
/// or records have it for every kind.
void check_effect(const JsonField& field, const OptionRow& row, const OptionValue& value,
                  const RenderOptions& job) {
  const bool has_it = (row.kinds & bit(job.kind())) != 0;
  if (has_it || row.recorded == Recorded::always || value == row.get({})) return;
  field.reject(fmt::format("it has no effect on \"{}\": it is for {}", name_of(job.kind()),
                           fmt::join(kinds_of(row), ", ")));
}

/// Every field but the objective and the preset.
void read_fields(const JsonField& json, const Model& model, ObjectiveFiles* files, RenderOptions& job) {
  json.for_each_member([&](const std::string& name, const JsonField& field) {
    if (name == "objective" || name == "preset") return;
    if (name == "watch") {
      job.watch.clear();
      for (std::size_t i = 0; i < field.size(); ++i) {
        job.watch.push_back(read_objective(field.element(i), model, files, parse_watched));
      }
      return;
    }
    const OptionRow* row = find_option(name);
    if (row == nullptr || !row->is_field()) field.reject("there is no field of this name");
    const OptionValue value = read_option(field, *row);
    check_effect(field, *row, value, job);
    row->set(job, value);
  });
}

}  // namespace

Json job_to_json(const RenderOptions& job) {
  Json json;
  json["objective"] = to_string(job.objective);
  for (const Objective& watched : job.watch) json["watch"].push_back(to_string(watched));
  add_option_fields(json, job);
  return json;
}

RenderOptions job_from_json(const JsonField& json, const Model& model, const RenderOptions& defaults,
                            ObjectiveFiles* files, ObjectiveField objective) {
  RenderOptions job = defaults;
  if (objective == ObjectiveField::required || json.value().contains("objective"))
    job.objective = read_objective(json.member("objective"), model, files, parse_objective);
  // The kind of parameters comes first, for others are options of a kind. Then the preset: fields beside it say otherwise,
  // whatever their order.
  const OptionRow& kind = *find_option("param");
  if (json.value().contains("param")) kind.set(job, read_option(json.member("param"), kind));
  const bool preset = json.value().contains("preset");
  if (preset) read_preset(json.member("preset"), job);
  read_fields(json, model, files, job);
  // A job of another kind than the defaults' has its kind's rate, unless it or a preset says which.
  if (!json.value().contains("learning_rate") && !preset && job.kind() != defaults.kind()) {
    job.update.learning_rate.reset();
  }
  // What the defaults say counts as given by the job, where it has an effect.
  settle_preset(job, [&](std::string_view key) {
    return json.value().contains(std::string(key)) || (!preset && has_effect(*find_option(key), job));
  });
  return job;
}

}  // namespace limpid
