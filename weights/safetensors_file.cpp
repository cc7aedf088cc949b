#include "weights/safetensors_file.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/json_depth.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthSize = 8;

/// The format's own limit on the header's bytes.
constexpr std::uint64_t kMaxHeader = 100'000'000;

/// The header, a tensor in it, its lists.
constexpr int kHeaderDepth = 3;

std::uint64_t header_length(std::string_view bytes) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthSize; ++i) {
    length |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return length;
}

/// Bytes of an element of the type; 0 for a type the format does not know.
std::uint64_t element_size(std::string_view dtype) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 16> sizes = {{
      {"F64", 8},
      {"I64", 8},
      {"U64", 8},
      {"F32", 4},
      {"I32", 4},
      {"U32", 4},
      {"F16", 2},
      {"BF16", 2},
      {"I16", 2},
      {"U16", 2},
      {"I8", 1},
      {"U8", 1},
      {"BOOL", 1},
      {"F8_E4M3", 1},
      {"F8_E5M2", 1},
      {"F8_E8M0", 1},
  }};
  const auto found =
      std::find_if(sizes.begin(), sizes.end(), [&](const auto& known) { return known.first == dtype; });
  return found == sizes.end() ? 0 : found->second;
}

std::optional<std::vector<std::uint64_t>> whole_numbers(const json& object, const char* key) {
  const auto list = object.find(key);
  if (list == object.end() || !list->is_array()) return std::nullopt;
  if (!std::all_of(list->begin(), list->end(), [](const json& n) { return n.is_number_unsigned(); })) {
    return std::nullopt;
  }
  return list->get<std::vector<std::uint64_t>>();
}

/// Bytes of a tensor of that shape; none where they are more than 64 bits count.
std::optional<std::uint64_t> byte_count(std::uint64_t element, const std::vector<std::uint64_t>& shape) {
  std::uint64_t bytes = element;
  for (const std::uint64_t extent : shape) {
    if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
  }
  return bytes;
}

json parse_json(std::string_view text, const std::string& origin) {
  if (find_deeper_json(text, kHeaderDepth) != text.npos) {
    fail_input("{}: its header nests deeper than that of safetensors", origin);
  }
  try {
    json header = json::parse(text);
    if (header.is_object()) return header;
  } catch (const json::exception&) {
    // Said below.
  }
  fail_input("{}: not a safetensors file: its header is not a JSON object", origin);
}

SafetensorsEntry parse_tensor_entry(const std::string& name, const json& value, std::string_view data,
                                    const std::string& origin) {
  const std::string what = fmt::format("{}: tensor '{}'", origin, name);
  if (!value.is_object()) fail_input("{} is not described by a JSON object", what);
  const auto dtype = value.find("dtype");
  const auto shape = whole_numbers(value, "shape");
  const auto offsets = whole_numbers(value, "data_offsets");
  if (dtype == value.end() || !dtype->is_string() || !shape || !offsets || offsets->size() != 2) {
    fail_input("{} lacks one of dtype, shape and data_offsets", what);
  }
  const auto [begin, end] = std::pair((*offsets)[0], (*offsets)[1]);
  if (begin > end || end > data.size()) {
    fail_input("{} lies at bytes {} to {} of {}: outside the file", what, begin, end, data.size());
  }
  SafetensorsEntry entry{name, dtype->get<std::string>(), *shape, data.substr(begin, end - begin)};
  const std::uint64_t element = element_size(entry.dtype);
  if (element == 0) fail_input("{} is of type '{}', which is unknown", what, entry.dtype);
  if (byte_count(element, *shape) != end - begin) {
    fail_input("{} takes {} bytes, which its type and shape do not", what, end - begin);
  }
  return entry;
}

/// Throws Error{input} unless the tensors fill `data` exactly.
void check_tiling(const std::vector<SafetensorsEntry>& tensors, std::string_view data,
                  const std::string& origin) {
  std::vector<const SafetensorsEntry*> by_place;
  for (const SafetensorsEntry& entry : tensors) by_place.push_back(&entry);
  std::sort(by_place.begin(), by_place.end(), [](const SafetensorsEntry* a, const SafetensorsEntry* b) {
    return std::pair(a->bytes.data(), a->bytes.size()) < std::pair(b->bytes.data(), b->bytes.size());
  });
  const char* place = data.data();
  for (const SafetensorsEntry* entry : by_place) {
    if (entry->bytes.data() != place) {
      fail_input("{}: tensor '{}' overlaps another one or leaves a gap before it", origin, entry->name);
    }
    place += entry->bytes.size();
  }
  if (place != data.data() + data.size()) {
    fail_input("{}: {} bytes at its end belong to no tensor", origin, data.data() + data.size() - place);
  }
}

}  // namespace

bool is_safetensors(std::string_view first_bytes) {
  return first_bytes.size() > kLengthSize && header_length(first_bytes) <= kMaxHeader &&
         first_bytes[kLengthSize] == '{';
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : bytes_(read_bytes(path)) {
  const std::string origin = path.string();
  if (!is_safetensors(bytes_)) fail_input("{}: not a safetensors file", origin);
  const std::uint64_t length = header_length(bytes_);
  const std::string_view rest = std::string_view(bytes_).substr(kLengthSize);
  if (length > rest.size()) fail_input("{}: the safetensors file is cut short in its header", origin);
  parse_header(rest.substr(0, length), rest.substr(length), origin);
}

void SafetensorsFile::parse_header(std::string_view text, std::string_view data, const std::string& origin) {
  const json header = parse_json(text, origin);
  for (const auto& [name, value] : header.items()) {
    if (name != "__metadata__") {
      tensors_.push_back(parse_tensor_entry(name, value, data, origin));
      continue;
    }
    if (!value.is_object()) fail_input("{}: its metadata is not a JSON object", origin);
    for (const auto& [key, text_value] : value.items()) {
      if (!text_value.is_string()) fail_input("{}: its metadata '{}' is not a string", origin, key);
      metadata_[key] = text_value.get<std::string>();
    }
  }
  check_tiling(tensors_, data, origin);
}

}  // namespace limpid
