#include "engine/network/bound_network.h"

#include <stdexcept>

namespace limpid {
namespace {

/// Where the images of a range lie in a buffer: one after another in one of the whole batch, at the beginning in one
/// that micro-batches share.
ImageRange range_in(const PlanBuffer& buffer, int batch, const ImageRange& range) {
  const ImageRange found{buffer.images < batch ? 0 : range.first, range.count};
  if (found.first + found.count > buffer.images) {
    throw std::logic_error("'" + buffer.name + "' is a micro-batch's, and the batch was asked for");
  }
  return found;
}

}  // namespace

Tensor BoundNetwork::tensor(const Slice& slice) const {
  return tensor(slice, {0, plan.batch});
}

Tensor BoundNetwork::tensor(const Slice& slice, const ImageRange& range) const {
  const auto index = static_cast<std::size_t>(slice.buffer);
  const PlanBuffer& buffer = plan.buffers[index];
  const Tensor whole =
      backend.lay_out(arena + offsets[index], options.dtype, buffer.images, buffer.groups, buffer.h, buffer.w)
          .slice_groups(slice.first, slice.groups);
  return images_of(whole, range_in(buffer, plan.batch, range));
}

GroupView<std::uint8_t> BoundNetwork::argmax(int buffer, const ImageRange& range) const {
  const auto index = static_cast<std::size_t>(buffer);
  const PlanBuffer& b = plan.buffers[index];
  const auto [first, count] = range_in(b, plan.batch, range);
  auto view =
      backend.lay_out(arena + offsets[index], DType::f32, b.images, b.groups, b.h, b.w).as<std::uint8_t>();
  view.data += first * view.stride_n;
  view.n = count;
  return view;
}

Tensor images_of(Tensor batch, const ImageRange& range) {
  batch.data = batch.image(range.first).data;
  batch.n = range.count;
  return batch;
}

Planar<float> images_of(Planar<float> batch, const ImageRange& range) {
  batch.data = batch.plane(range.first, 0);
  batch.n = range.count;
  return batch;
}

}  // namespace limpid
