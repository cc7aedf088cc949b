// State dicts as PyTorch programs name them, and files of them as safetensors and torch.save write them, for
// tests.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/weights/npz_writer.h"
#include "weights/model.h"

namespace limpid::testing {

struct StateTensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::vector<float> values;
};
using StateDict = std::vector<StateTensor>;

/// Tensors of a model under lucent's, captum's and limpid's own names.
StateDict lucent_state_dict(const Model& model);
StateDict captum_state_dict(const Model& model);
StateDict canonical_state_dict(const Model& model);

/// One tensor in a header of safetensors: `"name":{"dtype":...,"shape":...,"data_offsets":[begin,end]}`.
std::string safetensors_field(const std::string& name, const std::string& dtype,
                              const std::vector<std::uint64_t>& shape, std::uint64_t begin,
                              std::uint64_t end);

/// A file of that header and data.
std::string safetensors_bytes(const std::string& header, const std::string& data);

/// A file of tensors of type "F16", "BF16", "F32" or "F64"; `first_field` is put before the tensors' fields.
std::string safetensors_bytes(const StateDict& tensors, const std::string& dtype,
                              const std::string& first_field = "");

/// A pickle of protocol 2, composed instruction by instruction as torch.save's are.
class Pickle {
 public:
  std::string bytes;

  Pickle& op(const std::string& code) { return bytes += code, *this; }
  Pickle& text(const std::string& value);
  Pickle& number(std::int32_t value);
  Pickle& global(const std::string& module, const std::string& name) {
    return op("c").op(module).op("\n").op(name).op("\n");
  }
  Pickle& numbers(const std::vector<std::uint64_t>& values);
  Pickle& ordered_dict() { return global("collections", "OrderedDict").op(")R"); }
  /// A view of storage `key` of `count` elements of `type` ("FloatStorage").
  Pickle& tensor(const std::string& type, const std::string& key, std::uint64_t count, std::uint64_t offset,
                 const std::vector<std::uint64_t>& shape, const std::vector<std::uint64_t>& stride);

  /// The whole pickle of a value composed with this.
  static Pickle begin() { return Pickle{"\x80\x02"}; }
  std::string end() const { return bytes + "."; }
};

/// Strides of a tensor stored row after row.
std::vector<std::uint64_t> row_strides(const std::vector<std::uint64_t>& shape);

/// Entries of an archive as torch.save makes one, of storages of type "HalfStorage", "BFloat16Storage",
/// "FloatStorage" or "DoubleStorage".
Entries pth_entries(const StateDict& tensors, const std::string& type);

/// The values as elements of a type of safetensors ("F16") or of PyTorch ("HalfStorage").
std::string elements(const std::string& type, const std::vector<float>& values);

}  // namespace limpid::testing
