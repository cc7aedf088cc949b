#include "engine/session/picture_transfer.h"

#include "kernels/core/parallel.h"
#include "kernels/host_rows.h"

namespace limpid {
namespace {

/// Calls f(n, plane, row) for every row of planes.
template <class F>
void for_each_row(const Stream& stream, const Planar<const float>& planes, const F& f) {
  const std::int64_t rows = std::int64_t{planes.c} * planes.h;
  parallel_for(stream, planes.n * rows, [&](std::int64_t i) {
    f(static_cast<int>(i / rows), static_cast<int>(i % rows / planes.h), static_cast<int>(i % planes.h));
  });
}

}  // namespace

void write_pictures(const Stream& stream, const TensorView<const float>& pictures,
                    const InputScaling& scaling, const Planar<float>& planes) {
  for_each_row(stream, planes, [&](int n, int c, int h) {
    const float* from = pictures.at(n, scaling.channel[c], h, 0);
    float* to = planes.plane(n, c) + std::int64_t{h} * planes.w;
    scale_row(from, pictures.strides[3], scaling.scale, -scaling.mean[c], to, planes.w);
  });
}

void read_pictures(const Stream& stream, const Planar<const float>& planes, const InputScaling& scaling,
                   float factor, const TensorView<float>& pictures) {
  for_each_row(stream, planes, [&](int n, int c, int h) {
    const float* from = planes.plane(n, c) + std::int64_t{h} * planes.w;
    float* to = pictures.at(n, scaling.channel[c], h, 0);
    spread_row(from, factor, to, pictures.strides[3], planes.w);
  });
}

}  // namespace limpid
