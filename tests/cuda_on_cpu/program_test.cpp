// A step that cannot be captured: whose fault it is.
#include <cuda_runtime.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/cuda_program.h"
#include "tests/cuda_on_cpu/machine.h"
#include "tests/weights/support.h"

namespace limpid::cuda::program_test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class Recording : public ::testing::Test {
 protected:
  Recording() { cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking); }
  ~Recording() override { cudaStreamDestroy(stream_); }

  /// Between two that are sound.
  void record_task(std::function<void(const Stream&)> run) {
    const auto nothing = [](const Stream&) {};
    record({nullptr, stream_},
           {{"first", nothing, {}}, {"the odd one", std::move(run), {0}}, {"last", nothing, {1}}});
  }

  cudaStream_t stream_ = nullptr;
};

TEST_F(Recording, NamesTheTaskThatSpoilsTheCapture) {
  ::testing::internal::CaptureStderr();  // The emulated device tells of it too.
  std::string message;
  try {
    record_task([](const Stream& stream) { cudaStreamSynchronize(static_cast<cudaStream_t>(stream.cuda)); });
  } catch (const Error& error) {
    message = error.what();
  }
  ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(message,
            "CUDA: the odd one cannot be captured into a graph; LIMPID_GRAPH=0 runs steps without one");
  EXPECT_THAT(emulated::take_reports(),
              Contains(HasSubstr("cudaStreamSynchronize of a stream that captures")));
}

TEST_F(Recording, NamesTheTaskThatFailsInTheCapture) {
  int runs = 0;
  limpid::testing::expect_error(ErrorKind::runtime, {"capturing the odd one into a graph: no more"}, [&] {
    record_task([&](const Stream&) {
      if (++runs == 2) fail_runtime("no more");
    });
  });
}

}  // namespace
}  // namespace limpid::cuda::program_test
