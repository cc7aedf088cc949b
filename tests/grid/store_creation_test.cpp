// Making a store, joining one, and being refused.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/grid/store_support.h"

namespace limpid::testing {
namespace {

/// Runs `work` in `count` processes at once; each must end well.
template <class Work>
void in_processes(int count, const Work& work) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        ::_exit(work(i) ? 0 : 1);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "process %d: %s\n", i, error.what());
        ::_exit(2);
      }
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
}

TEST(StoreCreation, JoinsWhatIsTheSame) {
  const TemporaryFolder folder;
  Manifest manifest = small_manifest();
  EXPECT_TRUE(open_store(folder / "s", manifest).created);
  const StoreOpening again = open_store(folder / "s", manifest);
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.note, "");
  manifest.program_version = "0.9.0";
  const StoreOpening newer = open_store(folder / "s", manifest);
  EXPECT_NE(newer.note.find("was begun by limpid 0.1.0+test, and is continued by 0.9.0"), std::string::npos);
  EXPECT_EQ(read_manifest(folder / "s").program_version, "0.1.0+test");
}

TEST(StoreCreation, RefusesWhatIsNot) {
  const TemporaryFolder folder;
  open_store(folder / "s", small_manifest());
  const auto before = contents(folder / "s");
  Manifest other = small_manifest();
  other.jobs[3].steps = 256;
  expect_error(ErrorKind::usage, {"s' holds other work", "steps of job 3 (mixed4a:3): 5 in the store, 256"},
               [&] { open_store(folder / "s", other); });
  EXPECT_EQ(contents(folder / "s"), before);
}

TEST(StoreCreation, RefusesAnotherVersion) {
  const TemporaryFolder folder;
  std::string text = manifest_text(small_manifest());
  text.replace(text.find(": 1"), 3, ": 2");
  write_text(folder / "manifest.json", text);
  expect_input_error({"manifest.json", "version 2", "version 1"},
                     [&] { open_store(folder.path(), small_manifest()); });
  expect_input_error({"version 2"}, [&] { TileReader reader(folder.path()); });
}

TEST(StoreCreation, RefusesWhereAStoreCannotBe) {
  const TemporaryFolder folder;
  write_text(folder / "file", "x");
  std::filesystem::create_directory(folder / "full");
  write_text(folder / "full/photo.png", "x");
  const auto refuse = [&](const std::string& name, std::string_view part) {
    expect_error(ErrorKind::usage, {name, part}, [&] { open_store(folder / name, small_manifest()); });
  };
  refuse("file", "");
  refuse("full", "is not empty and is no store");
  refuse("none/below", "No such file");
  EXPECT_EQ(read_text(folder / "file"), "x");
  EXPECT_EQ(contents(folder / "full").size(), 1U);
  expect_input_error({"is no store"}, [&] { TileReader reader(folder / "full"); });
  expect_input_error({"is no store"}, [&] { TileWriter writer(folder / "full", "w"); });
  expect_input_error({"is no store"}, [&] { join_writers(folder / "nowhere"); });
}

TEST(StoreExtension, JobsComeBehindAndTilesStay) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest(3);
  fill_store(folder / "s", manifest, "w");
  const Manifest more = small_manifest(5);
  extend_store(folder / "s", more);
  extend_store(folder / "s", more);
  const TileReader reader(folder / "s");
  EXPECT_TRUE(reader.warnings().empty());
  EXPECT_EQ(reader.finished(), all_jobs(manifest));
  EXPECT_EQ(reader.manifest().jobs.size(), 5U);
  EXPECT_EQ(reader.manifest().earlier.size(), 1U);
  // A former tile and a new one in one file, and in the view of all.
  fill_store(folder / "s", more, "w");
  const TileReader both(folder / "s");
  for (const std::int64_t job : {0, 4}) EXPECT_EQ(both.read(job), tile_of(more, job));
  EXPECT_EQ(both.finished(), all_jobs(more));
}

TEST(StoreExtension, RefusesWhatWouldLoseWork) {
  const TemporaryFolder folder;
  fill_store(folder / "s", small_manifest(3), "w");
  Manifest other = small_manifest(4);
  other.jobs[1].seed = 77;
  expect_error(ErrorKind::usage, {"seed of job 1", "77 asked for"},
               [&] { extend_store(folder / "s", other); });
  expect_error(ErrorKind::usage, {"jobs: 3 in the store, 2 asked for"},
               [&] { extend_store(folder / "s", small_manifest(2)); });
  {
    const TileWriter writer(folder / "s", "w");
    expect_error(ErrorKind::usage, {"another process is writing there"},
                 [&] { extend_store(folder / "s", small_manifest(4)); });
  }
  EXPECT_EQ(read_manifest(folder / "s").jobs.size(), 3U);
  expect_input_error({"is no store"}, [&] { extend_store(folder / "none", small_manifest(4)); });
}

TEST(StoreRemoval, TakesOnlyWhatHoldsNoTile) {
  const TemporaryFolder folder;
  open_store(folder / "s", small_manifest(3));
  {
    const TileWriter writer(folder / "s", "w");
    EXPECT_FALSE(remove_empty_store(folder / "s")) << "somebody works on it";
  }
  EXPECT_TRUE(remove_empty_store(folder / "s"));
  EXPECT_EQ(folder.entries(), 0);
  fill_store(folder / "s", small_manifest(3), "w");
  EXPECT_FALSE(remove_empty_store(folder / "s"));
  std::filesystem::create_directory(folder / "other");
  write_text(folder / "other" / "mine", "mine");
  EXPECT_FALSE(remove_empty_store(folder / "other"));
  EXPECT_EQ(folder.entries(), 2);
}

TEST(StoreRemoval, NotBeforeItsWriterHasBegun) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest(3);
  {
    const StoreOpening creator = open_store(folder / "s", manifest);
    EXPECT_FALSE(remove_empty_store(folder / "s"));
    const StoreOpening other = open_store(folder / "s", manifest);  // Held by both at once.
    EXPECT_FALSE(other.created);
    expect_error(ErrorKind::usage, {"another process is writing there"},
                 [&] { extend_store(folder / "s", small_manifest(4)); });
    fill_store(folder / "s", manifest, "w");
  }
  expect_tiles_true(TileReader(folder / "s"));
}

TEST(StoreRemoval, LeavesWhatIsNotOfAStore) {
  const TemporaryFolder folder;
  for (const std::string name : {".mine", ".tiles", "notes.txt"}) {
    SCOPED_TRACE(name);
    open_store(folder / "s", small_manifest(3));
    write_text(folder / "s" / name, "mine");
    const auto before = contents(folder / "s");
    EXPECT_FALSE(remove_empty_store(folder / "s"));
    EXPECT_EQ(contents(folder / "s"), before);
    std::filesystem::remove(folder / "s" / name);
  }
  write_text(folder / "s" / ".tiles-w.tmp", "of a writer that was killed");
  write_text(folder / "s" / ".manifest-0123.tmp", "likewise");
  EXPECT_TRUE(remove_empty_store(folder / "s"));
  EXPECT_EQ(folder.entries(), 0);
}

TEST(StoreRemoval, WhoRemovesAndWhoCreatesDoNotMeet) {
  const Manifest manifest = small_manifest(3);
  const TemporaryFolder folder;
  in_processes(3, [&](int i) {
    for (int round = 0; round < 200; ++round) {
      if (i == 0) {
        remove_empty_store(folder / "s");
        continue;
      }
      const StoreOpening opening = open_store(folder / "s", manifest);
      const TileWriter writer(folder / "s", std::to_string(i));  // Needs the manifest.
      if (read_manifest(folder / "s").jobs.size() != 3) return false;
    }
    return true;
  });
}

TEST(StoreCreation, SaysHowMuchSpaceIsMissing) {
  const TemporaryFolder folder;
  Manifest manifest = small_manifest(1);
  manifest.jobs[0].height = manifest.jobs[0].width = 65536;
  manifest.jobs.resize(100'000, manifest.jobs[0]);
  expect_error(ErrorKind::usage, {"need up to", "MiB, and its file system has", "MiB left"},
               [&] { open_store(folder / "s", manifest); });
  EXPECT_EQ(folder.entries(), 0) << "nothing is left behind";
}

class SpaceOf : public ::testing::TestWithParam<bool> {};

TEST_P(SpaceOf, WhatIsAskedForIsEnough) {
  const TemporaryFolder folder;
  const Manifest manifest = GetParam() ? manifest_with_parameters(50) : small_manifest(50);
  open_store(folder.path(), manifest);
  TileWriter writer(folder.path(), "w");
  for (const std::int64_t job : all_jobs(manifest)) {
    writer.append(tile_of(manifest, job));
    writer.flush();  // The worst case: a file for every tile.
  }
  const auto bytes = [&] {
    std::uint64_t sum = 0;
    for (const auto& [name, content] : contents(folder.path())) sum += content.size();
    return sum;
  };
  const std::uint64_t before = bytes();
  writer.consolidate();
  EXPECT_LE(before + bytes(), required_bytes(manifest));
}

INSTANTIATE_TEST_SUITE_P(StoreCreation, SpaceOf, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "TilesAndParameters" : "Tiles"; });

TEST(StoreCreation, ParametersTakeSpace) {
  Manifest manifest = small_manifest(10);
  std::uint64_t parameters = 0;
  const std::uint64_t without = required_bytes(manifest);
  manifest.keep_parameters = true;
  for (const RenderOptions& job : manifest.jobs) parameters += kept_parameters(manifest, job) * sizeof(float);
  EXPECT_GE(required_bytes(manifest) + 1, without + 2 * parameters) << "'true' is a byte less than 'false'";
}

TEST(StoreCreation, ProcessesAtOnceMakeOneStore) {
  const Manifest manifest = small_manifest(60);
  for (int round = 0; round < 20; ++round) {
    const TemporaryFolder folder;
    const auto store = folder / "s";
    in_processes(4, [&](int shard) {
      open_store(store, manifest);
      TileWriter writer(store, "shard-" + std::to_string(shard));
      for (std::int64_t job = shard; job < 60; job += 4) {
        writer.append(tile_of(manifest, job));
        if (job % 3 == 0) writer.flush();
      }
      writer.consolidate();
      join_writers(store);
      return true;
    });
    const TileReader reader(store);
    EXPECT_EQ(reader.finished(), all_jobs(manifest));
    EXPECT_TRUE(reader.warnings().empty());
    expect_tiles_true(reader);
    EXPECT_EQ(contents(store).size(), 7U) << "manifest, locks, four writers, the view";
  }
}

TEST(StoreCreation, OnlyOneOfTwoDifferentJobsWins) {
  for (int round = 0; round < 20; ++round) {
    const TemporaryFolder folder;
    const auto store = folder / "s";
    const auto manifest_for = [](int i) {
      Manifest manifest = small_manifest();
      manifest.jobs[0].seed = 1000 + static_cast<std::uint64_t>(i);
      return manifest;
    };
    in_processes(2, [&](int i) {
      try {
        open_store(store, manifest_for(i));
        write_text(folder / ("won-" + std::to_string(i)), "");
      } catch (const Error&) {
        write_text(folder / ("lost-" + std::to_string(i)), "");
      }
      return true;
    });
    const bool first = std::filesystem::exists(folder / "won-0");
    EXPECT_NE(first, std::filesystem::exists(folder / "won-1"));
    EXPECT_EQ(compare(read_manifest(store), manifest_for(first ? 0 : 1)), "");
  }
}

TEST(StoreCreation, ALinkInATemporarysPlaceIsNotFollowed) {
  const TemporaryFolder folder;
  const auto store = folder / "a.limpid", outside = folder / "outside";
  write_text(outside, "precious");
  const Manifest manifest = small_manifest(2);
  open_store(store, manifest);
  for (const char* name : {".tiles.tmp", ".tiles-w.tmp"}) {
    std::filesystem::create_symlink(outside, store / name);
  }
  fill_store(store, manifest, "w");
  EXPECT_EQ(read_text(outside), "precious");
  EXPECT_FALSE(std::filesystem::is_symlink(store / "tiles.h5"));
  expect_tiles_true(TileReader(store));
  // Nor is one in the place of the file of locks.
  std::filesystem::remove(store / "lock");
  std::filesystem::create_symlink(outside, store / "lock");
  expect_error(ErrorKind::usage, {"lock"}, [&] { TileWriter(store, "w"); });
  EXPECT_EQ(read_text(outside), "precious");
}

TEST(StoreCreation, WithStandardErrorClosedNothingIsWrittenIntoTheManifest) {
  const TemporaryFolder folder;
  const auto store = folder / "a.limpid";
  const Manifest manifest = small_manifest(2);
  open_store(store, manifest);
  const std::string before = read_text(store / "manifest.json");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(STDERR_FILENO);
    const TileWriter writer(store, "w");
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, "progress", 8);
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_text(store / "manifest.json"), before);
}

}  // namespace
}  // namespace limpid::testing
