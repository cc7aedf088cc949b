#include "bench/quiet.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "kernels/core/error.h"

namespace limpid::bench {
namespace {

constexpr double kLoadLimit = 0.06;
constexpr int kTries = 4;
constexpr std::size_t kLeastSamples = 5;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Processor seconds spent by anyone since the machine started, stolen ones included.
double machine_seconds() {
  std::ifstream stat("/proc/stat");
  std::string label;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  if (!(stat >> label >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal)) {
    fail_runtime("/proc/stat cannot be read: the load of other processes is unknown");
  }
  return (user + nice + system + irq + softirq + steal) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double own_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double median(std::vector<double> values) {
  const std::size_t middle = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

OtherLoad::OtherLoad() : start_(now()), machine_(machine_seconds()), own_(own_seconds()) {}

double OtherLoad::cores() const {
  const double others = (machine_seconds() - machine_) - (own_seconds() - own_);
  return std::max(others / (now() - start_), 0.0);
}

nlohmann::json measure(const Sampler& sample, double seconds) {
  nlohmann::json best;
  double least = std::numeric_limits<double>::infinity();
  int tries = 0;
  while (tries < kTries && least >= kLoadLimit) {
    const OtherLoad load;
    const std::vector<double> samples = sample(seconds);
    const double cores = load.cores();
    ++tries;
    if (cores < least) {
      least = cores;
      best = {{"median_ms", median(samples)},
              {"min_ms", *std::min_element(samples.begin(), samples.end())},
              {"samples", samples.size()},
              {"other_load", cores}};
    }
  }
  best["tries"] = tries;
  return best;
}

Sampler sampler_of(const std::function<void()>& run) {
  return [run, warm = false](double seconds) mutable {
    for (int i = 0; i < 2 && !warm; ++i) run();
    warm = true;
    std::vector<double> samples;
    const double end = now() + seconds;
    while (samples.size() < kLeastSamples || now() < end) {
      const double start = now();
      run();
      samples.push_back((now() - start) * 1e3);
    }
    return samples;
  };
}

}  // namespace limpid::bench
