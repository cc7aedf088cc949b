// ONNX models.
#pragma once

#include <filesystem>
#include <string_view>

#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

/// True where a file's first bytes are those of a ModelProto: the version of its format, a number.
bool is_onnx(std::string_view first_bytes);

/// Reads an .onnx file of InceptionV1, such as the model zoo's GoogLeNet or an export from PyTorch with batch
/// normalisation folded in. The graph is matched with the topology from the classifier back, whatever its
/// values are called; normalisation comes from its LRN nodes, padding from its windows.
///
/// An ONNX model does not say what its input is. That comes from the family `family_name`; where it is empty,
/// from the family with the widths, padding and normalisation of the graph. Initialisers of float that are
/// not on the way are told in `report`.
///
/// Throws Error{input} naming the file and the node for a file that is no ONNX model, is cut, keeps its
/// weights elsewhere, holds another network, or belongs to no known family when none is named; Error{usage}
/// for an unknown family. The provenance has no checksum and the model no labels yet.
Model import_onnx(const std::filesystem::path& path, std::string_view family_name = {},
                  ImportReport* report = nullptr);

}  // namespace limpid
