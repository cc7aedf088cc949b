// Processes that work on one grid together, on one host or many.
#pragma once

#include <cstdint>

namespace limpid {

/// Numbers all ranks share; each starts at 0.
enum class TeamCounter {
  taken,        ///< Jobs drawn from the queue.
  finished,     ///< Jobs made.
  failed,       ///< Of those, the ones that failed.
  image_steps,  ///< Updates done.
};
inline constexpr int kTeamCounters = 4;

/// The ranks of one launch, as seen by one of them. Called by several threads at once. A failure of the
/// network between ranks ends all processes of the launch.
class RankTeam {
 public:
  RankTeam() = default;
  RankTeam(const RankTeam&) = delete;
  RankTeam& operator=(const RankTeam&) = delete;
  /// Leaves, once all ranks do. When it runs because of an exception it leaves nothing in order: the launcher
  /// then sees this process fail and ends the others.
  virtual ~RankTeam() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Rank among those on this host, to share its devices.
  virtual int local_rank() const = 0;

  /// Adds to a counter and returns what it was before.
  virtual std::int64_t fetch_add(TeamCounter counter, std::int64_t amount) = 0;

  /// Returns once all ranks have called it; sleeps meanwhile, for others may still need the processor.
  virtual void wait_for_all() = 0;
};

}  // namespace limpid
