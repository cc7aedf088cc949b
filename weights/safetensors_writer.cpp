#include "weights/safetensors_writer.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "weights/append_layer.h"
#include "weights/file_bytes.h"
#include "weights/rules_json.h"
#include "weights/validate.h"

namespace limpid {
namespace {

/// Data begins at a multiple of this, as other writers place it.
constexpr std::size_t kAlignment = 8;

/// The header and the data that grow together.
class File {
 public:
  File(const Model& model, StoredType type) : type_(type) {
    header_["__metadata__"] = {{"format", "pt"}, {kRulesName, rules_to_json(model, Labels::with)}};
    for (const ConvLayer& layer : model.layers) add_layer(layer, &layer == &model.classifier());
  }

  std::string bytes() const {
    std::string text = header_.dump();
    text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
    std::string result;
    for (unsigned shift = 0; shift < 64; shift += 8) {
      result += static_cast<char>(static_cast<unsigned char>(std::uint64_t{text.size()} >> shift));
    }
    return result + text + data_;
  }

 private:
  void add_layer(const ConvLayer& layer, bool is_matrix) {
    std::vector<int> filter = {layer.k, layer.c, layer.size, layer.size};
    if (is_matrix) filter.resize(2);
    add(layer.name + ".weight", filter, stored_bytes(layer.filter, type_, layer.name));
    add(layer.name + ".bias", {layer.k}, stored_bytes(layer.bias, type_, layer.name));
  }

  void add(const std::string& name, const std::vector<int>& shape, const std::string& bytes) {
    const std::size_t begin = data_.size();
    data_ += bytes;
    header_[name] = {{"dtype", type_ == StoredType::f32 ? "F32" : "F16"},
                     {"shape", shape},
                     {"data_offsets", {begin, data_.size()}}};
  }

  StoredType type_;
  nlohmann::ordered_json header_;
  std::string data_;
};

}  // namespace

void write_safetensors(const Model& model, const std::filesystem::path& path, StoredType type) {
  validate(model, path.string());
  check_inception(model, path.string());
  write_atomically(path, File(model, type).bytes());
}

}  // namespace limpid
