// The ranks of an MPI launch. The counters lie in a window of rank 0's memory, which the others reach without
// its help wherever the network allows that.
#include "engine/grid/mpi_team.h"

#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "kernels/core/error.h"

namespace limpid {
namespace {

using namespace std::chrono_literals;

/// Between two looks at the network: short beside a step, long beside the look.
constexpr auto kPollInterval = 2ms;

class MpiTeam : public RankTeam {
 public:
  MpiTeam() : exceptions_(std::uncaught_exceptions()) {
    int provided = MPI_THREAD_SINGLE;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
    if (provided < MPI_THREAD_SERIALIZED) {
      MPI_Finalize();
      fail_runtime("this MPI cannot be called from several threads in turn (MPI_THREAD_SERIALIZED)");
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm host = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    MPI_Comm_rank(host, &local_rank_);
    MPI_Comm_free(&host);
    make_counters();
    if (rank_ == 0) progress_ = std::jthread([this](const std::stop_token& stop) { make_progress(stop); });
  }

  ~MpiTeam() override {
    progress_ = {};  // Stopped and joined before MPI goes.
    if (std::uncaught_exceptions() > exceptions_) return;
    MPI_Win_unlock_all(window_);
    MPI_Win_free(&window_);
    MPI_Finalize();
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  int local_rank() const override { return local_rank_; }

  std::int64_t fetch_add(TeamCounter counter, std::int64_t amount) override {
    const std::lock_guard lock(mutex_);
    std::int64_t before = 0;
    MPI_Fetch_and_op(&amount, &before, MPI_INT64_T, 0, static_cast<MPI_Aint>(counter), MPI_SUM, window_);
    MPI_Win_flush(0, window_);
    return before;
  }

  void wait_for_all() override {
    MPI_Request request = MPI_REQUEST_NULL;
    {
      const std::lock_guard lock(mutex_);
      MPI_Ibarrier(MPI_COMM_WORLD, &request);
    }
    while (!is_complete(request)) std::this_thread::sleep_for(kPollInterval);
  }

 private:
  void make_counters() {
    constexpr int unit = sizeof(std::int64_t);
    std::int64_t* counters = nullptr;
    MPI_Win_allocate(rank_ == 0 ? kTeamCounters * unit : 0, unit, MPI_INFO_NULL, MPI_COMM_WORLD, &counters,
                     &window_);
    MPI_Win_lock_all(0, window_);
    if (rank_ == 0) {
      std::fill_n(counters, kTeamCounters, 0);
      MPI_Win_sync(window_);
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }

  bool is_complete(MPI_Request& request) {
    const std::lock_guard lock(mutex_);
    int complete = 0;
    MPI_Test(&request, &complete, MPI_STATUS_IGNORE);
    return complete != 0;
  }

  /// Where the network cannot write into rank 0's memory by itself, the library does so, but only while some
  /// function of it runs; the renders of rank 0 call none for minutes.
  void make_progress(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      {
        const std::lock_guard lock(mutex_);
        int found = 0;
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &found, MPI_STATUS_IGNORE);
      }
      std::this_thread::sleep_for(kPollInterval);
    }
  }

  int exceptions_;  ///< In flight at construction.
  int rank_ = 0;
  int size_ = 1;
  int local_rank_ = 0;
  MPI_Win window_ = MPI_WIN_NULL;
  std::mutex mutex_;  ///< MPI is called by one thread at a time.
  std::jthread progress_;
};

}  // namespace
}  // namespace limpid

extern "C" __attribute__((visibility("default"))) limpid::RankTeam* limpid_join_mpi_team() {
  return new limpid::MpiTeam;
}
