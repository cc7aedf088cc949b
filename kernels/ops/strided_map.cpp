#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/strided_map.body.h"

namespace limpid::cpu {

void take_map(const Stream& stream, const TakeMap& op) {
  with_type(op.to.dtype, [&](auto type) {
    with_type(op.from.dtype, [&](auto outside) {
      using Body = TakeMapBody<decltype(type), decltype(outside)>;
      for_each_image_pixel<Body>(stream, op, op.to.n, op.to.groups * op.to.h, op.to.w);
    });
  });
}

void give_map(const Stream& stream, const GiveMap& op) {
  with_type(op.from.dtype, [&](auto type) {
    with_type(op.to.dtype, [&](auto outside) {
      using Body = GiveMapBody<decltype(type), decltype(outside)>;
      for_each_image_pixel<Body>(stream, op, op.from.n, op.from.groups * op.from.h, op.from.w);
    });
  });
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_same_pixels(const OpContract& contract, const char* name, const StridedMap& map,
                       const NamedTensor& grouped) {
  const Tensor& t = grouped.tensor;
  NamedMemory memory(name, static_cast<const std::byte*>(map.data));
  memory.alignment = size_of(map.dtype);
  contract.memory({memory});
  contract.require(map.n == t.n && map.c >= 1 && map.h == t.h && map.w == t.w, name,
                   "is {} x {} x {} x {}, and must have the {} images of {} x {} pixels that {} has", map.n,
                   map.c, map.h, map.w, t.n, t.h, t.w, grouped.name);
}

}  // namespace

void check(const TakeMap& op, const OpContract& contract) {
  contract.tensors({{"to", op.to}});
  contract.memory({{"channels", op.channels}});
  if (op.from.data != nullptr) check_same_pixels(contract, "from", op.from, {"to", op.to});
}

void check(const GiveMap& op, const OpContract& contract) {
  contract.tensors({{"from", op.from}});
  contract.memory({{"channels", op.channels}});
  check_same_pixels(contract, "to", op.to, {"from", op.from});
  const StridedMap& to = op.to;
  const auto is_apart = [](std::int64_t stride, int extent) { return stride != 0 || extent == 1; };
  contract.require(is_apart(to.stride_n, to.n) && is_apart(to.stride_c, to.c) &&
                       is_apart(to.stride_h, to.h) && is_apart(to.stride_w, to.w),
                   "to", "has strides {}, {}, {}, {}, and must have a place for each value", to.stride_n,
                   to.stride_c, to.stride_h, to.stride_w);
}

}  // namespace limpid
