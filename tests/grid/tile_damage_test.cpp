// A file of tiles damaged in every way of a kind: it costs its own tiles and nothing else.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "engine/grid/tile_checksum.h"
#include "engine/grid/tile_schema.h"
#include "tests/grid/store_support.h"
#include "tests/weights/file_damage.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_handle.h"

namespace limpid::testing {
namespace {

// As the command line does: see the function's comment.
const bool no_exit_handler = (leave_hdf5_open_at_exit(), true);

/// A store in which "a" made the first four jobs, of which the last failed, and "b" the others.
void write_store(const std::filesystem::path& folder, const Manifest& manifest) {
  open_store(folder, manifest);
  constexpr std::int64_t first_of_b = 4;
  for (const char* name : {"a", "b"}) {
    TileWriter writer(folder, name);
    for (const std::int64_t job : all_jobs(manifest)) {
      if ((job >= first_of_b) == (*name == 'b')) writer.append(tile_of(manifest, job));
    }
    writer.consolidate();
  }
}

/// What must hold whatever "a"'s file is: b's tiles are all there and true, a's are true or missing, and what
/// is missing is said.
bool expect_true_store(const std::filesystem::path& folder) {
  const TileReader reader(folder);
  const std::set<std::int64_t> finished = reader.finished();
  expect_tiles_true(reader);
  EXPECT_TRUE(finished.contains(4) && finished.contains(5)) << "a tile of another file";
  const bool all = finished.size() == 6;
  EXPECT_TRUE(all || reader.warnings().size() == 1);
  for (const std::string& warning : reader.warnings()) {
    EXPECT_NE(warning.find("tiles-a.h5'"), std::string::npos) << warning;
  }
  return all;
}

class TileDamage : public ::testing::Test {
 protected:
  TileDamage() { write_store(folder_.path(), manifest_); }

  std::filesystem::path damaged() const { return folder_ / "tiles-a.h5"; }

  const Manifest manifest_ = manifest_with_parameters(6);
  TemporaryFolder folder_;
};

TEST_F(TileDamage, CostsTheFilesOwnTiles) {
  ASSERT_TRUE(expect_true_store(folder_.path()));
  int all = 0, some = 0;
  for_each_damage(damaged(), {0, std::string::npos, 31},
                  [&](const Damage&) { (expect_true_store(folder_.path()) ? all : some) += 1; });
  EXPECT_GT(some, all / 4);
}

TEST_F(TileDamage, ALinkInACircleIsNoFileOfTiles) {
  std::filesystem::remove(damaged());
  std::filesystem::create_symlink("tiles-a.h5", damaged());
  EXPECT_FALSE(expect_true_store(folder_.path()));
  std::filesystem::remove(damaged());
  std::filesystem::create_symlink("nowhere", damaged());
  EXPECT_FALSE(expect_true_store(folder_.path()));
}

TEST_F(TileDamage, ThousandsOfLinksToAGroup) {
  {
    const Hdf5Handle file(H5Fopen(damaged().c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    for (int i = 0; i < 3000; ++i) {
      ASSERT_GE(H5Lcreate_hard(file.get(), "6x6", file.get(), fmt::format("{}x6", 7 + i).c_str(), H5P_DEFAULT,
                               H5P_DEFAULT),
                0);
    }
  }
  EXPECT_FALSE(expect_true_store(folder_.path()));
  fill_store(folder_.path(), manifest_, "c");
  EXPECT_EQ(TileReader(folder_.path()).finished(), all_jobs(manifest_));
}

TEST_F(TileDamage, ANumberOfTilesBelowZero) {
  {
    const Hdf5Handle file(H5Fopen(damaged().c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    const Hdf5Handle attribute(H5Aopen(file.get(), "tiles", H5P_DEFAULT), H5Aclose);
    const std::int64_t tiles = -1;
    ASSERT_GE(H5Awrite(attribute.get(), H5T_NATIVE_INT64, &tiles), 0);
  }
  EXPECT_FALSE(expect_true_store(folder_.path()));
}

/// By whoever lets the checksums fit: a picture's value is taken from the end of its curve.
TEST_F(TileDamage, APictureWithoutAValue) {
  StoredTile tile = tile_of(manifest_, 0);
  {
    const Hdf5Handle file(H5Fopen(damaged().c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    const std::string name = fmt::format("{}x{}/", tile.height, tile.width);
    const auto open = [&](const char* part) {
      return Hdf5Handle(H5Dopen2(file.get(), (name + part).c_str(), H5P_DEFAULT), H5Dclose);
    };
    const auto transfer = [](const Hdf5Handle& set, hid_t type, auto& values, auto of) {
      ASSERT_GE(of(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    };
    const Hdf5Handle jobs = open(tile_schema::kJob), counts = open(tile_schema::kValues),
                     checksums = open(tile_schema::kSha256);
    const Hdf5Handle space(H5Dget_space(jobs.get()), H5Sclose);
    const auto rows = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get()));
    std::vector<std::int64_t> job(rows);
    std::vector<std::int32_t> values(rows);
    std::vector<TileChecksum> sums(rows);
    transfer(jobs, H5T_NATIVE_INT64, job, H5Dread);
    transfer(counts, H5T_NATIVE_INT32, values, H5Dread);
    transfer(checksums, H5T_NATIVE_UINT8, sums, H5Dread);
    const auto row = static_cast<std::size_t>(std::find(job.begin(), job.end(), 0) - job.begin());
    ASSERT_LT(row, rows);
    tile.objective.clear();
    values[row] = 0;
    sums[row] = tile_checksum(tile);
    transfer(counts, H5T_NATIVE_INT32, values, H5Dwrite);
    transfer(checksums, H5T_NATIVE_UINT8, sums, H5Dwrite);
  }
  EXPECT_FALSE(expect_true_store(folder_.path()));
  EXPECT_FALSE(TileReader(folder_.path()).finished().contains(0));
}

}  // namespace
}  // namespace limpid::testing
