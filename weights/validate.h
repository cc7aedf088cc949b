// The checks every importer and reader ends in.
#pragma once

#include <cstddef>
#include <string>

#include "weights/model.h"

namespace limpid {

/// A label may have this many bytes.
inline constexpr std::size_t kMaxLabelSize = 1024;

/// Checks that the nodes are a network that limpid computes (check_network), that the model's layers are its convolutions,
/// each with the window and the channels that the nodes before it make, that every value is finite and that labels, if
/// any, number as the logits. Throws Error{input} naming `origin` (a file) and the node or layer.
void validate(const Model& model, const std::string& origin);

/// The same but for the values of the tensors, which are not looked at: what a program that made a model itself
/// may get wrong, at no cost.
void check_structure(const Model& model, const std::string& origin);

}  // namespace limpid
