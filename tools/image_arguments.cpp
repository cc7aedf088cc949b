#include "tools/image_arguments.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/image/image_options.h"
#include "engine/image/prior.h"
#include "kernels/core/error.h"
#include "tools/command.h"
#include "tools/photo_file.h"

namespace limpid {
namespace {

/// Numbers separated by commas or semicolons; none where anything else is there.
std::optional<std::vector<float>> parse_numbers(std::string_view text) {
  std::vector<float> numbers;
  while (true) {
    float number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    numbers.push_back(number);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return numbers;
    if (text.front() != ',' && text.front() != ';') return std::nullopt;
    text.remove_prefix(1);
  }
}

/// A matrix, or a prior's.
std::shared_ptr<const ColourBasis> parse_colours(const std::string& text) {
  if (text.ends_with(".h5")) return std::make_shared<const ColourBasis>(read_prior(text).colours);
  const auto numbers = parse_numbers(text);
  if (!numbers || numbers->size() != 9) {
    fail_usage(
        "--colour '{}' is no matrix: nine numbers, row by row (R, G, B), as "
        "1,0,0;0,1,0;0,0,1, or a prior's file, .h5",
        text);
  }
  ColourBasis colours;
  for (std::size_t row = 0; row < 3; ++row) {
    std::copy_n(numbers->begin() + static_cast<std::ptrdiff_t>(3 * row), 3, colours.matrix[row].begin());
  }
  std::copy_n(kMeanColour.value, 3, colours.mean.begin());
  return std::make_shared<const ColourBasis>(colours);
}

}  // namespace

std::vector<std::string> parameterisation_names() {
  std::vector<std::string> names;
  for (const auto& [kind, name] : kParameterisations) names.emplace_back(name);
  return names;
}

void add_image_options(CLI::App& command, ImageArguments& arguments, RenderOptions& options) {
  command
      .add_option(
          "--param", arguments.parameterisation,
          "What is optimised: Fourier coefficients scaled by frequency, pixels, pixels at several sizes, "
          "weights of a network of coordinates, or phases alone")
      ->check(CLI::IsMember(parameterisation_names()))
      ->capture_default_str();
  command
      .add_option("--decay", options.decay_power,
                  "Spectral: coefficients are scaled by frequency to the power of minus this")
      ->capture_default_str()
      ->type_name("X");
  command
      .add_option("--amplitude", arguments.amplitude, "Spectral: factor of the coefficients; 1 is captum's")
      ->default_str("0.25, or the preset's")
      ->type_name("X");
  command.add_flag("--no-decorrelate", arguments.no_decorrelate,
                   "Optimise RGB itself, not decorrelated colours");
  command
      .add_option(
          "--colour", arguments.colour,
          "Decorrelate colours by a matrix of your own: nine numbers, rows R, G, B, or a prior's file")
      ->type_name("MATRIX|FILE");
  command.add_option("--squash", arguments.squash, "How colours come into [0, 1]")
      ->check(CLI::IsMember({"sigmoid", "clip"}))
      ->capture_default_str();
  command.add_flag("--gray", arguments.gray, "Optimise one plane: a picture in gray");
  command.add_flag("--alpha", arguments.alpha,
                   "Optimise how opaque the picture is too, before random backgrounds: a PNG with alpha. "
                   "Something must drive it, such as the term - 2*alpha");
  command
      .add_option(
          "--prior", arguments.prior,
          "maco: the magnitudes that `limpid prior fit` found, and its colours, unless --colour, --gray "
          "or --no-decorrelate says otherwise")
      ->type_name("FILE");
  command
      .add_option("--init", arguments.init,
                  "Start: noise, or a PNG or JPEG photo of the picture's size (spectral and pixel)")
      ->capture_default_str()
      ->type_name("noise|FILE");
  command
      .add_option("--sd", arguments.deviation,
                  "Deviation of the noise that is started from; default: 0.01, of maco's phases 1")
      ->type_name("X");
  command
      .add_option(
          "--shared", options.shared,
          "spectral, pixel, pyramid: terms of 1/N of the size, for each N, that the --images of a job "
          "share, which aligns them (4,8,16)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("N");
  command
      .add_option("--mask", arguments.mask,
                  "PNG of the picture's size: what is white stays as it was at the start")
      ->type_name("FILE");
  command
      .add_option("--output-size", arguments.output_size,
                  "cppn: make the final picture at this size, N or HxW; it is optimised at --size")
      ->type_name("PIXELS");
}

void apply_image_arguments(const ImageArguments& arguments, RenderOptions& options) {
  options.parameterisation = *parameterisation_named(arguments.parameterisation);
  // A preset's start is that of a spectrum.
  if (options.parameterisation != Parameterisation::spectral) options.initial_deviation = {};
  options.decorrelate_colour = !arguments.no_decorrelate;
  options.squash = arguments.squash == "clip" ? Squash::clip : Squash::sigmoid;
  options.grayscale = arguments.gray;
  options.alpha = arguments.alpha;
  if (!arguments.colour.empty()) options.colours = parse_colours(arguments.colour);
  if (!arguments.prior.empty()) {
    options.prior = read_magnitude_prior(arguments.prior);
    const bool has_colours = !arguments.colour.empty() || arguments.gray || arguments.no_decorrelate;
    if (!has_colours) {
      options.colours = std::make_shared<const ColourBasis>(read_prior(arguments.prior).colours);
    }
  }
  if (arguments.deviation) options.initial_deviation = arguments.deviation;
  if (arguments.amplitude) options.amplitude = *arguments.amplitude;
  if (arguments.init != "noise") options.init = read_photo(arguments.init);
  if (!arguments.mask.empty()) options.mask = read_mask(arguments.mask);
  if (!arguments.output_size.empty()) {
    const Size size = parse_size(arguments.output_size);
    options.output_height = size.height;
    options.output_width = size.width;
    if (size.height < 1 || size.width < 1) {
      fail_usage("output size {}x{} is out of range: each side is at least 1", size.height, size.width);
    }
  }
}

}  // namespace limpid
