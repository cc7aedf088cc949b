#include "engine/network/bound_network.h"

namespace limpid {

Tensor BoundNetwork::tensor(const Slice& slice) const {
  const auto index = static_cast<std::size_t>(slice.buffer);
  const PlanBuffer& buffer = plan.buffers[index];
  return backend.lay_out(arena + offsets[index], options.dtype, plan.batch, buffer.groups, buffer.h, buffer.w)
      .slice_groups(slice.first, slice.groups);
}

GroupView<std::uint8_t> BoundNetwork::argmax(int buffer) const {
  const auto index = static_cast<std::size_t>(buffer);
  const PlanBuffer& b = plan.buffers[index];
  return backend.lay_out(arena + offsets[index], DType::f32, plan.batch, b.groups, b.h, b.w)
      .as<std::uint8_t>();
}

GroupView<const std::uint8_t> BoundNetwork::chosen(int argmax_buffer) const {
  const GroupView<std::uint8_t> v = argmax(argmax_buffer);
  return {v.data, v.n, v.groups, v.h, v.w, v.stride_n, v.stride_g, v.stride_h, v.stride_w};
}

}  // namespace limpid
