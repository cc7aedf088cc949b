// Models as TensorFlow's frozen graphs, for tests.
#pragma once

#include <string>

#include "weights/model.h"
#include "weights/tensorflow.pb.h"

namespace limpid::testing {

/// How a constant's values are stored.
enum class GraphDefStorage { content, floats, doubles, halves };

/// Sets an attribute of four numbers: 1, extent, extent, 1.
void set_list(tensorflow::NodeDef& node, const std::string& name, int extent);

/// Sets the attribute "padding".
void set_padding(tensorflow::NodeDef& node, const std::string& padding);

/// The model as inception5h.zip has it, with its two auxiliary heads (of one channel).
tensorflow::GraphDef to_graph_def(const Model& model, GraphDefStorage storage = GraphDefStorage::content);

}  // namespace limpid::testing
