// Decoders: small networks that make pictures of a few numbers, the latent.
#pragma once

#include <string>
#include <vector>

namespace limpid {

struct DecoderLayer {
  enum class Kind {
    dense,          ///< From the latent to all values of a map.
    convolution,    ///< 3 x 3, with a border of zeros.
    upconvolution,  ///< 4 x 4 transposed, of stride 2: to twice the height and width.
  };
  Kind kind = Kind::dense;
  int inputs = 0, outputs = 0;  ///< Planes; of a dense one the latent's values, and planes.
  int height = 0, width = 0;    ///< Of the map it makes; where no layer is dense, of a latent of one pixel.
  /// dense: (outputs x height x width) x inputs; convolution: outputs x inputs x 3 x 3; upconvolution: inputs x outputs
  /// x 4 x 4, as torch's ConvTranspose2d(4, stride=2, padding=1).
  std::vector<float> filter;
  std::vector<float> bias;  ///< One an output; of a dense one, one a value.

  bool operator==(const DecoderLayer&) const = default;
};

/// Layers with ReLUs between them; the last makes red, green and blue before a sigmoid. Where the first is dense, pictures have
/// one size; else the latent is a map, of a pixel for each `height()` x `width()` of a picture of any size.
struct Decoder {
  std::string file;
  std::string sha256;  ///< Of the file's bytes, hexadecimal.
  int latent = 0;  ///< How many numbers a picture, or its part, is made of: standard normal ones in training.
  std::vector<DecoderLayer> layers;

  bool is_dense() const { return !layers.empty() && layers.front().kind == DecoderLayer::Kind::dense; }
  /// Of its pictures, or of what a pixel of the latent becomes.
  int height() const { return layers.empty() ? 0 : layers.back().height; }
  int width() const { return layers.empty() ? 0 : layers.back().width; }
  /// Whether pictures of a size can be made.
  bool makes(int height, int width) const;
};

/// Throws Error{usage} unless layer fits layer and the last one makes three planes, all with as many values as they say.
void check_decoder(const Decoder& decoder);

}  // namespace limpid
