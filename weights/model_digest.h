// A checksum of a network in memory, whatever file it came from.
#pragma once

#include <string>

#include "weights/model.h"

namespace limpid {

/// SHA-256, lower-case hexadecimal, of everything that a picture depends on: the nodes with their rules, the numbers of
/// all layers in their order, appended ones included, and what the input is; not of names of classes or of where the weights came from.
std::string digest_of(const Model& model);

}  // namespace limpid
