#include "kernels/ops/parameter_update.h"

#include <atomic>

#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/parameter_update.body.h"

namespace limpid::cpu {
namespace {

/// What a block saw of its gradient: two numbers, for compilers vectorise a loop that keeps them, but not one
/// that packs them into bits (40 against 140 us for the spectrum of 224 x 224 pixels).
struct Seen {
  int finite = 1, moved = 0;
};

/// Returns the gradient. A function of its own: a struct that lives in the loop's own scope would not be
/// vectorised.
template <Moments kept, bool Scaled>
float update_one(const ParameterUpdateBody<Scaled>& body, std::int64_t i) {
  const auto x = body.template load<kept>(i);
  body.template store<kept>(i, x);
  return x.g;
}

/// Of a copy of the body, which no store can change: otherwise its numbers would be read again after each.
template <Moments kept, bool Scaled>
Seen update_block(const ParameterUpdateBody<Scaled>& shared, std::int64_t begin, std::int64_t end) {
  const ParameterUpdateBody<Scaled> body = shared;
  int finite = 1, moved = 0;
#pragma omp simd reduction(& : finite) reduction(| : moved)
  for (std::int64_t i = begin; i < end; ++i) {
    const float g = update_one<kept>(body, i);
    finite &= ParameterUpdateBody<Scaled>::template is_usable<kept>(g) ? 1 : 0;
    moved |= g != 0 ? 1 : 0;
  }
  return {finite, moved};
}

template <bool Scaled>
Seen update_block(const ParameterUpdateBody<Scaled>& body, std::int64_t begin, std::int64_t end) {
  switch (body.moments) {
    case Moments::none:
      return update_block<Moments::none>(body, begin, end);
    case Moments::first:
      return update_block<Moments::first>(body, begin, end);
    case Moments::both:
      break;
  }
  return update_block<Moments::both>(body, begin, end);
}

template <bool Scaled>
void update(const Stream& stream, const ParameterUpdate& op) {
  for_each_image_block(
      stream, op.images * op.planes, op.count, [&](int plane, std::int64_t begin, std::int64_t end) {
        const ParameterUpdateBody<Scaled> body(op, plane);
        const Seen seen = update_block(body, begin, end);
        // Every thread that stores stores the same value; relaxed makes that defined, at no cost.
        const int image = plane / op.planes;
        if (seen.finite == 0) {
          std::atomic_ref(op.non_finite[image]).store(1, std::memory_order_relaxed);
        }
        if (seen.moved != 0) {
          const std::atomic_ref first(op.first_moved[image]);
          if (first.load(std::memory_order_relaxed) == 0) {
            first.store(static_cast<std::int32_t>(op.keys[image].step + 1), std::memory_order_relaxed);
          }
        }
      });
}

}  // namespace

void parameter_update(const Stream& stream, const ParameterUpdate& op) {
  op.gradient_scale != nullptr ? update<true>(stream, op) : update<false>(stream, op);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const ParameterUpdate& op, const OpContract& contract) {
  contract.memory({{"parameters", op.parameters},
                   {"first_moment", op.first_moment},
                   {"second_moment", op.second_moment},
                   {"gradient", op.gradient},
                   {"keys", op.keys},
                   {"rules", op.rules},
                   {"rate", op.rate},
                   {"momentum", op.momentum},
                   {"non_finite", op.non_finite},
                   {"first_moved", op.first_moved}});
  contract.at_least(1, {{"images", op.images}, {"planes", op.planes}, {"count", op.count}});
}

}  // namespace limpid
