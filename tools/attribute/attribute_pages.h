// The pages of `limpid attribute`.
#pragma once

#include <string>

#include "engine/attribution/attribute.h"
#include "engine/attribution/position_pairs.h"
#include "tools/attribute/attribute_arguments.h"

namespace limpid {

/// Into the folder that the arguments name: each position's channels that count most, and the certificate. `photo` is the
/// network's input.
void write_attribution_page(const AttributeArguments& arguments, const Attribution& a,
                            const std::string& objective, const std::string& layer, const Image& photo);

/// The same of every position of `upper`: its map over `lower`.
void write_pairs_page(const AttributeArguments& arguments, const PositionPairs& pairs,
                      const std::string& upper, const std::string& lower, const Image& photo);

}  // namespace limpid
