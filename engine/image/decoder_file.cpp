#include "engine/image/decoder_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/value_file.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

constexpr int kDecoderVersion = 1, kMostLayers = 32;
constexpr int kTaps = 3, kUpTaps = 4;

/// The transposed convolution that is a doubling by nearest neighbours and a convolution behind it: an output pixel sees
/// the same input pixel through up to two taps each way.
std::vector<float> folded(const std::vector<float>& filter, int outputs, int inputs) {
  constexpr std::array<std::array<int, 2>, kUpTaps> first_and_end = {{{2, 3}, {1, 3}, {0, 2}, {0, 1}}};
  std::vector<float> up;
  up.reserve(filter.size() / (kTaps * kTaps) * (kUpTaps * kUpTaps));
  for (int in = 0; in < inputs; ++in) {
    for (int out = 0; out < outputs; ++out) {
      const float* taps = filter.data() + (std::ptrdiff_t{out} * inputs + in) * (kTaps * kTaps);
      for (const auto& [top, bottom] : first_and_end) {
        for (const auto& [left, right] : first_and_end) {
          float sum = 0;
          for (int r = top; r < bottom; ++r) {
            for (int s = left; s < right; ++s) sum += taps[r * kTaps + s];
          }
          up.push_back(sum);
        }
      }
    }
  }
  return up;
}

class DecoderReader {
 public:
  explicit DecoderReader(const std::filesystem::path& path)
      : file_(path, {"limpid_decoder", kDecoderVersion, "decoder", "tools/examples/train_decoder.py"}) {}

  Decoder read() const {
    Decoder decoder;
    decoder.file = file_.origin();
    decoder.latent = integer("latent", kLargestSide);
    const int layers = integer("layers", kMostLayers);
    for (int i = 0; i < layers; ++i) {
      const bool first_dense = i == 0 && file_.has("0_dense_weight");
      decoder.layers.push_back(first_dense ? dense(decoder.latent) : layer(i, decoder));
    }
    try {
      check_decoder(decoder);
    } catch (const Error& error) {
      fail_input("{}", error.what());
    }
    return decoder;
  }

 private:
  int integer(const char* name, int most) const {
    const int value = file_.integer(name);
    if (value < 1 || value > most)
      fail_input("'{}': {} is {}, out of range: 1 to {}", file_.origin(), name, value, most);
    return value;
  }

  DecoderLayer dense(int latent) const {
    ValueFile::Floats weight = file_.floats("0_dense_weight", {0, 0, 0, latent});
    DecoderLayer layer;
    layer.inputs = latent;
    layer.outputs = weight.extents[0];
    layer.height = weight.extents[1];
    layer.width = weight.extents[2];
    layer.filter = std::move(weight.values);
    layer.bias = file_.floats("0_bias", {layer.outputs, layer.height, layer.width}).values;
    return layer;
  }

  /// The first dataset that is there says what kind of layer it is.
  DecoderLayer layer(int i, const Decoder& below) const {
    const auto name = [&](const char* what) { return fmt::format("{}_{}", i, what); };
    DecoderLayer layer;
    layer.inputs = i == 0 ? below.latent : below.layers.back().outputs;
    layer.height = i == 0 ? 1 : below.height();
    layer.width = i == 0 ? 1 : below.width();
    if (file_.has(name("upconvolution_weight"))) {
      layer.kind = DecoderLayer::Kind::upconvolution;
      auto weight = file_.floats(name("upconvolution_weight"), {layer.inputs, 0, kUpTaps, kUpTaps});
      layer.outputs = weight.extents[1];
      layer.filter = std::move(weight.values);
    } else if (file_.has(name("resize_weight"))) {
      layer.kind = DecoderLayer::Kind::upconvolution;
      const auto weight = file_.floats(name("resize_weight"), {0, layer.inputs, kTaps, kTaps});
      layer.outputs = weight.extents[0];
      layer.filter = folded(weight.values, layer.outputs, layer.inputs);
    } else {
      layer.kind = DecoderLayer::Kind::convolution;
      auto weight = file_.floats(name("convolution_weight"), {0, layer.inputs, kTaps, kTaps});
      layer.outputs = weight.extents[0];
      layer.filter = std::move(weight.values);
    }
    if (layer.kind == DecoderLayer::Kind::upconvolution) {
      if (std::max(layer.height, layer.width) > kLargestSide / 2)
        fail_input("'{}': its layers make pictures of more than {} pixels a side", file_.origin(),
                   kLargestSide);
      layer.height *= 2;
      layer.width *= 2;
    }
    layer.bias = file_.floats(name("bias"), {layer.outputs}).values;
    return layer;
  }

  ValueFile file_;
};

}  // namespace

std::shared_ptr<const Decoder> read_decoder(const std::filesystem::path& path) {
  Decoder decoder = DecoderReader(path).read();
  decoder.sha256 = sha256_of_file(path);
  return std::make_shared<const Decoder>(std::move(decoder));
}

}  // namespace limpid
