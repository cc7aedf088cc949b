// Processors by their ceilings, and the least time that work takes under them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/network/compute_options.h"

namespace limpid {

/// On which units an operation computes.
enum class Arithmetic {
  scalar,  ///< fp32 outside the matrix units, whatever the precision of the network.
  matrix,  ///< Multiply-accumulates of convolutions, in the precision of the network.
};

/// The ceilings of a processor.
struct Card {
  std::string name;          ///< As options take it: "h200".
  std::string title;         ///< "NVIDIA H200 SXM, 141 GB".
  std::string source;        ///< Where the numbers come from, and which of them were measured.
  double fp32_flops = 0;     ///< FLOP/s, outside the matrix units.
  double tf32_flops = 0;     ///< FLOP/s of dense matrix products with fp32 sums, like the next.
  double half_flops = 0;     ///< fp16 and bf16 alike.
  double bandwidth = 0;      ///< Bytes/s to and from memory, reads and writes together.
  std::size_t l2_bytes = 0;  ///< 0 where unknown, like the next.
  int multiprocessors = 0;

  /// FLOP/s of the units at a precision. `automatic` is nobody's: resolve it first.
  double flops(Arithmetic arithmetic, Precision precision) const;
};

/// The graphics processors known by name.
const std::vector<Card>& known_cards();

/// The card of that name. Throws Error{usage} listing those there are.
const Card& find_card(const std::string& name);

/// The least time an operation takes: of its arithmetic, of its bytes, and so of the operation.
struct Floor {
  double math_seconds = 0;
  double bytes_seconds = 0;

  double seconds() const { return bound_by_math() ? math_seconds : bytes_seconds; }
  bool bound_by_math() const { return math_seconds > bytes_seconds; }
};

}  // namespace limpid
