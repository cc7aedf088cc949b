#include "kernels/core/launch.cuh"
#include "kernels/core/relaxed.cuh"
#include "kernels/ops/parameter_update.body.h"

namespace limpid::cuda {
namespace {

template <bool Scaled>
struct UpdateOnDevice {
  using Body = ParameterUpdateBody<Scaled>;

  Body body;
  const ParameterUpdate& op;
  int image;
  bool unmoved;  ///< Of a job that has moved, threads store nothing: all would store to one address.

  __device__ UpdateOnDevice(const ParameterUpdate& update, int plane)
      : body(update, plane),
        op(update),
        image(plane / update.planes),
        unmoved(load_relaxed(update.first_moved + image) == 0) {}

  __device__ auto load(std::int64_t i) const {
    switch (body.moments) {
      case Moments::none:
        return body.template load<Moments::none>(i);
      case Moments::first:
        return body.template load<Moments::first>(i);
      case Moments::both:
        break;
    }
    return body.template load<Moments::both>(i);
  }
  __device__ void store(std::int64_t i, const typename Body::Loaded& x) const {
    bool usable = is_finite(x.g);
    switch (body.moments) {
      case Moments::none:
        body.template store<Moments::none>(i, x);
        break;
      case Moments::first:
        body.template store<Moments::first>(i, x);
        break;
      case Moments::both:
        body.template store<Moments::both>(i, x);
        usable = Body::template is_usable<Moments::both>(x.g);
        break;
    }
    if (!usable) store_relaxed(op.non_finite + image, 1);
    if (unmoved && x.g != 0) {
      store_relaxed(op.first_moved + image, static_cast<std::int32_t>(op.keys[image].step + 1));
    }
  }
};

}  // namespace

void parameter_update(const Stream& stream, const ParameterUpdate& op) {
  const int planes = op.images * op.planes;
  if (op.gradient_scale != nullptr) {
    for_each_image_element<UpdateOnDevice<true>>(stream, "parameter_update", op, planes, op.count);
  } else {
    for_each_image_element<UpdateOnDevice<false>>(stream, "parameter_update", op, planes, op.count);
  }
}

}  // namespace limpid::cuda
