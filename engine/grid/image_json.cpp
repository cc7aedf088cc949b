#include "engine/grid/image_json.h"

#include <fmt/format.h>

#include <limits>
#include <memory>
#include <vector>

#include "engine/image/image_options.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

constexpr float kLargest = std::numeric_limits<float>::max();

template <class File>
Json file_to_json(const File& file) {
  return {{"file", file.file}, {"sha256", file.sha256}};
}

/// A Photo, a Mask or a MagnitudePrior that is known by its name so far.
template <class File>
std::shared_ptr<const File> read_file(const JsonField& field) {
  File file;
  if (field.value().is_string()) {
    file.file = field.string();
  } else {
    file.file = field.member("file").string();
    file.sha256 = field.member("sha256").string();
  }
  return std::make_shared<const File>(std::move(file));
}

template <std::size_t kSize>
std::array<float, kSize> read_numbers(const JsonField& field) {
  if (!field.value().is_array() || field.size() != kSize) field.fail(fmt::format("{} numbers", kSize));
  std::array<float, kSize> numbers{};
  for (std::size_t i = 0; i < kSize; ++i) numbers[i] = field.element(i).real(-kLargest, kLargest);
  return numbers;
}

Json numbers_to_json(const std::array<float, 3>& numbers) {
  return {shortest(numbers[0]), shortest(numbers[1]), shortest(numbers[2])};
}

Json colours_to_json(const ColourBasis& colours) {
  Json rows = Json::array();
  for (const auto& row : colours.matrix) rows.push_back(numbers_to_json(row));
  return {{"matrix", std::move(rows)}, {"mean", numbers_to_json(colours.mean)}};
}

std::shared_ptr<const ColourBasis> read_colours(const JsonField& field) {
  ColourBasis colours;
  const JsonField matrix = field.member("matrix");
  if (!matrix.value().is_array() || matrix.size() != 3) matrix.fail("three rows of three numbers");
  for (std::size_t row = 0; row < 3; ++row) colours.matrix[row] = read_numbers<3>(matrix.element(row));
  colours.mean = read_numbers<3>(field.member("mean"));
  return std::make_shared<const ColourBasis>(colours);
}

std::vector<int> read_divisors(const JsonField& field) {
  if (!field.value().is_array()) field.fail("a list of numbers");
  std::vector<int> divisors;
  for (std::size_t i = 0; i < field.size(); ++i) {
    divisors.push_back(static_cast<int>(field.element(i).integer(1, std::numeric_limits<int>::max())));
  }
  return divisors;
}

Squash read_squash(const JsonField& field) {
  const std::string name = field.value().is_string() ? field.string() : "";
  if (name == "sigmoid") return Squash::sigmoid;
  if (name == "clip") return Squash::clip;
  field.fail("\"sigmoid\" or \"clip\"");
}

}  // namespace

void add_image_fields(Json& json, const RenderOptions& job) {
  const RenderOptions standard;
  if (job.colours != nullptr) json["colours"] = colours_to_json(*job.colours);
  if (job.squash != standard.squash) json["squash"] = "clip";
  if (job.grayscale) json["gray"] = true;
  if (job.amplitude != standard.amplitude) json["amplitude"] = shortest(job.amplitude);
  if (job.alpha) json["alpha"] = true;
  if (job.initial_deviation) json["sd"] = shortest(*job.initial_deviation);
  if (!job.shared.empty()) json["shared"] = job.shared;
  if (job.prior != nullptr) json["prior"] = file_to_json(*job.prior);
  if (job.init != nullptr) json["init"] = file_to_json(*job.init);
  if (job.mask != nullptr) json["mask"] = file_to_json(*job.mask);
}

bool read_image_field(const std::string& name, const JsonField& field, RenderOptions& job) {
  if (name == "colours") {
    job.colours = read_colours(field);
  } else if (name == "squash") {
    job.squash = read_squash(field);
  } else if (name == "gray") {
    job.grayscale = field.boolean();
  } else if (name == "amplitude") {
    job.amplitude = field.real(std::numeric_limits<float>::min(), kLargest);
  } else if (name == "alpha") {
    job.alpha = field.boolean();
  } else if (name == "sd") {
    job.initial_deviation = field.real(0, kLargest);
  } else if (name == "shared") {
    job.shared = read_divisors(field);
  } else if (name == "init") {
    job.init = read_file<Photo>(field);
  } else if (name == "prior") {
    job.prior = read_file<MagnitudePrior>(field);
  } else if (name == "mask") {
    job.mask = read_file<Mask>(field);
  } else {
    return false;
  }
  return true;
}

Parameterisation read_parameterisation(const JsonField& field) {
  if (field.value().is_string()) {
    if (const auto kind = parameterisation_named(field.string())) return *kind;
  }
  std::string names;
  for (std::size_t i = 0; i < kParameterisations.size(); ++i) {
    const char* separator = i == 0 ? "" : i + 1 == kParameterisations.size() ? " or " : ", ";
    names += fmt::format("{}\"{}\"", separator, kParameterisations[i].second);
  }
  field.fail(names);
}

}  // namespace limpid
