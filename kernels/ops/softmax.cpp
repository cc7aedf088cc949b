#include "kernels/ops/softmax.h"

#include <cmath>

#include "kernels/ops/op_contract.h"
#include "kernels/ops/softmax.body.h"

namespace limpid::cpu {

void softmax_fprop(const Stream&, const SoftmaxFprop& op) {
  const auto x = op.x.as<const float>();
  const auto y = op.y.as<float>();
  const auto logits = [&](int n, int g) { return load_group(x.at(n, g, 0, 0)); };
  for (int n = 0; n < x.n; ++n) {
    float largest = -INFINITY;
    for (int g = 0; g < x.groups; ++g) {
      largest = largest_logit(logits(n, g), g * kGroup, op.classes, largest);
    }
    double sum = 0;
    for (int g = 0; g < x.groups; ++g) {
      const Group weights = softmax_weights(logits(n, g), g * kGroup, op.classes, largest);
      store_group(y.at(n, g, 0, 0), weights);
      sum = add_lanes(sum, weights);
    }
    for (int g = 0; g < x.groups; ++g) {
      float* values = y.at(n, g, 0, 0);
      store_group(values, softmax_values(load_group<float>(values), sum));
    }
  }
}

void softmax_bprop(const Stream&, const SoftmaxBprop& op) {
  const auto y = op.y.as<const float>();
  const auto dy = op.dy.as<const float>();
  const auto dx = op.dx.as<float>();
  for (int n = 0; n < y.n; ++n) {
    double dot = 0;
    for (int g = 0; g < y.groups; ++g) {
      dot = add_products(dot, load_group(dy.at(n, g, 0, 0)), load_group(y.at(n, g, 0, 0)));
    }
    for (int g = 0; g < y.groups; ++g) {
      store_group(dx.at(n, g, 0, 0),
                  softmax_gradient(load_group(y.at(n, g, 0, 0)), load_group(dy.at(n, g, 0, 0)), dot));
    }
  }
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_vector(const OpContract& contract, const NamedTensor& map) {
  contract.require(map.tensor.h == 1 && map.tensor.w == 1, map.name, "has {} x {} pixels, and must have one",
                   map.tensor.h, map.tensor.w);
}

}  // namespace

void check(const SoftmaxFprop& op, const OpContract& contract) {
  contract.tensors({{"x", op.x}, {"y", op.y}});
  check_vector(contract, {"x", op.x});
  contract.require(op.classes >= 1 && op.classes <= op.x.channels(), "classes",
                   "are {}, and must be from 1 to the {} channels of x", op.classes, op.x.channels());
}

void check(const SoftmaxBprop& op, const OpContract& contract) {
  contract.tensors({{"y", op.y}, {"dy", op.dy}, {"dx", op.dx}});
  check_vector(contract, {"y", op.y});
}

}  // namespace limpid
