#include "weights/import.h"

#include <gtest/gtest.h>

#include "tests/weights/support.h"
#include "weights/families.h"
#include "weights/hdf5_file.h"
#include "weights/inception_v1.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

using testing::expect_equal;
using testing::expect_input_error;
using testing::narrow_model;
using testing::TemporaryFolder;
using testing::test_data;
using testing::write_text;

TEST(ImportModel, KeepsTheProvenanceOfItsOwnFiles) {
  const TemporaryFolder folder;
  Model model = narrow_model("inception5h");
  model.provenance.sha256 = std::string(64, 'b');
  write_model(model, folder / "no.suffix");
  expect_equal(import_model(folder / "no.suffix"), model);
}

TEST(ImportModel, ReplacesLabels) {
  const TemporaryFolder folder;
  write_model(narrow_model("inception5h"), folder / "model.h5");
  write_text(folder / "labels.txt", "a\nb\nc\n");
  write_text(folder / "short.txt", "a\nb\n");
  EXPECT_EQ(import_model(folder / "model.h5", {folder / "labels.txt", {}}).classes,
            (std::vector<std::string>{"a", "b", "c"}));
  expect_input_error({"short.txt", "2 labels for 3 classes"}, [&] {
    import_model(folder / "model.h5", {folder / "short.txt", {}});
  });
  expect_input_error({"none.txt", "does not exist"}, [&] {
    import_model(folder / "model.h5", {folder / "none.txt", {}});
  });
}

TEST(ImportModel, RefusesWhatItDoesNotRecognise) {
  const TemporaryFolder folder;
  write_text(folder / "text", "this is a letter, not a network");
  expect_input_error({"text", "text, which holds no weights"}, [&] { import_model(folder / "text"); });
  write_text(folder / "noise", std::string("\x01\x02\xfe\xff 0123456789"));
  expect_input_error({"noise", "no file of a kind that limpid reads", ".caffemodel", ".safetensors"},
                     [&] { import_model(folder / "noise"); });
  write_text(folder / "empty", "");
  expect_input_error({"is empty"}, [&] { import_model(folder / "empty"); });
  expect_input_error({"does not exist"}, [&] { import_model(folder / "missing"); });
  write_text(folder / "zip", std::string("PK\x03\x04 and no more"));
  expect_input_error({"zip", "damaged or cut short"}, [&] { import_model(folder / "zip"); });
  expect_input_error({"is not a file"}, [&] { import_model(folder.path()); });
}

TEST(ImportModel, ReadsBvlcGooglenetWithTheLabelsBesideIt) {
  if (test_data().empty()) GTEST_SKIP() << "LIMPID_TEST_DATA is not set";
  const Model model = import_model(test_data() / "weights/bvlc_googlenet.caffemodel");
  ASSERT_EQ(model.classes.size(), 1000U);
  EXPECT_EQ(model.classes[0], "tench, Tinca tinca");
  EXPECT_EQ(model.classes[208], "Labrador retriever");
  EXPECT_EQ(model.provenance.family, "bvlc_googlenet");
  EXPECT_EQ(model.provenance.source, "bvlc_googlenet.caffemodel");
  EXPECT_EQ(model.provenance.sha256, sha256_of_file(test_data() / "weights/bvlc_googlenet.caffemodel"));

  const TemporaryFolder folder;
  write_model(model, folder / "bvlc.h5");
  expect_equal(read_model(folder / "bvlc.h5"), model);
}

TEST(ImportModel, ReadsTheDefaultCandidate) {
  if (test_data().empty()) GTEST_SKIP() << "LIMPID_TEST_DATA is not set";
  const Model model = import_model(test_data() / "weights/default_candidate.npz", {{}, "limpid_default"});
  EXPECT_EQ(model.provenance.family, "limpid_default");
  EXPECT_EQ(model.class_count(), 70);
  EXPECT_EQ(model.classes.size(), 70U);
  EXPECT_EQ(rules_of(model.network).padding, Padding::symmetric);

  // Its values are binary16 already, so storing them as such loses nothing.
  const TemporaryFolder folder;
  write_model(model, folder / "default.h5", StoredType::f16);
  expect_equal(read_model(folder / "default.h5"), model);
}

TEST(DefaultWeights, AreReadableAndComplete) {
  const Model model = read_model(LIMPID_DEFAULT_WEIGHTS);
  const Family& rules = family("limpid_default");
  EXPECT_EQ(model.provenance.family, rules.name);
  EXPECT_EQ(model.provenance.licence, rules.licence);
  EXPECT_EQ(model.classes.size(), static_cast<std::size_t>(model.class_count()));
  EXPECT_EQ(rules_of(model.network).padding, rules.padding);
  EXPECT_FALSE(rules_of(model.network).lrn.present);
}

}  // namespace
}  // namespace limpid
