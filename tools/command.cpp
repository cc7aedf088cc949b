#include "tools/command.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "weights/hdf5_file.h"
#include "weights/locate.h"

namespace limpid {
namespace {

/// The whole text as a decimal number.
template <class Integer>
std::optional<Integer> parse_integer(std::string_view text) {
  Integer value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Size parse_size(const std::string& text) {
  const std::string_view view = text;
  const std::size_t cross = view.find('x');
  const std::optional<int> height = parse_integer<int>(view.substr(0, cross));
  const std::optional<int> width = cross == view.npos ? height : parse_integer<int>(view.substr(cross + 1));
  if (!height || !width)
    fail_usage("size '{}' is neither N nor HxW in pixels (example: 224 or 224x320)", text);
  return {*height, *width};
}

std::uint64_t parse_seed(const std::string& text) {
  const auto seed = parse_integer<std::uint64_t>(text);
  if (!seed) fail_usage("seed '{}' is not a whole number from 0 to 2^64 - 1", text);
  return *seed;
}

void add_weights_option(CLI::App& command, std::string& path) {
  command
      .add_option(
          "-w,--weights", path,
          "Weights, as `limpid convert` makes them; default: $LIMPID_WEIGHTS, then fetched ones in the "
          "cache directory, then those limpid ships")
      ->type_name("FILE");
}

void add_progress_flags(CLI::App& command, bool& quiet, bool& json) {
  command.add_flag("-q,--quiet", quiet, "No progress and no summary (with --json: the last object only)");
  command.add_flag("--json", json, "Progress and result as objects on standard output, one a line; below");
}

std::filesystem::path weights_file(const std::string& path) {
  return path.empty() ? locate_weights() : locate_weights(path);
}

Model load_weights(const std::string& path) {
  return read_model(weights_file(path));
}

void print_error(const std::string& command, std::string message) {
  std::replace_if(
      message.begin(), message.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  say(stderr, "{}: {}\n", command, message);
}

void print_json(const nlohmann::ordered_json& value) {
  using json = nlohmann::ordered_json;
  print_out("{}\n", value.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace limpid
