// Integrated gradients whose error is known: the way is halved where it is worst until the bound is met.
//
// M. Sundararajan, A. Taly, Q. Yan: "Axiomatic Attribution for Deep Networks", ICML 2017. The forward pass that comes
// with each gradient gives F at the ends of every interval, hence what each interval's quadrature misses, exactly.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace limpid {

/// F along a ray x(t), t in [0, 1], and its slope split up: slope of element j = dF/dx_j * dx_j/dt.
class RayFunction {
 public:
  virtual ~RayFunction() = default;
  virtual std::size_t size() const = 0;  ///< Elements.
  /// F at each t, and the slopes of all elements there.
  virtual void evaluate(std::span<const double> t, std::span<double> values,
                        std::span<std::vector<float>> slopes) = 0;
};

struct PathOptions {
  double tolerance = 1e-2;  ///< Bound at which it ends.
  int most_gradients = 512;
  bool correct = false;  ///< Whether what the quadrature misses is handed out.
};

/// The change of F along a ray, split up.
struct PathIntegral {
  double start = 0, end = 0;  ///< F at t = 0 and 1.
  /// Of each element; their sum is end - start - residual, and end - start once it was corrected.
  std::vector<double> parts;
  double residual = 0;  ///< What the quadrature misses of end - start, signed: the sum of r_s.
  /// Sum of |r_s| / |end - start|. It bounds the error of the sum; what one element has too much of and another too little
  /// in the same stretch shows in no r_s.
  double bound = 0;
  /// Sum over the elements of what was handed out to each, |c_j| / |end - start|: at most the bound, but for rounding. 0 where
  /// nothing was to be corrected.
  double correction = 0;
  int gradients = 0;  ///< Passes forward and back.
};

/// The trapezoidal rule on intervals of [0, 1]; the worst are halved, a batch of them at a time, until the bound is at
/// most `tolerance` or another batch would exceed `most_gradients`. An interval misses
/// r_i = F(t_i+1) - F(t_i) - (slope at t_i + slope at t_i+1) / 2 * (t_i+1 - t_i), and the worst are those of the largest |r_i|.
///
/// The bound is over stretches of a twelfth of the way, or intervals that are wider: r_s is the sum of r_i in it. ReLUs and
/// max-pools put kinks of F everywhere, and what a short interval misses is the noise of the slopes at its ends, so that
/// the |r_i| sum up to what falls like gradients^-0.5; the parts, and r_s, in which that noise cancels, get better
/// faster. Measured with BVLC's network at mixed4d on three photos, for 32 to 512 gradients, the bound is 0.3 to 3 times the
/// relative L2 error of the channels' parts; the sum of the |r_i| is 0.7 to 17 times that. With `correct`, r_s is handed out in
/// proportion to each element's |part| of the stretch.
///
/// At t = 0 the slopes are those just inside the ray: at activations of zero, max-pools have nothing to choose by.
/// Throws Error{usage} where F is the same at both ends, and for more gradients than 8 GiB hold, 4 bytes an element each.
PathIntegral integrate_path(RayFunction& f, const PathOptions& options);

/// Gradients that `integrate_path` takes before it looks at a bound.
inline constexpr int kFirstGradients = 8;

/// Throws Error{usage} where F is the same at both ends.
void require_change(double start, double end);

/// Adds to each part its share of `residual`, in proportion to |weight|, and the same to `corrections`. Nothing where all
/// weights are zero.
void hand_out(double residual, std::span<const double> weights, std::span<double> parts,
              std::span<double> corrections);

}  // namespace limpid
