#include "bench/timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "kernels/core/error.h"

namespace limpid::bench {

Spread spread_of(std::vector<double> samples) {
  if (samples.empty()) fail_usage("nothing was sampled");
  std::sort(samples.begin(), samples.end());
  const std::size_t middle = samples.size() / 2;
  const double median =
      samples.size() % 2 == 1 ? samples[middle] : (samples[middle - 1] + samples[middle]) / 2;
  return {median, samples.front(), samples.back(), static_cast<int>(samples.size())};
}

DeviceTimer::DeviceTimer(Backend& backend, const Stream& stream)
    : stream_(stream), fence_(backend.make_fence()) {}

double DeviceTimer::seconds(int count, const std::function<void()>& start) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) start();
  fence_->mark(stream_);
  fence_->wait();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  return elapsed.count() / count;
}

int DeviceTimer::count_for(double least_seconds, const std::function<void()>& start) {
  constexpr int kMost = 1 << 20;
  seconds(1, start);
  int count = 1;
  while (count < kMost && seconds(count, start) * count < least_seconds) count *= 2;
  return count;
}

}  // namespace limpid::bench
