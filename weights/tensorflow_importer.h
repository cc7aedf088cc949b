// TensorFlow's frozen graphs.
#pragma once

#include <filesystem>
#include <string_view>

#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

/// True where a file's first bytes are those of a GraphDef: a node that begins with its name.
bool is_graph_def(std::string_view first_bytes);

/// Reads a frozen GraphDef (.pb) of InceptionV1 as Google released it in inception5h.zip, and as lucid has it
/// (family "inception5h", any number of classes). The graph is matched with the topology from the classifier
/// back, whatever its nodes are called; normalisation comes from its LRN nodes, padding from its windows.
/// Constants of float that are not on the way (auxiliary heads) are told in `report`.
///
/// Throws Error{input} naming the file and the node for a file that is no GraphDef, is cut, or holds another
/// network. The provenance has no checksum and the model no labels yet.
Model import_graph_def(const std::filesystem::path& path, ImportReport* report = nullptr);

}  // namespace limpid
