#include "weights/families.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Widths of Szegedy et al. 2015, table 1, with a classifier of `classes`. A module's row is in forward
/// order: 1x1, 3x3 bottleneck, 3x3, 5x5 bottleneck, 5x5, pool reduce.
std::vector<int> published_widths(int classes) {
  return {
      64,      64,  192,                // stem
      64,      96,  128, 16, 32,  32,   // mixed3a
      128,     128, 192, 32, 96,  64,   // mixed3b
      192,     96,  208, 16, 48,  64,   // mixed4a
      160,     112, 224, 24, 64,  64,   // mixed4b
      128,     128, 256, 24, 64,  64,   // mixed4c
      112,     144, 288, 32, 64,  64,   // mixed4d
      256,     160, 320, 32, 128, 128,  // mixed4e
      256,     160, 320, 32, 128, 128,  // mixed5a
      384,     192, 384, 48, 128, 128,  // mixed5b
      classes,                          // logits
  };
}

/// The network Google released departs from the paper in two places.
std::vector<int> inception5h_widths() {
  constexpr std::size_t mixed4a_3x3 = 3 + 2 * 6 + 2;
  constexpr std::size_t mixed5a_5x5_bottleneck = 3 + 7 * 6 + 3;
  std::vector<int> widths = published_widths(1008);
  widths[mixed4a_3x3] = 204;
  widths[mixed5a_5x5_bottleneck] = 48;
  return widths;
}

std::string known_names() {
  std::vector<std::string_view> names;
  std::transform(families().begin(), families().end(), std::back_inserter(names),
                 [](const Family& known) { return known.name; });
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

const std::vector<Family>& families() {
  // Caffe divides alpha by the window's five taps, so alpha on the sum is 1e-4 / 5.
  static const std::vector<Family> all = {
      {"bvlc_googlenet", "released for unrestricted use", Padding::caffe, Lrn{true, 2, 1e-4F / 5, 0.75F, 1},
       InputSpec{ChannelOrder::bgr, {104, 117, 123}, 224}, published_widths(1000), "caffe"},
      {"inception5h", "Apache-2.0", Padding::tf_same, Lrn{true, 5, 1e-4F, 0.5F, 2},
       InputSpec{ChannelOrder::rgb, {117, 117, 117}, 224}, inception5h_widths(), "tensorflow"},
      {"limpid_default", "Apache-2.0", Padding::symmetric, Lrn{},
       InputSpec{ChannelOrder::rgb, {117, 117, 117}, 96}, published_widths(189), "tensorflow"},
      {"torchvision_googlenet",
       "BSD-3-Clause",
       Padding::caffe,
       Lrn{},
       InputSpec{ChannelOrder::rgb, {127.5F, 127.5F, 127.5F}, 224},
       published_widths(1000),
       "half",
       {3, 3, 3, 2}},
      {"plain_googlenet", "not stated", Padding::caffe, Lrn{},
       InputSpec{ChannelOrder::rgb, {127.5F, 127.5F, 127.5F}, 224}, published_widths(1000), "half"},
  };
  return all;
}

const Family& family(std::string_view name) {
  const auto found = std::find_if(families().begin(), families().end(),
                                  [&](const Family& candidate) { return candidate.name == name; });
  if (found != families().end()) return *found;
  fail_usage("unknown family '{}'; known are {}", name, known_names());
}

bool has_widths(const Family& family, const std::vector<ConvLayer>& layers) {
  return std::equal(layers.begin(), layers.end(), family.widths.begin(), family.widths.end(),
                    [](const ConvLayer& layer, int width) { return layer.k == width; });
}

const Family& choose_family(std::string_view name, const std::vector<ConvLayer>& layers,
                            std::string_view origin) {
  if (!name.empty()) return family(name);
  for (const Family& candidate : families()) {
    if (has_widths(candidate, layers)) return candidate;
  }
  fail_input(
      "{}: its widths are those of no known family, and nothing in it says which it is: give --family ({})",
      origin, known_names());
}

void tell_family(const Family& family, ImportReport& report) {
  report.assumed.push_back(fmt::format("padding, pools and normalisation: those of {}", family.name));
  report.input_rule = family.input_rule;
}

Model empty_model(const Family& family) {
  Model model;
  model.provenance.family = family.name;
  model.provenance.licence = family.licence;
  model.network = inception_v1({family.padding, family.pool_sizes, family.lrn});
  model.input = family.input;
  return model;
}

}  // namespace limpid
