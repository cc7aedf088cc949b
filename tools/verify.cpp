// limpid verify: whether two weights files hold the same network.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/notes.h"
#include "weights/compare.h"
#include "weights/import.h"

namespace limpid {
namespace {

struct VerifyOptions {
  std::string a, b;
  std::string photo;
  double tolerance = 1e-5;
  bool json = false;
  ComputeOptions compute;
};

/// A layer's output in two models.
struct ActivationComparison {
  std::string layer;
  std::string shape_a, shape_b;
  Difference difference;  ///< Infinite where the shapes differ.
};

struct Comparison {
  std::vector<RuleComparison> rules;
  std::vector<TensorComparison> tensors;
  std::vector<ActivationComparison> activations;
  bool same_labels = true;

  bool equal() const {
    const auto is_equal = [](const auto& row) { return row.difference.equal; };
    return rules.empty() && std::all_of(tensors.begin(), tensors.end(), is_equal) &&
           std::all_of(activations.begin(), activations.end(), is_equal);
  }
  bool within(double tolerance) const {
    const auto is_within = [&](const auto& row) { return row.difference.within(tolerance); };
    return rules.empty() && std::all_of(tensors.begin(), tensors.end(), is_within) &&
           std::all_of(activations.begin(), activations.end(), is_within);
  }
};

/// Rings that narrow outwards, about another centre in each colour: every frequency and direction a network
/// could respond to, and the same bits everywhere but for the sine's last.
Image synthetic_picture(int size) {
  static constexpr std::array<std::array<double, 2>, 3> centres = {{{0.5, 0.5}, {0.25, 0.6}, {0.7, 0.3}}};
  Image image{size, size, {}};
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      for (const auto& [centre_x, centre_y] : centres) {
        const double dx = x - centre_x * size, dy = y - centre_y * size;
        // At a distance of half the size, a ring is two pixels wide.
        const double phase = M_PI * (dx * dx + dy * dy) / (2 * size);
        image.rgb.push_back(static_cast<float>(0.5 + 0.5 * std::sin(phase)));
      }
    }
  }
  return image;
}

/// Ends of the stem's, the modules' and the head's computations.
std::vector<std::string> compared_layers(const Network& network) {
  std::vector<std::string> layers = network.trunk_layers();
  for (const std::string& name : network.layer_names()) {
    const ValueId id = network.find(name);
    if (network.is_classes(id) && !network.has_relu(id)) layers.push_back(name);
  }
  return layers;
}

std::vector<ActivationComparison> compare_activations(const Model& a, const Model& b, const Image& picture,
                                                      const ComputeOptions& compute) {
  const std::vector<std::string> layers = compared_layers(a.network);
  const std::vector<Activations> from_a = activations(a, picture, layers, compute);
  const std::vector<Activations> from_b = activations(b, picture, layers, compute);
  constexpr double infinite = std::numeric_limits<double>::infinity();
  std::vector<ActivationComparison> result;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto shape = [](const Activations& map) {
      return fmt::format("{}x{}x{}", map.channels, map.height, map.width);
    };
    ActivationComparison row{layers[i], shape(from_a[i]), shape(from_b[i]), {infinite, infinite, false}};
    if (row.shape_a == row.shape_b) row.difference = difference(from_a[i].values, from_b[i].values);
    result.push_back(std::move(row));
  }
  return result;
}

std::string shapes(const std::string& a, const std::string& b) {
  return a == b ? a : fmt::format("{} / {}", a, b);
}

void print_row(const std::string& name, const std::string& shape, const Difference& difference,
               double tolerance) {
  print_out("{:<30} {:<16} {:>11.4g} {:>11.4g}  {}\n", name, shape, difference.max_abs,
            difference.relative_l2,
            difference.equal               ? "equal"
            : difference.within(tolerance) ? "within tolerance"
                                           : "DIFFERS");
}

void print_comparison_table(const VerifyOptions& options, const Comparison& comparison) {
  for (const RuleComparison& rule : comparison.rules) {
    print_out("{} DIFFERS: {} / {}\n", rule.name, rule.a, rule.b);
  }
  if (!comparison.same_labels) print_out("labels differ, which changes no number\n");
  print_out("{:<30} {:<16} {:>11} {:>11}\n", "tensor", "shape", "max |b-a|", "|b-a|/|a|");
  for (const TensorComparison& row : comparison.tensors) {
    print_row(row.name, shapes(row.shape_a, row.shape_b), row.difference, options.tolerance);
  }
  print_out("\n{:<30} {:<16} {:>11} {:>11}\n", "activations", "shape", "max |b-a|", "|b-a|/|a|");
  for (const ActivationComparison& row : comparison.activations) {
    print_row(row.layer, shapes(row.shape_a, row.shape_b), row.difference, options.tolerance);
  }
  print_out("\n{}\n", comparison.equal() ? "equal, bit for bit"
                      : comparison.within(options.tolerance)
                          ? fmt::format("the same within {:g}", options.tolerance)
                          : fmt::format("they differ by more than {:g}", options.tolerance));
}

void print_comparison_object(const VerifyOptions& options, const Comparison& comparison) {
  using json = nlohmann::ordered_json;
  const auto rows = [](const auto& comparisons, const auto& name_of) {
    json result = json::array();
    for (const auto& row : comparisons) {
      // JSON has no infinity: where shapes differ, or a is zero, the numbers are null.
      result.push_back({{"name", name_of(row)},
                        {"shape_a", row.shape_a},
                        {"shape_b", row.shape_b},
                        {"max_abs", row.difference.max_abs},
                        {"relative_l2", row.difference.relative_l2},
                        {"equal", row.difference.equal}});
    }
    return result;
  };
  json rules = json::array();
  for (const RuleComparison& rule : comparison.rules) {
    rules.push_back({{"name", rule.name}, {"a", rule.a}, {"b", rule.b}});
  }
  print_json({{"a", options.a},
              {"b", options.b},
              {"tolerance", options.tolerance},
              {"equal", comparison.equal()},
              {"within_tolerance", comparison.within(options.tolerance)},
              {"same_labels", comparison.same_labels},
              {"rules", std::move(rules)},
              {"tensors", rows(comparison.tensors, [](const TensorComparison& row) { return row.name; })},
              {"activations",
               rows(comparison.activations, [](const ActivationComparison& row) { return row.layer; })}});
}

void verify(const VerifyOptions& options) {
  if (!(options.tolerance >= 0)) fail_usage("--tolerance {} is not a number from 0 on", options.tolerance);
  const Model a = import_model(options.a), b = import_model(options.b);
  const Image picture = options.photo.empty() ? synthetic_picture(a.input.size)
                                              : fit_to_network(read_image(options.photo, note), a.input.size);
  const Comparison comparison{compare_rules(a, b), compare_tensors(a, b),
                              compare_activations(a, b, picture, options.compute), a.classes == b.classes};
  (options.json ? print_comparison_object : print_comparison_table)(options, comparison);
  if (!comparison.within(options.tolerance)) throw ExitCode{1};
}

}  // namespace

void add_verify_command(CLI::App& program) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = program.add_subcommand("verify", "Whether two weights files hold the same network");
  command->add_option("a", options->a, "Weights in any format `limpid convert` reads")
      ->required()
      ->type_name("FILE");
  command->add_option("b", options->b, "Others")->required()->type_name("FILE");
  command
      ->add_option("photo", options->photo, "Photo to compare activations on; default: a synthetic picture")
      ->type_name("FILE");
  command
      ->add_option("--tolerance", options->tolerance,
                   "Largest |b - a| / |a| (Euclidean norms) of a tensor or a layer's activations")
      ->capture_default_str()
      ->type_name("X");
  command->add_flag(
      "--json", options->json,
      "One object: {a, b, tolerance, equal, within_tolerance, same_labels, rules: [{name, a, b}], tensors: "
      "[{name, shape_a, shape_b, max_abs, relative_l2, equal}], activations: [...]}");
  add_compute_options(*command, options->compute);
  command->footer(
      "Exit code 0 where all tensors, activations and rules agree within the tolerance, 1 where they do not. "
      "Labels, "
      "and where the weights came from, may differ.\n\n"
      "Example:\n  limpid verify bvlc.h5 bvlc_googlenet.caffemodel photo.jpg");
  command->callback([options] { verify(*options); });
}

}  // namespace limpid
