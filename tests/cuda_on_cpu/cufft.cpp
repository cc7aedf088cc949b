// cuFFT's two-dimensional real transforms, by their definition in double precision. A complex-to-real transform leaves
// rubbish in its input, as the library may; each plan has a work area, so that two uses at a time are found.
#include <cufft.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <map>
#include <numbers>

#include "tests/cuda_on_cpu/machine.h"

namespace {

using namespace emulated;
using Complex = std::complex<double>;

constexpr std::size_t kWorkBytes = 64;

struct Plan {
  int h = 0, w = 0, batch = 0;
  cufftType type{};
  cudaStream_t stream = nullptr;
  void* work = nullptr;

  std::size_t pixels() const { return static_cast<std::size_t>(h) * static_cast<std::size_t>(w); }
  std::size_t columns() const { return static_cast<std::size_t>(w / 2 + 1); }
  std::size_t spectrum() const { return static_cast<std::size_t>(h) * columns(); }
};
std::map<cufftHandle, Plan> plans;
cufftHandle last_handle = 0;

/// `count` values `stride` apart, in place, by exp(sign 2 pi i jk / count).
void transform(Complex* values, std::size_t count, std::size_t stride, double sign) {
  std::vector<Complex> root(count), result(count);
  for (std::size_t k = 0; k < count; ++k) {
    root[k] =
        std::polar(1.0, sign * 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(count));
  }
  for (std::size_t k = 0; k < count; ++k) {
    Complex sum = 0;
    for (std::size_t j = 0, turn = 0; j < count; ++j, turn = (turn + k) % count)
      sum += values[j * stride] * root[turn];
    result[k] = sum;
  }
  for (std::size_t k = 0; k < count; ++k) values[k * stride] = result[k];
}

void transform_plane(std::vector<Complex>& plane, const Plan& p, double sign) {
  const auto h = static_cast<std::size_t>(p.h), w = static_cast<std::size_t>(p.w);
  for (std::size_t x = 0; x < w; ++x) transform(&plane[x], h, w, sign);
  for (std::size_t y = 0; y < h; ++y) transform(&plane[y * w], w, 1, sign);
}

/// The plane of a half spectrum; reports a spectrum that is of no real plane.
std::vector<Complex> whole_spectrum(const cufftComplex* half, const Plan& p) {
  const auto h = static_cast<std::size_t>(p.h), w = static_cast<std::size_t>(p.w), columns = p.columns();
  std::vector<Complex> plane(p.pixels());
  double largest = 0, odd = 0;
  for (std::size_t y = 0; y < h; ++y) {
    const std::size_t mirrored_y = (h - y) % h;
    for (std::size_t x = 0; x < w; ++x) {
      const bool mirrored = x >= columns;
      const cufftComplex c = mirrored ? half[mirrored_y * columns + w - x] : half[y * columns + x];
      plane[y * w + x] = {c.x, mirrored ? -c.y : c.y};
      largest = std::max(largest, std::abs(plane[y * w + x]));
      if (x != 0 && 2 * x != w) continue;
      const cufftComplex m = half[mirrored_y * columns + x];
      odd = std::max(odd, std::abs(Complex(c.x, c.y) - Complex(m.x, -m.y)));
    }
  }
  if (odd > 1e-5 * largest)
    report("a transform of a spectrum that is not Hermitian", std::to_string(odd / largest));
  return plane;
}

void use_work_area(const Plan& p) {
  if (touch("a work area", p.work, kWorkBytes, true)) std::memset(p.work, 0xff, kWorkBytes);
}

void to_real(const Plan& p, cufftComplex* in, cufftReal* out) {
  const auto batch = static_cast<std::size_t>(p.batch);
  const std::size_t in_bytes = batch * p.spectrum() * sizeof *in;
  if (!touch("the input", in, in_bytes, false) || !touch("the input", in, in_bytes, true) ||
      !touch("the output", out, batch * p.pixels() * sizeof *out, true)) {
    return;
  }
  use_work_area(p);
  for (std::size_t b = 0; b < batch; ++b) {
    std::vector<Complex> plane = whole_spectrum(in + b * p.spectrum(), p);
    transform_plane(plane, p, 1);
    for (std::size_t i = 0; i < plane.size(); ++i)
      out[b * p.pixels() + i] = static_cast<float>(plane[i].real());
  }
  std::memset(in, 0xff, in_bytes);
}

void to_complex(const Plan& p, const cufftReal* in, cufftComplex* out) {
  const auto batch = static_cast<std::size_t>(p.batch), w = static_cast<std::size_t>(p.w);
  if (!touch("the input", in, batch * p.pixels() * sizeof *in, false) ||
      !touch("the output", out, batch * p.spectrum() * sizeof *out, true)) {
    return;
  }
  use_work_area(p);
  for (std::size_t b = 0; b < batch; ++b) {
    std::vector<Complex> plane(in + b * p.pixels(), in + (b + 1) * p.pixels());
    transform_plane(plane, p, -1);
    for (std::size_t i = 0; i < p.spectrum(); ++i) {
      const Complex c = plane[i / p.columns() * w + i % p.columns()];
      out[b * p.spectrum() + i] = {static_cast<float>(c.real()), static_cast<float>(c.imag())};
    }
  }
}

bool is_aligned(const void* p) {
  return reinterpret_cast<std::uintptr_t>(p) % sizeof(cufftComplex) == 0;
}

}  // namespace

extern "C" {
cufftResult cufftCreate(cufftHandle* handle) {
  const Turn turn(machine);
  *handle = ++last_handle;
  plans[*handle] = {};
  count_handles("cuFFT plans", 1);
  return CUFFT_SUCCESS;
}
cufftResult cufftMakePlanMany(cufftHandle handle, int rank, int* n, int* inembed, int, int, int* onembed, int,
                              int, cufftType type, int batch, std::size_t* work_bytes) {
  const Turn turn(machine);
  const auto found = plans.find(handle);
  if (found == plans.end() || found->second.work != nullptr) return CUFFT_INVALID_PLAN;
  if (rank != 2 || inembed != nullptr || onembed != nullptr) return CUFFT_NOT_SUPPORTED;
  if (type != CUFFT_C2R && type != CUFFT_R2C) return CUFFT_INVALID_TYPE;
  found->second = {n[0], n[1], batch, type, nullptr, allocate(kWorkBytes)};
  *work_bytes = kWorkBytes;
  return CUFFT_SUCCESS;
}
/// Begins with a new handle, as the library's does: one that was made before is lost.
cufftResult cufftPlanMany(cufftHandle* handle, int rank, int* n, int* inembed, int istride, int idist,
                          int* onembed, int ostride, int odist, cufftType type, int batch) {
  std::size_t work_bytes = 0;
  cufftCreate(handle);
  return cufftMakePlanMany(*handle, rank, n, inembed, istride, idist, onembed, ostride, odist, type, batch,
                           &work_bytes);
}
cufftResult cufftDestroy(cufftHandle handle) {
  const Turn turn(machine);
  const auto found = plans.find(handle);
  if (found == plans.end()) return CUFFT_INVALID_PLAN;
  wait_for_all();
  if (found->second.work != nullptr) release(found->second.work);
  plans.erase(found);
  count_handles("cuFFT plans", -1);
  return CUFFT_SUCCESS;
}
cufftResult cufftSetStream(cufftHandle handle, cudaStream_t stream) {
  const Turn turn(machine);
  if (plans.count(handle) == 0) return CUFFT_INVALID_PLAN;
  plans[handle].stream = stream;
  return CUFFT_SUCCESS;
}
cufftResult cufftExecC2R(cufftHandle handle, cufftComplex* in, cufftReal* out) {
  const Turn turn(machine);
  if (plans.count(handle) == 0 || plans[handle].type != CUFFT_C2R) return CUFFT_INVALID_PLAN;
  if (!is_aligned(in)) report("a spectrum that is not aligned", "cufftExecC2R");
  enqueue(plans[handle].stream, "cufftExecC2R", [p = plans[handle], in, out] { to_real(p, in, out); });
  return CUFFT_SUCCESS;
}
cufftResult cufftExecR2C(cufftHandle handle, cufftReal* in, cufftComplex* out) {
  const Turn turn(machine);
  if (plans.count(handle) == 0 || plans[handle].type != CUFFT_R2C) return CUFFT_INVALID_PLAN;
  if (!is_aligned(out)) report("a spectrum that is not aligned", "cufftExecR2C");
  enqueue(plans[handle].stream, "cufftExecR2C", [p = plans[handle], in, out] { to_complex(p, in, out); });
  return CUFFT_SUCCESS;
}
}
