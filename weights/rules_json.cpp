#include "weights/rules_json.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "kernels/core/error.h"
#include "kernels/core/json_depth.h"
#include "weights/inception_v1.h"
#include "weights/model_schema.h"
#include "weights/topology.h"
#include "weights/validate.h"

namespace limpid {
namespace {

using nlohmann::json;

/// The text's object and lists in it: what lies deeper is not ours.
constexpr int kRuleDepth = 2;

/// Reads the fields of one object.
class RuleFields {
 public:
  RuleFields(std::string_view text, const std::string& what) : what_(what) {
    if (find_deeper_json(text, kRuleDepth) != text.npos) fail_input("{} nests too deep", what_);
    constexpr bool throws = false;
    object_ = json::parse(text, nullptr, throws);
    if (!object_.is_object()) fail_input("{} is not a JSON object", what_);
  }

  bool has(const char* name) const { return object_.contains(name); }

  const json& get(const char* name) const {
    const auto field = object_.find(name);
    if (field == object_.end()) fail_input("{} lacks the field '{}'", what_, name);
    return *field;
  }

  std::string text(const char* name) const { return text(get(name), name, schema::kMaxString); }

  std::vector<std::string> texts(const char* name) const {
    std::vector<std::string> result;
    for (const json& item : list(name)) result.push_back(text(item, name, kMaxLabelSize));
    return result;
  }

  int whole(const char* name) const { return whole(get(name), name); }

  float real(const char* name) const { return real(get(name), name); }

  template <std::size_t N>
  std::array<int, N> wholes(const char* name) const {
    return numbers<int, N>(name, [&](const json& item) { return whole(item, name); });
  }

  template <std::size_t N>
  std::array<float, N> reals(const char* name) const {
    return numbers<float, N>(name, [&](const json& item) { return real(item, name); });
  }

  template <class Value, std::size_t N>
  Value choice(const char* name, const std::array<std::pair<Value, std::string_view>, N>& names) const {
    const std::string value = text(name);
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const auto& pair) { return pair.second == value; });
    if (found == names.end()) fail_input("{}: its field '{}' is '{}', which is unknown", what_, name, value);
    return found->first;
  }

 private:
  [[noreturn]] void fail_kind(const char* name) const {
    fail_input("{}: its field '{}' is of another kind or size", what_, name);
  }

  const json& list(const char* name) const {
    const json& field = get(name);
    if (!field.is_array()) fail_kind(name);
    return field;
  }

  std::string text(const json& value, const char* name, std::size_t longest) const {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > longest) fail_kind(name);
    return value.get<std::string>();
  }

  int whole(const json& value, const char* name) const {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > largest) fail_kind(name);
    return value.get<int>();
  }

  float real(const json& value, const char* name) const {
    if (!value.is_number() || std::abs(value.get<double>()) > std::numeric_limits<float>::max()) {
      fail_kind(name);
    }
    return value.get<float>();
  }

  template <class T, std::size_t N, class Read>
  std::array<T, N> numbers(const char* name, const Read& read) const {
    std::array<T, N> result{};
    const json& items = list(name);
    if (items.size() != N) fail_kind(name);
    std::transform(items.begin(), items.end(), result.begin(), read);
    return result;
  }

  const std::string& what_;
  json object_;
};

}  // namespace

std::string rules_to_json(const Model& model, Labels labels) {
  if (const std::size_t own = inception_layers().size(); model.layers.size() > own) {
    fail_usage("'{}' is a layer appended to the network; only limpid's own file (HDF5) holds such",
               model.layers[own].name);
  }
  const InceptionRules inception = rules_of(model.network);
  nlohmann::ordered_json rules = {
      {schema::kVersionName, schema::rules_version_of(model)},
      {schema::kNetworkName, schema::kNetwork},
      {schema::kFamily, model.provenance.family},
      {schema::kSource, model.provenance.source},
      {schema::kSha256, model.provenance.sha256},
      {schema::kLicence, model.provenance.licence},
      {schema::kPadding, schema::name_in(schema::kPaddings, inception.padding)},
      {schema::kPoolSizes, inception.pool_sizes},
      {schema::kLrn, schema::name_in(schema::kLrnKinds, inception.lrn.present)},
  };
  if (inception.lrn.present) {
    rules[schema::kLrnRadius] = inception.lrn.radius;
    rules[schema::kLrnAlpha] = inception.lrn.alpha;
    rules[schema::kLrnBeta] = inception.lrn.beta;
    rules[schema::kLrnBias] = inception.lrn.bias;
  }
  rules[schema::kInputOrder] = schema::name_in(schema::kOrders, model.input.order);
  rules[schema::kInputScale] = schema::kScale;
  rules[schema::kInputMean] = model.input.mean;
  rules[schema::kInputSize] = model.input.size;
  if (!model.provenance.training.empty()) rules[schema::kTraining] = model.provenance.training;
  if (labels == Labels::with && !model.classes.empty()) rules[schema::kClasses] = model.classes;
  return rules.dump(-1, ' ', true, json::error_handler_t::replace);
}

Model rules_from_json(std::string_view text, const std::string& what) {
  const RuleFields fields(text, what);
  if (const int version = fields.whole(schema::kVersionName);
      version < 1 || version > schema::kRulesVersion) {
    fail_input("{} is of schema {}; this version reads schemas 1 to {}", what, version,
               schema::kRulesVersion);
  }
  if (const std::string network = fields.text(schema::kNetworkName); network != schema::kNetwork) {
    fail_input("{} is of the network '{}', not of {}", what, network, schema::kNetwork);
  }
  Model model;
  model.provenance = {fields.text(schema::kFamily), fields.text(schema::kSource),
                      fields.text(schema::kSha256), fields.text(schema::kLicence),
                      fields.has(schema::kTraining) ? fields.text(schema::kTraining) : ""};
  InceptionRules inception;
  inception.padding = fields.choice(schema::kPadding, schema::kPaddings);
  inception.pool_sizes = fields.wholes<kUsualPools.size()>(schema::kPoolSizes);
  inception.lrn.present = fields.choice(schema::kLrn, schema::kLrnKinds);
  if (inception.lrn.present) {
    inception.lrn.radius = fields.whole(schema::kLrnRadius);
    inception.lrn.alpha = fields.real(schema::kLrnAlpha);
    inception.lrn.beta = fields.real(schema::kLrnBeta);
    inception.lrn.bias = fields.real(schema::kLrnBias);
  }
  model.network = inception_v1(inception);
  model.input.order = fields.choice(schema::kInputOrder, schema::kOrders);
  if (const float scale = fields.real(schema::kInputScale); scale != schema::kScale) {
    fail_input("{}: an input scale of {} is not supported; {} is", what, scale, schema::kScale);
  }
  model.input.mean = fields.reals<3>(schema::kInputMean);
  model.input.size = fields.whole(schema::kInputSize);
  if (fields.has(schema::kClasses)) model.classes = fields.texts(schema::kClasses);
  return model;
}

}  // namespace limpid
