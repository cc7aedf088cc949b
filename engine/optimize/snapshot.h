// A picture on the way.
#pragma once

#include "engine/image/image.h"

namespace limpid {

/// The picture once `step` updates are done.
struct Snapshot {
  int step = 0;
  Image image;
};

}  // namespace limpid
