// What shows while many pictures are looked at.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

#include "tools/dataset/build_index.h"
#include "tools/progress.h"

namespace limpid {

class BuildProgress final : public BuildObserver {
 public:
  using Clock = std::chrono::steady_clock;

  /// `command`, "limpid examples build", is who passes pictures over.
  BuildProgress(const char* command, ProgressStyle style);
  ~BuildProgress() override;  ///< Leaves a bar's line.

  void pictures(std::size_t looked_at, std::size_t all) override;
  void passed_over(const std::string& message) override;

  /// Before anything else is said.
  void close();

 private:
  const char* command_;
  ProgressStyle style_;
  Clock::time_point begin_ = Clock::now(), last_ = begin_;
  bool drawn_ = false;
};

}  // namespace limpid
