#include "kernels/conv/not_finite.h"
#include "kernels/core/group_launch.cuh"
#include "kernels/core/relaxed.cuh"

namespace limpid::cuda {
namespace {

template <class T>
struct NotFiniteBody {
  GroupView<const T> tensor;
  std::int32_t* found;

  __device__ void operator()(int n, int g, int h, int w) const {
    const T* group = tensor.at(n, g, h, w);
    bool finite = true;
    for (int lane = 0; lane < kGroup; ++lane) {
      const float value = to_f32(group[lane]);
      finite = finite && value - value == 0;
    }
    if (!finite) store_relaxed(found, 1);
  }
};

}  // namespace

void find_not_finite(const Stream& stream, const Tensor& tensor, std::int32_t* found) {
  with_type(tensor.dtype, [&](auto type) {
    using T = decltype(type);
    for_each_group(stream, "looking for what is not finite", tensor.n, tensor.groups, tensor.h, tensor.w,
                   NotFiniteBody<T>{tensor.as<const T>(), found});
  });
}

}  // namespace limpid::cuda
