#include "engine/image/decoder_images.h"

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/decoder.h"
#include "kernels/core/error.h"
#include "kernels/ops/plane_conv.h"

namespace limpid {
namespace {

using LayerKind = DecoderLayer::Kind;

const std::shared_ptr<const Decoder>& decoder_of(const ImageForm& form) {
  const auto& decoder = std::get<Decoded>(form.parameters).decoder;
  if (decoder == nullptr || decoder->layers.empty())
    fail_usage("pictures that a decoder makes need a decoder's file");
  return decoder;
}

/// Of the latent's map.
int rows(const Decoder& decoder, int height) {
  return decoder.is_dense() ? 1 : height / decoder.height();
}
int columns(const Decoder& decoder, int width) {
  return decoder.is_dense() ? 1 : width / decoder.width();
}

class DecoderImages final : public ImageParameterisation {
 public:
  DecoderImages(const ImageForm& form, int batch, int height, int width)
      : decoder_(decoder_of(form)),
        penalty_(std::get<Decoded>(form.parameters).penalty),
        latent_{-1, batch, decoder_->latent, rows(*decoder_, height), columns(*decoder_, width)},
        batch_(batch) {}

  ParameterLayout layout() const override {
    // Of one plane where it is one vector.
    if (decoder_->is_dense()) return {1, latent_.c};
    return {latent_.c, std::int64_t{latent_.h} * latent_.w};
  }

  StepPlanes decode(StepBuilder& step, int parameters) override {
    maps_ = {latent_};
    maps_.front().buffer = parameters;
    filters_.clear();
    for (std::size_t i = 0; i < decoder_->layers.size(); ++i) {
      const DecoderLayer& layer = decoder_->layers[i];
      filters_.push_back(table(step, fmt::format("decoder filter {}", i), i, &DecoderLayer::filter));
      const int bias = table(step, fmt::format("decoder biases {}", i), i, &DecoderLayer::bias);
      const bool last = i + 1 == decoder_->layers.size();
      const StepPlanes made = step.scratch_planes(last ? "latent" : "decoder map", batch_, layer.outputs,
                                                  layer.height * latent_.h, layer.width * latent_.w);
      add_layer(step, i, bias, !last, flat(i, made));
      maps_.push_back(made);
    }
    return maps_.back();
  }

  int decode_adjoint(StepBuilder& step, const StepPlanes& dlatent) override {
    StepPlanes gradient = dlatent;
    for (std::size_t i = decoder_->layers.size(); i-- > 0;) {
      const StepPlanes& below = maps_[i];
      const StepPlanes made =
          step.scratch_planes(i == 0 ? "d parameters" : "d decoder map", below.n, below.c, below.h, below.w);
      add_layer_adjoint(step, i, flat(i, gradient), made);
      gradient = made;
    }
    return gradient.buffer;
  }

 private:
  int table(StepBuilder& step, std::string name, std::size_t i,
            std::vector<float> DecoderLayer::*values) const {
    return step.table(std::move(name), (decoder_->layers[i].*values).size(),
                      [decoder = decoder_, i, values] { return decoder->layers[i].*values; });
  }

  /// What a dense layer makes, as the one pixel it is to it.
  StepPlanes flat(std::size_t i, const StepPlanes& map) const {
    if (decoder_->layers[i].kind != LayerKind::dense) return map;
    return {map.buffer, map.n, map.c * map.h * map.w, 1, 1};
  }

  double flops(std::size_t i) const {
    const DecoderLayer& layer = decoder_->layers[i];
    const double per_pixel = static_cast<double>(layer.filter.size());
    if (layer.kind == LayerKind::dense) return 2 * per_pixel * batch_;
    const double pixels = 1.0 * layer.height * layer.width * latent_.h * latent_.w;
    return 2 * per_pixel * batch_ * (layer.kind == LayerKind::upconvolution ? pixels / 4 : pixels);
  }

  using Sum = std::function<PlaneSum(const StepOperands&)>;

  void add_layer(StepBuilder& step, std::size_t i, int bias, bool relu, const StepPlanes& made) const {
    const Sum sum = [=](const StepOperands& m) { return PlaneSum{m.read<float>(bias), relu}; };
    std::vector<StepUse> uses = {reads(maps_[i]), reads(filters_[i]), reads(bias), writes(made)};
    const std::string name = fmt::format("decoder layer {}", i);
    if (decoder_->layers[i].kind == LayerKind::upconvolution) {
      add<PlaneConvAdjoint>(step, name, std::move(uses), i, {maps_[i], made, made}, sum);
    } else {
      add<PlaneConv>(step, name, std::move(uses), i, {maps_[i], made, made}, sum);
    }
  }

  void add_layer_adjoint(StepBuilder& step, std::size_t i, const StepPlanes& gradient,
                         const StepPlanes& made) const {
    const StepPlanes below = maps_[i];
    const bool masked = i > 0;
    const float pull = masked ? 0 : penalty_;
    const bool at_values = masked || pull != 0;
    const Sum sum = [=](const StepOperands& m) {
      PlaneSum made_of;
      if (at_values) made_of.at = m.read<float>(below.buffer);
      made_of.masked = masked;
      made_of.pull = pull;
      return made_of;
    };
    std::vector<StepUse> uses = {reads(gradient), reads(filters_[i]), writes(made)};
    if (at_values) uses.push_back(reads(below));
    const std::string name = fmt::format("decoder layer {} adjoint", i);
    if (decoder_->layers[i].kind == LayerKind::upconvolution) {
      add<PlaneConv>(step, name, std::move(uses), i, {gradient, made, gradient}, sum);
    } else {
      add<PlaneConvAdjoint>(step, name, std::move(uses), i, {gradient, made, gradient}, sum);
    }
  }

  /// From what to what, and what the layer makes or its gradient: one of the two.
  struct Ends {
    StepPlanes from, to, made;
  };

  /// Op is the layer's convolution, of which an upconvolution is the adjoint, or that one's adjoint.
  template <class Op>
  void add(StepBuilder& step, const std::string& name, std::vector<StepUse> uses, std::size_t i,
           const Ends& ends, const Sum& sum) const {
    step.add(
        name, std::move(uses),
        [=, filter = filters_[i], decoder = decoder_](const StepOperands& m) {
          const DecoderLayer& layer = decoder->layers[i];
          const float* values = m.read<float>(filter);
          const PlaneFilter own =
              layer.kind == LayerKind::upconvolution
                  ? PlaneFilter{values, layer.inputs, layer.outputs, 4, 2}
                  : PlaneFilter{values, ends.made.c, layer.inputs, layer.kind == LayerKind::dense ? 1 : 3, 1};
          return Op{own, m.read(ends.from), sum(m), m.write(ends.to)};
        },
        flops(i));
  }

  std::shared_ptr<const Decoder> decoder_;
  float penalty_;
  StepPlanes latent_;  ///< Of no buffer yet.
  int batch_;
  std::vector<StepPlanes> maps_;  ///< What each layer is given, and the last one makes.
  std::vector<int> filters_;
};

}  // namespace

ParameterLayout decoder_layout(const ImageForm& form, int height, int width) {
  return DecoderImages(form, 1, height, width).layout();
}

std::unique_ptr<ImageParameterisation> make_decoder_images(const ImageForm& form, int batch, int height,
                                                           int width) {
  const Decoder& decoder = *decoder_of(form);
  if (!decoder.makes(height, width)) {
    fail_usage("the decoder '{}' makes pictures of {}{}x{}, and not {}x{}", decoder.file,
               decoder.is_dense() ? "" : "multiples of ", decoder.height(), decoder.width(), height, width);
  }
  return std::make_unique<DecoderImages>(form, batch, height, width);
}

}  // namespace limpid
