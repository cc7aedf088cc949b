// Dictionaries as other programs keep them: each is read as the encoder that its program computes.
#include "weights/dictionary.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tests/weights/npz_writer.h"
#include "tests/weights/state_dict_writer.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

constexpr std::uint64_t kFeatures = 3, kChannels = 2;

// Features x channels, and the same as channels x features.
const std::vector<float> kRows = {1, 2, -3, 0.5F, 4, -1};
const std::vector<float> kColumns = {1, -3, 4, 2, 0.5F, -1};
const std::vector<float> kDecoder = {3, 4, 0, 2, 1, 0};
const std::vector<float> kDecoderColumns = {3, 0, 1, 4, 2, 0};
const std::vector<float> kBias = {0.5F, -1, 2};
const std::vector<float> kCentre = {10, -2};
/// kBias less kRows times kCentre.
const std::vector<float> kFolded = {0.5F - (10 - 4), -1 - (-30 - 1), 2 - (40 + 2)};

StateDict sae_lens() {
  return {{"W_enc", {kChannels, kFeatures}, kColumns},
          {"b_enc", {kFeatures}, kBias},
          {"W_dec", {kFeatures, kChannels}, kDecoder},
          {"b_dec", {kChannels}, kCentre}};
}

/// Of dictionary-learning.
StateDict linear_layers(const std::string& centre) {
  return {{"encoder.weight", {kFeatures, kChannels}, kRows},
          {"encoder.bias", {kFeatures}, kBias},
          {"decoder.weight", {kChannels, kFeatures}, kDecoderColumns},
          {centre, {kChannels}, kCentre}};
}

class DictionaryFile : public ::testing::Test {
 protected:
  std::filesystem::path write_safetensors(const StateDict& tensors) {
    write_text(folder_ / "sae.safetensors", safetensors_bytes(tensors, "F32"));
    return folder_ / "sae.safetensors";
  }
  std::filesystem::path write_pth(const StateDict& tensors) {
    write_zip(folder_ / "ae.pt", pth_entries(tensors, "FloatStorage"));
    return folder_ / "ae.pt";
  }
  void write_settings(std::string_view text, const char* name = "cfg.json") {
    write_text(folder_ / name, text);
  }

  Dictionary read_lens(const std::string& settings, const StateDict& tensors) {
    write_settings(settings);
    return read_dictionary(write_safetensors(tensors));
  }

  static void expect_encoder(const Dictionary& dictionary, const std::vector<float>& bias) {
    EXPECT_EQ(dictionary.inputs, 2);
    EXPECT_EQ(dictionary.encoder.conv.k, 3);
    EXPECT_EQ(dictionary.encoder.conv.filter, kRows);
    EXPECT_EQ(dictionary.encoder.conv.bias, bias);
    EXPECT_EQ(dictionary.decoder, kDecoder);
    EXPECT_TRUE(dictionary.encoder.relu);
  }

  TemporaryFolder folder_;
};

TEST_F(DictionaryFile, SaeLensStandard) {
  const Dictionary read = read_lens(
      R"({"architecture":"standard","apply_b_dec_to_input":true,"normalize_activations":"none",
          "metadata":{"hook_name":"mixed3b"}})",
      sae_lens());
  expect_encoder(read, kFolded);
  EXPECT_EQ(read.layout, "sae-lens");
  EXPECT_EQ(read.hook, "mixed3b");
  EXPECT_EQ(read.encoder.gated, ReluNode{});
  EXPECT_TRUE(read.assumed.empty());
}

TEST_F(DictionaryFile, SaeLensKeepsItsInputsWhereItSaysSo) {
  expect_encoder(read_lens(R"({"architecture":"standard","apply_b_dec_to_input":false})", sae_lens()), kBias);
  // Of a version before 6.
  const Dictionary old = read_lens(
      R"({"activation_fn_str":"topk","activation_fn_kwargs":{"k":2},"apply_b_dec_to_input":false,"hook_name":"x"})",
      sae_lens());
  expect_encoder(old, kBias);
  EXPECT_EQ(old.encoder.gated, (ReluNode{ReluGate::top_k, 2}));
  EXPECT_EQ(old.hook, "x");
}

TEST_F(DictionaryFile, SaeLensTopK) {
  const Dictionary read =
      read_lens(R"({"architecture":"topk","k":2,"apply_b_dec_to_input":true})", sae_lens());
  expect_encoder(read, kFolded);
  EXPECT_EQ(read.encoder.gated, (ReluNode{ReluGate::top_k, 2}));
}

/// Pre-activations are multiplied by the norms of the decoder's rows: 5, 2 and 1.
TEST_F(DictionaryFile, SaeLensScalesByTheDecodersNorms) {
  const Dictionary read = read_lens(
      R"({"architecture":"topk","k":2,"apply_b_dec_to_input":true,"rescale_acts_by_decoder_norm":true})",
      sae_lens());
  EXPECT_EQ(read.encoder.conv.filter, (std::vector<float>{5, 10, -6, 1, 4, -1}));
  EXPECT_EQ(read.encoder.conv.bias, (std::vector<float>{5 * kFolded[0], 2 * kFolded[1], kFolded[2]}));
}

TEST_F(DictionaryFile, SaeLensJumpRelu) {
  StateDict tensors = sae_lens();
  tensors.push_back({"threshold", {kFeatures}, {0.25F, 1, 0}});
  const Dictionary read = read_lens(R"({"architecture":"jumprelu","apply_b_dec_to_input":false})", tensors);
  expect_encoder(read, kBias);
  EXPECT_EQ(read.encoder.gated.gate, ReluGate::threshold);
  EXPECT_EQ(read.encoder.conv.threshold, (std::vector<float>{0.25F, 1, 0}));
}

TEST_F(DictionaryFile, WithoutSettingsItSaysWhatItTakes) {
  Dictionary read = read_dictionary(write_safetensors(sae_lens()));
  expect_encoder(read, kFolded);
  EXPECT_EQ(read.assumed, std::vector<std::string>{"b_dec is subtracted first"});
  DictionaryOptions options;
  options.subtracts_b_dec = false;
  options.activation = "topk:3";
  read = read_dictionary(folder_ / "sae.safetensors", options);
  expect_encoder(read, kBias);
  EXPECT_EQ(read.encoder.gated, (ReluNode{ReluGate::top_k, 3}));
  options.activation = "linear";
  EXPECT_FALSE(read_dictionary(folder_ / "sae.safetensors", options).encoder.relu);
}

TEST_F(DictionaryFile, DictionaryLearning) {
  expect_encoder(read_dictionary(write_pth(linear_layers("bias"))), kFolded);
  StateDict top = linear_layers("b_dec");
  top.push_back({"k", {}, {2}});
  top.push_back({"threshold", {}, {0.5F}});
  Dictionary read = read_dictionary(write_pth(top));
  expect_encoder(read, kFolded);
  EXPECT_EQ(read.encoder.gated, (ReluNode{ReluGate::top_k, 2}));
  EXPECT_EQ(read.assumed.size(), 1U);
  write_settings(R"({"trainer":{"dict_class":"AutoEncoderTopK","k":2,"submodule_name":"mixed4a"}})",
                 "config.json");
  read = read_dictionary(folder_ / "ae.pt");
  EXPECT_EQ(read.encoder.gated, (ReluNode{ReluGate::top_k, 2}));
  EXPECT_TRUE(read.assumed.empty());
  EXPECT_EQ(read.hook, "mixed4a");
  // In use, its batch form has one threshold for all.
  write_settings(R"({"trainer":{"dict_class":"BatchTopKSAE","k":2}})", "config.json");
  read = read_dictionary(folder_ / "ae.pt");
  EXPECT_EQ(read.encoder.conv.threshold, std::vector<float>(3, 0.5F));
  top.back().values = {-1};  // Never set.
  expect_input_error({"without a threshold"}, [&] { read_dictionary(write_pth(top)); });
}

/// A whole number as PyTorch keeps it.
TEST_F(DictionaryFile, WholeNumbersAmongTensors) {
  StateDict top = linear_layers("b_dec");
  top.push_back({"k", {}, {2}});
  Entries entries = pth_entries(top, "FloatStorage");
  std::string& pickle = entries["model/data.pkl"];
  // The last storage is that of k.
  const std::size_t at = pickle.rfind("FloatStorage");
  ASSERT_NE(at, std::string::npos);
  pickle.replace(at, std::string_view("FloatStorage").size(), "IntStorage");
  entries["model/data/4"] = std::string("\2\0\0\0", 4);
  write_zip(folder_ / "ae.pt", entries);
  EXPECT_EQ(read_dictionary(folder_ / "ae.pt").encoder.gated, (ReluNode{ReluGate::top_k, 2}));
}

TEST_F(DictionaryFile, OvercompleteFoldsItsNormalisation) {
  const Dictionary read =
      read_dictionary(write_pth({{"encoder.final_block.0.weight", {3, 2}, kRows},
                                 {"encoder.final_block.0.bias", {3}, kBias},
                                 {"encoder.final_block.1.weight", {3}, {2, 1, 1}},
                                 {"encoder.final_block.1.bias", {3}, {0, 0, 7}},
                                 {"encoder.final_block.1.running_mean", {3}, {0, 3, 0}},
                                 {"encoder.final_block.1.running_var", {3}, {0, 3, 0.25F}},
                                 {"encoder.final_block.1.num_batches_tracked", {}, {9}},
                                 {"running_threshold", {}, {9}},
                                 {"dictionary._weights", {3, 2}, kDecoder},
                                 {"dictionary.multiplier", {}, {0}}}));
  EXPECT_EQ(read.layout, "overcomplete");
  const std::vector<double> factors = {2 / std::sqrt(1e-5), 1 / std::sqrt(3 + 1e-5),
                                       1 / std::sqrt(0.25 + 1e-5)};
  const std::vector<double> means = {0, 3, 0}, shifts = {0, 0, 7};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_FLOAT_EQ(read.encoder.conv.bias[i],
                    static_cast<float>((double{kBias[i]} - means[i]) * factors[i] + shifts[i]));
    EXPECT_FLOAT_EQ(read.encoder.conv.filter[2 * i], static_cast<float>(double{kRows[2 * i]} * factors[i]));
  }
  EXPECT_EQ(read.decoder, kDecoder);
  EXPECT_EQ(read.unread,
            (std::vector<std::string>{"encoder.final_block.1.num_batches_tracked", "running_threshold"}));
  EXPECT_EQ(read.assumed.size(), 2U)
      << "its TopK is in no file, and rows of the dictionary are not of length 1";
}

TEST_F(DictionaryFile, OvercompleteTiedAndWithThresholds) {
  const Dictionary tied = read_dictionary(write_pth({{"dictionary._weights", {3, 2}, kDecoder}}));
  EXPECT_EQ(tied.encoder.conv.filter, kDecoder);
  EXPECT_EQ(tied.encoder.conv.bias, std::vector<float>(3));
  ASSERT_EQ(tied.assumed.size(), 3U);
  EXPECT_TRUE(tied.assumed[0].starts_with("the dictionary's rows as they are")) << tied.assumed[0];
  EXPECT_TRUE(tied.assumed[1].starts_with("a tied encoder")) << tied.assumed[1];
  const Dictionary unit = read_dictionary(write_pth({{"dictionary._weights", {2, 2}, {0.6F, 0.8F, 0, 1}}}));
  EXPECT_EQ(unit.assumed.size(), 2U);
  const Dictionary jump = read_dictionary(write_pth({{"encoder.weight", {3, 2}, kRows},
                                                     {"dictionary._weights", {3, 2}, kDecoder},
                                                     {"thresholds", {3}, {0, 0, std::log(2.0F)}}}));
  EXPECT_EQ(jump.encoder.conv.filter, kRows);
  ASSERT_EQ(jump.encoder.conv.threshold.size(), 3U);
  EXPECT_LT(jump.encoder.conv.threshold[0], 1) << "1 itself passes there";
  EXPECT_FLOAT_EQ(jump.encoder.conv.threshold[0], 1);
}

TEST_F(DictionaryFile, ArraysOfNumpy) {
  Entries entries = {{"W_enc.npy", npy("<f4", "2, 3", data_as("<f4", kColumns))},
                     {"b_enc.npy", npy("<f4", "3,", data_as("<f4", kBias))},
                     {"W_dec.npy", npy("<f8", "3, 2", data_as("<f8", kDecoder))},
                     {"b_dec.npy", npy("<f4", "2,", data_as("<f4", kCentre))},
                     {"k.npy", npy("<i8", "", std::string("\2\0\0\0\0\0\0\0", 8))}};
  write_zip(folder_ / "sae.npz", entries);
  const Dictionary read = read_dictionary(folder_ / "sae.npz");
  expect_encoder(read, kFolded);
  EXPECT_EQ(read.encoder.gated, (ReluNode{ReluGate::top_k, 2}));
  entries.erase("k.npy");
  entries["threshold.npy"] = npy("<f4", "", data_as("<f4", {0.5F}));
  write_zip(folder_ / "sae.npz", entries);
  EXPECT_EQ(read_dictionary(folder_ / "sae.npz").encoder.conv.threshold, std::vector<float>(3, 0.5F));
}

TEST_F(DictionaryFile, Vectors) {
  write_text(folder_ / "h.npy", npy("<f4", "3, 2", data_as("<f4", kRows)));
  const Dictionary factors = read_dictionary(folder_ / "h.npy");
  EXPECT_EQ(factors.encoder.conv.filter, kRows);
  EXPECT_EQ(factors.decoder, kRows);
  EXPECT_EQ(factors.encoder.conv.bias, std::vector<float>(3));
  EXPECT_FALSE(factors.encoder.relu);
  DictionaryOptions relu;
  relu.activation = "relu";
  EXPECT_TRUE(read_dictionary(folder_ / "h.npy", relu).encoder.relu);
  write_text(folder_ / "cav.npy", npy("<f8", "2,", data_as("<f8", kCentre)));
  const Dictionary one = read_dictionary(folder_ / "cav.npy");
  EXPECT_EQ(one.encoder.conv.k, 1);
  EXPECT_EQ(one.encoder.conv.filter, kCentre);
}

/// As numpy saves what was transposed.
TEST_F(DictionaryFile, VectorsByColumns) {
  std::string bytes = npy("<f4", "3, 2", data_as("<f4", kColumns));
  const std::size_t at = bytes.find("False");
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 5, "True ");
  write_text(folder_ / "h.npy", bytes);
  EXPECT_EQ(read_dictionary(folder_ / "h.npy").encoder.conv.filter, kRows);
}

TEST_F(DictionaryFile, SaysWhatIsWrong) {
  const auto refused = [&](std::initializer_list<std::string_view> parts, const StateDict& tensors) {
    expect_input_error(parts, [&] { read_dictionary(write_safetensors(tensors)); });
  };
  StateDict tensors = sae_lens();
  tensors.erase(tensors.begin() + 1);
  refused({"sae.safetensors", "'b_enc' is missing"}, tensors);
  tensors = sae_lens();
  tensors[1] = {"b_enc", {2}, {1, 2}};
  refused({"'b_enc' is 2", "3 features"}, tensors);
  tensors = sae_lens();
  tensors[2] = {"W_dec", {2, 3}, kDecoder};
  refused({"'W_dec' has 2 features of 3 channels", "3 of 2"}, tensors);
  tensors = sae_lens();
  tensors[0].values[1] = std::numeric_limits<float>::quiet_NaN();
  refused({"encoder", "nan"}, tensors);
  tensors = sae_lens();
  tensors[0].shape = {3, 2, 1};
  refused({"'W_enc' is 3x2x1"}, tensors);
  refused({"of no known dictionary"}, {{"a", {1}, {1}}, {"b", {1}, {1}}});
  tensors = sae_lens();
  tensors.push_back({"b_gate", {3}, kBias});
  refused({"'b_gate'", "more than one linear map"}, tensors);
}

TEST_F(DictionaryFile, PartsThatAreNotKnown) {
  expect_input_error({"ae.pt", "'Q' quantises"}, [&] {
    read_dictionary(write_pth(
        {{"encoder.weight", {3, 2}, kRows}, {"dictionary._weights", {3, 2}, kDecoder}, {"Q", {2}, {0, 1}}}));
  });
  StateDict tensors = linear_layers("bias");
  tensors.push_back({"encoder.2.weight", {3, 3}, std::vector<float>(9)});
  expect_input_error({"ae.pt", "'encoder.2.weight'", "not known"},
                     [&] { read_dictionary(write_pth(tensors)); });
}

/// They may be another dictionary's.
TEST_F(DictionaryFile, SettingsAreOfFilesThatHaveSome) {
  write_settings(R"({"architecture":"topk","k":1,"hook_name":"x","normalize_activations":"none",
                     "apply_b_dec_to_input":false})");
  Entries entries = {{"W_enc.npy", npy("<f4", "2, 3", data_as("<f4", kColumns))},
                     {"b_enc.npy", npy("<f4", "3,", data_as("<f4", kBias))},
                     {"W_dec.npy", npy("<f4", "3, 2", data_as("<f4", kDecoder))},
                     {"b_dec.npy", npy("<f4", "2,", data_as("<f4", kCentre))}};
  write_zip(folder_ / "sae.npz", entries);
  const Dictionary arrays = read_dictionary(folder_ / "sae.npz");
  EXPECT_EQ(arrays.encoder.gated, ReluNode{});
  EXPECT_EQ(arrays.settings, "");
  expect_encoder(arrays, kFolded);
  const Dictionary over = read_dictionary(write_pth({{"dictionary._weights", {3, 2}, kDecoder}}));
  EXPECT_EQ(over.hook, "");
  EXPECT_EQ(over.settings, "");
  // The file's own k is the one.
  StateDict tensors = sae_lens();
  EXPECT_EQ(read_dictionary(write_safetensors(tensors)).encoder.gated, (ReluNode{ReluGate::top_k, 1}));
  tensors.push_back({"k", {}, {2}});
  const Dictionary own = read_dictionary(write_safetensors(tensors));
  EXPECT_EQ(own.encoder.gated, (ReluNode{ReluGate::top_k, 2}));
  EXPECT_EQ(own.settings, (folder_ / "cfg.json").string());
}

TEST_F(DictionaryFile, AnActivationThatIsGivenStandsForTheFiles) {
  DictionaryOptions options;
  options.activation = "relu";
  const auto is_relu = [&](const std::filesystem::path& path) {
    return read_dictionary(path, options).encoder.gated == ReluNode{};
  };
  for (const char* settings : {R"({"architecture":"topk"})", R"({"architecture":"jumprelu"})",
                               R"({"activation_fn":"gelu"})", R"({"architecture":"batchtopk"})"}) {
    write_settings(settings);
    const std::filesystem::path path = write_safetensors(sae_lens());
    EXPECT_THROW(read_dictionary(path), Error) << settings;
    EXPECT_TRUE(is_relu(path)) << settings;
  }
  write_settings(R"({"trainer":{"dict_class":"BatchTopKSAE","k":2}})");
  const std::filesystem::path batch = write_pth(linear_layers("b_dec"));
  EXPECT_THROW(read_dictionary(batch), Error);
  EXPECT_TRUE(is_relu(batch));
}

TEST_F(DictionaryFile, SettingsThatNoLayerCanDo) {
  const auto refused = [&](std::initializer_list<std::string_view> parts, const std::string& settings) {
    expect_input_error(parts, [&] { read_lens(settings, sae_lens()); });
  };
  refused({"cfg.json", "'layer_norm'"},
          R"({"architecture":"standard","normalize_activations":"layer_norm"})");
  refused({"cfg.json", "'gated'"}, R"({"architecture":"gated"})");
  refused({"cfg.json", "how many it keeps"}, R"({"architecture":"topk"})");
  refused({"'threshold' is missing"}, R"({"architecture":"jumprelu"})");
  refused({"cfg.json", "no JSON object"}, "[1");
  write_settings("{}");
  DictionaryOptions options;
  for (const char* activation : {"gelu", "topk:", "topk:0", "topk:2x"}) {
    options.activation = activation;
    expect_error(ErrorKind::usage, {"activation", activation},
                 [&] { read_dictionary(folder_ / "sae.safetensors", options); });
  }
}

TEST_F(DictionaryFile, OtherFiles) {
  write_text(folder_ / "noise", "noise of no format");
  expect_input_error({"noise", "this is text", "a file of tensors is"},
                     [&] { read_dictionary(folder_ / "noise"); });
  expect_input_error({"nowhere"}, [&] { read_dictionary(folder_ / "nowhere.npy"); });
  const std::string whole = npy("<f4", "3, 2", data_as("<f4", kRows));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    write_text(folder_ / "cut.npy", whole.substr(0, size));
    expect_input_error({"cut.npy"}, [&] { read_dictionary(folder_ / "cut.npy"); });
  }
}

}  // namespace
}  // namespace limpid::testing
