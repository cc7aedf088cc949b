#include "weights/onnx_external_data.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"
#include "weights/onnx_constants.h"

namespace limpid {
namespace {

/// A file of data, and how much of it tensors have not asked for.
struct DataFile {
  std::string bytes;
  std::uint64_t left;
};

class ExternalData {
 public:
  explicit ExternalData(const std::filesystem::path& model) : model_(model) {}

  void read(onnx::TensorProto& tensor) {
    const std::string what = fmt::format("{}: initialiser '{}'", model_.string(), tensor.name());
    DataFile& file = open(text(tensor, "location"), what);
    const std::uint64_t offset = number(tensor, "offset", what).value_or(0);
    if (offset > file.bytes.size()) fail_input("{} lies beyond the end of its data file", what);
    const std::uint64_t length = number(tensor, "length", what).value_or(file.bytes.size() - offset);
    if (length > file.bytes.size() - offset) fail_input("{} reaches beyond the end of its data file", what);
    if (length > file.left) fail_input("{} shares its data with another", what);
    file.left -= length;
    tensor.set_raw_data(file.bytes.substr(offset, length));
    tensor.clear_data_location();
  }

 private:
  static std::string_view text(const onnx::TensorProto& tensor, std::string_view key) {
    for (const onnx::StringStringEntryProto& entry : tensor.external_data()) {
      if (entry.key() == key) return entry.value();
    }
    return {};
  }

  static std::optional<std::uint64_t> number(const onnx::TensorProto& tensor, std::string_view key,
                                             const std::string& what) {
    const std::string_view digits = text(tensor, key);
    if (digits.empty()) return std::nullopt;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
      fail_input("{}: the {} of its data, '{}', is no number", what, key, digits);
    }
    return value;
  }

  DataFile& open(std::string_view name, const std::string& what) {
    if (const auto found = files_.find(name); found != files_.end()) return found->second;
    if (name.empty() || name == "." || name == ".." || name.find_first_of("/\\") != std::string_view::npos) {
      fail_input("{}: its data is in '{}', which is not the name of a file beside the model", what, name);
    }
    const std::filesystem::path path = model_.parent_path() / name;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      fail_input("{}: its data is in another file, '{}', which does not lie beside the model", what, name);
    }
    std::string bytes = read_bytes(path);
    const std::uint64_t size = bytes.size();
    return files_.emplace(name, DataFile{std::move(bytes), size}).first->second;
  }

  const std::filesystem::path& model_;
  std::map<std::string, DataFile, std::less<>> files_;
};

}  // namespace

void read_external_data(onnx::GraphProto& graph, const std::filesystem::path& model) {
  ExternalData data(model);
  for (onnx::TensorProto& tensor : *graph.mutable_initializer()) {
    if (tensor.data_location() == kOnnxExternal) data.read(tensor);
  }
}

}  // namespace limpid
