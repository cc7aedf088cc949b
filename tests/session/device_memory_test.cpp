// Passes with tensors in the memory of a GPU: what they compute is, to the bit, what passes with the host's do.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/objective/objective.h"
#include "kernels/core/error.h"
#include "kernels/device_array.h"
#include "tests/engine/simulated_gpu.h"
#include "tests/session/session_use.h"
#include "weights/synthetic.h"

namespace limpid::device_memory_test {
namespace {

using test::count_of;
using test::noise;
using test::noise_pictures;
using test::SessionUse;
using Values = std::vector<std::vector<float>>;

std::shared_ptr<const Model> model() {
  static const auto instance = std::make_shared<const Model>(synthetic_model("inception5h", 3));
  return instance;
}

/// How a tensor lies in memory: rows and columns backwards, channels last, and room between images.
Extents turned_strides(const Extents& e) {
  const auto [n, c, h, w] = e;
  return {c * h * w + 5, 1, -w * c, -c};
}

/// A tensor in a device's memory.
template <class T>
class Held {
 public:
  Held(Backend& backend, const Extents& extents, bool turned = false)
      : memory_(backend, count_of(extents) + static_cast<std::size_t>(5 * extents[0])), extents_(extents) {
    strides_ = turned ? turned_strides(extents) : dense_view<float>(nullptr, extents).strides;
    if (turned) first_ = (extents[2] - 1) * extents[3] * extents[1] + (extents[3] - 1) * extents[1];
  }

  DeviceView view() const { return {memory_.data() + first_, DTypeOf<T>::value, extents_, strides_}; }

  void write(const std::vector<float>& values) {
    std::vector<T> all(memory_.size());
    each([&](std::size_t i, std::size_t at) { all[at] = from_f32<T>(values[i]); });
    memory_.upload({}, 0, std::span<const T>(all));
  }

  std::vector<float> read() const {
    std::vector<T> all(memory_.size());
    memory_.download({}, 0, std::span<T>(all));
    std::vector<float> values(count_of(extents_));
    each([&](std::size_t i, std::size_t at) { values[i] = to_f32(all[at]); });
    return values;
  }

 private:
  /// f(index of a value, its place), in the order of dense tensors.
  void each(const std::function<void(std::size_t, std::size_t)>& f) const {
    std::size_t i = 0;
    for (std::int64_t n = 0; n < extents_[0]; ++n) {
      for (std::int64_t c = 0; c < extents_[1]; ++c) {
        for (std::int64_t h = 0; h < extents_[2]; ++h) {
          for (std::int64_t w = 0; w < extents_[3]; ++w) {
            f(i++, static_cast<std::size_t>(first_ + n * strides_[0] + c * strides_[1] + h * strides_[2] +
                                            w * strides_[3]));
          }
        }
      }
    }
  }

  DeviceArray<T> memory_;
  Extents extents_, strides_;
  std::int64_t first_ = 0;
};

/// A session on a GPU that is simulated, and how to have memory there.
struct Gpu {
  explicit Gpu(const SessionOptions& options) : Gpu(options, test::make_simulated_gpu()) {}
  Gpu(const SessionOptions& options, std::unique_ptr<Backend> gpu)
      : backend(*gpu), session(model(), options, Device(std::move(gpu), Precision::fp32)) {}

  Backend& backend;
  Session session;
};

SessionOptions options_at(std::vector<std::string> targets, const std::string& start = {}) {
  SessionOptions options;
  options.targets = std::move(targets);
  options.start = start;
  options.push = true;
  return options;
}

/// Forward, back with a cotangent of the first target alone, and along a tangent.
struct Passes {
  Values outputs;
  std::vector<float> gradient;
  Values pushed;
  bool operator==(const Passes&) const = default;
};

Passes on_host(const SessionOptions& options, const Extents& input, const std::vector<float>& x,
               const std::vector<float>& tangent) {
  SessionUse use(model(), options, input, Device(test::make_simulated_gpu(), Precision::fp32));
  Passes result;
  result.outputs = use.forward(x);
  result.gradient = use.backward({result.outputs[0], {}});
  result.pushed = use.push(tangent);
  return result;
}

Passes on_device(const SessionOptions& options, const Extents& input, const std::vector<float>& x,
                 const std::vector<float>& tangent, bool turned) {
  Gpu gpu(options);
  Held<float> given(gpu.backend, input, turned);
  std::vector<Held<float>> maps;
  std::vector<DeviceView> views;
  for (int i = 0; i < gpu.session.target_count(); ++i) {
    maps.emplace_back(gpu.backend,
                      gpu.session.target_extents(i, static_cast<int>(input[0]), static_cast<int>(input[2]),
                                                 static_cast<int>(input[3])),
                      turned);
    views.push_back(maps.back().view());
  }
  const auto values = [&] {
    Values result;
    for (const Held<float>& map : maps) result.push_back(map.read());
    return result;
  };
  Passes result;
  given.write(x);
  gpu.session.forward(given.view(), views);
  result.outputs = values();
  gpu.session.backward(std::vector<DeviceView>{views[0], {}}, given.view());
  result.gradient = given.read();
  given.write(tangent);
  gpu.session.push(given.view(), views);
  result.pushed = values();
  return result;
}

TEST(DeviceMemory, PassesAreThoseOfHostMemory) {
  for (const std::string start : {"", "maxpool1"}) {
    const SessionOptions options = options_at({"mixed3a", "mixed3a_1x1:pre"}, start);
    const Extents input = start.empty() ? Extents{2, 3, 24, 20} : Extents{2, 192, 3, 4};
    const std::vector<float> x = noise_pictures(input, 1), tangent = noise(input, 2);
    const Passes expected = on_host(options, input, x, tangent);
    EXPECT_EQ(on_device(options, input, x, tangent, false), expected) << start;
    EXPECT_EQ(on_device(options, input, x, tangent, true), expected) << start;
  }
}

TEST(DeviceMemory, GradientsOfObjectivesAreThoseOfHostMemory) {
  const Extents input{2, 3, 24, 20};
  const std::vector<float> x = noise_pictures(input, 3);
  const Objective objective = parse_objective("mixed3a:11 - 0.5*conv2d1:3", *model());
  std::vector<double> expected(2), actual(2);
  std::vector<float> gradient(x.size());
  SessionUse host(model(), options_at({}), input, Device(test::make_simulated_gpu(), Precision::fp32));
  host.session().gradient(dense_view(x.data(), input), objective, expected,
                          dense_view(gradient.data(), input));

  Gpu gpu(options_at({}));
  Held<float> given(gpu.backend, input), there(gpu.backend, input, true);
  given.write(x);
  gpu.session.gradient(given.view(), objective, actual, there.view());
  EXPECT_EQ(actual, expected);
  EXPECT_EQ(there.read(), gradient);
}

std::vector<float> rounded(std::vector<float> values, DType dtype) {
  with_type(dtype, [&](auto type) {
    for (float& value : values) value = to_f32(from_f32<decltype(type)>(value));
  });
  return values;
}

/// What is given is of one type and what is written of another: each value is rounded once.
TEST(DeviceMemory, ValuesMayBeOfHalfTheSize) {
  const Extents input{1, 3, 24, 20};
  const SessionOptions options = options_at({"mixed3a", "conv2d1"});
  const std::vector<float> x = rounded(noise_pictures(input, 4), DType::f16);
  const Passes expected = on_host(options, input, x, x);

  Gpu gpu(options);
  Held<f16> given(gpu.backend, input);
  Held<bf16> output(gpu.backend, gpu.session.target_extents(0, 1, 24, 20));
  given.write(x);
  gpu.session.forward(given.view(), std::vector<DeviceView>{output.view(), {}});
  EXPECT_EQ(output.read(), rounded(expected.outputs[0], DType::bf16));
  gpu.session.push(given.view(), std::vector<DeviceView>{output.view(), {}});
  EXPECT_EQ(output.read(), rounded(expected.pushed[0], DType::bf16));
}

std::string failure_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return {};
}

TEST(DeviceMemory, IsRefusedWhereItDoesNotFit) {
  Gpu gpu(options_at({"conv2d0"}));
  const Held<float> given(gpu.backend, {1, 3, 24, 20});
  DeviceView wide = given.view();
  wide.extents[1] = 4;
  EXPECT_EQ(failure_of([&] { gpu.session.forward(wide, std::vector<DeviceView>{}); }),
            "the input has 3 channels, and 4 were given");
  EXPECT_EQ(failure_of([&] { gpu.session.forward(given.view(), std::vector<DeviceView>{given.view()}); }),
            "conv2d0 is 1x64x12x10 (images, channels, height, width), and 1x3x24x20 was given");
  const Held<float> map(gpu.backend, {1, 64, 12, 10});
  DeviceView flat = map.view();
  flat.strides[2] = 0;
  EXPECT_EQ(failure_of([&] { gpu.session.forward(given.view(), std::vector<DeviceView>{flat}); }),
            "conv2d0 has one place for its 12 values along dimension 2: what is written has one for each");
  flat = given.view();
  flat.strides[0] = 0;  // Of the one image there is.
  gpu.session.forward(flat, std::vector<DeviceView>{map.view()});
  gpu.session.backward(std::vector<DeviceView>{map.view()}, flat);
  flat.strides[1] = 0;
  gpu.session.forward(flat, std::vector<DeviceView>{map.view()});
  EXPECT_EQ(
      failure_of([&] { gpu.session.backward(std::vector<DeviceView>{map.view()}, flat); }),
      "the gradient has one place for its 3 values along dimension 1: what is written has one for each");

  SessionOptions options = options_at({"conv2d0"});
  options.compute = {"cpu", Precision::fp32, 1};
  Session cpu(model(), options);
  EXPECT_EQ(cpu.gpu(), -1);
  EXPECT_EQ(failure_of([&] { cpu.forward(given.view(), std::vector<DeviceView>{}); }),
            "a session on the CPU takes tensors in host memory alone");
  int stream = 0;
  EXPECT_EQ(failure_of([&] { cpu.set_stream(&stream); }), "a session on the CPU has no stream");
  cpu.set_stream(nullptr);
}

}  // namespace
}  // namespace limpid::device_memory_test
