#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "tests/weights/support.h"
#include "weights/file_bytes.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_memory_file.h"
#include "weights/hdf5_schema.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using testing::expect_equal;
using testing::expect_error;
using testing::expect_input_error;
using testing::narrow_model;
using testing::read_text;
using testing::TemporaryFolder;
using testing::write_text;

// As the command line does: see the function's comment.
const bool no_exit_handler = (leave_hdf5_open_at_exit(), true);

Model labelled_model(std::string_view family) {
  Model model = narrow_model(family);
  model.classes = {"tench, Tinca tinca", "", "caf\xc3\xa9"};
  model.provenance.sha256 = std::string(64, 'a');
  model.provenance.training = "3 pictures";
  return model;
}

class Hdf5File : public ::testing::Test {
 protected:
  /// Opens a good file for writing with HDF5 itself, changes it, and expects `parts` in the complaint.
  void expect_refused(std::initializer_list<std::string_view> parts,
                      const std::function<void(hid_t)>& change) {
    write_model(labelled_model("bvlc_googlenet"), path_);
    {
      const Hdf5Handle file(H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
      ASSERT_TRUE(static_cast<bool>(file));
      change(file.get());
    }
    expect_input_error(parts, [&] { read_model(path_); });
  }

  static void replace_dataset(hid_t file, const char* name, hid_t type, const std::vector<hsize_t>& shape,
                              hid_t creation = H5P_DEFAULT) {
    if (H5Lexists(file, name, H5P_DEFAULT) > 0) H5Ldelete(file, name, H5P_DEFAULT);
    const Hdf5Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
    const Hdf5Handle set(H5Dcreate2(file, name, type, space.get(), H5P_DEFAULT, creation, H5P_DEFAULT),
                         H5Dclose);
    ASSERT_TRUE(static_cast<bool>(set));
  }

  static void set_int(hid_t file, const char* name, int value) {
    const Hdf5Handle attribute(H5Aopen(file, name, H5P_DEFAULT), H5Aclose);
    ASSERT_GE(H5Awrite(attribute.get(), H5T_NATIVE_INT, &value), 0);
  }

  static void replace_string(hid_t file, const char* name, const std::string& value) {
    H5Adelete(file, name);
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle type = schema::string_type(value.size());
    const Hdf5Handle attribute(H5Acreate2(file, name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                               H5Aclose);
    ASSERT_GE(H5Awrite(attribute.get(), type.get(), value.data()), 0);
  }

  TemporaryFolder folder_;
  fs::path path_ = folder_ / "model.h5";
};

TEST_F(Hdf5File, GivesBackEveryFamilyBitForBit) {
  for (const char* family : {"bvlc_googlenet", "inception5h", "limpid_default"}) {
    for (const StoredType type : {StoredType::f32, StoredType::f16}) {
      const Model model = labelled_model(family);
      write_model(model, path_, type);
      expect_equal(read_model(path_), model);
    }
  }
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(Hdf5File, GivesBackAModelOfFullSize) {
  const Model model = synthetic_model("inception5h", 1);
  write_model(model, path_);
  expect_equal(read_model(path_), model);
}

TEST_F(Hdf5File, RoundsToHalfPrecisionOnce) {
  const Model model = synthetic_model("limpid_default", 1);
  write_model(model, path_, StoredType::f16);
  const Model half = read_model(path_);
  write_model(half, folder_ / "again.h5", StoredType::f16);
  EXPECT_EQ(read_text(path_), read_text(folder_ / "again.h5"));
  // Binary16 keeps 11 bits: half a unit in the last place is 2^-11 relative, for values that are not
  // subnormal.
  const std::vector<float>& exact = model.layer("mixed4a_3x3").filter;
  const std::vector<float>& rounded = half.layer("mixed4a_3x3").filter;
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const float tolerance = std::max(std::abs(exact[i]), 0x1p-14F) * 0x1p-11F;
    ASSERT_TRUE(std::abs(rounded[i] - exact[i]) <= tolerance) << i;
  }
}

TEST_F(Hdf5File, GivesBackWhatDeflateMakesSmall) {
  const Model pruned = testing::pruned_model("bvlc_googlenet");
  for (const StoredType type : {StoredType::f32, StoredType::f16}) {
    write_model(pruned, path_, type);
    expect_equal(read_model(path_), pruned);
  }
}

TEST_F(Hdf5File, TheSameModelGivesTheSameBytes) {
  write_model(labelled_model("bvlc_googlenet"), path_);
  write_model(labelled_model("bvlc_googlenet"), folder_ / "again.h5");
  EXPECT_EQ(read_text(path_), read_text(folder_ / "again.h5"));
}

TEST_F(Hdf5File, RefusesValuesHalfPrecisionCannotHold) {
  Model model = narrow_model("bvlc_googlenet");
  model.layers[1].filter[0] = 70000;
  expect_error(ErrorKind::usage, {"'conv2d1'", "70000"}, [&] { write_model(model, path_, StoredType::f16); });
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(Hdf5File, WritesNothingForABadModelOrPlace) {
  Model model = narrow_model("bvlc_googlenet");
  expect_error(ErrorKind::usage, {"No such file"}, [&] { write_model(model, folder_ / "no/model.h5"); });
  model.layers.pop_back();
  expect_input_error({"'logits'"}, [&] { write_model(model, path_); });
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(Hdf5File, RefusesWhatIsNoHdf5) {
  write_text(path_, "");
  expect_input_error({"is empty"}, [&] { read_model(path_); });
  write_text(path_, "plain text");
  expect_input_error({"model.h5", "not an HDF5 file"}, [&] { read_model(path_); });
  expect_input_error({"does not exist"}, [&] { read_model(folder_ / "missing.h5"); });
  expect_input_error({"is not a file"}, [&] { read_model(folder_.path()); });
}

TEST_F(Hdf5File, RefusesATruncatedFile) {
  write_model(narrow_model("bvlc_googlenet"), path_);
  const std::string bytes = read_text(path_);
  for (const std::size_t size : {std::size_t{8}, std::size_t{100}, bytes.size() / 2, bytes.size() - 1}) {
    write_text(path_, bytes.substr(0, size));
    expect_input_error({"model.h5", "damaged or cut short"}, [&] { read_model(path_); });
  }
}

TEST_F(Hdf5File, SurvivesFlippedBytes) {
  write_model(narrow_model("bvlc_googlenet"), path_, StoredType::f16);
  const std::string good = read_text(path_);
  std::mt19937 random(3);
  for (int i = 0; i < 100; ++i) {
    std::string bytes = good;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    write_text(path_, bytes);
    try {
      read_model(path_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
    }
  }
}

/// The message that reading a source fails with; empty where it does not.
std::string complaint(const Hdf5Source& source) {
  try {
    read_model(source);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

TEST_F(Hdf5File, BytesAreReadAsTheirFileIs) {
  const Model model = labelled_model("bvlc_googlenet");
  write_model(model, path_, StoredType::f16);
  const std::string good = read_text(path_);
  expect_equal(read_model(Hdf5Source(good, "the bytes")), model);
  expect_input_error({"the bytes: no bytes at all"}, [] { read_model(Hdf5Source("", "the bytes")); });
  expect_input_error({"the bytes: not an HDF5 file: this is text"},
                     [] { read_model(Hdf5Source("plain text", "the bytes")); });
  std::mt19937 random(5);
  for (std::size_t i = 0; i < 40; ++i) {
    std::string bytes = good;
    // The first half of the cases is cut short, the second damaged in the superblock and what lies behind it.
    if (i < 20) bytes.resize(9 + random() % (good.size() - 9));
    if (i >= 20) bytes[random() % 4096] = static_cast<char>(random());
    write_text(path_, bytes);
    std::string of_file = complaint(path_);
    for (const std::string& name : {"'" + path_.string() + "'", path_.string()}) {
      if (const std::size_t at = of_file.find(name); at != std::string::npos)
        of_file.replace(at, name.size(), "the bytes");
    }
    EXPECT_EQ(complaint(Hdf5Source(bytes, "the bytes")), of_file) << i;
  }
}

/// What HDF5 1.10 itself would read beyond the file's bytes for.
TEST_F(Hdf5File, RefusesAttributesThatDoNotEndWhereTheyShould) {
  write_model(narrow_model("bvlc_googlenet"), path_);
  const std::string sound = read_bytes(path_);
  const auto refused = [&](std::string_view part, std::size_t at, char value) {
    std::string damaged = sound;
    damaged[at] = value;
    write_atomically(path_, damaged);
    expect_input_error({"model.h5", part}, [&] { read_model(path_); });
  };
  // The message: version, a byte of nothing, sizes of name, type and extents, then these, padded to eight
  // bytes.
  const std::size_t name = sound.find(std::string(schema::kLicence) + '\0');
  ASSERT_NE(name, std::string::npos);
  refused("a name in it does not end", name + std::string_view(schema::kLicence).size(), 'x');
  refused("an attribute in it is of an unknown version", name - 8, 9);
  refused("it is cut short", name - 5, 1);
  refused("it is cut short", name - 4, 4);
  refused("lists of any length", name + 8, 0x19);
  refused("it is cut short", name + 8 + 6, 1);
}

TEST_F(Hdf5File, RefusesAnotherNetwork) {
  expect_refused({"not a weights file of limpid"}, [](hid_t file) { H5Adelete(file, schema::kVersionName); });
  expect_refused({"'InceptionV3'"},
                 [](hid_t file) { replace_string(file, schema::kNetworkName, "InceptionV3"); });
}

TEST_F(Hdf5File, RefusesAnotherSchema) {
  expect_refused({"schema 5", "reads schemas 1 to 4"},
                 [](hid_t file) { set_int(file, schema::kVersionName, 5); });
}

TEST_F(Hdf5File, NamesTheMissingPart) {
  expect_refused({"layer 'mixed4c_5x5' is missing"},
                 [](hid_t file) { H5Ldelete(file, "mixed4c_5x5", H5P_DEFAULT); });
  expect_refused({"layer 'mixed4c_5x5'", "bias is missing"},
                 [](hid_t file) { H5Ldelete(file, "mixed4c_5x5/bias", H5P_DEFAULT); });
  expect_refused({"'family' is missing"}, [](hid_t file) { H5Adelete(file, schema::kFamily); });
  expect_refused({"'lrn_beta' is missing"}, [](hid_t file) { H5Adelete(file, schema::kLrnBeta); });
  expect_refused({"'padding' is 'reflect'"},
                 [](hid_t file) { replace_string(file, schema::kPadding, "reflect"); });
}

TEST_F(Hdf5File, MayLeaveOutHowTheWeightsWereTrained) {
  Model model = labelled_model("limpid_default");
  model.provenance.training.clear();
  write_model(model, path_);
  {
    const Hdf5Handle file(H5Fopen(path_.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    EXPECT_EQ(H5Aexists(file.get(), schema::kTraining), 0);
  }
  expect_equal(read_model(path_), model);
  expect_refused({"'training'", "not one string"}, [](hid_t file) {
    H5Adelete(file, schema::kTraining);
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle attribute(
        H5Acreate2(file, schema::kTraining, H5T_STD_I32LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    ASSERT_TRUE(static_cast<bool>(attribute));
  });
}

TEST_F(Hdf5File, NamesTheWrongShape) {
  expect_refused({"layer 'conv2d2'", "2x2x5x5", "Kx2x3x3"}, [](hid_t file) {
    replace_dataset(file, "conv2d2/filter", H5T_IEEE_F32LE, {2, 2, 5, 5});
  });
  expect_refused({"layer 'conv2d2'", "a scalar"},
                 [](hid_t file) { replace_dataset(file, "conv2d2/filter", H5T_IEEE_F32LE, {}); });
  expect_refused({"layer 'conv2d2'", "no shape"}, [](hid_t file) {
    replace_dataset(file, "conv2d2/filter", H5T_IEEE_F32LE, {1, 1, 1, 1, 1, 1, 1, 1, 1});
  });
  expect_refused({"2 labels for 3 classes"}, [](hid_t file) {
    const Hdf5Handle type = schema::string_type(4);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY);
    replace_dataset(file, "classes", type.get(), {2}, creation.get());
  });
}

TEST_F(Hdf5File, NamesTheWrongType) {
  expect_refused({"layer 'conv2d2'", "filter does not hold", "floats"}, [](hid_t file) {
    replace_dataset(file, "conv2d2/filter", H5T_STD_I32LE, {2, 2, 3, 3});
  });
  expect_refused({"'/conv2d2/filter'", "a float in it", "little endian"}, [](hid_t file) {
    replace_dataset(file, "conv2d2/filter", H5T_IEEE_F32BE, {2, 2, 3, 3});
  });
  expect_refused({"list of classes", "strings"},
                 [](hid_t file) { replace_dataset(file, "classes", H5T_STD_I32LE, {3}); });
  expect_refused({"layer 'conv2d2'", "not a group"}, [](hid_t file) {
    H5Ldelete(file, "conv2d2", H5P_DEFAULT);
    replace_dataset(file, "conv2d2", H5T_IEEE_F32LE, {1});
  });
}

TEST_F(Hdf5File, NamesTheElementThatIsNotFinite) {
  for (const char* dataset : {"mixed3a_1x1/filter", "mixed3a_1x1/bias"}) {
    expect_refused({"'mixed3a_1x1'", "[1", "nan"}, [&](hid_t file) {
      const Hdf5Handle set(H5Dopen2(file, dataset, H5P_DEFAULT), H5Dclose);
      const std::size_t count = H5Dget_storage_size(set.get()) / sizeof(float);
      std::vector<float> values(count, 1);
      values.back() = std::numeric_limits<float>::quiet_NaN();
      ASSERT_GE(H5Dwrite(set.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    });
  }
}

TEST_F(Hdf5File, AllocatesNothingForShapesWithoutData) {
  expect_refused({"layer 'conv2d0'", "output channels are not between"}, [](hid_t file) {
    replace_dataset(file, "conv2d0/filter", H5T_IEEE_F32LE, {hsize_t{1} << 32U, 3, 7, 7});
  });
  expect_refused({"layer 'conv2d0'", "declares", "stores only 0"}, [](hid_t file) {
    replace_dataset(file, "conv2d0/filter", H5T_IEEE_F32LE, {60000, 3, 7, 7});
    replace_dataset(file, "conv2d0/bias", H5T_IEEE_F32LE, {60000});
  });
  expect_refused({"layer 'conv2d1'", "no InceptionV1 is that large"}, [](hid_t file) {
    const auto create = [&](const char* name, const std::vector<hsize_t>& shape) {
      const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
      H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY);
      replace_dataset(file, name, H5T_IEEE_F32LE, shape, creation.get());
    };
    create("conv2d0/filter", {60000, 3, 7, 7});
    create("conv2d0/bias", {60000});
    replace_dataset(file, "conv2d1/filter", H5T_IEEE_F32LE, {60000, 60000, 1, 1});
    create("conv2d1/bias", {60000});
  });
}

TEST_F(Hdf5File, FollowsNothingOutOfTheFile) {
  expect_refused({"layer 'conv2d0'", "link"}, [](hid_t file) {
    H5Ldelete(file, "conv2d0", H5P_DEFAULT);
    H5Lcreate_soft("/conv2d1", file, "conv2d0", H5P_DEFAULT, H5P_DEFAULT);
  });
  // Of so many links one to another file has all of them kept in the newer form.
  expect_refused({"the object '/'", "its links are kept outside it; h5repack"}, [](hid_t file) {
    H5Ldelete(file, "conv2d0", H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/conv2d0", file, "conv2d0", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect_refused({"'conv2d2': its filter", "link"}, [](hid_t file) {
    H5Ldelete(file, "conv2d2/filter", H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/conv2d2/filter", file, "conv2d2/filter", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect_refused({"'/conv2d2/filter'", "met before"}, [](hid_t file) {
    H5Lcreate_hard(file, "conv2d2/filter", file, "conv2d2/again", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect_refused({"'/conv2d0/filter'", "a message of kind 7"}, [this](hid_t file) {
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_external(creation.get(), (folder_ / "elsewhere").c_str(), 0, H5F_UNLIMITED);
    replace_dataset(file, "conv2d0/filter", H5T_IEEE_F32LE, {2, 3, 7, 7}, creation.get());
  });
  expect_refused({"'/conv2d0/filter'", "filter 5"}, [](hid_t file) {
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    const std::array<hsize_t, 4> chunk = {2, 3, 7, 7};
    H5Pset_chunk(creation.get(), 4, chunk.data());
    H5Pset_nbit(creation.get());
    replace_dataset(file, "conv2d0/filter", H5T_IEEE_F32LE, {2, 3, 7, 7}, creation.get());
  });
}

TEST_F(Hdf5File, LeavesTheErrorSettingOfAnEmbeddingProgramAlone) {
  static int calls = 0;
  const auto count = [](hid_t, void*) -> herr_t { return ++calls, 0; };
  H5E_auto2_t before = nullptr;
  void* data = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data);
  H5Eset_auto2(H5E_DEFAULT, count, nullptr);
  write_text(path_, "\x89HDF\r\n\x1a\n and nothing else");
  EXPECT_THROW(read_model(path_), Error);
  EXPECT_EQ(calls, 0);
  H5Fopen("/no/such/file", H5F_ACC_RDONLY, H5P_DEFAULT);
  EXPECT_EQ(calls, 1);
  H5Eset_auto2(H5E_DEFAULT, before, data);
}

}  // namespace
}  // namespace limpid
