#include "engine/job/steering_json.h"

#include <memory>
#include <string>
#include <variant>

#include "engine/grid/option_json.h"
#include "engine/options/option_table.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

/// What a job holds of files, for the text of another objective.
class HeldFiles final : public ObjectiveFiles {
 public:
  explicit HeldFiles(const Objective& held) : held_(held) {}

  std::shared_ptr<const Image> photo(const std::string& path) override {
    return found(path, &ObjectiveTerm::photo);
  }
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int /*channels*/) override {
    return found(path, &ObjectiveTerm::vectors);
  }

 private:
  template <class File>
  File found(const std::string& path, File ObjectiveTerm::*member) const {
    for (const ObjectiveTerm& term : held_.terms) {
      if (term.source == path && term.*member != nullptr) return term.*member;
    }
    fail_usage("the job does not hold '{}'", path);
  }

  const Objective& held_;
};

}  // namespace

Steering steering_from_json(const JsonField& json, const Model& model, const Objective& held) {
  constexpr const char* kWhat =
      "it cannot change while a job runs: objective, learning_rate, transforms, noise and "
      "view_strength can";
  const auto option = [](const JsonField& field, const char* key) {
    return read_option(field, *find_option(key));
  };
  Steering steering;
  json.for_each_member([&](const std::string& name, const JsonField& field) {
    if (name == "objective") {
      HeldFiles files(held);
      try {
        steering.objective = parse_objective(field.string(), model, &files);
      } catch (const Error& error) {
        field.reject(error.what());
      }
    } else if (name == "learning_rate") {
      steering.learning_rate = std::get<float>(option(field, "learning_rate"));
    } else if (name == "transforms") {
      steering.transforms = parse_transforms(std::get<std::string>(option(field, "transforms")));
    } else if (name == "noise") {
      steering.noise = field.real(0, 10);
    } else if (name == "view_strength") {
      steering.view_strength = field.real(0, 1);
    } else {
      field.reject(kWhat);
    }
  });
  return steering;
}

Json to_json(const Steering& steering) {
  Json json = Json::object();
  if (steering.objective) json["objective"] = to_string(*steering.objective);
  if (steering.learning_rate) json["learning_rate"] = shortest(*steering.learning_rate);
  if (steering.transforms) json["transforms"] = to_string(*steering.transforms);
  if (steering.noise) json["noise"] = shortest(*steering.noise);
  if (steering.view_strength) json["view_strength"] = shortest(*steering.view_strength);
  return json;
}

}  // namespace limpid
