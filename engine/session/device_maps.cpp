#include "engine/session/device_maps.h"

#include <span>

#include "kernels/ops/strided_map.h"

namespace limpid {
namespace {

template <class T>
DeviceArray<T> on_device(Backend& backend, const Stream& stream, const std::vector<T>& values) {
  DeviceArray<T> array(backend, values.size());
  array.upload(stream, 0, std::span<const T>(values));
  return array;
}

std::vector<std::int32_t> logical_channels(const ChannelMap& map) {
  std::vector<std::int32_t> channels;
  for (int c = 0; c < map.physical_count(); ++c) channels.push_back(map.logical(c));
  return channels;
}

StridedMap strided(const DeviceView& view) {
  const auto [n, c, h, w] = view.extents;
  return {view.data,           view.dtype,      static_cast<int>(n), static_cast<int>(c), static_cast<int>(h),
          static_cast<int>(w), view.strides[0], view.strides[1],     view.strides[2],     view.strides[3]};
}

}  // namespace

DeviceMaps::DeviceMaps(Backend& backend, const Stream& stream, const Plan& plan, const PictureRule& picture)
    : backend_(backend), picture_(picture) {
  if (plan.start.layer.empty()) {
    std::vector<std::int32_t> channels(kGroup, ChannelMap::kPadding);
    std::vector<float> offsets(kGroup, 0.0F);
    for (std::size_t c = 0; c < 3; ++c) {
      channels[c] = picture.scaling.channel[c];
      offsets[c] = -picture.scaling.mean[c];
    }
    input_ = on_device(backend, stream, channels);
    offsets_ = on_device(backend, stream, offsets);
  } else {
    input_ = on_device(backend, stream, logical_channels(plan.start.channels));
  }
  for (const PlanTarget& target : plan.targets)
    targets_.push_back(on_device(backend, stream, logical_channels(target.channels)));
}

void DeviceMaps::take(const Stream& stream, const DeviceView& from, const Channels& channels, float factor,
                      const float* offsets, const Tensor& to) {
  backend_.run(stream, TakeMap{strided(from), channels.data(), factor, offsets, to});
}

void DeviceMaps::give(const Stream& stream, const Tensor& from, const Channels& channels, float factor,
                      const DeviceView& to) {
  backend_.run(stream, GiveMap{from, channels.data(), factor, strided(to)});
}

void DeviceMaps::write_input(const Stream& stream, const NetworkExecutor& network, const DeviceView& input) {
  if (offsets_.size() == 0) return take(stream, input, input_, 1, nullptr, network.start_map());
  take(stream, input, input_, picture_.scaling.scale, offsets_.data(), network.grouped_input());
}

void DeviceMaps::write_tangent(const Stream& stream, const NetworkExecutor& network,
                               const DeviceView& tangent) {
  if (offsets_.size() == 0) return take(stream, tangent, input_, 1, nullptr, network.start_tangent_map());
  take(stream, tangent, input_, picture_.derivative, nullptr, network.grouped_input_tangent());
}

void DeviceMaps::read_gradient(const Stream& stream, const NetworkExecutor& network,
                               const DeviceView& gradient) {
  const float unscale = 1 / network.gradient_scale();
  if (offsets_.size() == 0) return give(stream, network.start_gradient_map(), input_, unscale, gradient);
  give(stream, network.grouped_input_gradient(), input_, picture_.derivative * unscale, gradient);
}

void DeviceMaps::write_given_gradient(const Stream& stream, const NetworkExecutor& network, int target,
                                      const DeviceView& from) {
  take(stream, from, of_target(target), network.gradient_scale(), nullptr,
       network.given_gradient_map(target));
}

void DeviceMaps::read_target(const Stream& stream, const NetworkExecutor& network, int target,
                             const DeviceView& to) {
  give(stream, network.target_value(target), of_target(target), 1, to);
}

void DeviceMaps::read_tangent(const Stream& stream, const NetworkExecutor& network, int target,
                              const DeviceView& to) {
  give(stream, network.tangent_map(target), of_target(target), 1, to);
}

}  // namespace limpid
