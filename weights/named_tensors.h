// Tensors by name: the form importers give a file's contents before these become layers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/layer_shapes.h"
#include "weights/model.h"

namespace limpid {

/// One tensor of a file: what the file declares, and how to get at the values once that was believed.
struct FileTensor {
  std::string name;                  ///< As the file has it.
  std::vector<std::uint64_t> shape;  ///< As the file declares it.

  /// Reads `count` values, widened to fp32, the last extent varying fastest. It is called after the shape was
  /// checked and compares `count`, the product of the shape, with the data that is there before it allocates.
  /// It may refer to what the importer has open. Throws Error{input}.
  std::function<std::vector<float>(std::uint64_t count)> values;
};

/// The tensors of one file that no layer has taken yet.
class NamedTensors {
 public:
  /// Errors name `origin`, the file.
  explicit NamedTensors(std::string origin);

  /// Throws Error{input} for a name that is there already.
  void add(FileTensor tensor);

  bool has(std::string_view name) const { return tensors_.find(name) != tensors_.end(); }

  /// The tensor of that name; nullptr where there is none.
  const FileTensor* find(std::string_view name) const;

  /// The names of all that are left.
  std::vector<std::string> names() const;

  /// Gives every tensor the name that `rename` makes of its own. (Errors go on to say the file's.) Throws
  /// Error{input} where two would have one name.
  void rename_all(const std::function<std::string(const std::string& name)>& rename);

  /// Takes the first of these names that is there.
  std::optional<FileTensor> take(std::initializer_list<std::string_view> names);

  /// As `take`. Throws Error{input} naming `layer` and the first of the names when there is none of them.
  FileTensor expect(std::initializer_list<std::string_view> names, std::string_view layer);

  /// Takes all that are left and satisfy the predicate, and returns their names: heads nobody needs.
  std::vector<std::string> take_if(const std::function<bool(std::string_view name)>& predicate);

  /// Throws Error{input} naming the first tensor that is left.
  void expect_none_left() const;

 private:
  std::string origin_;
  std::map<std::string, FileTensor, std::less<>> tensors_;
};

/// What an importer tells besides the model.
struct ImportReport {
  /// The input (a name of `input_rules()`) that was folded into the model because the file does not say what it is;
  /// empty where it does.
  std::string input_rule;

  /// Tensors of the file that limpid knows and has no use for, such as those of auxiliary heads.
  std::vector<std::string> unused;

  /// What the file does not say and was taken for granted: "input: RGB from 0 to 255, minus 117 (tensorflow)".
  std::vector<std::string> assumed;
};

/// The layer of a filter, K x C x R x S (the classifier also K x C), and a bias, K. The shapes are checked
/// before a value is read. Throws Error{input} naming the file and the filter's tensor.
ConvLayer make_layer(const LayerSpec& spec, const FileTensor& filter, const FileTensor& bias,
                     LayerShapes& shapes);

/// A view of a filter stored R x S x C x K (TensorFlow), or C x K for the classifier, as K x C x R x S.
FileTensor from_hwio(FileTensor tensor);

/// A filter K x C x 3 x 3 in the middle of zeros, K x C x 5 x 5, which computes the same with a padding of
/// two pixels as it does with one; any other shape as it is. (GoogLeNets made with torchvision have such.)
FileTensor within_5x5(FileTensor filter);

/// Types a file's numbers may have, little endian.
enum class ElementType { f16, bf16, f32, f64 };

/// Bytes of an element.
std::size_t size_of(ElementType type);

/// `count` elements in fp32. Throws Error{input} beginning with `what` (a file and a tensor) unless `bytes`
/// holds exactly that many; nothing is allocated before.
std::vector<float> widen(std::string_view bytes, ElementType type, std::uint64_t count,
                         std::string_view what);

/// One whole number, signed and little endian, of 4 or 8 bytes and below 2^24 in size: a setting that lies among the
/// tensors. Throws Error{input} beginning with `what` for anything else.
std::vector<float> widen_whole(std::string_view bytes, std::string_view what);

}  // namespace limpid
