// A process that dies between any two file operations, or at any instant, and a disk that fills up at any of
// them: what was promised is there, and resuming gives the bytes of an undisturbed run.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>

#include "tests/grid/file_faults.h"
#include "tests/grid/store_support.h"
#include "tests/sanitized.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

// As the command line does: see the function's comment.
const bool no_exit_handler = (leave_hdf5_open_at_exit(), true);

/// A run that says on `acknowledge` up to which job `flush` has returned. Jobs go in order, three a flush.
void run(const std::filesystem::path& store, const Manifest& manifest, int acknowledge) {
  open_store(store, manifest);
  const std::set<std::int64_t> finished = TileReader(store).finished();
  TileWriter writer(store, "w");
  for (const std::int64_t job : all_jobs(manifest)) {
    if (finished.contains(job)) continue;
    writer.append(tile_of(manifest, job));
    if (job % 3 == 2) {
      writer.flush();
      const char up_to = static_cast<char>(job + 1);
      [[maybe_unused]] const ssize_t written = ::write(acknowledge, &up_to, 1);
    }
  }
  writer.consolidate();
  join_writers(store);
}

/// The number of jobs a run acknowledged before it ended.
int acknowledged(int pipe) {
  int jobs = 0;
  char up_to = 0;
  while (::read(pipe, &up_to, 1) == 1) jobs = up_to;
  return jobs;
}

/// Forks a run, lets `disturb(child)` do what it will, and returns what was acknowledged.
template <class InChild, class Disturb>
int disturbed_run(const std::filesystem::path& store, const Manifest& manifest, const InChild& in_child,
                  const Disturb& disturb) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    in_child();
    run(store, manifest, ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  disturb(child);
  const int jobs = acknowledged(ends[0]);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return jobs;
}

/// After a run ended early: what it promised is there, nothing is wrong, nothing is complained of.
void expect_kept(const std::filesystem::path& store, int jobs) {
  if (!std::filesystem::exists(store / "manifest.json")) {
    EXPECT_EQ(jobs, 0);
    return;
  }
  const TileReader reader(store);
  EXPECT_TRUE(reader.warnings().empty()) << reader.warnings()[0];
  expect_tiles_true(reader);
  const std::set<std::int64_t> finished = reader.finished();
  for (std::int64_t job = 0; job < jobs; ++job) EXPECT_TRUE(finished.contains(job)) << job;
}

class StoreFault : public ::testing::Test {
 protected:
  StoreFault() {
    fill_store(folder_ / "calm", manifest_);
    calm_ = contents(folder_ / "calm");
  }
  ~StoreFault() override {
    set_fault(Fault::none, 0);
    set_read_fault(0, 0);
  }

  void expect_resumes(const std::filesystem::path& store) {
    fill_store(store, manifest_);
    EXPECT_EQ(contents(store), calm_);
    std::filesystem::remove_all(store);
  }

  /// Likewise after each of many faults; under sanitizers, where the fault itself is what may access what it must not, after
  /// every fourth.
  void expect_resumes(const std::filesystem::path& store, int fault) {
    if (test::kSanitized && fault % 4 != 0) {
      std::filesystem::remove_all(store);
    } else {
      expect_resumes(store);
    }
  }

  /// File operations of an undisturbed run.
  int operations() {
    set_fault(Fault::none, 0);
    run(folder_ / "counted", manifest_, -1);
    const int count = operations_done();
    EXPECT_GT(count, 50);
    return count;
  }

  const Manifest manifest_ = small_manifest(12);
  TemporaryFolder folder_;
  std::map<std::string, std::string> calm_;
};

TEST_F(StoreFault, DeathBetweenAnyTwoOperations) {
  const int count = operations();
  const auto store = folder_ / "s";
  for (int operation = 0; operation < count; ++operation) {
    SCOPED_TRACE(operation);
    const int jobs = disturbed_run(
        store, manifest_, [&] { set_fault(Fault::death, operation); }, [](pid_t) {});
    expect_kept(store, jobs);
    expect_resumes(store, operation);
  }
}

TEST_F(StoreFault, DeathTwiceInARow) {
  const int count = operations();
  const auto store = folder_ / "s";
  std::mt19937 random(11);
  for (int round = 0; round < 25; ++round) {
    SCOPED_TRACE(round);
    for (int death = 0; death < 2; ++death) {
      const int operation = static_cast<int>(random() % static_cast<unsigned>(count));
      const int jobs = disturbed_run(
          store, manifest_, [&] { set_fault(Fault::death, operation); }, [](pid_t) {});
      expect_kept(store, jobs);
    }
    expect_resumes(store);
  }
}

TEST_F(StoreFault, KilledAtTwentyRandomInstants) {
  const auto store = folder_ / "s";
  const auto start = std::chrono::steady_clock::now();
  disturbed_run(
      store, manifest_, [] {}, [](pid_t) {});
  const auto duration = std::chrono::steady_clock::now() - start;
  std::filesystem::remove_all(store);
  std::mt19937 random(12);
  for (int round = 0; round < 20; ++round) {
    SCOPED_TRACE(round);
    const int jobs = disturbed_run(
        store, manifest_, [] {},
        [&](pid_t child) {
          ::usleep(
              static_cast<useconds_t>(duration / std::chrono::microseconds(1) * (random() % 1000) / 1000));
          ::kill(child, SIGKILL);
        });
    expect_kept(store, jobs);
    expect_resumes(store);
  }
}

TEST_F(StoreFault, ADiskThatIsFullOnceIsOvercome) {
  const int count = operations();
  const auto store = folder_ / "s";
  for (int operation = 0; operation < count; ++operation) {
    SCOPED_TRACE(operation);
    // In a process of its own: HDF5 keeps a file it could not close.
    const pid_t child = ::fork();
    if (child == 0) {
      set_fault(Fault::full_disk, operation);
      std::string message = "no error";
      try {
        run(store, manifest_, -1);
      } catch (const Error& error) {
        message = error.what();
        if (message.find('\n') != std::string::npos) ::_exit(1);
      }
      set_fault(Fault::none, 0);
      run(store, manifest_, -1);
      ::_exit(0);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    expect_resumes(store, operation);
  }
}

TEST_F(StoreFault, AFlushThatFailedCanBeRepeated) {
  for (int operation = 0; operation < 12; ++operation) {
    SCOPED_TRACE(operation);
    const auto store = folder_ / "s";
    open_store(store, manifest_);
    const pid_t child = ::fork();
    if (child == 0) {
      TileWriter writer(store, "w");
      for (const std::int64_t job : all_jobs(manifest_)) writer.append(tile_of(manifest_, job));
      set_fault(Fault::full_disk, operation);
      try {
        writer.flush();
      } catch (const Error&) {
      }
      set_fault(Fault::none, 0);
      writer.flush();
      ::_exit(0);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    expect_kept(store, 12);
    expect_resumes(store);
  }
}

/// Tiles that cannot be read now are not damaged: nothing is made again in their place.
TEST_F(StoreFault, WhatTheSystemCannotReadStopsTheRun) {
  const auto store = folder_ / "calm";
  set_read_fault(0, 0);
  { const TileReader reader(store); }
  const int count = reads_done();
  EXPECT_GT(count, 50);
  for (const int error : {EIO, EACCES, EMFILE, ENOMEM}) {
    // Each of them for one error, a few for the others.
    for (int operation = 0; operation < count; operation += error == EIO ? 1 : 13) {
      SCOPED_TRACE(::testing::Message() << std::strerror(error) << " at read " << operation);
      set_read_fault(error, operation);
      expect_error(ErrorKind::runtime, {"tiles-w.h5", std::strerror(error)},
                   [&] { const TileReader reader(store); });
      if (operation % 5 != 0) continue;
      set_read_fault(error, operation);
      EXPECT_THROW(fill_store(store, manifest_, "other"), Error);
      set_read_fault(0, 0);
      EXPECT_EQ(read_text(store / "tiles-w.h5"), calm_["tiles-w.h5"]);
      EXPECT_FALSE(std::filesystem::exists(store / "tiles-other.h5"));
    }
  }
}

TEST_F(StoreFault, FilesThatMayNotGrow) {
  const auto store = folder_ / "s";
  for (const rlim_t limit : {1U, 1000U, 4096U, 9000U, 20000U}) {
    SCOPED_TRACE(limit);
    open_store(store, manifest_);
    disturbed_run(
        store, manifest_,
        [&] {
          ::signal(SIGXFSZ, SIG_IGN);
          const struct rlimit bytes { limit, limit };
          ::setrlimit(RLIMIT_FSIZE, &bytes);
          try {
            run(store, manifest_, -1);
          } catch (const Error& error) {
            ::_exit(error.kind() == ErrorKind::runtime ? 0 : 1);
          }
        },
        [](pid_t) {});
    expect_kept(store, 0);
    expect_resumes(store);
  }
}

/// A file system of one mebibyte, where the test may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& folder) : folder_(folder) {
    std::filesystem::create_directory(folder);
    mounted_ = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount(folder_.c_str());
  }

  explicit operator bool() const { return mounted_; }

 private:
  std::filesystem::path folder_;
  bool mounted_ = false;
};

TEST_F(StoreFault, ASmallFileSystemThatFillsUp) {
  const auto disk = folder_ / "disk";
  const SmallDisk mounted(disk);
  if (!mounted) GTEST_SKIP() << "a file system cannot be mounted: " << std::strerror(errno);
  const auto store = disk / "s";
  open_store(store, manifest_);
  const std::uintmax_t left = std::filesystem::space(disk).available;
  write_text(disk / "filler", std::string(left - (40U << 10U), 'x'));
  const pid_t child = ::fork();
  if (child == 0) {
    int flushed = 0;
    try {
      TileWriter writer(store, "w");
      for (const std::int64_t job : all_jobs(manifest_)) {
        writer.append(tile_of(manifest_, job));
        writer.flush();
        ++flushed;
      }
    } catch (const Error& error) {
      if (std::string_view(error.what()).find("No space left") == std::string_view::npos) ::_exit(99);
    }
    ::_exit(flushed);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  const int flushed = WEXITSTATUS(status);
  EXPECT_GT(flushed, 0);
  EXPECT_LT(flushed, 12) << "the disk was not full";
  expect_kept(store, flushed);
  std::filesystem::remove(disk / "filler");
  expect_resumes(store);
}

}  // namespace
}  // namespace limpid::testing
