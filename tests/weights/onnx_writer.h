// Models as ONNX has them from Caffe2 and PyTorch, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "weights/model.h"
#include "weights/onnx.pb.h"

namespace limpid::testing {

/// How an initialiser's values are stored.
enum class OnnxStorage { raw, floats, doubles, halves, raw_halves, bfloats };

using Pads = std::vector<std::int64_t>;

/// What exports differ in.
struct OnnxForm {
  OnnxStorage storage = OnnxStorage::raw;
  Pads first = {3, 3, 3, 3};  ///< Of the first convolution.
  Pads pool = {0, 0, 2, 2};   ///< Of the pools that move by two.
  bool ceil = false;
  bool automatic = false;  ///< auto_pad in place of pads.
  bool gemm = true;        ///< Gemm, or MatMul and Add.
};

/// Adds an attribute without a value.
onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name);

/// Adds an attribute of several numbers.
void add_list(onnx::NodeProto& node, const std::string& name, const Pads& values);

/// The model; each value is named after the layer that makes it, and what a convolution makes "<layer>_sum".
onnx::ModelProto to_onnx(const Model& model, const OnnxForm& form = {});

}  // namespace limpid::testing
