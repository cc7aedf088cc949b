// What the program does when all is well.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "engine/limpid.hpp"
#include "engine/pictures/image_file.h"
#include "tests/sanitized.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/sha256.h"

namespace limpid::testing {
namespace {

using json = nlohmann::json;

const std::vector<std::string> kCommands = {
    "render",          "gradient", "activations", "classify", "layers", "inspect", "convert", "plan",
    "bench",           "grid",     "sheet",       "gallery",  "tune",   "export",  "verify",  "attribute",
    "activation-grid", "groups",   "explain",     "weights"};

/// A folder with weights.h5 of two channels a convolution, so that every command is quick, and three
/// pictures.
class Program : public ::testing::Test {
 protected:
  void SetUp() override {
    Model model = narrow_model("bvlc_googlenet");
    model.classes = {"one", "two", "three"};
    write_model(model, folder_ / "weights.h5");
    const std::filesystem::path fixtures = LIMPID_FIXTURES;
    for (const auto* name : {"cmyk.jpg", "gray8.png", "rgb16.png"}) {
      std::filesystem::copy_file(fixtures / name, folder_ / name);
    }
  }

  /// Runs with the narrow weights, expecting success and nothing but progress on standard error.
  std::string run(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--weights", "weights.h5"});
    const ProgramResult result = run_program(arguments, folder_.path());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    err_ = result.err;
    return result.out;
  }

  std::vector<std::string> new_files() const {
    std::vector<std::string> names;
    for (const std::string& name : listing(folder_.path())) {
      const bool given =
          name == "weights.h5" || name == "cmyk.jpg" || name == "gray8.png" || name == "rgb16.png";
      if (!given) names.push_back(name);
    }
    return names;
  }

  TemporaryFolder folder_;
  std::string err_;
};

using Names = std::vector<std::string>;

TEST_F(Program, SaysItsVersion) {
  const ProgramResult result = run_program({"--version"}, folder_.path());
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.out, "limpid " + version() + "\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(Program, HelpNamesEveryCommandAndGivesExamples) {
  const ProgramResult help = run_program({"--help"}, folder_.path());
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("Example"), std::string::npos);
  for (const std::string& command : kCommands) {
    EXPECT_NE(help.out.find("\n  " + command + " "), std::string::npos) << command;
    const ProgramResult result = run_program({command, "--help"}, folder_.path());
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_NE(result.out.find("\n  limpid " + command + " "), std::string::npos) << result.out;
    EXPECT_EQ(result.err, "");
  }
}

TEST_F(Program, RendersAPicture) {
  const std::string out = run({"render", "mixed3a:1", "--size", "33x48", "--steps", "3", "-o", "a.png"});
  EXPECT_NE(out.find("mixed3a:1 = "), std::string::npos) << out;
  EXPECT_NE(err_.find("step 3/3"), std::string::npos) << err_;
  EXPECT_EQ(new_files(), Names{"a.png"});
  const Image picture = read_image(folder_ / "a.png");
  EXPECT_EQ(picture.height, 33);
  EXPECT_EQ(picture.width, 48);
}

TEST_F(Program, KeepsSnapshotsAndNamesThePicture) {
  run({"render", "mixed3a:1:pre", "--negative", "--size", "32", "--steps", "4", "--thresholds", "3,1,4"});
  EXPECT_EQ(new_files(), (Names{"mixed3a-1-pre-negative-00001.png", "mixed3a-1-pre-negative-00003.png",
                                "mixed3a-1-pre-negative.png"}));
}

TEST_F(Program, TheSameSeedGivesTheSameBytes) {
  const auto bytes = [&](const char* seed, const char* threads) {
    run({"render", "mixed3a:1", "--size", "40", "--steps", "5", "--seed", seed, "--threads", threads, "-o",
         "s.png"});
    return read_text(folder_ / "s.png");
  };
  const std::string first = bytes("7", "1");
  EXPECT_EQ(bytes("7", "1"), first);
  EXPECT_EQ(bytes("7", "2"), first);
  EXPECT_NE(bytes("18446744073709551615", "1"), first);
}

TEST_F(Program, EveryOptionOfRenderIsTaken) {
  run({"render", "mixed3a:1", "--size", "32", "--steps", "2", "--param", "pixel", "--no-decorrelate",
       "--no-transforms", "--no-redirected-relu", "--learning-rate", "0.1", "-o", "a.jpg", "-q"});
  EXPECT_EQ(err_, "");
  EXPECT_EQ(read_image(folder_ / "a.jpg").height, 32);
}

TEST_F(Program, APictureWithAlphaIsAFileWithAlpha) {
  std::vector<std::string> arguments = {"render",  "mixed3a:1 - 5*alpha",
                                        "--alpha", "--size",
                                        "32",      "--steps",
                                        "4",       "--images",
                                        "2",       "-o",
                                        "a.png",   "-q"};
  run(arguments);
  const std::string bytes = read_text(folder_ / "a.png");
  EXPECT_EQ(bytes[25], 6) << "its kind of colour: RGB and alpha";
  const Image on_white = read_image(folder_ / "a.png");
  EXPECT_EQ(on_white.width, 64);
  arguments[10] = "a.webp";
  run(arguments);
  EXPECT_EQ(read_image(folder_ / "a.webp").rgb, on_white.rgb);
  // Half transparent, and the other half gray: three quarters.
  const double sum = std::accumulate(on_white.rgb.begin(), on_white.rgb.end(), 0.0);
  EXPECT_GT(sum / static_cast<double>(on_white.rgb.size()), 0.65);
  arguments[2] = "--quiet";
  arguments[1] = "mixed3a:1";
  arguments[10] = "b.png";
  run(arguments);
  EXPECT_EQ(read_text(folder_ / "b.png")[25], 2) << "RGB";
}

TEST_F(Program, APngSaysHowItWasMade) {
  run({"render", "mixed3a:1", "--size", "32", "--steps", "3", "--thresholds", "2", "-o", "a.png", "-q"});
  const std::string bytes = read_text(folder_ / "a.png");
  const auto has = [&](const std::string& text) { return bytes.find(text) != std::string::npos; };
  EXPECT_TRUE(has("tEXtSoftware" + std::string(1, '\0') + "limpid " + version()));
  const std::string command = "limpid render mixed3a:1 --seed 0 --size 32 --steps 3";
  EXPECT_TRUE(has("tEXtCommand" + std::string(1, '\0') + command));
  EXPECT_TRUE(has("tEXtWeights SHA-256" + std::string(1, '\0') + sha256_of_file(folder_ / "weights.h5")));
  EXPECT_FALSE(has("tEXtStep"));
  EXPECT_NE(read_text(folder_ / "a-00002.png").find("tEXtStep" + std::string(1, '\0') + "2"),
            std::string::npos);
  // The same picture has the same bytes, whatever it is called and however many threads made it.
  run({"render", "mixed3a:1", "--size", "32", "--steps", "3", "--threads", "1", "-o", "b.png", "-q"});
  EXPECT_EQ(read_text(folder_ / "b.png"), bytes);
}

TEST_F(Program, APictureGoesIntoAFolderOrToStandardOutput) {
  std::filesystem::create_directory(folder_ / "sub");
  const std::vector<std::string> render = {"render", "mixed3a:1", "--size", "32", "--steps", "2", "-o"};
  const auto to = [&](const char* output) {
    std::vector<std::string> arguments = render;
    arguments.emplace_back(output);
    return run(arguments);
  };
  to("sub/");
  to("sub");
  EXPECT_EQ(listing(folder_ / "sub"), Names{"mixed3a-1.png"});
  const std::string out = to("-");
  EXPECT_EQ(out, read_text(folder_ / "sub/mixed3a-1.png"));
  EXPECT_NE(err_.find("mixed3a:1 = "), std::string::npos) << "the summary is not in the picture";
  EXPECT_EQ(new_files(), (Names{"sub", "sub/mixed3a-1.png"}));
}

TEST_F(Program, PhotosOfEverySizeAreFitted) {
  const std::vector<std::vector<std::string>> uses = {
      {"render", "mixed3a:1", "--init", "cmyk.jpg"},
      {"render", "mixed3a:1", "--mask", "gray8.png", "--fit", "stretch"},
      {"render", "match(cmyk.jpg, mixed3a)"},
      {"render", "style(cmyk.jpg, conv2d2, mixed3a)", "--fit", "pad"},
      {"render", "caricature(cmyk.jpg, mixed3a)", "--watch", "distance(rgb16.png)"},
      {"render", "mixed3a:1 - distance(cmyk.jpg)"},
  };
  for (std::vector<std::string> arguments : uses) {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    arguments.insert(arguments.end(), {"--size", "40x56", "--steps", "1", "-o", "a.png"});
    run(arguments);
    EXPECT_NE(err_.find("(height x width)"), std::string::npos) << err_;
    EXPECT_NE(err_.find("to 40x56; --fit"), std::string::npos) << err_;
    EXPECT_EQ(read_image(folder_ / "a.png").width, 56);
    arguments.emplace_back("-q");
    run(arguments);
    EXPECT_EQ(err_, "");
  }
  // One line a file, however often it is named; none for a photo of the picture's size.
  run({"render", "match(gray8.png, mixed3a) - distance(gray8.png)", "--init", "gray8.png", "--size", "32",
       "--steps", "1", "--json", "-o", "a.png"});
  EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
  run({"render", "mixed3a:1", "--init", "a.png", "--size", "32", "--steps", "1", "--json", "-o", "b.png"});
  EXPECT_EQ(err_, "");
}

TEST_F(Program, FilesOfObjectivesMayBeQuoted) {
  std::filesystem::copy_file(folder_ / "cmyk.jpg", folder_ / "photo (1), \"so\".jpg");
  for (const char* text :
       {"match('photo (1), \"so\".jpg', mixed3a)", "match(\"photo (1), \"\"so\"\".jpg\", mixed3a)"}) {
    const std::string out = run({"render", text, "--size", "32", "--steps", "1", "-o", "a.png"});
    EXPECT_TRUE(out.starts_with("match(\"photo (1), \"\"so\"\".jpg\", mixed3a) = ")) << out;
  }
}

TEST_F(Program, EveryOptionOfTheUpdateIsTaken) {
  run({"render",
       "mixed3a:1",
       "--size",
       "32",
       "--steps",
       "3",
       "--optimizer",
       "ascent",
       "--normalise-gradient",
       "--schedule",
       "cosine",
       "--warmup",
       "1",
       "--redirected-relu",
       "2",
       "--pool-gradient",
       "l2",
       "--patience",
       "5",
       "--restarts",
       "2",
       "-o",
       "a.png"});
  EXPECT_EQ(new_files(), Names{"a.png"});
}

TEST_F(Program, APlateauEndsARender) {
  const std::vector<std::string> plateau = {"render", "mixed3a:1",       "--size", "32",         "--steps",
                                            "400",    "--learning-rate", "2",      "--patience", "2"};
  std::vector<std::string> arguments = plateau;
  arguments.insert(arguments.end(), {"--thresholds", "1,399", "--json", "-q", "-o", "p.png"});
  const json done = json::parse(run(arguments));
  const int steps = done.at("steps");
  EXPECT_LT(steps, 399);
  EXPECT_EQ(steps % 2, 0);
  EXPECT_EQ(done.at("snapshots").size(), 2U);
  EXPECT_EQ(new_files(), (Names{"p-00001.png", "p.png"}));
  arguments = plateau;
  arguments.insert(arguments.end(), {"-q", "-o", "again.png"});
  run(arguments);
  EXPECT_EQ(read_text(folder_ / "again.png"), read_text(folder_ / "p.png"));
}

TEST_F(Program, NamesTheRestartThatWasKept) {
  const json done = json::parse(run({"render", "mixed3a:1", "--size", "32", "--steps", "3", "--restarts", "3",
                                     "--json", "-q", "-o", "r.png"}));
  EXPECT_TRUE(done.at("restart").is_number());
  EXPECT_NE(run({"render", "mixed3a:1", "--size", "32", "--steps", "3", "--restarts", "3", "-o", "r.png"})
                .find("restart " + done.at("restart").dump() + " of 0 to 2"),
            std::string::npos);
}

TEST_F(Program, AStripIsAllPicturesAsOne) {
  run({"render", "mixed3a:1", "--size", "32x20", "--steps", "4", "--thresholds", "1,3", "-o", "a.png"});
  run({"render", "mixed3a:1", "--size", "32x20", "--steps", "4", "--thresholds", "1,3", "--strip", "-o",
       "s.png"});
  EXPECT_EQ(new_files(), (Names{"a-00001.png", "a-00003.png", "a.png", "s.png"}));
  const Image strip = read_image(folder_ / "s.png"), last = read_image(folder_ / "a.png");
  ASSERT_EQ(strip.height, 32);
  ASSERT_EQ(strip.width, 60);
  for (std::size_t i = 0; i < 60; ++i) EXPECT_EQ(strip.rgb[31 * 180 + 120 + i], last.rgb[31 * 60 + i]);
}

TEST_F(Program, AnAnimationIsWrittenBesideThePicture) {
  run({"render", "mixed3a:1", "--size", "32", "--steps", "5", "--animation", "a.webp", "--save-every", "2",
       "--fps", "8", "-o", "a.png"});
  EXPECT_EQ(new_files(), (Names{"a.png", "a.webp"}));
  EXPECT_EQ(read_text(folder_ / "a.webp").substr(8, 4), "WEBP");
}

TEST_F(Program, TransformsAreAListOrAPreset) {
  const auto bytes = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"render",  "mixed3a:1", "--size", "40",
                                          "--steps", "3",         "-o",     "t.png"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    run(arguments);
    return read_text(folder_ / "t.png");
  };
  const std::string standard = bytes({}), none = bytes({"--no-transforms"});
  EXPECT_EQ(bytes({"--preset", "distill"}), standard);
  EXPECT_EQ(bytes({"--transforms", "pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)"}),
            standard);
  EXPECT_EQ(bytes({"--preset", "none"}), none);
  EXPECT_EQ(bytes({"--preset", "deck", "--transforms", "none"}), none);
  EXPECT_NE(standard, none);
  const std::string deck = bytes({"--preset", "deck"});
  EXPECT_NE(deck, standard);
  EXPECT_EQ(bytes({"--transforms", "pad(2,reflect) jitter(1) scale(0.9090909..1.1^21) rotate(-5..5/11)"}),
            deck);
}

TEST_F(Program, APresetSaysWhatOptionsDoNot) {
  const auto made = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"render", "conv2d2:1", "--thresholds", "1",
                                          "--json", "-o",        "t.png"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    std::istringstream out(run(arguments));
    json last;
    for (std::string line; std::getline(out, line);) last = json::parse(line);
    const Image image = read_image(folder_ / "t.png");
    return std::array{image.height, image.width, last.at("snapshots").back().at("step").get<int>()};
  };
  EXPECT_EQ(made({"--preset", "lucid", "--steps", "2"}), (std::array{128, 128, 2}));
  EXPECT_EQ(made({"--preset", "lucid", "--size", "40x50", "--steps", "3"}), (std::array{40, 50, 3}));
  EXPECT_EQ(made({"--preset", "captum", "--steps", "1"}), (std::array{224, 224, 1}));
  if (!test::kSanitized) {  // A thousand steps, to see where they end.
    EXPECT_EQ(made({"--preset", "lucid", "--size", "16"}), (std::array{16, 16, 513}));
    EXPECT_EQ(made({"--size", "16"}), (std::array{16, 16, 512}));
  }

  const auto bytes = [&](const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {"render", "conv2d2:1", "--steps", "3", "-o", "t.png"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    run(arguments);
    return read_text(folder_ / "t.png");
  };
  // Every setting of a preset has an option, and all of them together are the preset.
  EXPECT_EQ(bytes({"--preset", "captum", "--size", "48"}),
            bytes({"--size", "48", "--transforms", "captum: scale(1,0.975,1.025,0.95,1.05) jitter(16)",
                   "--learning-rate", "0.025", "--amplitude", "1", "--sd", "0.02", "--relu-gradient",
                   "unmasked", "--redirected-relu", "1000000"}));
  EXPECT_EQ(bytes({"--preset", "lucid"}),
            bytes({"--size", "128", "--epsilon-form", "uncorrected", "--transforms",
                   "lucid: pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)"}));
  EXPECT_NE(bytes({"--preset", "lucent", "--size", "48"}), bytes({"--preset", "lucid", "--size", "48"}));
}

TEST_F(Program, QuietRenderPrintsNothing) {
  EXPECT_EQ(run({"render", "mixed3a", "--size", "32", "--steps", "2", "--quiet"}), "");
  EXPECT_EQ(err_, "");
}

TEST_F(Program, JsonOfRender) {
  std::istringstream out(run(
      {"render", "mixed3a:1", "--size", "32", "--steps", "3", "--thresholds", "2", "--json", "-o", "j.png"}));
  EXPECT_EQ(err_, "");
  std::vector<json> events;
  for (std::string line; std::getline(out, line);) events.push_back(json::parse(line));
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[1].at("event"), "step");
  EXPECT_EQ(events[1].at("step"), 2);
  const json& done = events[3];
  EXPECT_EQ(done.at("event"), "done");
  EXPECT_EQ(done.at("objective"), "mixed3a:1");
  EXPECT_TRUE(done.at("value").is_number());
  EXPECT_EQ(done.at("output"), "j.png");
  EXPECT_EQ(done.at("snapshots").at(0).at("file"), "j-00002.png");
  EXPECT_EQ(done.at("snapshots").at(1).at("step"), 3);
}

TEST_F(Program, GradientOfAPhoto) {
  run({"gradient", "rgb16.png", "mixed3a:1", "-o", "g.h5"});
  EXPECT_EQ(new_files(), Names{"g.h5"});
  // The checksum is that of the weights' file, as in pictures and manifests.
  EXPECT_NE(read_text(folder_ / "g.h5").find(sha256_of_file(folder_ / "weights.h5")), std::string::npos);
}

TEST_F(Program, GradientsAndActivationsAreWhatTheirNamesSay) {
  for (const char* name : {"g.npy", "g.npz", "g.png"})
    run({"gradient", "rgb16.png", "mixed3a:1", "-o", name});
  for (const char* name : {"a.npy", "a.npz"}) run({"activations", "rgb16.png", "mixed3a", "-o", name});
  EXPECT_EQ(new_files(), (Names{"a.npy", "a.npz", "g.npy", "g.npz", "g.png"}));
  for (const char* name : {"a.npy", "g.npy"})
    EXPECT_TRUE(read_text(folder_ / name).starts_with("\x93NUMPY")) << name;
  for (const char* name : {"a.npz", "g.npz"})
    EXPECT_TRUE(read_text(folder_ / name).starts_with("PK")) << name;
  EXPECT_EQ(read_text(folder_ / "g.npy").size() % 64, 224 * 224 * 3 * 4 % 64);
  EXPECT_EQ(read_image(folder_ / "g.png").height, 224);
  EXPECT_NE(read_text(folder_ / "g.png").find("limpid gradient rgb16.png mixed3a:1"), std::string::npos);
}

TEST_F(Program, ActivationsOnAPhoto) {
  const std::string out = run({"activations", "gray8.png", "mixed3a:pre"});
  EXPECT_NE(out.find("(8 x 28 x 28)"), std::string::npos) << out;
  EXPECT_EQ(new_files(), Names{"mixed3a-pre.h5"});
  EXPECT_NE(read_text(folder_ / "mixed3a-pre.h5").find(sha256_of_file(folder_ / "weights.h5")),
            std::string::npos);
}

TEST_F(Program, ClassifiesPicturesOfEveryKind) {
  const std::string out = run({"classify", "cmyk.jpg", "gray8.png", "rgb16.png", "--top", "2"});
  for (const auto* name : {"cmyk.jpg\n", "gray8.png\n", "rgb16.png\n"})
    EXPECT_NE(out.find(name), std::string::npos);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 9);
}

TEST_F(Program, JsonOfClassify) {
  const json result = json::parse(run({"classify", "cmyk.jpg", "--json", "--top", "3"}));
  EXPECT_EQ(result.at("image"), "cmyk.jpg");
  double total = 0;
  double previous = 1;
  for (const json& row : result.at("top")) {
    const double probability = row.at("probability");
    EXPECT_LE(probability, previous);
    previous = probability;
    total += probability;
    EXPECT_EQ(row.at("label"), (Names{"one", "two", "three"}[row.at("class").get<std::size_t>()]));
  }
  EXPECT_NEAR(total, 1, 1e-5);
}

TEST_F(Program, ClassifyTakesOtherLabels) {
  write_text(folder_ / "labels.txt", "uno\ndos\ntres\n");
  const std::string out = run({"classify", "cmyk.jpg", "--labels", "labels.txt", "--top", "3"});
  for (const auto* label : {"uno", "dos", "tres"}) EXPECT_NE(out.find(label), std::string::npos) << out;
}

TEST_F(Program, ListsLayers) {
  const json layers = json::parse(run({"layers", "--size", "224x320", "--json"}));
  const auto mixed4a =
      std::find_if(layers.begin(), layers.end(), [](const json& row) { return row.at("name") == "mixed4a"; });
  ASSERT_NE(mixed4a, layers.end());
  EXPECT_EQ(mixed4a->at("alias"), "inception_4a/output");
  EXPECT_EQ(mixed4a->at("channels"), 8);
  EXPECT_EQ(mixed4a->at("height"), 14);
  EXPECT_EQ(mixed4a->at("width"), 20);
  const std::string table = run({"layers"});
  EXPECT_NE(table.find("\nmixed4a "), std::string::npos);
  EXPECT_NE(table.find("14 x 14"), std::string::npos);
}

TEST_F(Program, InspectsWeights) {
  const ProgramResult table = run_program({"inspect", "weights.h5"}, folder_.path());
  EXPECT_EQ(table.exit_code, 0);
  for (const auto* part :
       {"family      bvlc_googlenet", "source      narrow", "licence", "\nmixed5b_5x5 ", "2x3x7x7"}) {
    EXPECT_NE(table.out.find(part), std::string::npos) << part;
  }
  const ProgramResult result = run_program({"inspect", "weights.h5", "--json"}, folder_.path());
  const json object = json::parse(result.out);
  EXPECT_EQ(object.at("family"), "bvlc_googlenet");
  EXPECT_EQ(object.at("training"), "");
  EXPECT_EQ(object.at("layers").size(), 58U);
  EXPECT_EQ(object.at("layers").at(0).at("filter").at("shape"), json({2, 3, 7, 7}));
  EXPECT_EQ(object.at("labels").at(2), "three");
}

TEST_F(Program, ExportsWhatConvertsBackToTheSameBytes) {
  Model model = read_model(folder_ / "weights.h5");
  model.provenance.sha256 = std::string(64, 'a');
  write_model(model, folder_ / "own.h5");
  for (const char* exported : {"out.npz", "out.safetensors"}) {
    const ProgramResult result = run_program({"export", "own.h5", exported}, folder_.path());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.out, std::string(exported) + ": bvlc_googlenet, 116 tensors of 32 bits\n");
    EXPECT_EQ(run_program({"convert", exported, "again.h5"}, folder_.path()).exit_code, 0);
    EXPECT_TRUE(read_text(folder_ / "again.h5") == read_text(folder_ / "own.h5"));
  }
}

TEST_F(Program, VerifyTellsEqualFromDifferent) {
  ASSERT_EQ(run_program({"export", "weights.h5", "same.safetensors"}, folder_.path()).exit_code, 0);
  const ProgramResult same =
      run_program({"verify", "weights.h5", "same.safetensors", "gray8.png"}, folder_.path());
  EXPECT_EQ(same.exit_code, 0) << same.err;
  EXPECT_NE(same.out.find("\nequal, bit for bit\n"), std::string::npos) << same.out;

  Model other = narrow_model("bvlc_googlenet");
  other.layers[4].filter[0] += 0.125F;
  change_rules(other, [](InceptionRules& rules) { rules.pool_sizes[3] = 2; });
  write_model(other, folder_ / "other.h5");
  const ProgramResult apart = run_program({"verify", "weights.h5", "other.h5", "--json"}, folder_.path());
  EXPECT_EQ(apart.exit_code, 1);
  EXPECT_EQ(apart.err, "");
  const json answer = json::parse(apart.out);
  EXPECT_FALSE(answer["equal"]);
  EXPECT_FALSE(answer["within_tolerance"]);
  EXPECT_FALSE(answer["same_labels"]);
  ASSERT_EQ(answer["rules"].size(), 1U);
  EXPECT_EQ(answer["rules"][0]["name"], "pool_sizes");
  ASSERT_EQ(answer["tensors"].size(), 116U);
  for (const json& tensor : answer["tensors"]) {
    const bool changed = tensor["name"] == "mixed3a_3x3_bottleneck.weight";
    EXPECT_EQ(tensor["max_abs"], changed ? 0.125 : 0) << tensor["name"];
  }
  ASSERT_EQ(answer["activations"].size(), 14U);
  EXPECT_EQ(answer["activations"][2]["name"], "conv2d2");
  EXPECT_TRUE(answer["activations"][2]["equal"]);
}

TEST_F(Program, ConvertsItsOwnFile) {
  const ProgramResult result = run_program({"convert", "weights.h5", "half.h5", "--half"}, folder_.path());
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_LT(std::filesystem::file_size(folder_ / "half.h5"),
            std::filesystem::file_size(folder_ / "weights.h5"));
  expect_equal(read_model(folder_ / "half.h5"), read_model(folder_ / "weights.h5"));
}

TEST_F(Program, ConvertsNoFileIntoItself) {
  const std::string bytes = read_text(folder_ / "weights.h5");
  expect_refusal(run_program({"convert", "weights.h5", "./weights.h5", "--half"}, folder_.path()),
                 {"'./weights.h5'", "name another file"});
  EXPECT_EQ(read_text(folder_ / "weights.h5"), bytes);
}

TEST_F(Program, WatchesNoStoreThatIsNotThere) {
  expect_refusal(run_program({"watch", "none.limpid"}, folder_.path()), {"none.limpid", "does not exist"});
}

TEST_F(Program, WhatIsReadIsNotWrittenOver) {
  std::filesystem::create_symlink("gray8.png", folder_ / "same.png");
  const std::string photo = read_text(folder_ / "gray8.png"), weights = read_text(folder_ / "weights.h5");
  const std::vector<std::vector<std::string>> commands = {
      {"gradient", "gray8.png", "mixed3a:1", "-w", "weights.h5", "-o", "weights.h5"},
      {"gradient", "same.png", "mixed3a:1", "-w", "weights.h5", "-o", "gray8.png"},
      {"render", "mixed3a:1", "-w", "weights.h5", "--init=gray8.png", "--output=./gray8.png"},
      {"bench", "--json", "weights.h5"}};
  for (const std::vector<std::string>& words : commands) {
    expect_refusal(run_program(words, folder_.path(), {.environment = {{"LIMPID_WEIGHTS", "weights.h5"}}}),
                   {"is what is read and what is to be written: name another file"});
  }
  EXPECT_EQ(read_text(folder_ / "gray8.png"), photo);
  EXPECT_EQ(read_text(folder_ / "weights.h5"), weights);
}

}  // namespace
}  // namespace limpid::testing
