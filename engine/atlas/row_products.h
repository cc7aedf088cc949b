// The inner products of many vectors with one another, a row at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "kernels/core/stream.h"

namespace limpid {

/// Vectors of `channels` numbers each, copied in blocks, so that the products are those of matrices that stay in the caches.
class RowProducts {
 public:
  /// `rows`: count x channels. Throws Error{usage} unless there is a whole number of rows, one at least.
  RowProducts(std::span<const float> rows, std::size_t channels);

  /// The same of rows at length 1, whose products are cosines. A row of zeros stays one.
  static RowProducts of_unit_rows(std::span<const float> rows, std::size_t channels);

  std::size_t count() const { return count_; }

  /// Calls visit(row, products) once for every row, on the threads of the stream: products[j] is the sum over the channels, in
  /// order, of row[c] * other[c], in fp32, and the same for any number of threads. `visit` must not throw.
  void for_each_row(const Stream& stream,
                    const std::function<void(std::size_t row, std::span<const float> products)>& visit) const;

 private:
  std::size_t channels_, count_;
  std::vector<float> rows_;
  std::vector<float> blocks_;  ///< Of so many rows each, channels x rows; zeros behind the last.
};

}  // namespace limpid
