#include "weights/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string_view>

#include "weights/layer_shapes.h"
#include "weights/model_schema.h"
#include "weights/rules_json.h"

namespace limpid {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Fields of the rules that say what the weights are, not how they are used.
constexpr std::array<std::string_view, 7> kDescriptions = {
    schema::kVersionName, schema::kNetworkName, schema::kFamily,  schema::kSource,
    schema::kSha256,      schema::kLicence,     schema::kTraining};

std::string shape_text(std::initializer_list<int> shape) {
  std::vector<std::uint64_t> extents;
  for (const int extent : shape) extents.push_back(static_cast<std::uint64_t>(extent));
  return format_shape(extents);
}

TensorComparison compare_tensor(std::string name, std::string shape_a, std::string shape_b,
                                const std::vector<float>& a, const std::vector<float>& b) {
  TensorComparison result{std::move(name), std::move(shape_a), std::move(shape_b), {}};
  result.difference = result.same_shape() ? difference(a, b) : Difference{kInfinity, kInfinity, false};
  return result;
}

}  // namespace

Difference difference(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) throw std::invalid_argument("difference of tensors of different sizes");
  Difference result;
  double squares = 0, squares_of_a = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = std::abs(double{b[i]} - double{a[i]});
    // Written so that NaN stays.
    if (std::isnan(apart) || apart > result.max_abs) result.max_abs = apart;
    if (!(apart == 0)) result.equal = false;
    squares += apart * apart;
    squares_of_a += double{a[i]} * double{a[i]};
  }
  result.relative_l2 = result.equal ? 0 : squares_of_a == 0 ? kInfinity : std::sqrt(squares / squares_of_a);
  return result;
}

std::vector<TensorComparison> compare_tensors(const Model& a, const Model& b) {
  std::vector<TensorComparison> result;
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    const ConvLayer& x = a.layers[i];
    const ConvLayer& y = b.layer(x.name);
    result.push_back(compare_tensor(x.name + ".weight", shape_text({x.k, x.c, x.size, x.size}),
                                    shape_text({y.k, y.c, y.size, y.size}), x.filter, y.filter));
    result.push_back(compare_tensor(x.name + ".bias", shape_text({x.k}), shape_text({y.k}), x.bias, y.bias));
  }
  return result;
}

std::vector<RuleComparison> compare_rules(const Model& a, const Model& b) {
  using nlohmann::json;
  const json rules_a = json::parse(rules_to_json(a)), rules_b = json::parse(rules_to_json(b));
  std::set<std::string> names;
  for (const json* rules : {&rules_a, &rules_b}) {
    for (const auto& [name, value] : rules->items()) names.insert(name);
  }
  for (const std::string_view name : kDescriptions) names.erase(std::string(name));
  const auto text = [](const json& rules, const std::string& name) -> std::string {
    if (!rules.contains(name)) return "none";
    return rules[name].is_string() ? rules[name].get<std::string>() : rules[name].dump();
  };
  std::vector<RuleComparison> result;
  for (const std::string& name : names) {
    RuleComparison rule{name, text(rules_a, name), text(rules_b, name)};
    if (rule.a != rule.b) result.push_back(std::move(rule));
  }
  return result;
}

}  // namespace limpid
