#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "tests/weights/state_dict_writer.h"
#include "tests/weights/support.h"
#include "weights/import.h"
#include "weights/safetensors_importer.h"
#include "weights/safetensors_writer.h"
#include "weights/sha256.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using namespace testing;  // limpid::testing, which holds what the formats' tests share.

class Safetensors : public ::testing::Test {
 protected:
  Model import_bytes(const std::string& bytes, std::string_view family = {}, ImportReport* report = nullptr) {
    write_text(path_, bytes);
    return import_safetensors(path_, family, report);
  }

  void expect_refused(std::initializer_list<std::string_view> parts, const std::string& bytes) {
    write_text(path_, bytes);
    expect_input_error(parts, [&] { import_safetensors(path_); });
  }

  /// The narrow model as it comes out of a file without provenance.
  static Model expected(std::string_view family) {
    Model model = narrow_model(family);
    model.provenance.source = "model.safetensors";
    return model;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.safetensors";
};

TEST_F(Safetensors, ReadsEveryType) {
  const StateDict tensors = canonical_state_dict(narrow_model("bvlc_googlenet"));
  for (const char* dtype : {"F16", "BF16", "F32", "F64"}) {
    SCOPED_TRACE(dtype);
    expect_equal(import_bytes(safetensors_bytes(tensors, dtype), "bvlc_googlenet"),
                 expected("bvlc_googlenet"));
  }
}

TEST_F(Safetensors, ReadsLucentsNames) {
  const StateDict tensors = lucent_state_dict(narrow_model("inception5h"));
  EXPECT_EQ(tensors[0].name, "conv2d0_pre_relu_conv.weight");
  EXPECT_EQ(tensors[10].name, "mixed3a_3x3_pre_relu_conv.weight");
  EXPECT_EQ(tensors[114].name, "softmax2_pre_activation_matmul.weight");
  expect_equal(import_bytes(safetensors_bytes(tensors, "F32")), expected("inception5h"));
}

TEST_F(Safetensors, ReadsCaptumsNamesAndReportsItsAuxiliaryHeads) {
  StateDict tensors = captum_state_dict(narrow_model("inception5h"));
  EXPECT_EQ(tensors[0].name, "conv1.weight");
  EXPECT_EQ(tensors[8].name, "mixed3a.conv_3x3_reduce.weight");
  EXPECT_EQ(tensors[16].name, "mixed3a.pool_proj.weight");
  EXPECT_EQ(tensors[114].name, "fc.weight");
  tensors.push_back({"aux1.conv.weight", {1, 2}, {1, 2}});
  tensors.push_back({"aux1.fc2.bias", {1}, {1}});
  tensors.push_back({"aux2.fc2.bias", {1}, {1}});
  ImportReport report;
  expect_equal(import_bytes(safetensors_bytes(tensors, "F32"), "", &report), expected("inception5h"));
  EXPECT_EQ(report.unused, (std::vector<std::string>{"aux1.* (2)", "aux2.* (1)"}));
}

TEST_F(Safetensors, GivesBackWhatWasExportedBitForBit) {
  for (const char* family : {"bvlc_googlenet", "inception5h", "limpid_default", "torchvision_googlenet"}) {
    for (const StoredType type : {StoredType::f32, StoredType::f16}) {
      Model model = narrow_model(family);
      model.classes = {"tench, Tinca tinca", "", "caf\xc3\xa9 \"\\"};
      model.provenance.sha256 = std::string(64, 'a');
      model.input.mean[1] = 0.1F;
      write_safetensors(model, path_, type);
      expect_equal(import_safetensors(path_), model);
      expect_equal(import_model(path_), model);
      const std::string bytes = read_text(path_);
      write_safetensors(model, path_, type);
      EXPECT_EQ(read_text(path_), bytes);
    }
  }
}

TEST_F(Safetensors, GivesBackAModelOfFullSize) {
  const Model model = synthetic_model("inception5h", 1);
  write_safetensors(model, path_);
  expect_equal(import_safetensors(path_), model);
}

TEST_F(Safetensors, AnImportRecordsNameAndChecksum) {
  write_text(path_, safetensors_bytes(lucent_state_dict(narrow_model("inception5h")), "F32"));
  const Model model = import_model(path_);
  EXPECT_EQ(model.provenance.source, "model.safetensors");
  EXPECT_EQ(model.provenance.sha256, sha256_of_file(path_));
}

TEST_F(Safetensors, TheFamilyIsAskedForOnlyWhereTheFileDoesNotSay) {
  write_safetensors(narrow_model("inception5h"), path_);
  expect_error(ErrorKind::usage, {"leave out --family"},
               [&] { import_safetensors(path_, "bvlc_googlenet"); });
  const std::string lucent = safetensors_bytes(lucent_state_dict(narrow_model("inception5h")), "F32");
  expect_error(ErrorKind::usage, {"leave out --family"}, [&] { import_bytes(lucent, "bvlc_googlenet"); });
  expect_refused({"give --family"},
                 safetensors_bytes(canonical_state_dict(narrow_model("inception5h")), "F32"));
}

TEST_F(Safetensors, NamesTheMissingTheSurplusAndTheMisshapenTensor) {
  const StateDict good = lucent_state_dict(narrow_model("inception5h"));
  StateDict tensors = good;
  tensors.erase(tensors.begin() + 9);
  expect_refused({"'mixed3a_3x3_bottleneck_pre_relu_conv.bias'", "missing"},
                 safetensors_bytes(tensors, "F32"));
  tensors = good;
  tensors.push_back({"head.weight", {1}, {1}});
  expect_refused({"'head.weight' belongs to no layer"}, safetensors_bytes(tensors, "F32"));
  tensors = good;
  std::swap(tensors[4].shape[0], tensors[4].shape[2]);
  expect_refused({"'conv2d2_pre_relu_conv.weight'", "3x2x2x3", "Kx2x3x3"}, safetensors_bytes(tensors, "F32"));
  expect_refused({"named as in no InceptionV1", "conv2d0_pre_relu_conv.weight (lucent's)", "torchvision's"},
                 safetensors_bytes({{"layer1.0.conv1.weight", {1}, {1}}}, "F32"));
}

TEST_F(Safetensors, RefusesWholeNumbersAndUnknownTypes) {
  std::string bytes = safetensors_bytes(lucent_state_dict(narrow_model("inception5h")), "F32");
  const std::size_t place = bytes.find("F32");
  expect_refused({"'conv2d0_pre_relu_conv.weight'", "type I32"}, std::string(bytes).replace(place, 3, "I32"));
  expect_refused({"'conv2d0_pre_relu_conv.weight'", "type 'X32'", "unknown"},
                 std::string(bytes).replace(place, 3, "X32"));
}

TEST_F(Safetensors, RefusesNaN) {
  StateDict tensors = lucent_state_dict(narrow_model("inception5h"));
  tensors[3].values[1] = std::numeric_limits<float>::quiet_NaN();
  expect_refused({"'conv2d1'", "bias[1] is nan"}, safetensors_bytes(tensors, "F32"));
}

TEST_F(Safetensors, RefusesAHeaderThatIsNone) {
  expect_refused({"not a safetensors file"}, std::string(8, '\0'));
  expect_refused({"not a safetensors file"}, std::string(7, '\xff') + "{{{");
  expect_refused({"cut short in its header"}, std::string("\x40\0\0\0\0\0\0\0{}", 10));
  for (const char* header : {"{", "{]", "{\"a\"", "{\"a\":1,}", "{}x"}) {
    expect_refused({"not a JSON object"}, safetensors_bytes(header, ""));
  }
  expect_refused({"'a' is not described"}, safetensors_bytes("{\"a\":1}", ""));
  expect_refused({"'a' lacks one of"}, safetensors_bytes("{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}", ""));
  expect_refused({"'a' lacks one of"},
                 safetensors_bytes(R"({"a":{"dtype":4,"shape":[],"data_offsets":[0,0]}})", ""));
  expect_refused({"'a' lacks one of"},
                 safetensors_bytes(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0]}})", ""));
  expect_refused({"its metadata is not"}, safetensors_bytes("{\"__metadata__\":1}", ""));
  expect_refused({"its metadata 'x' is not a string"}, safetensors_bytes("{\"__metadata__\":{\"x\":1}}", ""));
}

TEST_F(Safetensors, RefusesAHeaderThatNestsWithoutRecursion) {
  const std::string deep(std::size_t{1} << 20U, '[');
  expect_refused({"nests deeper"}, safetensors_bytes("{\"a\":" + deep, ""));
  std::string objects = "{\"a\":";
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  expect_refused({"nests deeper"}, safetensors_bytes(objects, ""));
}

TEST_F(Safetensors, RefusesDataThatIsNotThereOrThereTwice) {
  const auto file = [](const std::string& fields, std::size_t data) {
    return safetensors_bytes("{" + fields + "}", std::string(data, '\0'));
  };
  const auto field = [](const char* name, std::uint64_t begin, std::uint64_t end) {
    return safetensors_field(name, "F32", {(end - begin) / 4}, begin, end);
  };
  expect_refused({"'a'", "outside the file"}, file(field("a", 0, 8), 4));
  expect_refused({"'a'", "outside the file"}, file(safetensors_field("a", "F32", {0}, 8, 4), 8));
  expect_refused({"'a'", "outside the file"},
                 file(safetensors_field("a", "F32", {2}, 0, std::numeric_limits<std::uint64_t>::max()), 8));
  expect_refused({"'a' takes 8 bytes"}, file(safetensors_field("a", "F32", {3}, 0, 8), 8));
  expect_refused({"'a' takes 8 bytes"},
                 file(safetensors_field("a", "F32", {std::uint64_t{1} << 62U, 4, 2}, 0, 8), 8));
  expect_refused({"'a' lacks"}, file(R"("a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]})", 8));
  expect_refused({"'a' lacks"}, file(R"("a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})", 8));
  expect_refused({"'b' overlaps"}, file(field("a", 0, 8) + "," + field("b", 4, 12), 12));
  expect_refused({"'b' overlaps"}, file(field("a", 0, 8) + "," + field("b", 0, 8), 8));
  expect_refused({"'b'", "gap"}, file(field("a", 0, 8) + "," + field("b", 12, 16), 16));
  expect_refused({"4 bytes at its end"}, file(field("a", 0, 8), 12));
}

TEST_F(Safetensors, RefusesRulesThatMakeNoSense) {
  write_safetensors(narrow_model("inception5h"), path_);
  const std::string good = read_text(path_);
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    EXPECT_EQ(from.size(), to.size());
    const std::size_t place = bytes.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    return bytes.replace(place, from.size(), to);
  };
  expect_refused({"metadata 'limpid'", "schema 9"}, changed("limpid_schema\\\":1", "limpid_schema\\\":9"));
  expect_refused({"lacks the field 'padding'"}, changed("\\\"padding", "\\\"Padding"));
  expect_refused({"'padding' is 'tf_none'"}, changed("tf_same", "tf_none"));
  expect_refused({"'pool_sizes'"}, changed("[3,3,3,3]", "[3,3,3.3]"));
  expect_refused({"a pool of 5 x 5"}, changed("[3,3,3,3]", "[3,3,3,5]"));
  expect_refused({"'input_size'"}, changed("input_size\\\":224", "input_size\\\":1e9"));
  expect_refused({"'input_mean'"}, changed("[117.0,117.0,117.0]", "[117.0,117.0,1e300]"));
  expect_refused({"input scale of 254"}, changed("scale\\\":255.0", "scale\\\":254.0"));
  expect_refused({"nests too deep"}, changed("[117.0,117.0,117.0]", "[117.0,[17.0,117.0]"));
  expect_refused({"is not a JSON object"}, changed("{\\\"limpid_schema", "[\\\"limpid_schema"));
}

TEST_F(Safetensors, SurvivesCutsAndFlippedBytes) {
  write_safetensors(narrow_model("bvlc_googlenet"), path_);
  const std::string good = read_text(path_);
  std::mt19937 random(4);
  for (int i = 0; i < 600; ++i) {
    std::string bytes = good;
    // Most of the file is data, any bytes of which may be right.
    if (i % 2 == 0) bytes[random() % 12000] = static_cast<char>(random());
    if (i % 2 == 1) bytes.resize(1 + random() % (bytes.size() - 1));
    write_text(path_, bytes);
    try {
      import_safetensors(path_);
      EXPECT_EQ(i % 2, 0) << "a cut file was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
    }
  }
}

}  // namespace
}  // namespace limpid
