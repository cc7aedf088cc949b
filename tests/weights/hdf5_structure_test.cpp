// The look at an HDF5 file's structure: what programs write is admitted, and whatever is admitted the library
// can go through, however the file was damaged.
#include "weights/hdf5_structure.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

#include "tests/weights/file_damage.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_open.h"
#include "weights/hdf5_schema.h"

namespace limpid::testing {
namespace {

class Hdf5Structure : public ::testing::Test {
 protected:
  /// A new file in the oldest form, or in the newest that is as old as `latest`.
  Hdf5Handle create(bool newer = false) const {
    const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    if (newer) H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110);
    Hdf5Handle file(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
    EXPECT_TRUE(static_cast<bool>(file));
    return file;
  }

  static Hdf5Handle space_of(const std::vector<hsize_t>& shape) {
    return {H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose};
  }

  /// A dataset of floats that count, and what else `shape_it` asks for.
  static void add(
      hid_t parent, const char* name, const std::vector<hsize_t>& shape,
      const std::function<void(hid_t)>& shape_it = [](hid_t) {}) {
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    shape_it(creation.get());
    const Hdf5Handle dataset(H5Dcreate2(parent, name, H5T_IEEE_F32LE, space_of(shape).get(), H5P_DEFAULT,
                                        creation.get(), H5P_DEFAULT),
                             H5Dclose);
    std::vector<float> values(
        std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<std::size_t>()));
    std::iota(values.begin(), values.end(), 1.0F);
    ASSERT_GE(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  }

  template <class T>
  static void annotate(hid_t object, const char* name, hid_t type, const std::vector<T>& values) {
    const Hdf5Handle attribute(
        H5Acreate2(object, name, type, space_of({values.size()}).get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    ASSERT_GE(H5Awrite(attribute.get(), type, values.data()), 0);
  }

  static void annotate_with_texts(hid_t object) {
    const Hdf5Handle any_length(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(any_length.get(), H5T_VARIABLE);
    annotate(object, "texts", any_length.get(), std::vector<const char*>{"", "text", "a longer text"});
    annotate(object, "fixed", schema::string_type(5).get(), std::vector<std::array<char, 5>>(2));
    const Hdf5Handle truth(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
    for (std::int8_t value : {std::int8_t{0}, std::int8_t{1}}) {
      H5Tenum_insert(truth.get(), value == 0 ? "FALSE" : "TRUE", &value);
    }
    annotate(object, "truth", truth.get(), std::vector<std::int8_t>{1, 0});
  }

  static void filter(hid_t creation, const std::vector<hsize_t>& chunk, bool all) {
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    if (all) H5Pset_shuffle(creation);
    H5Pset_deflate(creation, 6);
    if (all) H5Pset_fletcher32(creation);
  }

  /// A little of everything that is admitted.
  void write_everything(bool newer) const {
    const Hdf5Handle file = create(newer);
    annotate(file.get(), "numbers", H5T_STD_I32LE, std::vector<int>{1, 2, 3});
    const Hdf5Handle group(H5Gcreate2(file.get(), "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
    add(group.get(), "plain", {2, 3});
    add(group.get(), "compact", {3}, [](hid_t creation) { H5Pset_layout(creation, H5D_COMPACT); });
    add(group.get(), "one chunk", {4, 5}, [](hid_t creation) { filter(creation, {4, 5}, true); });
    // Several chunks are listed in a newer form in newer files, which is not admitted.
    if (!newer) add(group.get(), "chunks", {6, 5}, [](hid_t creation) { filter(creation, {4, 3}, false); });
    H5Lcreate_soft("/group/plain", group.get(), "link", H5P_DEFAULT, H5P_DEFAULT);
    annotate_with_texts(group.get());
  }

  void expect_refused(std::initializer_list<std::string_view> parts) const {
    expect_input_error(parts, [&] { check_hdf5_structure(path_); });
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "file.h5";
};

herr_t read_attribute(hid_t object, const char* name, const H5A_info_t*, void*) noexcept {
  const Hdf5Handle attribute(H5Aopen(object, name, H5P_DEFAULT), H5Aclose);
  const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
  const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose);
  const hssize_t count = space ? H5Sget_simple_extent_npoints(space.get()) : 0;
  if (!type || count <= 0 || count > 1000) return 0;
  std::vector<char> values(static_cast<std::size_t>(count) * H5Tget_size(type.get()));
  if (H5Aread(attribute.get(), type.get(), values.data()) >= 0 && H5Tis_variable_str(type.get()) > 0) {
    H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, values.data());
  }
  return 0;
}

herr_t read_object(hid_t parent, const char* name, const H5L_info_t* link, void*) noexcept {
  if (link->type != H5L_TYPE_HARD) return 0;
  const Hdf5Handle object(H5Oopen(parent, name, H5P_DEFAULT), H5Oclose);
  if (!object) return 0;
  H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, read_attribute, nullptr);
  if (H5Iget_type(object.get()) == H5I_GROUP) {
    H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, read_object, nullptr);
    return 0;
  }
  const Hdf5Handle space(H5Dget_space(object.get()), H5Sclose);
  const hssize_t count = space ? H5Sget_simple_extent_npoints(space.get()) : 0;
  if (count <= 0 || count > 1'000'000) return 0;
  std::vector<float> values(static_cast<std::size_t>(count));
  H5Dread(object.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  return 0;
}

/// Goes through a file as HDF5 finds it.
void read_everything(const std::filesystem::path& path) {
  const Hdf5Silence silence;
  const Hdf5Handle file = open_hdf5(path);
  H5Aiterate2(file.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, read_attribute, nullptr);
  H5Literate(file.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, read_object, nullptr);
}

TEST_F(Hdf5Structure, WhatProgramsWriteIsAdmitted) {
  for (const bool newer : {false, true}) {
    write_everything(newer);
    check_hdf5_structure(path_);
  }
  {
    const Hdf5Handle file = create();
    const Hdf5Handle none(H5Screate(H5S_NULL), H5Sclose);
    const Hdf5Handle nothing(
        H5Dcreate2(file.get(), "nothing", H5T_STD_I64LE, none.get(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
        H5Dclose);
    add(file.get(), "empty", {0, 3});
    add(file.get(), "filled", {2}, [](hid_t creation) {
      const float seven = 7;
      H5Pset_fill_value(creation, H5T_NATIVE_FLOAT, &seven);
    });
    // Its trees and heaps grow, and have room again.
    for (int i = 0; i < 300; ++i) {
      const std::string name = fmt::format("group {}", i * 7 % 300);
      const Hdf5Handle group(H5Gcreate2(file.get(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                             H5Gclose);
    }
    for (int i = 0; i < 300; i += 3) H5Ldelete(file.get(), fmt::format("group {}", i).c_str(), H5P_DEFAULT);
    add(file.get(), "many chunks", {50, 50}, [](hid_t creation) { filter(creation, {3, 4}, true); });
    for (int i = 0; i < 40; ++i)
      annotate(file.get(), fmt::format("{}", i).c_str(), H5T_STD_U8LE, std::vector<char>(3));
  }
  check_hdf5_structure(path_);
}

TEST_F(Hdf5Structure, WhatIsNotReadIsNamed) {
  {
    const Hdf5Handle file = create();
    add(file.get(), "big", {2});
    const Hdf5Handle big(H5Dcreate2(file.get(), "swapped", H5T_STD_I32BE, space_of({3}).get(), H5P_DEFAULT,
                                    H5P_DEFAULT, H5P_DEFAULT),
                         H5Dclose);
  }
  expect_refused({"file.h5", "the object '/swapped' at byte ", "little endian"});
  {
    const Hdf5Handle file = create(true);
    for (int i = 0; i < 20; ++i) add(file.get(), fmt::format("{}", i).c_str(), {1});
  }
  expect_refused({"the object '/'", "its links are kept outside it; h5repack"});
  {
    const Hdf5Handle file = create(true);
    for (int i = 0; i < 20; ++i)
      annotate(file.get(), fmt::format("{}", i).c_str(), H5T_STD_U8LE, std::vector<char>(3));
  }
  expect_refused({"the object '/'", "its attributes are kept outside it; h5repack"});
  {
    const Hdf5Handle file = create(true);
    add(file.get(), "chunks", {6, 5}, [](hid_t creation) { filter(creation, {4, 3}, false); });
  }
  expect_refused({"the object '/chunks'", "libver='earliest'"});
  {
    const Hdf5Handle file = create();
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    const std::array<hsize_t, 1> chunk = {4};
    H5Pset_chunk(creation.get(), 1, chunk.data());
    const Hdf5Handle dataset(H5Dcreate2(file.get(), "part", H5T_IEEE_F32LE, space_of({8}).get(), H5P_DEFAULT,
                                        creation.get(), H5P_DEFAULT),
                             H5Dclose);
    const Hdf5Handle there = space_of({8});
    const hsize_t first = 0, count = 4;
    H5Sselect_hyperslab(there.get(), H5S_SELECT_SET, &first, nullptr, &count, nullptr);
    const std::array<float, 4> values{};
    ASSERT_GE(H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, space_of({4}).get(), there.get(), H5P_DEFAULT,
                       values.data()),
              0);
  }
  expect_refused({"the object '/part'", "1 of its 2 chunks are stored"});
}

/// HDF5 1.10 believes a chunk that expands to less than its size, and reads on.
TEST_F(Hdf5Structure, AChunkExpandsToItsSizeExactly) {
  for (const hsize_t stored : {hsize_t{3}, hsize_t{5}}) {
    {
      const Hdf5Handle file = create();
      // The chunk of another dataset, written as it is stored there.
      add(file.get(), "other", {stored}, [&](hid_t creation) { filter(creation, {stored}, false); });
      add(file.get(), "mine", {4}, [](hid_t creation) { filter(creation, {4}, false); });
      const Hdf5Handle other(H5Dopen2(file.get(), "other", H5P_DEFAULT), H5Dclose);
      const Hdf5Handle mine(H5Dopen2(file.get(), "mine", H5P_DEFAULT), H5Dclose);
      const hsize_t begin = 0;
      hsize_t size = 0;
      std::uint32_t filters = 0;
      ASSERT_GE(H5Dget_chunk_storage_size(other.get(), &begin, &size), 0);
      std::vector<char> bytes(size);
      ASSERT_GE(H5Dread_chunk(other.get(), H5P_DEFAULT, &begin, &filters, bytes.data()), 0);
      ASSERT_GE(H5Dwrite_chunk(mine.get(), H5P_DEFAULT, 0, &begin, size, bytes.data()), 0);
    }
    expect_refused({"a chunk of the object '/mine'", fmt::format("it holds {} bytes of 16", stored * 4)});
  }
}

/// The checksum of the newer form: Jenkins's lookup3.
std::uint32_t lookup3(std::string_view bytes) {
  const auto turn = [](std::uint32_t x, int by) { return std::rotl(x, by); };
  std::uint32_t a = 0xdeadbeefU + static_cast<std::uint32_t>(bytes.size()), b = a, c = a;
  const auto add = [&](std::string_view part) {
    std::array<std::uint32_t, 3> words{};
    std::memcpy(words.data(), part.data(), part.size());
    a += words[0];
    b += words[1];
    c += words[2];
  };
  for (; bytes.size() > 12; bytes.remove_prefix(12)) {
    add(bytes.substr(0, 12));
    a = (a - c) ^ turn(c, 4), c += b;
    b = (b - a) ^ turn(a, 6), a += c;
    c = (c - b) ^ turn(b, 8), b += a;
    a = (a - c) ^ turn(c, 16), c += b;
    b = (b - a) ^ turn(a, 19), a += c;
    c = (c - b) ^ turn(b, 4), b += a;
  }
  add(bytes);
  c = (c ^ b) - turn(b, 14);
  a = (a ^ c) - turn(c, 11);
  b = (b ^ a) - turn(a, 25);
  c = (c ^ b) - turn(b, 16);
  a = (a ^ c) - turn(c, 4);
  b = (b ^ a) - turn(a, 14);
  return (c ^ b) - turn(b, 24);
}

/// Where the parts with a checksum behind them lie, in a sound file of the newer form with small headers.
std::vector<std::pair<std::size_t, std::size_t>> sealed_parts(const std::string& file) {
  std::vector<std::pair<std::size_t, std::size_t>> parts = {{0, 44}};
  for (std::size_t at = file.find("OHDR"); at != std::string::npos; at = file.find("OHDR", at + 1)) {
    const auto flags = static_cast<unsigned char>(file[at + 5]);
    const std::size_t size_at = 6 + ((flags & 0x20U) != 0 ? 16U : 0U) + ((flags & 0x10U) != 0 ? 4U : 0U);
    const std::size_t width = std::size_t{1} << (flags & 3U);
    std::size_t size = 0;
    std::memcpy(&size, file.data() + at + size_at, width);
    parts.emplace_back(at, size_at + width + size);
  }
  return parts;
}

/// Makes the checksums right again: who means harm can compute them too.
void seal(const std::filesystem::path& path, const std::vector<std::pair<std::size_t, std::size_t>>& parts) {
  std::string file = read_text(path);
  for (const auto& [at, size] : parts) {
    const std::uint32_t sum = lookup3(std::string_view(file).substr(at, size));
    std::memcpy(file.data() + at + size, &sum, sizeof sum);
  }
  std::ofstream(path, std::ios::binary | std::ios::in) << file;
}

class Hdf5Damage : public Hdf5Structure, public ::testing::WithParamInterface<bool> {};

TEST_P(Hdf5Damage, WhateverIsAdmittedCanBeRead) {
  const bool newer = GetParam();
  write_everything(newer);
  const std::string sound = read_text(path_);
  const auto parts = newer ? sealed_parts(sound) : std::vector<std::pair<std::size_t, std::size_t>>();
  seal(path_, parts);
  ASSERT_EQ(read_text(path_), sound) << "these are the checksums";
  read_everything(path_);
  int admitted = 0, refused = 0;
  for_each_damage(path_, {}, [&](const Damage&) {
    if (newer) seal(path_, parts);
    try {
      read_everything(path_);
      ++admitted;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
      ++refused;
    }
  });
  EXPECT_GT(refused, admitted / 8);
}

INSTANTIATE_TEST_SUITE_P(Form, Hdf5Damage, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "Newer" : "Oldest"; });

}  // namespace
}  // namespace limpid::testing
