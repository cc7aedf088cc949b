// What is drawn on, and what stands behind an object.
#pragma once

#include <functional>
#include <vector>

#include "engine/image/image.h"
#include "engine/procedural/colours.h"
#include "engine/procedural/textures.h"

namespace limpid {

/// A colour for each point of the picture.
using Paint = std::function<Colour(double x, double y)>;

/// What grounds and objects may be made of: any texture but the picture's own concept, which the mask covers whole.
const Texture& draw_material(Sketch& sketch);

/// A texture in colours of its own.
Paint painted(const Tone& tone, std::vector<Colour> colours);

/// A sky, mist, a faint texture, or floor and wall.
Paint ground(Sketch& sketch);

/// An object's surface: one colour, or a texture.
Paint surface(Sketch& sketch, const Colour& colour);

/// side x side pixels, and how much of each the concept covers.
class Canvas {
 public:
  Canvas(int side, const Paint& background);

  int side() const { return image_.width; }
  double pixel() const { return 2.0 / image_.width; }

  /// Lays `paint` over what is there, as opaque as `coverage`, in [0, 1], says of each point.
  void lay(const std::function<double(double x, double y)>& coverage, const Paint& paint);

  const Image& image() const { return image_; }
  Image& image() { return image_; }
  const std::vector<float>& mask() const { return mask_; }

 private:
  /// Of a pixel's centre.
  double coordinate(int index) const { return (index + 0.5) * pixel() - 1; }

  Image image_;
  std::vector<float> mask_;
};

}  // namespace limpid
