// What a grid shows while it runs.
#pragma once

#include <chrono>
#include <cstdio>
#include <mutex>
#include <string>

#include "tools/grid/tally.h"
#include "tools/progress.h"

namespace limpid {

/// Shows what is done, the rate, the time left, the best and the worst objective, and a line for each device.
/// Of a team, rank 0 shows what all do; as JSON every rank tells of its own tiles.
class GridProgress : public GridObserver {
 public:
  using Clock = Tally::Clock;

  /// A bar and its devices' lines take `columns` each. Warnings begin with `command`. `team` may be null.
  GridProgress(ProgressStyle style, std::FILE* out, int columns, Tally tally,
               std::string command = "limpid grid", RankTeam* team = nullptr);
  GridProgress(const GridProgress&) = delete;
  GridProgress& operator=(const GridProgress&) = delete;

  void planned(const GridPlan& plan) override;
  void started(std::size_t device, const Job& job) override;
  void progressed(std::size_t device, const Job& job, int step, double objective) override;
  void finished(std::size_t device, const Job& job, const StoredTile& tile) override;

  /// Shows how things stand at the end. To be called when no other thread calls any more.
  void close();

  const Tally& tally() const { return tally_; }

 private:
  void tell_team(TeamCounter counter, std::int64_t amount);
  void look_at_team();
  void show(Clock::time_point now);
  void show_line(Clock::time_point now);
  void draw(Clock::time_point now);
  void print_tile(std::size_t device, const Job& job, const StoredTile& tile, Clock::time_point now);

  ProgressStyle style_;
  std::FILE* out_;
  int columns_;
  std::string command_;
  RankTeam* team_;
  std::mutex mutex_;
  Tally tally_;
  int lines_drawn_ = 0;
  int tenths_ = 0;  ///< Of the way, at the last line.
  Clock::time_point shown_;
};

}  // namespace limpid
