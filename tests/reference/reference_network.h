// InceptionV1 in double precision, written from its definition: every intermediate kept, and the gradient of
// an objective with respect to each of them.
//
// The discrete choices of a forward pass (which ReLU passes, which pixel a max-pool takes) can be given from
// another run. Two engines that round differently can then be compared as smooth functions: without that, one
// near-tie that falls the other way moves the gradient by far more than rounding does.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/objective/objective.h"
#include "tests/reference/reference_ops.h"
#include "weights/inception_v1.h"
#include "weights/model.h"

namespace limpid::reference {

/// The discrete choices of a forward pass, by name of the layer that makes them.
struct Selections {
  std::map<std::string, Mask> relu;    ///< By convolution: "conv2d0", "mixed4a_3x3"; k x h x w entries.
  std::map<std::string, Argmax> pool;  ///< By pool: "maxpool0", "mixed4a_pool"; c x p x q entries.
};

/// A forward pass: every value by name. A convolution is "conv2d0:pre" before and "conv2d0" after its ReLU, a
/// module "mixed4a:pre" and "mixed4a"; between them lie "maxpool0", "localresponsenorm0",
/// "localresponsenorm1", "maxpool1", "maxpool4", "maxpool10", "mixed4a_pool", "avgpool0"; the head is
/// "logits" and "softmax". The picture is "input".
struct Trace {
  std::map<std::string, Map> values;
  Selections selections;

  /// Throws Error{usage} for a name the pass did not reach.
  const Map& at(const std::string& name) const;
};

/// Gradients of one number with respect to every value it depends on, by name.
struct Gradients {
  double value = 0;
  std::map<std::string, Map> values;

  const Map& input() const { return values.at("input"); }
};

/// Name in a Trace of what an objective looks at.
std::string value_name(const ObjectiveTerm& objective);

/// The network of a model. Keeps a reference to it.
class Network {
 public:
  explicit Network(const Model& model);

  /// Runs up to and including the value `last`, on an input of 3 x h x w in the network's own units and
  /// channel order. Layers named in `given` make its choices, all others their own.
  Trace forward(const Map& input, const std::string& last = "softmax", const Selections& given = {}) const;

  /// Gradients of `objective` along the choices the trace was made with.
  Gradients backward(const Trace& trace, const ObjectiveTerm& objective) const;

  /// Gradients of <seed, value of that name>.
  Gradients backward(const Trace& trace, const std::string& name, const Map& seed) const;

 private:
  enum class Kind { conv, relu, max_pool, lrn, concatenation, average, softmax };

  struct Node {
    Kind kind;
    std::string name;
    std::vector<std::string> inputs;
    const ConvLayer* layer = nullptr;  // conv
    int size = 0, stride = 1;          // conv, max_pool
  };

  void add_conv(const std::string& name, const std::string& input, int stride = 1, bool relu = true);
  void add_pool(const std::string& name, const std::string& input, int stride, int size = 3);
  void add_module(const std::string& name, const std::string& input);

  Map evaluate(const Node& node, const Selections& given, Trace& trace) const;
  std::vector<Map> input_gradients(const Node& node, const Trace& trace, const Map& dy) const;

  const Model& model_;
  InceptionRules rules_;
  std::vector<Node> nodes_;  // In forward order.
};

}  // namespace limpid::reference
