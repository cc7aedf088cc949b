// Files that are not what was written: nothing crashes, nothing wrong is believed, what is sound is kept, and
// resuming makes the rest again.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <random>

#include "tests/grid/store_support.h"

namespace limpid::testing {
namespace {

/// A store of one merged file and two segments, numbers 1 and 2.
void half_merged(const std::filesystem::path& store, const Manifest& manifest) {
  open_store(store, manifest);
  TileWriter writer(store, "w");
  for (std::int64_t job = 0; job < 8; ++job) {
    writer.append(tile_of(manifest, job));
    if (job == 3) writer.consolidate();
    if (job == 5) writer.flush();
  }
  writer.flush();
}

/// Reads a store that someone has touched: what counts as finished is true. In a process of its own, so that
/// a crash is counted and not suffered. Returns whether all `jobs` are finished.
bool read_in_process(const std::filesystem::path& store, std::size_t jobs) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    const TileReader reader(store);
    bool good = true;
    for (const std::int64_t job : reader.finished()) {
      good = good && reader.read(job) == tile_of(reader.manifest(), job);
    }
    const bool all = reader.finished().size() == jobs;
    // Whatever is lost is said.
    good = good && (all || !reader.warnings().empty());
    for (const std::string& warning : reader.warnings()) {
      good = good && warning.find('\n') == std::string::npos && warning.find(".h5") != std::string::npos;
    }
    ::_exit(!good ? 2 : all ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_LT(WEXITSTATUS(status), 2);
  return status == 0;
}

class StoreDamage : public ::testing::TestWithParam<std::string> {
 protected:
  StoreDamage() {
    half_merged(folder_.path(), manifest_);
    original_ = read_text(file());
    EXPECT_GT(original_.size(), 1000U);
  }

  std::filesystem::path file() const { return folder_ / GetParam(); }

  const Manifest manifest_ = small_manifest(8);
  TemporaryFolder folder_;
  std::string original_;
};

TEST_P(StoreDamage, CutShort) {
  for (std::size_t size = 0; size < original_.size(); size += original_.size() / 97) {
    write_text(file(), std::string_view(original_).substr(0, size));
    SCOPED_TRACE(size);
    EXPECT_FALSE(read_in_process(folder_.path(), 8)) << "the end of the file holds nothing?";
  }
}

TEST_P(StoreDamage, Flipped) {
  std::mt19937 random(3);
  int survived = 0;
  // TileDamage does so to a whole file, without a process for each.
  constexpr int rounds = 100;
  for (int round = 0; round < rounds; ++round) {
    std::string changed = original_;
    const std::size_t at = random() % changed.size();
    changed[at] = static_cast<char>(changed[at] ^ (1 << random() % 8));
    write_text(file(), changed);
    SCOPED_TRACE(::testing::Message() << "byte " << at);
    survived += read_in_process(folder_.path(), 8) ? 1 : 0;
  }
  // Bytes that nobody reads may flip unseen; tiles may not.
  EXPECT_LT(survived, rounds);
}

TEST_P(StoreDamage, Overwritten) {
  std::mt19937 random(4);
  for (int round = 0; round < 100; ++round) {
    std::string changed = original_;
    const std::size_t at = random() % (changed.size() - 64);
    for (std::size_t i = 0; i < 64; ++i)
      changed[at + i] = round % 2 == 0 ? '\0' : static_cast<char>(random());
    write_text(file(), changed);
    SCOPED_TRACE(::testing::Message() << "64 bytes from " << at);
    read_in_process(folder_.path(), 8);
  }
}

TEST_P(StoreDamage, IsRepaired) {
  const TemporaryFolder other;
  fill_store(other.path(), manifest_);
  const auto calm = contents(other.path());
  const auto before = contents(folder_.path());
  std::mt19937 random(5);
  for (int round = 0; round < 25; ++round) {
    std::filesystem::remove_all(folder_.path());
    std::filesystem::create_directory(folder_.path());
    for (const auto& [name, content] : before) write_text(folder_ / name, content);
    std::string changed = original_;
    if (round % 5 == 0) {
      changed.resize(random() % changed.size());
    } else {
      const std::size_t at = random() % changed.size();
      changed[at] = static_cast<char>(changed[at] ^ (1 << random() % 8));
    }
    write_text(file(), changed);
    fill_store(folder_.path(), manifest_);
    auto after = contents(folder_.path());
    after.erase("damaged-" + GetParam());
    EXPECT_EQ(after, calm) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, StoreDamage, ::testing::Values("tiles-w.h5", "segment-w.000001.h5"),
                         [](const auto& test) {
                           return test.param.starts_with("tiles") ? "Merged" : "Segment";
                         });

TEST(StoreFiles, DamagedParametersAreNotBelieved) {
  const TemporaryFolder folder;
  const Manifest manifest = manifest_with_parameters(8);
  fill_store(folder.path(), manifest);
  const std::string original = read_text(folder / "tiles-w.h5");
  const StoredTile tile = tile_of(manifest, 2);
  const std::string bytes(reinterpret_cast<const char*>(tile.parameters.data()),
                          tile.parameters.size() * sizeof(float));
  const std::size_t begin = original.find(bytes);
  ASSERT_NE(begin, std::string::npos);
  for (std::size_t i = 0; i < bytes.size(); i += 5) {
    std::string changed = original;
    changed[begin + i] = static_cast<char>(changed[begin + i] ^ (1 << i % 8));
    write_text(folder / "tiles-w.h5", changed);
    const TileReader reader(folder.path());
    EXPECT_FALSE(reader.finished().contains(2)) << "byte " << i;
    EXPECT_EQ(reader.finished().size(), 7U);
    EXPECT_EQ(reader.warnings().size(), 1U);
    expect_tiles_true(reader);
  }
  fill_store(folder.path(), manifest);
  EXPECT_EQ(read_text(folder / "tiles-w.h5"), original) << "made again";
}

TEST(StoreFiles, FilesOfOtherStoresDoNotCount) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest(8);
  Manifest other = manifest;
  other.jobs[0].seed = 77;
  fill_store(folder / "a", manifest);
  fill_store(folder / "b", other, "x");
  std::filesystem::copy_file(folder / "b" / "tiles-x.h5", folder / "a" / "tiles-x.h5");
  write_text(folder / "a" / "tiles-y.h5", "no HDF5 at all");
  std::filesystem::create_directory(folder / "a" / "tiles-z.h5");
  ASSERT_EQ(::mkfifo((folder / "a" / "tiles-zz.h5").c_str(), 0600), 0);
  write_text(folder / "a" / "notes.txt", "whatever else lies there is none of our business");
  const TileReader reader(folder / "a");
  ASSERT_EQ(reader.warnings().size(), 4U);
  EXPECT_NE(reader.warnings()[0].find("tiles-x.h5' belongs to another store"), std::string::npos);
  EXPECT_NE(reader.warnings()[1].find("tiles-y.h5': the HDF5 file is damaged"), std::string::npos);
  EXPECT_NE(reader.warnings()[2].find("tiles-z.h5': it is not a file"), std::string::npos);
  EXPECT_NE(reader.warnings()[3].find("tiles-zz.h5': it is not a file"), std::string::npos);
  EXPECT_EQ(reader.finished(), all_jobs(manifest));
  expect_tiles_true(reader);
}

TEST(StoreFiles, ATileDamagedAfterItWasIndexedIsNotRead) {
  const TemporaryFolder folder;
  const Manifest manifest = small_manifest(8);
  fill_store(folder.path(), manifest);
  const TileReader reader(folder.path());
  const StoredTile tile = tile_of(manifest, 1);
  std::string content = read_text(folder / "tiles-w.h5");
  const std::size_t at = content.find(std::string(tile.rgb.begin(), tile.rgb.end()));
  ASSERT_NE(at, std::string::npos);
  content[at] = static_cast<char>(content[at] ^ 1);
  write_text(folder / "tiles-w.h5", content);
  expect_input_error({"job 1", "damaged"}, [&] { reader.read(1); });
  EXPECT_EQ(reader.read(2), tile_of(manifest, 2));
}

}  // namespace
}  // namespace limpid::testing
