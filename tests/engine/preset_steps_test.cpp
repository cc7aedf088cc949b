// Every preset, step by step, against a transcription of its formulas in double precision.
//
// The transcription is written from the definitions alone: Fourier sums, colours, each tool's transforms as
// lists of (source pixel, weight), the ReLU rules, and Adam. It is given the
// draws: the same random words, from which it works out positions, scales and angles itself. Before each step
// it takes the engine's parameters over, so that what is compared is one step's error, twenty times, not how
// errors grow.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <utility>
#include <vector>

#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "engine/optimize/presets.h"
#include "kernels/core/philox.h"
#include "tests/reference/reference_ops.h"
#include "weights/inception_v1.h"
#include "weights/synthetic.h"

namespace limpid::preset_steps_test {
namespace {

using reference::Map;

constexpr int kHeight = 44, kWidth = 38, kColumns = kWidth / 2 + 1;
constexpr double kPi = std::numbers::pi;

// ---- Parameters to picture -------------------------------------------------------------------------------

/// latent = irfft2(scale * spectrum), scale = amplitude sqrt(h w) / max(f, 1 / max(h, w)).
class Spectrum {
 public:
  explicit Spectrum(double amplitude) : amplitude_(amplitude) {}

  Map latent(const std::vector<double>& parameters) const {
    Map latent(3, kHeight, kWidth);
    visit([&](int c, int y, int x, std::size_t re, double cosine, double sine) {
      latent.at(c, y, x) += parameters[re] * cosine - parameters[re + 1] * sine;
    });
    return latent;
  }

  std::vector<double> gradient(const Map& dlatent) const {
    std::vector<double> gradient(std::size_t{3} * kHeight * kColumns * 2);
    visit([&](int c, int y, int x, std::size_t re, double cosine, double sine) {
      gradient[re] += dlatent.at(c, y, x) * cosine;
      gradient[re + 1] -= dlatent.at(c, y, x) * sine;
    });
    return gradient;
  }

 private:
  /// use(channel, y, x, number of the real part, its share in the pixel, minus that of the imaginary part).
  template <class Use>
  void visit(const Use& use) const {
    for (int ky = 0; ky < kHeight; ++ky) {
      for (int kx = 0; kx < kColumns; ++kx) {
        const double fy = (ky <= kHeight / 2 ? ky : ky - kHeight) / double{kHeight}, fx = kx / double{kWidth};
        const double f = std::max(std::hypot(fx, fy), 1.0 / std::max(kHeight, kWidth));
        const bool own_mirror = kx == 0 || 2 * kx == kWidth;
        const double share = (own_mirror ? 1 : 2) * amplitude_ / f / std::sqrt(double{kHeight} * kWidth);
        for (int y = 0; y < kHeight; ++y) {
          for (int x = 0; x < kWidth; ++x) {
            const double angle = 2 * kPi * (ky * y / double{kHeight} + kx * x / double{kWidth});
            const double cosine = share * std::cos(angle), sine = share * std::sin(angle);
            for (int c = 0; c < 3; ++c) {
              use(c, y, x, 2 * static_cast<std::size_t>((c * kHeight + ky) * kColumns + kx), cosine, sine);
            }
          }
        }
      }
    }
  }

  double amplitude_;
};

/// Rows R, G, B: lucid's matrix, divided by its largest column norm.
constexpr double kColours[3][3] = {{0.26, 0.09, 0.02}, {0.27, 0.00, -0.05}, {0.27, -0.09, 0.03}};
double colour_norm() {
  return std::sqrt(0.26 * 0.26 + 2 * 0.27 * 0.27);
}

Map colours(const Map& latent) {
  Map rgb(3, latent.h, latent.w);
  for (std::size_t i = 0; i < latent.plane_size(); ++i) {
    for (int c = 0; c < 3; ++c) {
      double sum = 0;
      for (int k = 0; k < 3; ++k) sum += kColours[c][k] / colour_norm() * latent.plane(k)[i];
      rgb.plane(c)[i] = 1 / (1 + std::exp(-sum));
    }
  }
  return rgb;
}

Map colours_gradient(const Map& rgb, const Map& drgb) {
  Map dlatent(3, rgb.h, rgb.w);
  for (std::size_t i = 0; i < rgb.plane_size(); ++i) {
    for (int c = 0; c < 3; ++c) {
      const double through = drgb.plane(c)[i] * rgb.plane(c)[i] * (1 - rgb.plane(c)[i]);
      for (int k = 0; k < 3; ++k) dlatent.plane(k)[i] += kColours[c][k] / colour_norm() * through;
    }
  }
  return dlatent;
}

// ---- Picture to view -------------------------------------------------------------------------------------

/// A linear map of a canvas plus a constant: for every pixel of the result, what it takes.
struct Sampling {
  int from_h, from_w, h, w;
  struct Tap {
    int y, x;
    double weight;
  };
  std::vector<std::vector<Tap>> taps;
  std::vector<double> constant;

  Sampling(int from_h, int from_w, int h, int w)
      : from_h(from_h),
        from_w(from_w),
        h(h),
        w(w),
        taps(static_cast<std::size_t>(h * w)),
        constant(static_cast<std::size_t>(h * w)) {}

  Map apply(const Map& from) const {
    Map to(3, h, w);
    for (int c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < taps.size(); ++i) {
        double sum = constant[i];
        for (const Tap& tap : taps[i]) sum += tap.weight * from.at(c, tap.y, tap.x);
        to.plane(c)[i] = sum;
      }
    }
    return to;
  }

  Map adjoint(const Map& dto) const {
    Map dfrom(3, from_h, from_w);
    for (int c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < taps.size(); ++i) {
        for (const Tap& tap : taps[i]) dfrom.at(c, tap.y, tap.x) += tap.weight * dto.plane(c)[i];
      }
    }
    return dfrom;
  }
};

/// Bilinear between the pixels around the point that `where(y, x)` gives; beyond the canvas `outside` says
/// what is seen at a whole position: a pixel, or none and so `fill`.
using Where = std::function<std::pair<double, double>(int, int)>;
using Outside = std::function<std::pair<int, int>(int, int)>;
Sampling bilinear(
    int from_h, int from_w, int h, int w, const Where& where, double fill,
    const Outside& outside = [](int, int) {
      return std::pair{-1, -1};
    }) {
  Sampling s(from_h, from_w, h, w);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const auto i = static_cast<std::size_t>(y * w + x);
      const auto [py, px] = where(y, x);
      for (const int dy : {0, 1}) {
        for (const int dx : {0, 1}) {
          const double top = std::floor(py), left = std::floor(px);
          const double weight = (dy == 0 ? top + 1 - py : py - top) * (dx == 0 ? left + 1 - px : px - left);
          if (weight == 0) continue;
          int iy = static_cast<int>(top) + dy, ix = static_cast<int>(left) + dx;
          if (iy < 0 || iy >= from_h || ix < 0 || ix >= from_w) std::tie(iy, ix) = outside(iy, ix);
          if (iy < 0) {
            s.constant[i] += weight * fill;
          } else {
            s.taps[i].push_back({iy, ix, weight});
          }
        }
      }
    }
  }
  return s;
}

/// A chain of canvases.
class Canvases {
 public:
  int h = kHeight, w = kWidth;

  void add(Sampling sampling) {
    h = sampling.h;
    w = sampling.w;
    chain_.push_back(std::move(sampling));
  }
  /// A window of to_h x to_w whose corner lies at (y, x).
  void window(int to_h, int to_w, int y, int x, double fill) {
    add(bilinear(
        h, w, to_h, to_w,
        [=](int i, int j) {
          return std::pair{i + y + 0.0, j + x + 0.0};
        },
        fill));
  }
  void pad(int n, double fill) { window(h + 2 * n, w + 2 * n, -n, -n, fill); }

  Map apply(Map map) const {
    for (const Sampling& s : chain_) map = s.apply(map);
    return map;
  }
  Map adjoint(Map map) const {
    for (std::size_t i = chain_.size(); i-- > 0;) map = chain_[i].adjoint(map);
    return map;
  }

 private:
  std::vector<Sampling> chain_;
};

int below(RandomStream& random, int count) {
  return static_cast<int>(random.below(static_cast<std::uint32_t>(count)));
}

/// Mirrored about the outermost pixels.
int mirrored(int i, int count) {
  return i < 0 ? -i : i >= count ? 2 * (count - 1) - i : i;
}

double lucid_scale(RandomStream& random) {
  return 0.9 + 0.02 * below(random, 11);
}

double lucid_degrees(RandomStream& random) {
  const int index = below(random, 26);
  return index < 21 ? index - 10 : 0;
}

Where turned(int h, int w, double radians) {
  return [=](int y, int x) {
    const double dy = y - (h - 1) / 2.0, dx = x - (w - 1) / 2.0;
    return std::pair{std::sin(radians) * dx + std::cos(radians) * dy + (h - 1) / 2.0,
                     std::cos(radians) * dx - std::sin(radians) * dy + (w - 1) / 2.0};
  };
}

Canvases lucid_views(RandomStream& random) {
  Canvases canvas;
  canvas.pad(12, 0.5);
  const auto crop = [&](int n) {
    const int x = below(random, n + 1), y = below(random, n + 1);
    canvas.window(canvas.h - n, canvas.w - n, y, x, 0);
  };
  crop(8);
  const double s = lucid_scale(random);
  const int h = canvas.h, w = canvas.w;
  // Rounded as a product of single precision is: 0.9 * 60 is 54.
  const int to_h = static_cast<int>(std::floor(s * h + 1e-4)),
            to_w = static_cast<int>(std::floor(s * w + 1e-4));
  canvas.add(bilinear(
      h, w, to_h, to_w,
      [=](int y, int x) {
        return std::pair{std::min(y * h / double(to_h), h - 1.0), std::min(x * w / double(to_w), w - 1.0)};
      },
      0));
  const Where turn = turned(to_h, to_w, lucid_degrees(random) * 3.14 / 180);
  Sampling nearest(to_h, to_w, to_h, to_w);
  for (int y = 0; y < to_h; ++y) {
    for (int x = 0; x < to_w; ++x) {
      const auto [py, px] = turn(y, x);
      const int iy = static_cast<int>(std::round(py)), ix = static_cast<int>(std::round(px));
      if (iy < 0 || iy >= to_h || ix < 0 || ix >= to_w) continue;
      nearest.taps[static_cast<std::size_t>(y * to_w + x)] = {{iy, ix, 1}};
    }
  }
  canvas.add(std::move(nearest));
  crop(4);
  return canvas;
}

Canvases lucent_views(RandomStream& random) {
  Canvases canvas;
  canvas.pad(12, 0.5);
  const auto resize_corners = [&](int to_h, int to_w) {
    const double ry = (canvas.h - 1.0) / (to_h - 1), rx = (canvas.w - 1.0) / (to_w - 1);
    // Rounding must not look past the last pixel.
    const double last_y = canvas.h - 1, last_x = canvas.w - 1;
    canvas.add(bilinear(
        canvas.h, canvas.w, to_h, to_w,
        [=](int y, int x) {
          return std::pair{std::min(y * ry, last_y), std::min(x * rx, last_x)};
        },
        0));
  };
  const auto translate = [&](int n) {
    const int x = below(random, n), y = below(random, n);
    canvas.window(canvas.h, canvas.w, -y, -x, 0);
  };
  translate(8);
  const double s = lucid_scale(random);
  const int h = canvas.h, w = canvas.w;
  resize_corners(static_cast<int>(std::ceil(s * h - 1e-4)), static_cast<int>(std::ceil(s * w - 1e-4)));
  const int pad_y = std::max(0, static_cast<int>(std::ceil((h - canvas.h) / 2.0)));
  const int pad_x = std::max(0, static_cast<int>(std::ceil((w - canvas.w) / 2.0)));
  canvas.window(canvas.h + 2 * pad_y, canvas.w + 2 * pad_x, -pad_y, -pad_x, 0);
  canvas.add(bilinear(canvas.h, canvas.w, canvas.h, canvas.w,
                      turned(canvas.h, canvas.w, lucid_degrees(random) * kPi / 180), 0));
  translate(4);
  resize_corners(224, 224);
  return canvas;
}

Canvases captum_views(RandomStream& random) {
  Canvases canvas;
  const double s = std::vector{1.0, 0.975, 1.025, 0.95, 1.05}[static_cast<std::size_t>(below(random, 5))];
  const int to_h = static_cast<int>(std::floor(kHeight * s)), to_w = static_cast<int>(std::floor(kWidth * s));
  // PyTorch copies a dimension that stays as large.
  const auto place = [s](int i, int from, int to) {
    return to == from ? double(i) : std::clamp((i + 0.5) / s - 0.5, 0.0, from - 1.0);
  };
  canvas.add(bilinear(
      kHeight, kWidth, to_h, to_w,
      [=](int y, int x) {
        return std::pair{place(y, kHeight, to_h), place(x, kWidth, to_w)};
      },
      0));
  const int x = below(random, 32) - 16, y = below(random, 32) - 16;
  canvas.add(bilinear(
      to_h, to_w, to_h, to_w,
      [=](int i, int j) {
        return std::pair{i + y + 0.0, j + x + 0.0};
      },
      0,
      [=](int iy, int ix) {
        return std::pair{mirrored(iy, to_h), mirrored(ix, to_w)};
      }));
  return canvas;
}

/// limpid's own: network position -> back through the list -> picture, in one bilinear sample.
Canvases limpid_views(RandomStream& random) {
  const int x0 = below(random, 9) - 4, y0 = below(random, 9) - 4;
  const double s = lucid_scale(random);
  const double radians = lucid_degrees(random) * kPi / 180;
  const int x1 = below(random, 5) - 2, y1 = below(random, 5) - 2;
  Canvases canvas;
  canvas.add(bilinear(
      kHeight, kWidth, kHeight, kWidth,
      [=](int i, int j) {
        const double y = i - (kHeight - 1) / 2.0 + y1, x = j - (kWidth - 1) / 2.0 + x1;
        const double back_y = (std::sin(radians) * x + std::cos(radians) * y) / s + y0;
        const double back_x = (std::cos(radians) * x - std::sin(radians) * y) / s + x0;
        return std::pair{back_y + (kHeight - 1) / 2.0, back_x + (kWidth - 1) / 2.0};
      },
      0.5));
  return canvas;
}

Canvases deck_views(RandomStream& random) {
  const int x0 = below(random, 2), y0 = below(random, 2);
  const double first = static_cast<double>(0.9090909F), last = static_cast<double>(1.1F);
  const double s = first * std::pow(last / first, below(random, 21) / 20.0);
  const double radians = (below(random, 11) - 5) * kPi / 180;
  Canvases canvas;
  canvas.add(bilinear(
      kHeight, kWidth, kHeight, kWidth,
      [=](int i, int j) {
        const double y = i - (kHeight - 1) / 2.0, x = j - (kWidth - 1) / 2.0;
        const double back_y = (std::sin(radians) * x + std::cos(radians) * y) / s + y0;
        const double back_x = (std::cos(radians) * x - std::sin(radians) * y) / s + x0;
        return std::pair{back_y + (kHeight - 1) / 2.0, back_x + (kWidth - 1) / 2.0};
      },
      0.5,
      [](int iy, int ix) {
        if (iy < -2 || iy > kHeight + 1 || ix < -2 || ix > kWidth + 1) return std::pair{-1, -1};
        return std::pair{mirrored(iy, kHeight), mirrored(ix, kWidth)};
      }));
  return canvas;
}

Canvases plain_views(RandomStream&) {
  return {};
}

// ---- The network, as far as conv2d0 --------------------------------------------------------------------
//
// No further: where a view is flat, as in pads, a max-pool takes any of equal values, and which one is
// rounding's choice. tests/engine/executor_test.cpp goes on from here, along the engine's own choices.

enum class Relu { plain, redirected, leaky, unmasked };

/// The gradient of a ReLU's input from that of its output, both of the objective.
Map relu_gradient(Relu rule, const Map& x, const Map& dy) {
  Map plain = dy;
  bool silent = true;
  for (std::size_t i = 0; i < dy.values.size(); ++i) {
    if (!(x.values[i] > 0)) plain.values[i] = 0;
    silent = silent && plain.values[i] == 0;
  }
  if (rule == Relu::plain || (rule != Relu::leaky && !silent)) return plain;
  for (std::size_t i = 0; i < dy.values.size(); ++i) {
    if (x.values[i] > 0) continue;
    if (rule == Relu::redirected) plain.values[i] = std::max(dy.values[i], 0.0);
    if (rule == Relu::leaky) plain.values[i] = 0.1 * dy.values[i];
    if (rule == Relu::unmasked) plain.values[i] = dy.values[i];
  }
  return plain;
}

/// Mean of one channel of conv2d0, less half of that of another.
struct Difference {
  const Model& model;
  int channel, other;

  struct Outcome {
    double value = 0;
    Map gradient;        ///< Of the view.
    bool awake = false;  ///< Whether either channel was anywhere.
  };
  Outcome run(const Map& view, Relu rule) const {
    Map input = view;
    for (double& value : input.values) value = 255 * value - 117;
    const ConvLayer& layer = model.layer("conv2d0");
    const auto sliding = reference::slide_conv(rules_of(model.network).padding, view.h, view.w, 7, 2);
    const Map pre = conv_fprop(input, layer, sliding);
    Outcome outcome;
    Map d(pre.c, pre.h, pre.w);
    for (const auto& [c, weight] : {std::pair{channel, 1.0}, {other, -0.5}}) {
      const double share = weight / static_cast<double>(pre.plane_size());
      for (std::size_t i = 0; i < pre.plane_size(); ++i) {
        outcome.value += share * std::max(pre.plane(c)[i], 0.0);
        outcome.awake = outcome.awake || pre.plane(c)[i] > 0;
        d.plane(c)[i] = share;
      }
    }
    outcome.gradient = conv_dgrad(relu_gradient(rule, pre, d), layer, sliding, view.h, view.w);
    for (double& value : outcome.gradient.values) value *= 255;
    return outcome;
  }
};

// ---- The optimiser ---------------------------------------------------------------------------------------

class Adam {
 public:
  Adam(double rate, bool tensorflow) : rate_(rate), tensorflow_(tensorflow) {}

  /// What is added to the parameters, of an objective that is ascended.
  std::vector<double> update(const std::vector<double>& gradient) {
    ++t_;
    m_.resize(gradient.size());
    v_.resize(gradient.size());
    std::vector<double> change(gradient.size());
    const double first = 1 - std::pow(0.9, t_), second = 1 - std::pow(0.999, t_);
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      m_[i] = 0.9 * m_[i] + 0.1 * gradient[i];
      v_[i] = 0.999 * v_[i] + 0.001 * gradient[i] * gradient[i];
      change[i] = tensorflow_ ? rate_ * std::sqrt(second) / first * m_[i] / (std::sqrt(v_[i]) + 1e-8)
                              : rate_ * m_[i] / first / (std::sqrt(v_[i] / second) + 1e-8);
    }
    return change;
  }

 private:
  double rate_;
  bool tensorflow_;
  int t_ = 0;
  std::vector<double> m_, v_;
};

// ---- Step by step ----------------------------------------------------------------------------------------

/// A preset in its tool's own terms.
struct Tool {
  const char* preset;
  Canvases (*views)(RandomStream&);
  double amplitude = 0.25;
  double rate = 0.05;
  bool tensorflow = false;
  Relu relu = Relu::redirected;
  int relu_steps = 17;
  /// Of the start; 0 for the preset's. Adam divides a gradient by its own size at first, so where a smooth
  /// view of a grey picture has nearly none, the change is its rounding's sign: such a tool starts from a
  /// busy one.
  float deviation = 0;
};
void PrintTo(const Tool& tool, std::ostream* out) {
  *out << tool.preset;
}

class PresetSteps : public ::testing::TestWithParam<Tool> {};

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values) most = std::max(most, std::abs(value));
  return most;
}

constexpr int kChannel = 5, kOther = 9;
/// Of its first steps one has a view that is not turned: zeros in the corners wake the channels.
constexpr std::uint64_t kSeed = 8;

/// So that the first steps need the ReLU's rule: both channels are off wherever a grey picture is looked at.
Model half_asleep() {
  Model model = synthetic_model("inception5h", 3);
  for (ConvLayer& layer : model.layers) {
    if (layer.name != "conv2d0") continue;
    for (const int c : {kChannel, kOther}) layer.bias[static_cast<std::size_t>(c)] = -40;
  }
  return model;
}

/// The larger error; NaN, once met, stays.
double worse(double so_far, double error) {
  return std::isnan(so_far) || so_far >= error ? so_far : error;
}

TEST_P(PresetSteps, TwentyAgreeWithTheTranscription) {
  constexpr int kSteps = 20;
  const Tool& tool = GetParam();
  const Model model = half_asleep();
  RenderOptions options;
  options.objective = parse_objective("conv2d0:5 - 0.5*conv2d0:9", model);
  apply_preset(tool.preset, options);
  options.height = kHeight;
  options.width = kWidth;
  options.seed = kSeed;
  if (tool.deviation > 0) options.start.deviation = tool.deviation;

  HostThreads host(0);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, host.stream(), model, lane_for(model, options, false));
  lane.start(0, slot_job(options));

  const Spectrum spectrum(tool.amplitude);
  const Difference difference{model, kChannel, kOther};
  Adam adam(tool.rate, tool.tensorflow);
  bool slept = false, woke = false;
  for (int step = 0; step < kSteps; ++step) {
    const std::vector<float> before = lane.parameters(0);
    std::vector<double> parameters(before.begin(), before.end());
    const Map rgb = colours(spectrum.latent(parameters));
    RandomStream random(SlotKey{options.seed, 0, static_cast<std::uint32_t>(step)},
                        RandomPurpose::augmentation);
    const Canvases canvases = tool.views(random);
    const Map view = canvases.apply(rgb);
    const Difference::Outcome outcome =
        difference.run(view, step < tool.relu_steps ? tool.relu : Relu::plain);
    (outcome.awake ? woke : slept) = true;
    const std::vector<double> gradient =
        spectrum.gradient(colours_gradient(rgb, canvases.adjoint(outcome.gradient)));
    const std::vector<double> change = adam.update(gradient);
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i] += change[i];

    lane.step();
    lane.synchronise();
    const Planar<float> input = lane.network().input();
    ASSERT_EQ(input.h, view.h) << "step " << step;
    ASSERT_EQ(input.w, view.w) << "step " << step;
    double view_error = 0;
    for (int c = 0; c < 3; ++c) {
      for (std::size_t i = 0; i < view.plane_size(); ++i) {
        const double seen = (static_cast<double>(input.plane(0, c)[i]) + 117) / 255;
        const double error = std::abs(seen - view.plane(c)[i]);
        view_error = worse(view_error, error);
      }
    }
    EXPECT_LE(view_error, 1e-5) << "view of step " << step;
    EXPECT_NEAR(lane.value(0), outcome.value, 1e-5 * std::max(1.0, std::abs(outcome.value)))
        << "step " << step;
    EXPECT_GT(largest(gradient), 0) << "step " << step;

    const Map expected = colours(spectrum.latent(parameters));
    const std::vector<float> picture = lane.picture(0).rgb;
    double error = 0;
    for (std::size_t i = 0; i < picture.size(); ++i) {
      const double off =
          std::abs(static_cast<double>(picture[i]) - expected.plane(static_cast<int>(i % 3))[i / 3]);
      error = worse(error, off);
    }
    EXPECT_LE(error, 1e-5) << "picture after step " << step;
  }
  EXPECT_TRUE(woke);
  EXPECT_TRUE(slept || tool.relu == Relu::leaky) << "no step needed the rule";
}

INSTANTIATE_TEST_SUITE_P(
    Presets, PresetSteps,
    ::testing::Values(Tool{"distill", limpid_views}, Tool{"deck", deck_views}, Tool{"none", plain_views},
                      Tool{"lucid", lucid_views, 0.25, 0.05, true},
                      Tool{"lucent", lucent_views, 0.25, 0.05, false, Relu::leaky, 1'000'000, 1},
                      Tool{"captum", captum_views, 1, 0.025, false, Relu::unmasked, 1'000'000}),
    [](const auto& info) { return std::string(info.param.preset); });

}  // namespace
}  // namespace limpid::preset_steps_test
