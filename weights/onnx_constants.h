// The values of an ONNX graph that depend on no input: its tensors, and the whole numbers that exporters compute
// from them (PyTorch's legacy exporter writes the pads of a Pad as nine operations on shapes).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/named_tensors.h"
#include "weights/onnx.pb.h"

namespace limpid {

/// DataLocation of ONNX: in a file of its own.
constexpr int kOnnxExternal = 1;

/// A few whole numbers in the shape of a tensor.
struct OnnxIntegers {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> values;  ///< In row order.
};

/// Finds constants by the names of values. Refers to the message.
class OnnxConstants {
 public:
  /// Throws Error{input} naming `origin`, the file, where a name stands twice.
  OnnxConstants(const onnx::GraphProto& graph, const std::string& origin);

  bool has(std::string_view name) const { return tensors_.find(name) != tensors_.end(); }

  /// The initialiser, or what a Constant makes, of that name; identities are skipped.
  const onnx::TensorProto* tensor(std::string_view name) const;

  /// The numbers of a tensor of floats, of at most `most` elements; nothing for any other value.
  std::optional<std::vector<float>> floats(std::string_view name, std::size_t most) const;

  /// The one number of a tensor of floats.
  std::optional<float> number(std::string_view name) const;

  /// The whole numbers of a value, computed where it is made of constants; nothing where it is not, or they
  /// are more than a few.
  std::optional<OnnxIntegers> integers(std::string_view name) const;

  /// The operation that makes the value; nullptr for constants and inputs.
  const onnx::NodeProto* producer(std::string_view name) const;

  /// Every tensor, with its name.
  const std::map<std::string, const onnx::TensorProto*, std::less<>>& tensors() const { return tensors_; }

 private:
  /// Counts the operations it follows in `steps`.
  std::optional<OnnxIntegers> integers(std::string_view name, int& steps) const;

  std::string origin_;
  std::map<std::string, const onnx::TensorProto*, std::less<>> tensors_;
  std::map<std::string, const onnx::NodeProto*, std::less<>> producers_;
};

/// The attribute of that name; nullptr where the node has none.
const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, std::string_view name);

/// The element type of a tensor of floats; nothing for any other.
std::optional<ElementType> onnx_element_type(const onnx::TensorProto& tensor);

/// `count` values of a tensor of floats, wherever the message keeps them. Throws Error{input} beginning with
/// `what` where there are not as many.
std::vector<float> read_onnx_values(const onnx::TensorProto& tensor, std::uint64_t count,
                                    const std::string& what);

}  // namespace limpid
