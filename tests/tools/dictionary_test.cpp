// limpid dictionary: a dictionary becomes a layer that every command knows, or one line says why not.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/limpid.hpp"
#include "tests/tools/run_program.h"
#include "tests/weights/npz_writer.h"
#include "tests/weights/state_dict_writer.h"
#include "tests/weights/support.h"
#include "weights/append_layer.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

using json = nlohmann::json;
using Words = std::vector<std::string>;

constexpr int kFeatures = 6, kChannels = 8;  // Of every module of the narrow model.

std::vector<float> values(int count, int shift) {
  std::vector<float> result;
  for (int i = 0; i < count; ++i) result.push_back(static_cast<float>((i * 7 + shift) % 11 - 5) / 8);
  return result;
}

/// Bytes of whole numbers, as numpy has them.
std::string whole(int number) {
  return std::string(1, static_cast<char>(number)) + std::string(7, '\0');
}

class DictionaryCommand : public ::testing::Test {
 protected:
  DictionaryCommand() {
    write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5");
    std::filesystem::copy_file(std::filesystem::path(LIMPID_FIXTURES) / "rgb8.png", folder_ / "photo.png");
    write_zip(folder_ / "sae.npz", arrays());
  }

  static Entries arrays(int channels = kChannels) {
    const std::string c = std::to_string(channels), k = std::to_string(kFeatures);
    const auto array = [](const std::string& shape, const std::vector<float>& numbers) {
      return npy("<f4", shape, data_as("<f4", numbers));
    };
    return {{"W_enc.npy", array(c + ", " + k, values(channels * kFeatures, 1))},
            {"b_enc.npy", array(k + ",", values(kFeatures, 3))},
            {"W_dec.npy", array(k + ", " + c, values(channels * kFeatures, 2))},
            {"b_dec.npy", array(c + ",", values(channels, 5))},
            {"k.npy", npy("<i8", "", whole(2))}};
  }

  ProgramResult run(const Words& words) {
    return run_program(words, folder_.path(), {.environment = {{"LIMPID_WEIGHTS", "weights.h5"}}});
  }

  /// With the layer appended, expecting success.
  std::string with_layer(Words words) {
    const ProgramResult result = run_program(
        words, folder_.path(), {.environment = {{"LIMPID_WEIGHTS", "sae.h5"}, {"OMP_NUM_THREADS", "1"}}});
    EXPECT_EQ(result.exit_code, 0) << words.front() << ": " << result.err;
    return result.out;
  }

  void add() {
    const ProgramResult result =
        run({"dictionary", "add", "sae.npz", "--to", "mixed3b", "--as", "sae3b", "-o", "sae.h5"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out,
              "sae.h5: sae3b, 6 features of mixed3b (sae-lens, activation: TopK of 2)\n"
              "  assumed, for the file does not say: b_dec is subtracted first\n");
  }

  TemporaryFolder folder_;
};

TEST_F(DictionaryCommand, EveryCommandKnowsTheLayer) {
  add();
  const json layers = json::parse(with_layer({"layers", "--json", "--size", "64"}));
  const auto& list = layers.is_array() ? layers : layers.at("layers");
  EXPECT_EQ(list.back().at("name"), "sae3b");
  EXPECT_EQ(list.back().at("channels"), kFeatures);
  EXPECT_NE(with_layer({"inspect"}).find("sae3b"), std::string::npos);
  const Words small = {"--size", "32", "--steps", "2", "-q", "--no-transforms"};
  const auto rendered = [&](Words words) {
    words.insert(words.end(), small.begin(), small.end());
    with_layer(words);
  };
  rendered({"render", "sae3b:1", "-o", "a.png"});
  rendered({"render", "sae3b:1:pre", "-o", "b.png"});
  rendered({"grid", "sae3b", "-o", "made"});
  with_layer({"grid", "--resume", "made.limpid", "-q"});
  with_layer({"activations", "photo.png", "sae3b", "-o", "act.npy"});
  with_layer({"gradient", "photo.png", "sae3b:1", "-o", "g.npy"});
  with_layer({"attribute", "photo.png", "logits:1", "--to", "mixed3b", "-o", "at.h5"});
  with_layer({"plan", "sae3b:1", "--size", "32"});
  std::filesystem::create_directory(folder_ / "photos");
  std::filesystem::copy_file(folder_ / "photo.png", folder_ / "photos/a.png");
  with_layer({"examples", "build", "photos", "-o", "index", "--size", "32", "--layers", "sae3b"});
  with_layer({"examples", "show", "index", "sae3b:1", "-o", "bands.png"});
  with_layer({"gallery", "made.limpid", "--examples", "index", "-o", "site"});
  EXPECT_TRUE(std::filesystem::exists(folder_ / "site/index.html"));
}

/// By the formula of the encoder, of the network's own values.
TEST_F(DictionaryCommand, FeaturesAreTheEncoders) {
  add();
  const Model model = read_model(folder_ / "sae.h5");
  Image photo{32, 32, std::vector<float>(std::size_t{32} * 32 * 3)};
  for (std::size_t i = 0; i < photo.rgb.size(); ++i) photo.rgb[i] = static_cast<float>(i * 37 % 101) / 100;
  const Activations x = activations(model, photo, "mixed3b", false, {});
  const Activations y = activations(model, photo, "sae3b", false, {});
  ASSERT_EQ(y.channels, kFeatures);
  const std::vector<float> encoder = values(kChannels * kFeatures, 1), bias = values(kFeatures, 3),
                           centre = values(kChannels, 5);
  const auto pixels = static_cast<std::size_t>(x.height * x.width);
  double largest = 0;
  std::vector<double> expected(kFeatures * pixels);
  for (std::size_t p = 0; p < pixels; ++p) {
    std::vector<double> z(kFeatures);
    for (std::size_t k = 0; k < kFeatures; ++k) {
      z[k] = bias[k];
      for (std::size_t c = 0; c < kChannels; ++c) {
        z[k] += (double{x.values[c * pixels + p]} - double{centre[c]}) * double{encoder[c * kFeatures + k]};
      }
    }
    for (std::size_t k = 0; k < kFeatures; ++k) {
      std::size_t above = 0;
      for (std::size_t other = 0; other < kFeatures; ++other) above += z[other] > z[k] ? 1 : 0;
      expected[k * pixels + p] = above < 2 && z[k] > 0 ? z[k] : 0;
      largest = std::max(largest, expected[k * pixels + p]);
    }
  }
  EXPECT_GT(largest, 0);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_LE(std::abs(double{y.values[i]} - expected[i]), 1e-6 * largest) << i;
  }
}

TEST_F(DictionaryCommand, ADirectionIsTheDecodersRow) {
  ASSERT_EQ(run({"dictionary", "direction", "sae.npz", "2", "-o", "v.npy"}).exit_code, 0);
  const std::vector<float> decoder = values(kChannels * kFeatures, 2);
  const std::vector<float> row(decoder.begin() + 2 * kChannels, decoder.begin() + 3 * kChannels);
  EXPECT_TRUE(read_text(folder_ / "v.npy").ends_with(data_as("<f4", row)));
  // Of a TopK that does not say how many it keeps too: a direction has no activation.
  std::filesystem::create_directory(folder_ / "lens");
  write_text(folder_ / "lens/cfg.json", R"({"architecture":"topk"})");
  write_text(folder_ / "lens/sae.safetensors",
             safetensors_bytes({{"W_enc", {kChannels, kFeatures}, values(kChannels * kFeatures, 1)},
                                {"b_enc", {kFeatures}, values(kFeatures, 3)},
                                {"W_dec", {kFeatures, kChannels}, decoder},
                                {"b_dec", {kChannels}, values(kChannels, 5)}},
                               "F32"));
  const ProgramResult written = run({"dictionary", "direction", "lens/sae.safetensors", "2", "-o", "w.npy"});
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_EQ(read_text(folder_ / "w.npy"), read_text(folder_ / "v.npy"));
  const ProgramResult added = run({"dictionary", "add", "lens/sae.safetensors", "--to", "mixed3b", "--as",
                                   "lens", "--activation", "topk:2", "-o", "lens.h5"});
  EXPECT_NE(added.out.find("  settings: lens/cfg.json\n"), std::string::npos) << added.out << added.err;
  const ProgramResult climbed =
      run({"render", "dir(mixed3b, v.npy)", "--size", "32", "--steps", "2", "-q", "-o", "d.png"});
  EXPECT_EQ(climbed.exit_code, 0) << climbed.err;
}

TEST_F(DictionaryCommand, SaysWhatIsWrong) {
  write_zip(folder_ / "wide.npz", arrays(9));
  Entries broken = arrays();
  broken["b_enc.npy"] = npy("<f4", "6,", data_as("<f4", {1, 2, 3, 4, 5, std::nanf("")}));
  write_zip(folder_ / "nan.npz", broken);
  broken = arrays();
  broken.erase("W_dec.npy");
  write_zip(folder_ / "short.npz", broken);
  broken = arrays();
  broken["k.npy"] = npy("<i8", "", whole(7));
  write_zip(folder_ / "many.npz", broken);
  write_zip(folder_ / "other.npz",
            {{"a.npy", npy("<f4", "1,", "1234")}, {"b.npy", npy("<f4", "1,", "1234")}});
  const Words before = listing(folder_.path());
  const auto add_words = [](const std::string& file, const std::string& to, const std::string& name,
                            const std::string& output = "out.h5") {
    return Words{"dictionary", "add", file, "--to", to, "--as", name, "-o", output};
  };
  const std::vector<std::pair<Words, std::string>> wrong = {
      {add_words("wide.npz", "mixed3b", "sae"), "a dictionary of 9 channels; mixed3b has 8"},
      {add_words("nan.npz", "mixed3b", "sae"), "encoder's bias is nan"},
      {add_words("short.npz", "mixed3b", "sae"), "'W_dec' is missing"},
      {add_words("many.npz", "mixed3b", "sae"), "keeps 7 of 6 channels"},
      {add_words("other.npz", "mixed3b", "sae"), "no known dictionary"},
      {add_words("photo.png", "mixed3b", "sae"), "photo.png"},
      {add_words("nowhere.npz", "mixed3b", "sae"), "nowhere.npz"},
      {add_words("sae.npz", "mixed9", "sae"), "mixed9"},
      {add_words("sae.npz", "mixed3b", "mixed4a"), "there is a layer 'mixed4a' already"},
      {add_words("sae.npz", "mixed3b", "a b"), "cannot name a layer"},
      {add_words("sae.npz", "mixed3b:pre", "sae"), "one of its branches"},
      {add_words("sae.npz", "mixed3b", "sae", "no/out.h5"), "no/out.h5"},
      {{"dictionary", "add", "sae.npz", "--as", "sae", "-o", "out.h5"}, "--to mixed3b"},
      {{"dictionary", "direction", "sae.npz", "6", "-o", "v.npy"}, "features are 0 to 5"},
      {{"dictionary", "direction", "sae.npz", "0", "-o", "v.txt"}, "v.txt"},
  };
  for (const auto& [words, said] : wrong) {
    const ProgramResult result = run(words);
    EXPECT_EQ(result.exit_code, 2) << said;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_NE(result.err.find(said), std::string::npos) << result.err;
    EXPECT_EQ(result.out, "") << said;
  }
  EXPECT_EQ(listing(folder_.path()), before);
}

}  // namespace
}  // namespace limpid::testing
