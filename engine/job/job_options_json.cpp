#include "engine/job/job_options_json.h"

#include "engine/grid/job_json.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

constexpr const char* kSteerable = "steerable";
constexpr const char* kTargets = "targets";

}  // namespace

JobOptions job_options_from_json(const JsonField& json, const Model& model) {
  JobOptions options;
  Json job = Json::object();
  json.for_each_member([&](const std::string& name, const JsonField& field) {
    if (name == kSteerable) {
      options.steerable = field.boolean();
    } else if (name == kTargets) {
      if (!field.value().is_array()) field.fail("a list of layers");
      for (std::size_t i = 0; i < field.size(); ++i) options.targets.push_back(field.element(i).string());
    } else {
      job[name] = field.value();
    }
  });
  const ObjectiveField objective =
      options.targets.empty() ? ObjectiveField::required : ObjectiveField::optional;
  options.render = job_from_json(JsonField(job, json.file(), json.path()), model, {}, nullptr, objective);
  return options;
}

Json to_json(const JobOptions& options) {
  Json json = job_to_json(options.render);
  if (options.render.objective.terms.empty()) json.erase("objective");
  if (options.steerable) json[kSteerable] = true;
  if (!options.targets.empty()) json[kTargets] = options.targets;
  return json;
}

}  // namespace limpid
