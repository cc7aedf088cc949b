// limpid inspect: what a weights file holds.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/core/streams.h"
#include "tools/command.h"
#include "weights/inception_v1.h"

namespace limpid {
namespace {

struct InspectOptions {
  std::string file;
  bool json = false;
};

struct Range {
  float min = 0;
  float max = 0;
};

Range range(const std::vector<float>& values) {
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  return {*min, *max};
}

std::string_view padding_name(Padding padding) {
  switch (padding) {
    case Padding::tf_same:
      return "tf_same";
    case Padding::caffe:
      return "caffe";
    case Padding::symmetric:
      return "symmetric";
  }
  return "";
}

std::string_view order_name(ChannelOrder order) {
  return order == ChannelOrder::bgr ? "bgr" : "rgb";
}

std::uint64_t parameter_count(const Model& model) {
  std::uint64_t count = 0;
  for (const ConvLayer& layer : model.layers) count += layer.filter.size() + layer.bias.size();
  return count;
}

std::string lrn_text(const Lrn& lrn) {
  if (!lrn.present) return "none";
  return fmt::format("across {} channels, alpha {:.4g} on the sum, beta {:.4g}, bias {:.4g}",
                     2 * lrn.radius + 1, lrn.alpha, lrn.beta, lrn.bias);
}

void print_model_table(const Model& model) {
  const InceptionRules rules = rules_of(model.network);
  const Provenance& provenance = model.provenance;
  const InputSpec& input = model.input;
  print_out("family      {}\n", provenance.family);
  print_out("source      {}\n", provenance.source);
  print_out("sha256      {}\n", provenance.sha256);
  print_out("licence     {}\n", provenance.licence);
  if (!provenance.training.empty()) print_out("training    {}\n", provenance.training);
  print_out("input       {0} x {0}, {1}, 255 * picture - ({2:g}, {3:g}, {4:g})\n", input.size,
            order_name(input.order), input.mean[0], input.mean[1], input.mean[2]);
  print_out("padding     {}\n", padding_name(rules.padding));
  print_out("pools       {}, of stride 2\n", fmt::join(rules.pool_sizes, ", "));
  print_out("LRN         {}\n", lrn_text(rules.lrn));
  print_out("classes     {}{}\n", model.class_count(), model.classes.empty() ? ", without labels" : "");
  print_out("parameters  {}\n\n", parameter_count(model));
  print_out("{:<26} {:<18} {:<26} {}\n", "layer", "filter KxCxRxS", "filter range", "bias range");
  for (const ConvLayer& layer : model.layers) {
    const Range filter = range(layer.filter);
    const Range bias = range(layer.bias);
    print_out("{:<26} {:<18} {:<26} {:.4g} .. {:.4g}\n", layer.name,
              fmt::format("{}x{}x{}x{}", layer.k, layer.c, layer.size, layer.size),
              fmt::format("{:.4g} .. {:.4g}", filter.min, filter.max), bias.min, bias.max);
  }
}

void print_model_object(const Model& model) {
  const InceptionRules rules = rules_of(model.network);
  using json = nlohmann::ordered_json;
  const auto tensor = [](const std::vector<float>& values, json shape) {
    const Range extent = range(values);
    return json{{"shape", std::move(shape)}, {"min", extent.min}, {"max", extent.max}};
  };
  json layers = json::array();
  for (const ConvLayer& layer : model.layers) {
    layers.push_back(
        {{"name", layer.name},
         {"filter", tensor(layer.filter, json::array({layer.k, layer.c, layer.size, layer.size}))},
         {"bias", tensor(layer.bias, json::array({layer.k}))}});
  }
  json lrn;  // null without LRN
  if (rules.lrn.present) {
    lrn = {{"radius", rules.lrn.radius},
           {"alpha", rules.lrn.alpha},
           {"beta", rules.lrn.beta},
           {"bias", rules.lrn.bias}};
  }
  print_json(
      {{"family", model.provenance.family},
       {"source", model.provenance.source},
       {"sha256", model.provenance.sha256},
       {"licence", model.provenance.licence},
       {"training", model.provenance.training},
       {"input",
        {{"size", model.input.size}, {"order", order_name(model.input.order)}, {"mean", model.input.mean}}},
       {"padding", padding_name(rules.padding)},
       {"pool_sizes", rules.pool_sizes},
       {"lrn", std::move(lrn)},
       {"classes", model.class_count()},
       {"labels", model.classes},
       {"parameters", parameter_count(model)},
       {"layers", std::move(layers)}});
}

}  // namespace

void add_inspect_command(CLI::App& program) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = program.add_subcommand("inspect", "What a weights file holds");
  command
      ->add_option("file", options->file,
                   "Weights, as `limpid convert` makes them; default: those other commands use")
      ->type_name("FILE");
  command->add_flag(
      "--json", options->json,
      "One object: {family, source, sha256, licence, training, input: {size, order, mean}, padding, "
      "pool_sizes, "
      "lrn, classes, labels, parameters, layers: [{name, filter: {shape, min, max}, bias: {...}}]}");
  command->footer("Example:\n  limpid inspect bvlc.h5");
  command->callback(
      [options] { (options->json ? print_model_object : print_model_table)(load_weights(options->file)); });
}

}  // namespace limpid
