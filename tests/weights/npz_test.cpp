#include <gtest/gtest.h>

#include <random>

#include "tests/weights/npz_writer.h"
#include "tests/weights/support.h"
#include "weights/import.h"
#include "weights/inception_v1.h"
#include "weights/npy_header.h"
#include "weights/npz_importer.h"
#include "weights/npz_writer.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using testing::data_as;
using testing::Entries;
using testing::expect_equal;
using testing::expect_error;
using testing::expect_input_error;
using testing::narrow_model;
using testing::npy;
using testing::read_text;
using testing::TemporaryFolder;
using testing::to_entries;
using testing::write_text;
using testing::write_zip;

class NpzImporter : public ::testing::Test {
 protected:
  Model import_entries(const Entries& entries) {
    write_zip(path_, entries);
    return import_npz(path_, "limpid_default");
  }

  template <class Change>
  void expect_refused(std::initializer_list<std::string_view> parts, const Change& change,
                      std::string_view family = "limpid_default") {
    Entries entries = to_entries(model_);
    change(entries);
    write_zip(path_, entries);
    expect_input_error(parts, [&] { import_npz(path_, family); });
  }

  static Model expected_model() {
    Model model = narrow_model("limpid_default");
    model.provenance.source = "model.npz";
    return model;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.npz";
  Model model_ = expected_model();
};

TEST_F(NpzImporter, ReadsEveryTypeAndBothNamings) {
  for (const char* descr : {"<f2", "<f4", "<f8"}) {
    for (const bool caffe_names : {true, false}) {
      SCOPED_TRACE(::testing::Message() << descr << ", Caffe's names " << caffe_names);
      expect_equal(import_entries(to_entries(model_, descr, caffe_names)), model_);
    }
  }
}

TEST_F(NpzImporter, TakesTheFamilyTheUserNamesWithItsRules) {
  write_zip(path_, to_entries(model_));
  for (const char* name : {"bvlc_googlenet", "inception5h", "limpid_default"}) {
    Model expected = narrow_model(name);
    expected.provenance.source = "model.npz";
    expect_equal(import_npz(path_, name), expected);
  }
  expect_input_error({"model.npz", "--family", "bvlc_googlenet"}, [&] { import_npz(path_); });
  expect_error(ErrorKind::usage, {"'resnet'", "inception5h"}, [&] { import_npz(path_, "resnet"); });
}

TEST_F(NpzImporter, RecognisesTheFamilyByTheWidthsOfItsLayers) {
  for (const char* name : {"bvlc_googlenet", "inception5h", "limpid_default"}) {
    const Model model = synthetic_model(name, 1);
    write_zip(path_, to_entries(model, "<f2", true));
    const Model imported = import_npz(path_);
    EXPECT_EQ(imported.provenance.family, name);
    EXPECT_EQ(rules_of(imported.network).padding, rules_of(model.network).padding);
    EXPECT_EQ(rules_of(imported.network).lrn.radius, rules_of(model.network).lrn.radius);
    EXPECT_EQ(imported.input.order, model.input.order);
  }
}

TEST_F(NpzImporter, GivesBackWhatWasExportedBitForBit) {
  for (const char* name : {"bvlc_googlenet", "inception5h", "limpid_default", "torchvision_googlenet"}) {
    for (const StoredType type : {StoredType::f32, StoredType::f16}) {
      Model model = narrow_model(name);
      model.classes = {"tench, Tinca tinca", "", "caf\xc3\xa9 \xf0\x9f\x98\x80"};
      model.provenance.sha256 = std::string(64, 'a');
      model.provenance.licence = "l\xc3\xads\"";
      model.input.mean[1] = 0.1F;
      write_npz(model, path_, type);
      expect_equal(import_npz(path_), model);
      expect_equal(import_model(path_), model);
      const std::string bytes = read_text(path_);
      write_npz(model, path_, type);
      EXPECT_EQ(read_text(path_), bytes);
    }
  }
  expect_error(ErrorKind::usage, {"leave out --family"}, [&] { import_npz(path_, "inception5h"); });
}

TEST_F(NpzImporter, RefusesRulesThatMakeNoSense) {
  const std::u32string codes = {U'{', U'}', U'{', U'}'};
  const std::string_view bytes(reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(char32_t));
  expect_refused(
      {"'limpid' lacks the field 'limpid_schema'"},
      [&](Entries& entries) { entries["limpid.npy"] = npy("<U2", "1,", bytes.substr(0, 8)); }, "");
  expect_refused(
      {"'limpid' is not one string"},
      [&](Entries& entries) { entries["limpid.npy"] = npy("<U2", "2,", bytes); }, "");
}

TEST_F(NpzImporter, ReadsLabelsAsUtf8) {
  Entries entries = to_entries(model_);
  // Three strings of five characters, padded with zeros; the last holds one beyond 16 bits.
  const std::u32string codes = {U'c', U'a', U't', 0, 0, U'c', U'a', U'f', 0xE9, 0x20AC, 0x1F600, 0, 0, 0, 0};
  const std::string_view bytes(reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(char32_t));
  entries["classes.npy"] = npy("<U5", "3,", bytes);
  EXPECT_EQ(import_entries(entries).classes,
            (std::vector<std::string>{"cat", "caf\xc3\xa9\xe2\x82\xac", "\xf0\x9f\x98\x80"}));
}

TEST_F(NpzImporter, ReadsHowTheWeightsWereTrained) {
  Entries entries = to_entries(model_);
  const std::u32string codes = U"seed 1";
  const std::string_view bytes(reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(char32_t));
  entries["training.npy"] = npy("<U6", "1,", bytes);
  EXPECT_EQ(import_entries(entries).provenance.training, "seed 1");
  expect_refused({"'training'", "is not one string"},
                 [&](Entries& refused) { refused["training.npy"] = npy("<U3", "2,", bytes); });
}

TEST_F(NpzImporter, ReadsVersion2Headers) {
  Entries entries = to_entries(model_);
  entries["conv2/3x3_reduce_b.npy"] = npy("<f4", "2,", data_as("<f4", model_.layers[1].bias), 2);
  expect_equal(import_entries(entries), model_);
}

TEST_F(NpzImporter, NamesTheMissingAndTheSurplusArray) {
  expect_refused({"'inception_4e/5x5_b'", "'mixed4e_5x5'", "missing"},
                 [](Entries& entries) { entries.erase("inception_4e/5x5_b.npy"); });
  expect_refused({"'loss1/conv_w' belongs to no layer"},
                 [](Entries& entries) { entries["loss1/conv_w.npy"] = npy("<f4", "1,", "1234"); });
  expect_refused({"'readme.txt' is not an .npy array"},
                 [](Entries& entries) { entries["readme.txt"] = "x"; });
}

TEST_F(NpzImporter, NamesTheWrongShapeAndType) {
  expect_refused({"'conv2/3x3_reduce_w'", "2x2x3x3", "Kx2x1x1"}, [](Entries& entries) {
    entries["conv2/3x3_reduce_w.npy"] = npy("<f4", "2, 2, 3, 3", std::string(144, '\0'));
  });
  expect_refused({"'conv2/3x3_reduce_b'", "type '<i4'"},
                 [](Entries& entries) { entries["conv2/3x3_reduce_b.npy"] = npy("<i4", "2,", "12345678"); });
  expect_refused({"'conv2/3x3_reduce_b'", "type '>f4'"},
                 [](Entries& entries) { entries["conv2/3x3_reduce_b.npy"] = npy(">f4", "2,", "12345678"); });
  expect_refused({"'classes'", "<i4"},
                 [](Entries& entries) { entries["classes.npy"] = npy("<i4", "1,", "1234"); });
  expect_refused({"'classes'", "U99999"},
                 [](Entries& entries) { entries["classes.npy"] = npy("<U99999", "3,", ""); });
  expect_refused({"Fortran order"}, [](Entries& entries) {
    std::string& array = entries["conv1/7x7_s2_w.npy"];
    array.replace(array.find("False"), 5, "True ");
  });
}

TEST_F(NpzImporter, ComparesDataWithTheShape) {
  expect_refused({"conv1/7x7_s2_b", "cut short"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"].pop_back(); });
  expect_refused({"conv1/7x7_s2_b", "longer"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"] += 'x'; });
  expect_refused({"conv1/7x7_s2_b", "cut short"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"] = "x"; });
}

TEST_F(NpzImporter, AllocatesNothingForShapesWithoutData) {
  expect_refused({"'conv1/7x7_s2_w'", "output channels"}, [](Entries& entries) {
    entries["conv1/7x7_s2_w.npy"] = npy("<f4", "18446744073709551615, 3, 7, 7", "");
  });
  expect_refused({"header"}, [](Entries& entries) {
    entries["conv1/7x7_s2_w.npy"] = npy("<f4", "99999999999999999999, 3, 7, 7", "");
  });
}

TEST_F(NpzImporter, ReadsWhatDeflateMakesSmall) {
  Model pruned = testing::pruned_model("limpid_default");
  pruned.provenance.source = "model.npz";
  Entries entries = to_entries(pruned);
  // Strings of fixed width are padding, most of them.
  constexpr std::size_t width = 121;
  std::vector<char32_t> labels(pruned.classes.size() * width);
  for (std::size_t i = 0; i < pruned.classes.size(); ++i) {
    std::copy(pruned.classes[i].begin(), pruned.classes[i].end(),
              labels.begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  entries["classes.npy"] =
      npy("<U121", "1000,",
          std::string_view(reinterpret_cast<const char*>(labels.data()), labels.size() * sizeof(char32_t)));
  expect_equal(import_entries(entries), pruned);
}

TEST_F(NpzImporter, RefusesEntriesThatDeflateCannotHaveMade) {
  write_zip(path_, to_entries(testing::pruned_model("limpid_default")));
  std::string bytes = read_text(path_);
  // The size that the archive declares of the first filter, which has a header of 128 bytes.
  const auto size_text = [](std::uint32_t size) {
    return std::string(reinterpret_cast<const char*>(&size), sizeof size);
  };
  const std::string declared = size_text(2000 * 3 * 49 * 4 + 128);
  int found = 0;
  for (std::size_t at = bytes.find(declared); at != bytes.npos; at = bytes.find(declared, at + 1)) {
    bytes.replace(at, declared.size(), size_text(2'000'000'000));
    ++found;
  }
  ASSERT_GE(found, 1);
  write_text(path_, bytes);
  expect_input_error({"declares 2000000000 bytes", "stores only"},
                     [&] { import_npz(path_, "limpid_default"); });
}

TEST_F(NpzImporter, RefusesHeadersNumpyWouldNotWrite) {
  expect_refused({"'conv1/7x7_s2_b'", "not an .npy array"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"] = std::string(100, 'x'); });
  expect_refused({"'conv1/7x7_s2_b'", "version 9"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"][6] = '\x09'; });
  for (const char* text : {"", "{", "{'descr'", "{'descr': '<f4", "{'shape': (2", "{'shape': (2 3)}",
                           "{'other': 1}", "{'fortran_order': Maybe}", "[]"}) {
    expect_input_error({"header"}, [&] { parse_npy_header(text); });
  }
}

TEST_F(NpzImporter, RefusesNaN) {
  expect_refused({"'conv2d1'", "bias[0]", "nan"}, [](Entries& entries) {
    entries["conv2/3x3_reduce_b.npy"] =
        npy("<f4", "2,", data_as("<f4", {std::numeric_limits<float>::quiet_NaN(), 0}));
  });
}

TEST_F(NpzImporter, RefusesACutOrForeignFile) {
  write_zip(path_, to_entries(model_));
  const std::string bytes = read_text(path_);
  for (const std::size_t size : {bytes.size() - 1, bytes.size() / 2, std::size_t{10}}) {
    write_text(path_, bytes.substr(0, size));
    expect_input_error({"model.npz", "damaged or cut short"}, [&] { import_npz(path_, "limpid_default"); });
  }
  write_text(path_, "");
  expect_input_error({"is empty"}, [&] { import_npz(path_, "limpid_default"); });
  expect_input_error({"does not exist"}, [&] { import_npz(folder_ / "missing.npz"); });
}

TEST_F(NpzImporter, SurvivesFlippedBytes) {
  write_zip(path_, to_entries(model_));
  const std::string good = read_text(path_);
  std::mt19937 random(4);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    write_text(path_, bytes);
    try {
      import_npz(path_, "limpid_default");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
    }
  }
}

}  // namespace
}  // namespace limpid
