// Whether the caller's memory is what a call needs.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>

#include "engine/network/tensor_view.h"
#include "kernels/core/error.h"

namespace limpid {

inline std::string extents_text(const Extents& e) {
  return fmt::format("{}x{}x{}x{}", e[0], e[1], e[2], e[3]);
}

/// Throws Error{usage} where the view has no data, or other extents. `what` makes the text that names it: only a mistake
/// needs that.
template <class View, class What>
void check_view(const View& view, const Extents& expected, const What& what) {
  if (view.data == nullptr) fail_usage("{} has no data", what());
  if (view.extents == expected) return;
  fail_usage("{} is {} (images, channels, height, width), and {} was given", what(), extents_text(expected),
             extents_text(view.extents));
}

/// The same of what is written, and where it lets one place be written for two values.
template <class View, class What>
void check_written(const View& view, const Extents& expected, const What& what) {
  check_view(view, expected, what);
  for (std::size_t i = 0; i < view.strides.size(); ++i) {
    if (view.strides[i] == 0 && view.extents[i] > 1)
      fail_usage("{} has one place for its {} values along dimension {}: what is written has one for each",
                 what(), view.extents[i], i);
  }
}

}  // namespace limpid
