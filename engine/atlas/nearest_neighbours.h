// The nearest of many vectors, exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/atlas/row_products.h"

namespace limpid {

struct Neighbours {
  std::size_t each = 0;              ///< Of every vector.
  std::vector<std::uint32_t> other;  ///< count x each: numbers of vectors, the nearest first.
  std::vector<float> product;        ///< Their inner products.
};

/// Of each vector the `each` others with the largest inner products; of equal ones the first come first. The same for any
/// number of threads. Throws Error{usage} unless 1 <= each < count.
Neighbours neighbours_by_product(const RowProducts& vectors, std::size_t each, const Stream& stream = {});

}  // namespace limpid
