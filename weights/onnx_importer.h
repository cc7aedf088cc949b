// ONNX models.
#pragma once

#include <filesystem>
#include <string_view>

#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

/// True where a file's first bytes are those of a ModelProto: the version of its format, a number.
bool is_onnx(std::string_view first_bytes);

/// Reads an .onnx file of InceptionV1, such as the model zoo's GoogLeNet or what PyTorch's exporters make of one
/// (`OnnxPatterns` knows what they write as several operations). The graph is matched with the topology from the
/// classifier back, whatever its values are called; normalisation comes from its LRN, padding from its windows.
///
/// An ONNX model does not say what its input is. `input_name` names it (`input_rules`); where it is empty, it is
/// what makes the first layer read as that of the family `family_name` does or, where that is empty too, of the
/// family with the widths, padding and normalisation of the graph. What was so assumed, and initialisers of float
/// that are not on the way, are told in `report`.
///
/// Tensors may lie in a file beside the model (`read_external_data`), which its checksum then does not cover.
///
/// Throws Error{input} naming the file and the node for a file that is no ONNX model, is cut, holds another network, or belongs
/// to no known family when none is named; Error{usage} for an unknown family or input. The provenance has no checksum and the
/// model no labels yet.
Model import_onnx(const std::filesystem::path& path, std::string_view family_name = {},
                  ImportReport* report = nullptr, std::string_view input_name = {});

}  // namespace limpid
