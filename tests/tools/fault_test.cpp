// Every command that writes, under everything that can go wrong while it does: what is there is whole,
// nothing half-written stays, and the next run makes what an undisturbed one does.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>

#include "engine/pictures/image_file.h"
#include "tests/sanitized.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using Words = std::vector<std::string>;
using Contents = std::map<std::string, std::string>;

struct Writer {
  const char* name;
  Words words;
  Words again = {};  ///< Added where it goes on with what a former run left.
  /// It writes how long things took, which is never the same, and what it prints is a result too.
  bool timings = false;
};

void PrintTo(const Writer& writer, std::ostream* stream) {
  *stream << writer.name;
}

std::vector<Writer> writers() {
  const Words size = {"--size", "32", "--steps", "2", "--seed", "3"};
  const auto render = [&](Words more) {
    Words words = {"render", "mixed3a:1"};
    words.insert(words.end(), size.begin(), size.end());
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  Words grid = {"grid", "mixed3a:0-2", "-o", "out"};
  grid.insert(grid.end(), size.begin(), size.end());
  return {
      {"RenderPng", render({"-o", "out.png"})},
      {"RenderJpegAndThresholds", render({"--thresholds", "1", "-o", "out.jpg"})},
      {"RenderAnimation", render({"-o", "out.png", "--animation", "out.webp", "--save-every", "1"})},
      {"Grid", grid, {"--resume"}},
      {"SheetPng", {"sheet", "made.limpid", "-o", "out.png"}},
      {"SheetJpeg", {"sheet", "made.limpid", "-o", "out.jpg"}},
      {"SheetWebp", {"sheet", "made.limpid", "-o", "out.webp"}},
      {"SheetSprites", {"sheet", "made.limpid", "--sprites", "-o", "out.png"}},
      {"SheetDeepZoom", {"sheet", "made.limpid", "--deepzoom", "out"}},
      {"Gallery", {"gallery", "made.limpid", "-o", "out"}},
      {"Examples",
       {"examples", "build", "photos", "-o", "out", "--size", "32", "--layers", "conv2d0,mixed3a"},
       {"--resume"}},
      {"ExamplesProcedural",
       {"examples", "build", "--procedural", "5", "-o", "out", "--size", "32", "--layers", "conv2d0"},
       {"--resume"}},
      {"Facets",
       {"facets", "conv2d0:1", "made.limpidx", "--clusters", "2", "--size", "32", "--steps", "1", "-o",
        "out"}},
      {"Tour", {"tour", "-o", "out", "--units", "2", "--size", "32", "--steps", "1"}},
      {"RenderWebp", render({"-o", "out.webp"})},
      {"Gradient", {"gradient", "photo.png", "mixed3a:1", "-o", "out.h5"}},
      {"GradientPng", {"gradient", "photo.png", "mixed3a:1", "-o", "out.png"}},
      {"GradientNpy", {"gradient", "photo.png", "mixed3a:1", "-o", "out.npy"}},
      {"Activations", {"activations", "photo.png", "mixed3a", "-o", "out.h5"}},
      {"ActivationsNpz", {"activations", "photo.png", "mixed3a", "-o", "out.npz"}},
      {"Attribute", {"attribute", "photo.png", "mixed4a:1", "--to", "mixed3b", "-o", "out.h5"}},
      {"AttributeCurves",
       {"attribute", "photo.png", "mixed5b:1", "--to", "mixed5a", "--method", "linear", "--curves", "out.svg",
        "-o", "out.h5"}},
      {"Accentuate",
       {"accentuate", "photo.png", "conv2d1:1", "--layer", "conv2d0", "--size", "32", "--steps", "1",
        "--draws", "1", "-o", "out.png", "--transparency", "where.png"}},
      {"Probe",
       {"probe", "conv2d0:1", "discs", "--radius", "2:4:1", "--size", "32", "-o", "out.svg", "-o",
        "out.json"}},
      {"Dissect",
       {"dissect", "--procedural", "4", "--layers", "conv2d0", "--rotations", "1", "--size", "32", "-o",
        "out.json", "--plot", "out.svg"}},
      {"WeightsSvg", {"weights", "mixed4a:1", "--from", "mixed3b", "--top", "2", "-o", "out.svg"}},
      {"Groups",
       {"groups", "photo.png", "mixed5a", "--groups", "2", "--icon", "48", "--steps", "1", "-o", "out"}},
      {"Convert", {"convert", "weights.h5", "out.h5"}},
      {"DictionaryAdd",
       {"dictionary", "add", "vectors.npy", "--to", "mixed3b", "--as", "vectors", "-o", "out.h5"}},
      {"ExportNpz", {"export", "weights.h5", "out.npz"}},
      {"ExportSafetensors", {"export", "weights.h5", "out.safetensors"}},
      {"ExportTiles", {"export", "made.limpid", "out"}},
      {"Bench",
       {"bench", "--layers", "mixed3a:1", "--sizes", "32", "--batches", "1", "--repeats", "1", "--seconds",
        "0.001", "--json", "out.json", "--plot", "out.svg"},
       {},
       true},
      {"Prior", {"prior", "fit", "photos", "-o", "out.h5", "--size", "16"}},
  };
}

class Faults : public ::testing::TestWithParam<Writer> {
 protected:
  Faults() {
    write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5");
    const fs::path photo = fs::path(LIMPID_FIXTURES) / "rgb8.png";
    fs::copy_file(photo, folder_ / "photo.png");
    // One direction of a module's eight channels, in numpy's format.
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 8), }";
    header.resize(117, ' ');
    std::ofstream(folder_ / "vectors.npy", std::ios::binary)
        << std::string("\x93NUMPY\x01\x00\x76\x00", 10) << header << '\n'
        << std::string(32, '\x3f');
    fs::create_directory(folder_ / "photos");
    fs::copy_file(photo, folder_ / "photos/a.png");
    if (std::ranges::count(GetParam().words, "made.limpid") > 0) {
      const ProgramResult made = run_program(
          {"grid", "mixed3a:0-2", "--size", "32", "--steps", "2", "-q", "--no-sheet", "-o", "made"},
          folder_.path(), {.environment = environment("")});
      EXPECT_EQ(made.exit_code, 0) << made.err;
    }
    if (std::ranges::count(GetParam().words, "made.limpidx") > 0) {
      const ProgramResult made = run_program({"examples", "build", "--procedural", "12", "--size", "32",
                                              "--layers", "conv2d0", "-q", "-o", "made"},
                                             folder_.path(), {.environment = environment("")});
      EXPECT_EQ(made.exit_code, 0) << made.err;
    }
    before_ = contents();
    // Counted, and what an undisturbed run makes.
    const ProgramResult calm = run({}, "none:0");
    EXPECT_EQ(calm.exit_code, 0) << calm.err;
    calm_ = contents();
    EXPECT_GT(calm_.size(), before_.size());
    operations_ = std::stoi(read_text(counts_ / "operations"));
    EXPECT_GT(operations_, 2);
    clear();
  }

  std::vector<std::pair<std::string, std::string>> environment(const std::string& fault) const {
    std::vector<std::pair<std::string, std::string>> variables = {{"LIMPID_WEIGHTS", "weights.h5"},
                                                                  {"OMP_NUM_THREADS", "1"}};
    if (fault.empty()) return variables;
    variables.emplace_back("LD_PRELOAD", LIMPID_FAULT_SHIM);
    variables.emplace_back("LIMPID_FAULT", fault);
    variables.emplace_back("LIMPID_OPERATIONS", (counts_ / "operations").string());
    // The sanitizers' library is not the first then, which is as it shall be.
    variables.emplace_back("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0");
    return variables;
  }

  ProgramResult run(const Words& more, const std::string& fault, Surroundings surroundings = {}) const {
    Words words = GetParam().words;
    words.insert(words.end(), more.begin(), more.end());
    surroundings.environment = environment(fault);
    return run_program(words, folder_.path(), surroundings);
  }

  Contents contents() const {
    Contents all;
    for (const std::string& name : listing(folder_.path())) {
      const fs::path path = folder_ / name;
      all[name] = fs::is_regular_file(path) ? read_text(path) : "folder";
    }
    return all;
  }

  void clear() const {
    for (const auto& [name, content] : contents()) {
      if (!before_.contains(name)) fs::remove_all(folder_ / name);
    }
  }

  /// Of a store or an index, which grows file by file: "out.limpid/manifest.json", "out/edges.limpid/units.h5".
  static bool in_store(const std::string& name) {
    return name.starts_with("out") && name.find(".limpid") != name.npos;
  }

  /// What is finished of a run that did not end, which the next one goes on with.
  static bool is_kept(const std::string& name) { return name.find(".unfinished") != name.npos; }

  /// Whether a result is what an undisturbed run makes.
  bool whole(const std::string& name, const std::string& content) const {
    const std::string& calm = calm_.at(name);
    if (!GetParam().timings) return content == calm;
    const std::string_view end =
        std::string_view(calm).substr(calm.size() - std::min<std::size_t>(calm.size(), 4));
    return content.ends_with(end);
  }

  /// Nothing temporary, and of the results only whole ones. A store grows file by file.
  void expect_nothing_half() const {
    for (const auto& [name, content] : contents()) {
      if (!calm_.contains(name)) {
        // A folder's own mark, ".limpid-groups", is a result, where a signal came after the last one.
        EXPECT_EQ(name.find("/."), std::string::npos) << name;
        EXPECT_FALSE(name.starts_with('.') || name.ends_with(".tmp")) << name;
        EXPECT_TRUE(is_kept(name) || (in_store(name) && name.find("/segment-") != name.npos)) << name;
      } else {
        EXPECT_TRUE(whole(name, content) || in_store(name)) << name << " is half there";
      }
    }
  }

  void expect_undisturbed() const {
    const Contents all = contents();
    for (const auto& [name, content] : calm_) {
      EXPECT_TRUE(all.contains(name) && whole(name, all.at(name))) << name;
    }
    for (const auto& [name, content] : all) EXPECT_TRUE(calm_.contains(name)) << name;
  }

  void expect_the_next_run_to_make_it() const {
    const bool goes_on = fs::exists(folder_ / "out.limpid") || fs::exists(folder_ / "out.limpidx");
    const ProgramResult result = run(goes_on ? GetParam().again : Words{}, "");
    EXPECT_EQ(result.exit_code, 0) << result.err;
    expect_undisturbed();
    clear();
  }

  void expect_refused(const ProgramResult& result, const std::string& reason) const {
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_EQ(result.err.find(".tmp"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find(reason), std::string::npos) << result.err;
    expect_nothing_half();
  }

  void expect_undisturbed_or_refused(const ProgramResult& result) const {
    // Some operations are done otherwise where they fail, or are of no consequence.
    if (result.exit_code == 0) {
      for (const std::string& name : listing(folder_.path())) {
        if (!is_kept(name)) continue;
        EXPECT_TRUE(fs::remove(folder_ / name)) << name << " is not empty";
      }
      expect_undisturbed();
      clear();
    } else {
      expect_refused(result, "limpid");
      expect_the_next_run_to_make_it();
    }
  }

  void a_disk_that_fails() const {
    const int last = operations_ - 1;
    for (const std::string& fault :
         {"full_disk:0"s, "full_disk:" + std::to_string(last), "io_error:" + std::to_string(last / 2)}) {
      SCOPED_TRACE(fault);
      expect_undisturbed_or_refused(run({}, fault));
    }
  }

  void a_file_that_may_not_grow() const {
    SCOPED_TRACE("a file that may not grow");
    expect_refused(run({}, "", {.file_limit = 700}), "File too large");
    expect_the_next_run_to_make_it();
  }

  /// What is left is removed by the next run.
  void killed() const {
    for (const int operation : {operations_ / 2, operations_ - 1}) {
      SCOPED_TRACE("killed at " + std::to_string(operation));
      EXPECT_EQ(run({}, "kill:" + std::to_string(operation)).exit_code, 128 + SIGKILL);
      expect_the_next_run_to_make_it();
    }
  }

  /// Nothing temporary is left, not for a moment.
  void ended_by_signals() const {
    const std::vector<std::pair<std::string, int>> signals = {
        {"terminate", SIGTERM}, {"interrupt", SIGINT}, {"hang_up", SIGHUP}};
    for (std::size_t i = 0; i < signals.size(); ++i) {
      const auto& [fault, number] = signals[i];
      SCOPED_TRACE(fault);
      const int operation = static_cast<int>(i) * (operations_ - 1) / 2;
      const ProgramResult result = run({}, fault + ":" + std::to_string(operation));
      expect_nothing_half();
      // A render that is asked to stop after its last step is complete.
      if (result.exit_code == 0 && GetParam().words[0] == "render") {
        expect_undisturbed();
      } else {
        EXPECT_EQ(result.exit_code, 128 + number) << result.err;
      }
      expect_the_next_run_to_make_it();
    }
  }

  void streams_that_take_nothing() const {
    for (const Streams streams : {Streams::closed, Streams::full, Streams::unread}) {
      SCOPED_TRACE("streams " + std::to_string(static_cast<int>(streams)));
      const int lost = streams == Streams::unread ? 128 + SIGPIPE : 1;
      EXPECT_EQ(run({}, "", {.streams = streams}).exit_code, GetParam().timings ? lost : 0);
      expect_undisturbed();
      clear();
    }
  }

  const TemporaryFolder folder_, counts_;
  Contents before_, calm_;
  int operations_ = 0;
};

TEST_P(Faults, CostNoMoreThanTheyMust) {
  a_disk_that_fails();
  a_file_that_may_not_grow();
  ended_by_signals();
  if (test::kSanitized)
    return;  // What follows takes no way through the program that it had not taken before.
  killed();
  streams_that_take_nothing();
}

class StoppedRender : public ::testing::Test {
 protected:
  StoppedRender() { write_model(narrow_model("bvlc_googlenet"), folder_ / "weights.h5"); }

  /// A render that would take hours, and gets these signals after its second step.
  ProgramResult stopped(const Words& more, const std::vector<int>& signals) const {
    Words words = {"render", "mixed3a:1", "-w", "weights.h5", "--size", "32", "--steps", "1000000", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto signal = [&](pid_t child, const std::function<std::string()>& output) {
      for (int i = 0; i < 6000 && output().find("\"step\":2,") == std::string::npos; ++i) ::usleep(10'000);
      for (const int number : signals) ::kill(child, number);
    };
    return run_program(words, folder_.path(), {.meanwhile = signal});
  }

  const TemporaryFolder folder_;
};

TEST_F(StoppedRender, KeepsThePictureTheThresholdsAndTheAnimation) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    SCOPED_TRACE(number);
    const ProgramResult result = stopped(
        {"-o", "a.png", "--thresholds", "1,999999", "--animation", "a.webp", "--save-every", "1"}, {number});
    EXPECT_EQ(result.exit_code, 128 + number);
    EXPECT_EQ(listing(folder_.path()), (Words{"a-00001.png", "a.png", "a.webp", "weights.h5"}));
    for (const char* name : {"a-00001.png", "a.png"}) EXPECT_EQ(read_image(folder_ / name).height, 32);
    // The step it says is the last one it told of.
    const std::size_t last = result.out.rfind("\"step\":", result.out.find("\"stopped\""));
    const std::string step = result.out.substr(last + 7, result.out.find(',', last) - last - 7);
    EXPECT_NE(result.err.find("stopped after step " + step + " of 1000000: a.png\n"), std::string::npos)
        << result.err;
    for (const char* name : {"a-00001.png", "a.png", "a.webp"}) fs::remove(folder_ / name);
  }
}

TEST_F(StoppedRender, OfSeveralStartsTheBestSoFarIsKept) {
  const ProgramResult result = stopped({"-o", "a.png", "--restarts", "3"}, {SIGINT});
  EXPECT_EQ(result.exit_code, 130);
  EXPECT_EQ(listing(folder_.path()), (Words{"a.png", "weights.h5"}));
}

TEST_F(StoppedRender, ASecondSignalEndsAtOnce) {
  const ProgramResult result = stopped({"-o", "a.png"}, {SIGINT, SIGTERM});
  EXPECT_TRUE(result.exit_code == 128 + SIGINT || result.exit_code == 128 + SIGTERM) << result.exit_code;
  EXPECT_EQ(listing(folder_.path()), Words{"weights.h5"});
}

TEST(Classify, OneBadPhotoCostsTheOthersNothing) {
  const TemporaryFolder folder;
  write_model(narrow_model("bvlc_googlenet"), folder / "weights.h5");
  fs::copy_file(fs::path(LIMPID_FIXTURES) / "rgb8.png", folder / "good.png");
  write_text(folder / "noise.png", "no picture");
  const ProgramResult result = run_program(
      {"classify", "-w", "weights.h5", "good.png", "noise.png", "nowhere.png", "./good.png"}, folder.path());
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.out.find("\n./good.png\n"), std::string::npos) << result.out;
  EXPECT_TRUE(result.out.starts_with("good.png\n")) << result.out;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 2) << result.err;
  EXPECT_NE(result.err.find("noise.png"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("nowhere.png"), std::string::npos) << result.err;
}

TEST(Prior, OneBadPictureIsLeftOut) {
  const TemporaryFolder folder;
  for (const char* name : {"photos", "good"}) {
    fs::create_directory(folder / name);
    fs::copy_file(fs::path(LIMPID_FIXTURES) / "rgb8.png", folder / name / "b.png");
    fs::copy_file(fs::path(LIMPID_FIXTURES) / "gray8.png", folder / name / "c.png");
  }
  write_text(folder / "photos/a.png", "no picture");
  const auto fit = [&](const std::string& from) {
    return run_program({"prior", "fit", from, "-o", from + ".h5", "--size", "16"}, folder.path());
  };
  const ProgramResult result = fit("photos");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("a.png"), std::string::npos) << result.err;
  EXPECT_EQ(fit("good").exit_code, 0);
  EXPECT_TRUE(read_text(folder / "photos.h5") == read_text(folder / "good.h5"));
}

TEST(Output, ThatIsTheResultAndIsLostIsAFailure) {
  const TemporaryFolder folder;
  write_model(narrow_model("bvlc_googlenet"), folder / "weights.h5");
  const Words picture = {"render", "mixed3a:1", "-w", "weights.h5", "--size",
                         "32",     "--steps",   "1",  "-o",         "-"};
  for (const Words& words :
       {Words{"layers", "-w", "weights.h5"}, Words{"--help"}, Words{"--version"}, picture}) {
    for (const Streams streams : {Streams::closed, Streams::full}) {
      EXPECT_EQ(run_program(words, folder.path(), {.streams = streams}).exit_code, 1) << words[0];
    }
    // As of any program whose reader is gone: in silence.
    EXPECT_EQ(run_program(words, folder.path(), {.streams = Streams::unread}).exit_code, 128 + SIGPIPE);
  }
}

INSTANTIATE_TEST_SUITE_P(Writers, Faults, ::testing::ValuesIn(writers()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace limpid::testing
