// The CPU's 2-D transforms: columns, then rows (and back), eight at a time.
//
// Between the two a plane lies transposed, as one line of real and one of imaginary parts per column kx, y
// fastest: the column pass writes and the row pass reads it by whole vectors. A row pass carries sixteen real
// rows, two to a complex transform: row a as its real part and row b as its imaginary part, so odd and even
// widths are one case.

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/core/aligned.h"
#include "kernels/core/parallel.h"
#include "kernels/fft/fft.h"
#include "kernels/fft/lanes.h"
#include "kernels/fft/stockham.h"

namespace limpid::cpu {
namespace {

constexpr int kRealRows = 2 * kGroup;  ///< Real rows of one row block.

/// Bytes of transposed planes in flight: what a core's second-level cache holds.
constexpr std::int64_t kPlaneCache = 1 << 20;

constexpr int round_up(int n, int unit) {
  return (n + unit - 1) / unit * unit;
}

class StockhamPlan final : public FftPlan {
 public:
  explicit StockhamPlan(const FftShape& shape)
      : shape_(shape),
        column_fft_(shape.h),
        row_fft_(shape.w),
        line_(round_up(shape.h, kRealRows)),
        column_blocks_(round_up(shape.columns(), kGroup) / kGroup),
        row_blocks_(line_ / kRealRows),
        transposed_plane_(std::int64_t{2} * line_ * column_blocks_ * kGroup) {
    const std::int64_t fitting = kPlaneCache / (transposed_plane_ * std::int64_t{sizeof(float)});
    planes_at_once_ = static_cast<int>(std::clamp<std::int64_t>(fitting, 1, shape.planes));
    transposed_ = AlignedFloats(static_cast<std::size_t>(planes_at_once_ * transposed_plane_));
  }

  void inverse(const Stream& stream, float* spectrum, float* signal) override {
    for (int first = 0; first < shape_.planes; first += planes_at_once_) {
      const int planes = std::min(planes_at_once_, shape_.planes - first);
      for_each_block(stream, planes, column_blocks_, [&](Scratch& scratch, int plane, int block) {
        inverse_columns(scratch, spectrum + (first + plane) * spectrum_plane(), transposed(plane), block);
      });
      for_each_block(stream, planes, row_blocks_, [&](Scratch& scratch, int plane, int block) {
        inverse_rows(scratch, transposed(plane), signal + (first + plane) * signal_plane(), block);
      });
    }
  }

  void inverse_adjoint(const Stream& stream, const float* dsignal, float* dspectrum) override {
    for (int first = 0; first < shape_.planes; first += planes_at_once_) {
      const int planes = std::min(planes_at_once_, shape_.planes - first);
      for_each_block(stream, planes, row_blocks_, [&](Scratch& scratch, int plane, int block) {
        adjoint_rows(scratch, dsignal + (first + plane) * signal_plane(), transposed(plane), block);
      });
      for_each_block(stream, planes, column_blocks_, [&](Scratch& scratch, int plane, int block) {
        adjoint_columns(scratch, transposed(plane), dspectrum + (first + plane) * spectrum_plane(), block);
      });
    }
  }

  std::string algorithm() const override {
    return fmt::format("Stockham, 8 lanes, radices {} by {}", column_fft_.radices(), row_fft_.radices());
  }

 private:
  /// The two buffers of one worker's transforms, with room for whole row blocks.
  struct Scratch {
    AlignedFloats x_floats, work_floats;
    ComplexLanes* x;
    ComplexLanes* work;

    explicit Scratch(int length)
        : x_floats(static_cast<std::size_t>(round_up(length, kRealRows)) * sizeof(ComplexLanes) /
                   sizeof(float)),
          work_floats(x_floats.size()),
          x(reinterpret_cast<ComplexLanes*>(x_floats.data())),
          work(reinterpret_cast<ComplexLanes*>(work_floats.data())) {}
  };

  std::int64_t signal_plane() const { return std::int64_t{shape_.h} * shape_.w; }
  std::int64_t spectrum_plane() const { return std::int64_t{2} * shape_.h * shape_.columns(); }
  float* transposed(int plane) { return transposed_.data() + plane * transposed_plane_; }

  /// Whether column kx stands for itself alone.
  bool is_own_mirror(int kx) const { return kx == 0 || 2 * kx == shape_.w; }

  /// f(scratch, plane, block) for all blocks of all planes, in contiguous ranges, one per worker. Scratch is
  /// made at the first call with that many threads and kept.
  template <class F>
  void for_each_block(const Stream& stream, int planes, int blocks, const F& f) {
    const int tasks = planes * blocks;
    while (static_cast<int>(scratch_.size()) < stream.threads()) {
      scratch_.emplace_back(std::max(shape_.h, shape_.w));
    }
    parallel_for_worker(stream, tasks, [&](std::int64_t task, int worker) {
      f(scratch_[static_cast<std::size_t>(worker)], static_cast<int>(task / blocks),
        static_cast<int>(task % blocks));
    });
  }

  void inverse_columns(Scratch& scratch, const float* spectrum, float* transposed, int block) const;
  void inverse_rows(Scratch& scratch, const float* transposed, float* signal, int block) const;
  void adjoint_rows(Scratch& scratch, const float* dsignal, float* transposed, int block) const;
  void adjoint_columns(Scratch& scratch, const float* transposed, float* dspectrum, int block) const;

  FftShape shape_;
  StockhamFft column_fft_, row_fft_;
  int line_;  ///< Floats of a transposed line: h, rounded up to whole row blocks.
  int column_blocks_, row_blocks_;
  std::int64_t transposed_plane_;
  int planes_at_once_ = 1;
  AlignedFloats transposed_;  ///< planes_at_once x columns (rounded up) x {re, im} x line.
  std::vector<Scratch> scratch_;
};

void StockhamPlan::inverse_columns(Scratch& scratch, const float* spectrum, float* transposed,
                                   int block) const {
  const int kx = block * kGroup;
  const int count = std::min(kGroup, shape_.columns() - kx);
  for (int ky = 0; ky < shape_.h; ++ky) {
    scratch.x[ky] = load_interleaved(spectrum + 2 * (ky * shape_.columns() + kx), count);
  }
  ComplexLanes* result = column_fft_.run(scratch.x, scratch.work);
  // Rows beyond the last share complex transforms with real rows: they must be zero, not what is left from
  // other data.
  std::fill(result + shape_.h, result + line_, ComplexLanes{});
  for (int y = 0; y < line_; y += kGroup) {
    Group re[kGroup], im[kGroup];
    for (int i = 0; i < kGroup; ++i) {
      re[i] = result[y + i].re;
      im[i] = result[y + i].im;
    }
    transpose(re);
    transpose(im);
    float* line = transposed + 2 * std::int64_t{kx} * line_ + y;
    for (int i = 0; i < kGroup; ++i, line += 2 * line_) {
      store_group(line, re[i]);
      store_group(line + line_, im[i]);
    }
  }
}

void StockhamPlan::inverse_rows(Scratch& scratch, const float* transposed, float* signal, int block) const {
  const int y = block * kRealRows;
  for (int kx = 0; kx < shape_.columns(); ++kx) {
    const float* line = transposed + 2 * std::int64_t{kx} * line_ + y;
    const Group a_re = load_group(line), a_im = load_group(line + line_);
    const Group b_re = load_group(line + kGroup), b_im = load_group(line + line_ + kGroup);
    if (is_own_mirror(kx)) {
      scratch.x[kx] = {a_re, b_re};
    } else {
      scratch.x[kx] = {a_re - b_im, a_im + b_re};             // a + i b
      scratch.x[shape_.w - kx] = {a_re + b_im, b_re - a_im};  // conj(a) + i conj(b)
    }
  }
  const ComplexLanes* result = row_fft_.run(scratch.x, scratch.work);
  for (int x = 0; x < shape_.w; x += kGroup) {
    const int count = std::min(kGroup, shape_.w - x);
    Group a[kGroup], b[kGroup];
    for (int i = 0; i < kGroup; ++i) {
      a[i] = result[x + i].re;
      b[i] = result[x + i].im;
    }
    transpose(a);
    transpose(b);
    float* row = signal + y * shape_.w + x;
    for (int i = 0; i < kGroup; ++i) {
      if (y + i < shape_.h) store_lanes(row + i * shape_.w, a[i], count);
      if (y + kGroup + i < shape_.h) store_lanes(row + (kGroup + i) * shape_.w, b[i], count);
    }
  }
}

void StockhamPlan::adjoint_rows(Scratch& scratch, const float* dsignal, float* transposed, int block) const {
  const int y = block * kRealRows;
  const float* row = dsignal + y * shape_.w;
  for (int x = 0; x < shape_.w; x += kGroup) {
    const int count = std::min(kGroup, shape_.w - x);
    Group a[kGroup] = {}, b[kGroup] = {};
    for (int i = 0; i < kGroup; ++i) {
      if (y + i < shape_.h) a[i] = load_lanes(row + i * shape_.w + x, count);
      if (y + kGroup + i < shape_.h) b[i] = load_lanes(row + (kGroup + i) * shape_.w + x, count);
    }
    transpose(a);
    transpose(b);
    // a + i b, re and im swapped for the transform with the other sign, here and where the result is read.
    for (int i = 0; i < kGroup; ++i) scratch.x[x + i] = {b[i], a[i]};
  }
  const ComplexLanes* result = row_fft_.run(scratch.x, scratch.work);
  for (int kx = 0; kx < shape_.columns(); ++kx) {
    const Group re = result[kx].im, im = result[kx].re;
    Group a_re = re, a_im{}, b_re = im, b_im{};
    if (!is_own_mirror(kx)) {
      // The two rows' transforms are half the Hermitian parts; their weight 2 takes the half away.
      const Group mirror_re = result[shape_.w - kx].im, mirror_im = result[shape_.w - kx].re;
      a_re = re + mirror_re;
      a_im = im - mirror_im;
      b_re = im + mirror_im;
      b_im = mirror_re - re;
    }
    float* line = transposed + 2 * std::int64_t{kx} * line_ + y;
    store_group(line, a_re);
    store_group(line + line_, a_im);
    store_group(line + kGroup, b_re);
    store_group(line + line_ + kGroup, b_im);
  }
}

void StockhamPlan::adjoint_columns(Scratch& scratch, const float* transposed, float* dspectrum,
                                   int block) const {
  const int kx = block * kGroup;
  const int count = std::min(kGroup, shape_.columns() - kx);
  for (int y = 0; y < shape_.h; y += kGroup) {
    Group re[kGroup], im[kGroup];
    const float* line = transposed + 2 * std::int64_t{kx} * line_ + y;
    for (int i = 0; i < kGroup; ++i, line += 2 * line_) {
      re[i] = load_group(line);
      im[i] = load_group(line + line_);
    }
    transpose(re);
    transpose(im);
    for (int i = 0; i < kGroup; ++i) scratch.x[y + i] = {im[i], re[i]};
  }
  const ComplexLanes* result = column_fft_.run(scratch.x, scratch.work);
  for (int ky = 0; ky < shape_.h; ++ky) {
    float* entry = dspectrum + 2 * (ky * shape_.columns() + kx);
    store_interleaved(entry, {result[ky].im, result[ky].re}, count);
    if (ky == 0 || 2 * ky == shape_.h) {
      for (int i = 0; i < count; ++i) {
        if (is_own_mirror(kx + i)) entry[2 * i + 1] = 0;
      }
    }
  }
}

}  // namespace

std::unique_ptr<FftPlan> make_fft_plan(const FftShape& shape) {
  validate(shape);
  return std::make_unique<StockhamPlan>(shape);
}

}  // namespace limpid::cpu
