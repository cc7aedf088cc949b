// What pictures with alpha are shown in front of: random colours, other ones at each step.
#pragma once

#include <memory>

#include "engine/image/colours.h"
#include "engine/image/parameterisation.h"
#include "kernels/device_array.h"

namespace limpid {

/// A background for each picture of a batch, as lucid draws them: Fourier coefficients of deviation 0.5 that
/// fall with frequency as those of a spectral picture of decay 1 do, under the pictures' colour matrix and
/// always a sigmoid. In gray pictures they are gray. A background depends on its picture's key alone: on
/// seed, image and step. Owns its memory; drawing allocates nothing.
class Backgrounds {
 public:
  Backgrounds(Backend& backend, const Stream& stream, const ImageForm& form, const ColourRule& colours,
              int batch, int height, int width);

  /// Draws those of the keys' steps. `keys`, in the device's memory, has one for each picture.
  void draw(const Stream& stream, const SlotKey* keys);

  /// Where `draw` puts them: batch x 3 x height x width, in (0, 1).
  Planar<const float> get() const { return rgb_; }

 private:
  Backend& backend_;
  ColourRule colours_;
  std::unique_ptr<ImageParameterisation> noise_;
  DeviceArray<float> values_, rgb_memory_;
  Planar<float> rgb_;
};

}  // namespace limpid
