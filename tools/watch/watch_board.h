// What viewers may know of a job that is watched: written by the thread that optimises, read by any other.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/image/image.h"

namespace limpid {

struct CurvePoint {
  int step = 0;      ///< Updates there had been.
  double value = 0;  ///< Of the objective that the last of them began with.
};

/// A state of the job that can be gone back to.
struct WatchPin {
  int id = 0;
  int step = 0;
  double value = 0;
  std::shared_ptr<const Image> image;
};

struct WatchStatus {
  int step = 0, steps = 0;
  double value = 0;  ///< NaN before the first update.
  bool paused = false, over = false;
  int frame = 0;        ///< Number of the newest picture; 0 before the first.
  std::string failure;  ///< Why it cannot go on from here; empty where it can.
};

/// What a viewer has not seen yet.
struct WatchNews {
  WatchStatus status;
  bool fresh = false;  ///< Whether anything below, or the status, is new.
  bool ended = false;  ///< Nothing will follow.
  /// What can be changed as it stands, and the pins, as JSON; null where that is known.
  std::shared_ptr<const std::string> controls;
  bool restarts = false;  ///< `points` are the curve from its begin; else they go on where it stopped.
  std::vector<CurvePoint> points;
};

/// Neither side waits for the other longer than it takes to copy what is new.
class WatchBoard {
 public:
  /// How far a viewer has read.
  struct Mark {
    std::uint64_t version = 0, controls = 0, branch = 0;
    std::size_t points = 0;
  };

  void set_status(WatchStatus status);
  void add_point(CurvePoint point);
  /// The job went back: of the curve stay the points up to this step.
  void cut_curve(int step);
  void set_controls(std::string json);
  void add_pin(WatchPin pin);
  void end();

  WatchStatus status() const;
  std::vector<WatchPin> pins() const;

  /// What came after the mark, which moves on; waits up to `patience` for something to come.
  WatchNews wait(Mark& mark, std::chrono::milliseconds patience);

 private:
  void changed();

  mutable std::mutex mutex_;
  std::condition_variable news_;
  WatchStatus status_;
  std::shared_ptr<const std::string> controls_;
  std::vector<CurvePoint> curve_;
  std::vector<WatchPin> pins_;
  std::uint64_t version_ = 0, controls_version_ = 0, branch_ = 1;
  bool ended_ = false;
};

}  // namespace limpid
