// The manifest's text, and what makes two of them different.
#include "engine/grid/manifest.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/grid/store_support.h"

namespace limpid::testing {
namespace {

TEST(Manifest, ComesBack) {
  Manifest manifest = small_manifest(3);
  manifest.weights.name = "with \"quotes\" and \n and \xff.h5";
  manifest.batch = 64;
  const std::string text = manifest_text(manifest);
  const Manifest back = parse_manifest(text, "manifest.json");
  EXPECT_EQ(manifest_text(back), text);
  EXPECT_EQ(compare(back, manifest), "");
  EXPECT_EQ(back.program_version, manifest.program_version);
  EXPECT_EQ(back.batch, 64);
  EXPECT_EQ(manifest_text(small_manifest()).find("batch"), std::string::npos) << "the CPU's are as they were";
}

TEST(Manifest, SaysWhetherParametersAreKept) {
  Manifest manifest = small_manifest(2);
  EXPECT_EQ(kept_parameters(manifest, manifest.jobs[1]), 0U);
  manifest.keep_parameters = true;
  const std::string text = manifest_text(manifest);
  EXPECT_TRUE(parse_manifest(text, "").keep_parameters);
  EXPECT_EQ(kept_parameters(manifest, manifest.jobs[1]), 3U * 6 * (6 / 2 + 1) * 2);
  manifest.jobs[1].parameters = Pixel{};
  EXPECT_EQ(kept_parameters(manifest, manifest.jobs[1]), 3U * 6 * 6);

  const std::string line = "  \"keep_parameters\": true,\n";
  const std::size_t at = text.find(line);
  ASSERT_NE(at, std::string::npos);
  EXPECT_FALSE(parse_manifest(std::string(text).erase(at, line.size()), "").keep_parameters) << "no field";
}

TEST(Manifest, HasAJobALine) {
  const std::string text = manifest_text(small_manifest(3));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 13) << text;
  EXPECT_NE(text.find("\n    {\"objective\":\"mixed4a:2\","), std::string::npos) << text;
  EXPECT_EQ(manifest_text(parse_manifest(manifest_text(Manifest()), "")), manifest_text(Manifest()));
}

TEST(Manifest, DifferencesAreNamed) {
  const std::vector<std::pair<std::string, std::function<void(Manifest&)>>> cases = {
      {"steps of job 3 (mixed4a:3): 5 in the store, 256 asked for",
       [](Manifest& m) { m.jobs[3].steps = 256; }},
      {"objective of job 2 (mixed4a:2): \"mixed4a:2\" in the store, \"-mixed4a:2\" asked for",
       [](Manifest& m) { m.jobs[2].objective.terms.front().weight = -1; }},
      {"seed of job 0", [](Manifest& m) { m.jobs[0].seed = 9; }},
      {"size of job 0 (mixed4a:0): [5,4] in the store, [5,7] asked for",
       [](Manifest& m) { m.jobs[0].width = 7; }},
      {"learning_rate of job 1", [](Manifest& m) { m.jobs[1].update.learning_rate = 0.06F; }},
      {"transforms of job 1 (mixed4a:1): \"pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)\" "
       "in the store, \"none\" asked for",
       [](Manifest& m) { m.jobs[1].view.transforms = {}; }},
      {"jobs: 12 in the store, 11 asked for", [](Manifest& m) { m.jobs.pop_back(); }},
      {"weights: bvlc.h5 (bvlc_googlenet, SHA-256 aaaaaaaaaaaa...) in the store",
       [](Manifest& m) { m.weights.sha256 = std::string(64, 'b'); }},
      {"device: cpu in the store, cuda asked for", [](Manifest& m) { m.device = "cuda"; }},
      {"keep_parameters: false in the store, true asked for", [](Manifest& m) { m.keep_parameters = true; }},
      {"precision: fp32 in the store, fp16 asked for", [](Manifest& m) { m.precision = "fp16"; }},
  };
  for (const auto& [expected, change] : cases) {
    Manifest asked = small_manifest();
    change(asked);
    EXPECT_EQ(compare(small_manifest(), asked).substr(0, expected.size()), expected);
  }
}

TEST(Manifest, SomeDifferencesMakeNoOtherTiles) {
  Manifest asked = small_manifest();
  asked.program_version = "0.2.0";
  asked.weights.name = "moved.h5";
  asked.weights.file = "else/moved.h5";
  asked.folder = "../..";
  asked.jobs[0].compute.threads = 7;
  EXPECT_EQ(compare(small_manifest(), asked), "");
}

TEST(Manifest, KnowsFilesByTheirChecksums) {
  Manifest manifest = small_manifest(2);
  manifest.weights.file = "nets/bvlc.h5";
  manifest.folder = "..";
  manifest.earlier = {std::string(64, 'c')};
  manifest.files = {{"a b.npy", std::string(64, 'd')}, {"photo.jpg", std::string(64, 'e')}};
  const std::string text = manifest_text(manifest);
  const Manifest back = parse_manifest(text, "manifest.json");
  EXPECT_EQ(manifest_text(back), text);
  EXPECT_EQ(back.weights.file, manifest.weights.file);
  EXPECT_EQ(back.folder, manifest.folder);
  EXPECT_EQ(back.earlier, manifest.earlier);
  EXPECT_EQ(back.files, manifest.files);
  manifest.files["photo.jpg"].front() = 'f';
  EXPECT_EQ(compare(back, manifest),
            "'photo.jpg': SHA-256 eeeeeeeeeeee... in the store, feeeeeeeeeee... asked for");
}

TEST(Manifest, DamageIsNamed) {
  const std::string text = manifest_text(small_manifest());
  const auto with = [&](std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return fmt::format("{}{}{}", text.substr(0, at), to, text.substr(at + from.size()));
  };
  const auto parse = [](const std::string& changed) { parse_manifest(changed, "m.json"); };
  expect_input_error({"m.json", "version 7", "version 1"},
                     [&] { parse(with("\"limpid_store\": 1", "\"limpid_store\": 7")); });
  expect_input_error({"m.json: jobs[4].seed"}, [&] { parse(with("\"seed\":4", "\"seed\":\"4\"")); });
  expect_input_error({"m.json: 'device' is missing"}, [&] { parse(with("\"device\"", "\"devise\"")); });
  expect_input_error({"m.json: weights.sha256"},
                     [&] { parse(with("\"sha256\":\"", "\"sha256\":3,\"x\":\"")); });
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  expect_input_error({"m.json: line 1, column 33: more than 32 brackets within one another"},
                     [&] { parse(deep); });
  expect_input_error({"m.json: line ", "more than 32 brackets"},
                     [&] { parse(with("\"seed\":4", "\"seed\":" + deep)); });
  expect_input_error({"m.json: jobs[4].seed"},
                     [&] { parse(with("\"seed\":4", "\"seed\":\"\\\"" + deep + "\"")); });
  for (std::size_t size = 0; size + 1 < text.size(); size += 7) {
    expect_input_error({"m.json"}, [&] { parse(text.substr(0, size)); });
  }
}

}  // namespace
}  // namespace limpid::testing
