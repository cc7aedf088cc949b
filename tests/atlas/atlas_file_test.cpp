// The file of an atlas: what was written, or an error.
#include "tools/atlas/atlas_file.h"

#include <gtest/gtest.h>

#include <span>

#include "tests/weights/file_damage.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_handle.h"
#include "weights/hdf5_schema.h"

namespace limpid::testing {
namespace {

// As the command line does: see the function's comment.
const bool no_exit_handler = (leave_hdf5_open_at_exit(), true);

/// Three vectors of two channels.
Atlas small_atlas() {
  Atlas atlas;
  atlas.weights = {std::string(64, 'a'), "bvlc_googlenet", "weights.h5", "/somewhere/weights.h5"};
  atlas.layer = "mixed3a";
  atlas.channels = 2;
  atlas.classes = 1;
  for (std::uint8_t i = 1; i <= 3; ++i) {
    atlas.pictures.emplace_back().fill(i);
    for (int value = 0; value < 2; ++value) {
      atlas.places.push_back(4 * i + value);
      atlas.vectors.push_back(static_cast<float>(10 * i + value));
      atlas.layout.push_back(static_cast<float>(i) / 8);
    }
    atlas.effects.push_back(-0.5F);
  }
  return atlas;
}

std::string bytes_of_atlas(const Atlas& atlas) {
  std::string bytes;
  const auto add = [&bytes](const auto& values) {
    const auto view = std::as_bytes(std::span(values));
    bytes.append(reinterpret_cast<const char*>(view.data()), view.size());
  };
  add(atlas.pictures);
  add(atlas.places);
  add(atlas.vectors);
  add(atlas.effects);
  add(atlas.layout);
  const WeightsIdentity& weights = atlas.weights;
  return bytes + atlas.layer + weights.sha256 + weights.family + weights.name + weights.file;
}

class AtlasFile : public ::testing::Test {
 protected:
  AtlasFile() { write_atlas(small_atlas(), path()); }

  std::filesystem::path path() const { return folder_ / "a.h5"; }

  /// As an input error whose message has this part.
  void expect_refused(const std::string& part) const {
    try {
      read_atlas(path());
      FAIL() << "accepted; expected: " << part;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }

  const TemporaryFolder folder_;
};

/// Here nothing may be another value: all of it is in the checksum.
TEST_F(AtlasFile, IsItselfOrRefusedWhateverIsDamaged) {
  const std::string sound = bytes_of_atlas(small_atlas());
  damage_everywhere(path(), {0, std::string::npos, 3}, [&] {
    std::string read = bytes_of_atlas(read_atlas(path()));
    EXPECT_TRUE(read == sound) << "another atlas";
    return read;
  });
}

/// Of whoever made it elsewhere: one string was asked for, and HDF5 would write them all.
TEST_F(AtlasFile, ARowOfTextsIsNoText) {
  {
    const Hdf5Handle file(H5Fopen(path().c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    ASSERT_GE(H5Adelete(file.get(), "layer"), 0);
    const hsize_t count = 1000;
    const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
    const Hdf5Handle type = schema::string_type(16);
    const Hdf5Handle attribute(
        H5Acreate2(file.get(), "layer", type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    const std::string texts(16 * count, 'x');
    ASSERT_GE(H5Awrite(attribute.get(), type.get(), texts.data()), 0);
  }
  expect_refused("the attribute 'layer' is missing or not one string");
}

TEST_F(AtlasFile, EveryTextIsInTheChecksum) {
  for (const char* name : {"layer", "weights_sha256", "weights_family", "weights_name", "weights_file"}) {
    write_atlas(small_atlas(), path());
    {
      const Hdf5Handle file(H5Fopen(path().c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
      const Hdf5Handle attribute(H5Aopen(file.get(), name, H5P_DEFAULT), H5Aclose);
      const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
      std::string text(H5Tget_size(type.get()), '\0');
      ASSERT_GE(H5Aread(attribute.get(), type.get(), text.data()), 0);
      text[2] ^= 1;
      ASSERT_GE(H5Awrite(attribute.get(), type.get(), text.data()), 0);
    }
    SCOPED_TRACE(name);
    expect_refused("its checksum does not match");
  }
}

}  // namespace
}  // namespace limpid::testing
