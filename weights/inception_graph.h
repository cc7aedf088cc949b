// A network as other programs store it, operation by operation, and InceptionV1 found in it by position.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/inception_v1.h"
#include "weights/input_rule.h"
#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

/// What InceptionV1 is made of; everything else is `other`.
enum class GraphOp {
  input,
  pass,  ///< Hands its first input on: Identity, Dropout, Reshape, Flatten.
  convolution,
  bias,
  relu,
  max_pool,
  lrn,
  concat,
  average_pool,
  fully_connected,
  other,
};

/// How a graph says that windows are laid over a map.
struct GraphWindow {
  enum class Border {
    pads,        ///< As many pixels as `pads` says.
    same_upper,  ///< TensorFlow's SAME: the larger half after the map.
    other,
  };
  int size = 0;  ///< Of a pool, 0 for one over the whole map; a convolution's is its filter's.
  int stride = 1;
  Border border = Border::pads;
  std::array<std::int64_t, 4> pads{};  ///< Top, left, bottom, right.
  bool ceil = false;                   ///< The output size is rounded up.
  bool counts_padding = false;         ///< An average pool divides by the pixels around the map, too.
};

/// One operation of a graph.
struct GraphNode {
  std::string name;  ///< For errors.
  std::string type;  ///< Its format's own name of the operation, for errors.
  GraphOp op = GraphOp::other;
  std::vector<std::string> inputs;  ///< Names of the values it reads: maps, then filter and bias.
  GraphWindow window;               ///< Of convolutions and pools.
  Lrn lrn;                          ///< Of `lrn`.
  bool inputs_first = false;        ///< The filter is stored R x S x C x K or C x K.
  std::string problem;              ///< Why it is `other`, where it would be something else but for that.
  InputPlanes planes =
      kPlainPlanes;  ///< Of `input`: what is made of the graph's own before a layer reads it.
};

/// A graph whose operations refer to each other by the names of values.
struct Graph {
  std::string origin;                                       ///< The file, for errors.
  std::map<std::string, GraphNode, std::less<>> producers;  ///< By the value the operation makes.
  NamedTensors constants;
  std::array<int, 2> input_size = {224,
                                   224};  ///< Height and width; what the network was made for if unknown.

  explicit Graph(const std::string& file) : origin(file), constants(file) {}

  /// Throws Error{input} where the value exists already.
  void add(const std::string& value, GraphNode node);
};

/// InceptionV1 in a graph.
struct InceptionGraph {
  std::vector<ConvLayer> layers;  ///< In the order of `inception_layers()`.
  Padding padding = Padding::caffe;
  PoolSizes pool_sizes = kUsualPools;
  Lrn lrn;  ///< Absent where the graph has none.
  InputPlanes planes = kPlainPlanes;
};

/// Finds InceptionV1 by walking from the classifier back to the input: every operation must be where the
/// topology has it, with its filter's size, stride and padding; names do not matter. A rectifier may stand
/// before or after a concatenation, and the average may be any pool that takes the mean of the whole map at the
/// graph's input size. What is not on the way (auxiliary heads) stays in `graph.constants`.
///
/// Throws Error{input} naming the file and the operation where another one belongs, where shapes do not fit,
/// where the normalisations differ, and where the padding is none of limpid's.
InceptionGraph match_inception(Graph& graph);

}  // namespace limpid
