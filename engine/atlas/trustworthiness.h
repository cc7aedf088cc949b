// How far neighbours in a layout are neighbours of the vectors.
#pragma once

#include <cstddef>
#include <span>

#include "engine/atlas/row_products.h"

namespace limpid {

/// Venna and Kaski 2001, "Neighborhood Preservation in Nonlinear Projection Methods": 1 less the sum, over the `each` nearest of
/// every vector in the layout (count x 2) that are not among its `each` nearest by `vectors`, of how far down that order they
/// are, scaled so that the worst layout has 0; 1 where there are none. In [0, 1]. Of vectors with equal products, and of those
/// as far away in the layout, the first come first. Throws Error{usage} for a layout of another size and unless
/// 1 <= each < count / 2.
double trustworthiness(const RowProducts& vectors, std::span<const float> layout, std::size_t each,
                       const Stream& stream = {});

}  // namespace limpid
