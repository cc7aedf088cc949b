// The container of safetensors: a JSON header that names, types and places tensors, then their bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace limpid {

/// One tensor of the file.
struct SafetensorsEntry {
  std::string name;
  std::string dtype;  ///< As the file spells it: "F32", "BF16", "I64".
  std::vector<std::uint64_t> shape;
  std::string_view bytes;  ///< In row order, little endian; as many as type and shape ask for.
};

/// True when a file that begins with these bytes (at least nine) may be of this format: a header length, and
/// then a brace.
bool is_safetensors(std::string_view first_bytes);

/// A file in memory, its header checked: the tensors tile the data without gap or overlap, so they take
/// together what the file has and no more.
class SafetensorsFile {
 public:
  /// Throws Error{input} naming the file, and the tensor where there is one, for anything else.
  explicit SafetensorsFile(const std::filesystem::path& path);
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  /// In the order of their names.
  const std::vector<SafetensorsEntry>& tensors() const { return tensors_; }

  /// The header's `__metadata__`.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

 private:
  void parse_header(std::string_view text, std::string_view data, const std::string& origin);

  std::string bytes_;
  std::vector<SafetensorsEntry> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace limpid
