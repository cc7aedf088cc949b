// ONNX models that keep their tensors in a file beside them, as PyTorch's exporter does unless told otherwise.
#pragma once

#include <filesystem>

#include "weights/onnx.pb.h"

namespace limpid {

/// Puts the bytes of every initialiser that lies in another file into the message. Such a file stands in the
/// model's own folder and has a name without any folder in it; no byte of it belongs to two tensors' share: together
/// they ask for no more than it has. Throws Error{input} naming the model, the tensor and the file otherwise, and
/// where the file is missing or too short.
void read_external_data(onnx::GraphProto& graph, const std::filesystem::path& model);

}  // namespace limpid
