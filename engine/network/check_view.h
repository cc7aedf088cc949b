// Whether the caller's memory is what a call needs.
#pragma once

#include <fmt/format.h>

#include <string>

#include "engine/network/tensor_view.h"
#include "kernels/core/error.h"

namespace limpid {

inline std::string extents_text(const Extents& e) {
  return fmt::format("{}x{}x{}x{}", e[0], e[1], e[2], e[3]);
}

/// Throws Error{usage} where the view has no data, or other extents. `what` makes the text that names it: only a mistake
/// needs that.
template <class T, class What>
void check_view(const TensorView<T>& view, const Extents& expected, const What& what) {
  if (view.data == nullptr) fail_usage("{} has no data", what());
  if (view.extents == expected) return;
  fail_usage("{} is {} (images, channels, height, width), and {} was given", what(), extents_text(expected),
             extents_text(view.extents));
}

}  // namespace limpid
