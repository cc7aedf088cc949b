// Sessions on a stream of the caller's, with memory of the device: the emulated device reports what nothing orders, what a
// capture forbids, and values that were never written.
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/session/session.h"
#include "kernels/core/error.h"
#include "tests/cuda_on_cpu/faults.h"
#include "tests/session/session_use.h"
#include "weights/synthetic.h"

namespace limpid::callers_stream_test {
namespace {

using test::count_of;
using test::noise;
using test::noise_pictures;
using test::SessionUse;

constexpr Extents kPicture{1, 3, 24, 20};

std::shared_ptr<const Model> model() {
  static const auto instance = std::make_shared<const Model>(synthetic_model("bvlc_googlenet", 1));
  return instance;
}

SessionOptions options(Precision precision = Precision::fp32) {
  SessionOptions result;
  result.targets = {"mixed3a"};
  result.push = true;
  result.compute = {"cuda:0", precision, 0};
  return result;
}

class CudaStream {
 public:
  CudaStream() { EXPECT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess); }
  ~CudaStream() { cudaStreamDestroy(stream_); }
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

/// A dense tensor in the device's memory, written and read in a stream's order without a wait.
template <class T>
class Held {
 public:
  explicit Held(const Extents& extents) : extents_(extents) {
    void* data = nullptr;
    EXPECT_EQ(cudaMalloc(&data, bytes()), cudaSuccess);
    data_ = static_cast<T*>(data);
  }
  ~Held() { cudaFree(data_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  DeviceView view() const {
    return {data_, DTypeOf<T>::value, extents_, dense_view(data_, extents_).strides};
  }

  void write(const std::vector<float>& values, cudaStream_t stream) {
    std::vector<T> all;
    for (const float value : values) all.push_back(from_f32<T>(value));
    EXPECT_EQ(cudaMemcpyAsync(data_, all.data(), bytes(), cudaMemcpyHostToDevice, stream), cudaSuccess);
  }

  std::size_t count() const { return count_of(extents_); }

  /// Waits.
  std::vector<float> read(cudaStream_t stream) const {
    std::vector<T> all(count_of(extents_));
    EXPECT_EQ(cudaMemcpyAsync(all.data(), data_, bytes(), cudaMemcpyDeviceToHost, stream), cudaSuccess);
    EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    std::vector<float> values;
    for (const T value : all) values.push_back(to_f32(value));
    return values;
  }

 private:
  std::size_t bytes() const { return count_of(extents_) * sizeof(T); }

  Extents extents_;
  T* data_ = nullptr;
};

/// What passes with memory of the host's make of a picture: the map, the gradient along it, and how it moves along the picture.
struct Expected {
  explicit Expected(const std::vector<float>& x, Precision precision = Precision::fp32) {
    SessionUse use(model(), options(precision), kPicture);
    map = use.forward(x)[0];
    pushed = use.push(x)[0];
    gradient = use.backward({map});
  }
  std::vector<float> map, pushed, gradient;
};

/// A session and what its passes read and write; the gradient takes the picture's place.
template <class T>
struct Use {
  explicit Use(Precision precision = Precision::fp32)
      : session(model(), options(precision)), picture(kPicture), map(session.target_extents(0, 1, 24, 20)) {}

  void forward() { session.forward(picture.view(), std::vector<DeviceView>{map.view()}); }
  void push() { session.push(picture.view(), std::vector<DeviceView>{map.view()}); }
  void backward() { session.backward(std::vector<DeviceView>{map.view()}, picture.view()); }

  Session session;
  Held<T> picture, map;
};

TEST(CallersStream, HoldsAllPassesAndNothingWaits) {
  const std::vector<float> x = noise_pictures(kPicture, 1);
  const Expected expected(x);
  const CudaStream stream;
  Use<float> use;
  use.session.set_stream(stream.get());
  use.picture.write(x, stream.get());
  use.forward();  // The first of each kind chooses its algorithms.
  use.push();
  use.forward();
  EXPECT_EQ(use.map.read(stream.get()), expected.map);
  use.backward();
  use.picture.write(x, stream.get());

  const long waits = emulated::times_done("waits"), allocations = emulated::times_done("allocations");
  use.forward();
  use.push();
  use.forward();
  use.backward();
  EXPECT_EQ(emulated::times_done("waits"), waits);
  EXPECT_EQ(emulated::times_done("allocations"), allocations);
  EXPECT_EQ(use.picture.read(stream.get()), expected.gradient);

  use.picture.write(x, stream.get());
  use.push();
  EXPECT_EQ(use.map.read(stream.get()), expected.pushed);
}

/// Of a stream of the session's own, all is done when a call returns; it waits for what the default stream was given.
TEST(CallersStream, IsTheSessionsOwnWhereNoneIsGiven) {
  const std::vector<float> x = noise_pictures(kPicture, 2);
  const Expected expected(x);
  const CudaStream other;
  Use<float> use;
  use.picture.write(x, cudaStreamLegacy);
  use.forward();
  EXPECT_EQ(use.map.read(other.get()), expected.map);
}

/// What a session has of its own is in order when the stream is another; so are the caller's tensors, which each stream has
/// for itself.
TEST(CallersStream, MayChange) {
  const std::vector<float> x = noise_pictures(kPicture, 3), y = noise_pictures(kPicture, 4);
  const Expected of_x(x), of_y(y);
  const CudaStream first, second;
  Use<float> use;
  Held<float> picture(kPicture), map(use.session.target_extents(0, 1, 24, 20));
  use.session.set_stream(first.get());
  use.picture.write(x, first.get());
  use.forward();
  use.session.set_stream(second.get());
  picture.write(y, second.get());
  use.session.forward(picture.view(), std::vector<DeviceView>{map.view()});
  EXPECT_EQ(map.read(second.get()), of_y.map);
  EXPECT_EQ(use.map.read(first.get()), of_x.map);

  // Host memory in between, and back.
  std::vector<float> host(of_x.map.size());
  use.session.forward(
      dense_view(x.data(), kPicture),
      std::vector<TensorView<float>>{dense_view(host.data(), use.session.target_extents(0, 1, 24, 20))});
  EXPECT_EQ(host, of_x.map);
  use.session.set_stream(first.get());
  use.backward();
  EXPECT_EQ(use.picture.read(first.get()), of_x.gradient);
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

constexpr const char* kFirst =
    "the first pass of a kind and size plans and waits, which a capture cannot hold: run one before the capture";

/// What a call had given to the stream before it failed comes before those on another, planning in between or not.
TEST(CallersStream, IsInOrderWhereACallFails) {
  const std::vector<float> x = noise_pictures(kPicture, 9), y = noise_pictures(kPicture, 10);
  const Expected of_x(x), of_y(y);
  const CudaStream first, second;
  Use<float> use;
  Held<float> picture(kPicture), map(use.session.target_extents(0, 1, 24, 20));
  for (Held<float>* other : {&picture, &map}) other->write(std::vector<float>(other->count()), second.get());
  use.session.set_stream(first.get());
  use.picture.write(x, first.get());
  use.forward();
  EXPECT_EQ(cudaStreamSynchronize(first.get()), cudaSuccess);
  use.forward();
  const Extents larger{2, 3, 24, 20};
  EXPECT_NE(failure_of([&] {
              use.session.forward(DeviceView{use.picture.view().data, DType::f32, larger, {}},
                                  std::vector<DeviceView>{use.map.view()});
            }),
            "");
  use.session.set_stream(second.get());
  picture.write(y, second.get());
  use.session.forward(picture.view(), std::vector<DeviceView>{map.view()});
  EXPECT_EQ(map.read(second.get()), of_y.map);
  EXPECT_EQ(use.map.read(first.get()), of_x.map);
}

/// A stream that was destroyed, and one made anew that has its handle, are two.
TEST(CallersStream, MayHaveTheHandleOfOneBefore) {
  const std::vector<float> x = noise_pictures(kPicture, 11);
  const Expected expected(x);
  Use<float> use;
  Held<float> map(use.session.target_extents(0, 1, 24, 20));
  cudaStream_t before = nullptr;
  {
    const CudaStream stream;
    before = stream.get();
    use.session.set_stream(before);
    use.picture.write(x, before);
    use.forward();
    EXPECT_EQ(cudaStreamSynchronize(before), cudaSuccess);
    use.forward();
  }
  const CudaStream stream;
  ASSERT_EQ(stream.get(), before);
  use.session.set_stream(stream.get());
  use.session.forward(use.picture.view(), std::vector<DeviceView>{map.view()});
  EXPECT_EQ(map.read(stream.get()), expected.map);
}

/// A graph goes through the memory of its plan, however many others come after it.
TEST(CallersStream, PlansOfGraphsStay) {
  const std::vector<float> x = noise_pictures(kPicture, 12);
  SessionOptions first_layer = options();
  first_layer.targets = {"conv2d0"};
  SessionUse host(model(), first_layer, kPicture);
  const std::vector<float> expected = host.forward(x)[0];
  const CudaStream stream;
  Session session(model(), first_layer);
  const Held<float> map(session.target_extents(0, 1, 24, 20));
  Held<float> picture(kPicture);
  session.set_stream(stream.get());
  picture.write(x, stream.get());
  session.forward(picture.view(), std::vector<DeviceView>{map.view()});
  EXPECT_EQ(cudaStreamSynchronize(stream.get()), cudaSuccess);
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t replay = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal), cudaSuccess);
  session.forward(picture.view(), std::vector<DeviceView>{map.view()});
  ASSERT_EQ(cudaStreamEndCapture(stream.get(), &graph), cudaSuccess);
  ASSERT_EQ(cudaGraphInstantiate(&replay, graph, 0), cudaSuccess);

  for (int i = 1; i <= static_cast<int>(Session::kPlans) + 1; ++i) {
    const Extents narrower{1, 3, 24, 20 - i};
    const std::vector<float> other(count_of(narrower), 0.5F);
    session.forward(dense_view(other.data(), narrower), std::vector<TensorView<float>>{});
  }
  ASSERT_EQ(cudaGraphLaunch(replay, stream.get()), cudaSuccess);
  EXPECT_EQ(map.read(stream.get()), expected);
  cudaGraphExecDestroy(replay);
  cudaGraphDestroy(graph);
}

TEST(CallersStream, MayBeCaptured) {
  const std::vector<float> x = noise_pictures(kPicture, 5), y = noise_pictures(kPicture, 6);
  const Expected of_x(x), of_y(y);
  const CudaStream stream;
  Use<float> use;
  use.session.set_stream(stream.get());
  use.picture.write(x, stream.get());
  use.forward();
  use.backward();
  EXPECT_EQ(cudaStreamSynchronize(stream.get()), cudaSuccess);

  cudaGraph_t graph = nullptr;
  cudaGraphExec_t replay = nullptr;
  const Held<float> larger({2, 3, 24, 20});
  ASSERT_EQ(cudaStreamBeginCapture(stream.get(), cudaStreamCaptureModeThreadLocal), cudaSuccess);
  use.forward();
  use.backward();
  EXPECT_EQ(failure_of([&] { use.session.forward(larger.view(), std::vector<DeviceView>{}); }), kFirst);
  EXPECT_EQ(failure_of([&] { use.push(); }), kFirst);
  EXPECT_EQ(failure_of([&] {
              use.session.forward(dense_view(x.data(), kPicture), std::vector<TensorView<float>>{});
            }),
            "host memory is out of a capture's reach: give tensors of the session's device");
  ASSERT_EQ(cudaStreamEndCapture(stream.get(), &graph), cudaSuccess);
  ASSERT_EQ(cudaGraphInstantiate(&replay, graph, 0), cudaSuccess);
  for (const auto& [given, expected] : {std::pair(x, of_x), std::pair(y, of_y)}) {
    use.picture.write(given, stream.get());
    ASSERT_EQ(cudaGraphLaunch(replay, stream.get()), cudaSuccess);
    EXPECT_EQ(use.picture.read(stream.get()), expected.gradient);
    EXPECT_EQ(use.map.read(stream.get()), expected.map);
  }
  cudaGraphExecDestroy(replay);
  cudaGraphDestroy(graph);
}

/// Whatever another library has made the thread's own.
TEST(CallersStream, LeavesTheCurrentDevice) {
  setenv("EMULATED_DEVICES", "2", 1);
  const std::vector<float> x = noise_pictures(kPicture, 7);
  const CudaStream stream;
  Use<float> use;
  use.session.set_stream(stream.get());
  use.picture.write(x, stream.get());
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  use.forward();
  use.push();
  use.backward();
  int current = 0;
  EXPECT_EQ(cudaGetDevice(&current), cudaSuccess);
  EXPECT_EQ(current, 1);
  EXPECT_EQ(cudaSetDevice(0), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream.get()), cudaSuccess);
  unsetenv("EMULATED_DEVICES");
}

/// A network in fp16, whose maps are the caller's own type, and pictures that a network in fp32 reads.
TEST(CallersStream, TakesHalfPrecision) {
  std::vector<float> x = noise_pictures(kPicture, 8);
  for (float& value : x) value = to_f32(from_f32<f16>(value));
  const Expected expected(x, Precision::fp16);
  const CudaStream stream;
  Use<f16> use(Precision::fp16);
  use.session.set_stream(stream.get());
  use.picture.write(x, stream.get());
  use.forward();
  EXPECT_EQ(use.map.read(stream.get()), expected.map);
}

}  // namespace
}  // namespace limpid::callers_stream_test
