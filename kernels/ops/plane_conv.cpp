#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/plane_conv.body.h"

namespace limpid::cpu {
namespace {

constexpr int kStripPixels = 16;

template <class Body, class Op>
void make_strips(const Stream& stream, const Op& op, const Planar<float>& made) {
  const std::int64_t count = PlaneStrips(made, Body::kWidth).count();
  // Each strip is many products: few to a task.
  constexpr std::int64_t kStripsOfTask = 64;
  const std::int64_t tasks = (count + kStripsOfTask - 1) / kStripsOfTask;
  parallel_for(stream, made.n * tasks, [&](std::int64_t task) {
    const Body body(op, static_cast<int>(task / tasks));
    const std::int64_t begin = task % tasks * kStripsOfTask;
    for (std::int64_t i = begin; i < std::min(begin + kStripsOfTask, count); ++i) body(i);
  });
}

}  // namespace

void plane_conv(const Stream& stream, const PlaneConv& op) {
  if (op.filter.size == 1) return make_strips<PlaneConvBody<1, 1, 1>>(stream, op, op.y);
  if (op.filter.size == 3) return make_strips<PlaneConvBody<3, 1, kStripPixels>>(stream, op, op.y);
  make_strips<PlaneConvBody<4, 2, kStripPixels>>(stream, op, op.y);
}

void plane_conv_adjoint(const Stream& stream, const PlaneConvAdjoint& op) {
  if (op.filter.size == 1) return make_strips<PlaneConvAdjointBody<1, 1, 1>>(stream, op, op.x);
  if (op.filter.size == 3) return make_strips<PlaneConvAdjointBody<3, 1, kStripPixels>>(stream, op, op.x);
  make_strips<PlaneConvAdjointBody<4, 2, kStripPixels>>(stream, op, op.x);
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_operands(const OpContract& contract, const PlaneFilter& filter, const Planar<const float>& x,
                    const Planar<const float>& y, const PlaneSum& sum) {
  contract.planes({{"x", x}});
  contract.planes({{"y", y}});
  contract.memory({{"filter", filter.values}});
  const int size = filter.size, stride = filter.stride;
  const bool known = (size == 1 && stride == 1) || (size == 3 && stride == 1) || (size == 4 && stride == 2);
  contract.require(known, "filter", "is of {} x {} and stride {}: there are 1 and 3 of stride 1, and 4 of 2",
                   size, size, stride);
  contract.require(filter.c == x.c && filter.k == y.c, "filter",
                   "is from {} planes to {}, and they are {} and {}", filter.c, filter.k, x.c, y.c);
  contract.require(x.n == y.n && x.h == stride * y.h && x.w == stride * y.w, "x",
                   "is {} of {} x {}, and with y of {} of {} x {} it must be {} times as large", x.n, x.h,
                   x.w, y.n, y.h, y.w, stride);
  contract.require(sum.at != nullptr || (!sum.masked && sum.pull == 0), "sum",
                   "has no values to be masked by");
  contract.apart({"x", x}, {"y", y});
}

}  // namespace

void check(const PlaneConv& op, const OpContract& contract) {
  check_operands(contract, op.filter, op.x, op.y, op.sum);
}

void check(const PlaneConvAdjoint& op, const OpContract& contract) {
  check_operands(contract, op.filter, op.x, op.y, op.sum);
}

}  // namespace limpid
