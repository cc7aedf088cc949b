// tools/get-weights against a folder that stands in for the servers.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "tests/weights/support.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using testing::read_text;
using testing::TemporaryFolder;
using testing::write_text;

struct Outcome {
  int status = 0;
  std::string output;  ///< Both streams.
};

class GetWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "mirror");
    write_text(folder_ / "mirror/bvlc_googlenet.caffemodel", kWeights);
    std::string labels;
    for (int i = 0; i < 1000; ++i) labels += "n01440764 class\n";
    write_text(folder_ / "right_labels.txt", labels);
    make_label_archive(labels);
    // Stands in for the program: notes its arguments and "converts" by copying.
    write_text(folder_ / "limpid", "#!/bin/sh\nshift; cp \"$1\" \"$2\"; shift 2; echo converted \"$@\"\n");
    fs::permissions(folder_ / "limpid", fs::perms::owner_all);
  }

  void make_label_archive(const std::string& labels) const {
    write_text(folder_ / "synset_words.txt", labels);
    run("tar -czf mirror/caffe_ilsvrc12.tar.gz ./synset_words.txt");
  }

  /// Runs a command in the folder with the environment get-weights reads.
  Outcome run(const std::string& command, const std::string& mirror = "mirror") const {
    const std::string root = folder_.path().string();
    const std::string environment = "XDG_CACHE_HOME=" + root + "/cache LIMPID=" + root +
                                    "/limpid LIMPID_MIRROR=file://" + root + "/" + mirror;
    const std::string line = "cd " + root + " && export " + environment + " && { " + command + "; } 2>&1";
    std::FILE* pipe = ::popen(line.c_str(), "r");
    Outcome outcome;
    std::array<char, 4096> block{};
    for (std::size_t count = 0; (count = std::fread(block.data(), 1, block.size(), pipe)) > 0;) {
      outcome.output.append(block.data(), count);
    }
    const int status = ::pclose(pipe);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
  }

  /// get-weights bvlc, told that the stand-in's checksum is the published one.
  Outcome get_bvlc(const std::string& mirror = "mirror", const std::string& settings = "") const {
    return run("bash -c 'source " LIMPID_GET_WEIGHTS
               "; BVLC_SHA1=$(sha1sum <mirror/bvlc_googlenet.caffemodel | cut -c1-40);"
               " LABELS_SHA256=$(sha256sum <right_labels.txt | cut -c1-64);"
               " " +
                   settings + " main bvlc'",
               mirror);
  }

  bool in_cache(std::string_view name) const { return fs::exists(folder_ / "cache/limpid" / name); }

  static constexpr const char* kWeights = "weights of a network";
  TemporaryFolder folder_;
};

TEST_F(GetWeights, FetchesVerifiesAndConverts) {
  const Outcome outcome = get_bvlc();
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("converted --labels"), std::string::npos) << outcome.output;
  EXPECT_EQ(read_text(folder_ / "cache/limpid/bvlc_googlenet.h5"), kWeights);
  EXPECT_FALSE(in_cache("downloads"));

  const Outcome again = get_bvlc("no-mirror");
  EXPECT_EQ(again.status, 0);
  EXPECT_NE(again.output.find("is there already"), std::string::npos) << again.output;
}

TEST_F(GetWeights, ResumesWhatIsThere) {
  fs::create_directories(folder_ / "cache/limpid/downloads");
  const fs::path part = folder_ / "cache/limpid/downloads/bvlc_googlenet.caffemodel.part";
  for (const std::string& begun : {std::string(kWeights).substr(0, 7), std::string(kWeights)}) {
    fs::remove(folder_ / "cache/limpid/bvlc_googlenet.h5");
    fs::create_directories(part.parent_path());
    write_text(part, begun);
    const Outcome outcome = get_bvlc();
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_EQ(read_text(folder_ / "cache/limpid/bvlc_googlenet.h5"), kWeights);
  }
}

TEST_F(GetWeights, ThrowsAwayWhatHasAnotherChecksum) {
  const Outcome outcome = run(LIMPID_GET_WEIGHTS " bvlc");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("published sha1 checksum 405fc5ac"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find('\n'), outcome.output.size() - 1) << outcome.output;
  EXPECT_FALSE(in_cache("bvlc_googlenet.h5"));
  EXPECT_TRUE(fs::is_empty(folder_ / "cache/limpid/downloads"));
}

TEST_F(GetWeights, SaysInOneLineThatItIsOffline) {
  const Outcome outcome = get_bvlc("no-mirror");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("cannot fetch"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("limpid uses those it ships"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find('\n'), outcome.output.size() - 1) << outcome.output;
  EXPECT_FALSE(in_cache("bvlc_googlenet.h5"));
}

TEST_F(GetWeights, GivesUpWhatIsLargerThanAnythingPublished) {
  write_text(folder_ / "mirror/bvlc_googlenet.caffemodel", std::string(5000, 'x'));
  const Outcome outcome = get_bvlc("mirror", "MOST_KIB=2;");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("has more than 2 KiB"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find('\n'), outcome.output.size() - 1) << outcome.output;
  EXPECT_TRUE(fs::is_empty(folder_ / "cache/limpid/downloads"));
}

TEST_F(GetWeights, SaysTheSha256BesideThePublishedChecksum) {
  const Outcome outcome = get_bvlc();
  EXPECT_NE(outcome.output.find("bvlc_googlenet.caffemodel: sha1 as published; sha256 "), std::string::npos)
      << outcome.output;
}

TEST_F(GetWeights, RefusesLabelsThatAreNone) {
  make_label_archive("n01440764 one class\n");
  const Outcome outcome = get_bvlc();
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("labels of ILSVRC 2012's 1000 classes"), std::string::npos) << outcome.output;
  EXPECT_FALSE(in_cache("bvlc_googlenet.h5"));
}

class GetInception5h : public GetWeights {
 protected:
  void SetUp() override {
    GetWeights::SetUp();
    std::string labels = "dummy\n";
    for (int i = 0; i < 1000; ++i) labels += "class\n";
    write_text(folder_ / "imagenet_comp_graph_label_strings.txt", labels);
    write_text(folder_ / "tensorflow_inception_graph.pb", kWeights);
    // Keeps the labels, too.
    write_text(folder_ / "limpid",
               "#!/bin/sh\nshift; cp \"$1\" \"$2\"; [ \"$3\" != --labels ] || cp \"$4\" given_labels\n");
  }

  /// get-weights inception5h of an archive of those files.
  Outcome get(const std::string& files) const {
    run("rm -f mirror/inception5h.zip; python3 -m zipfile -c mirror/inception5h.zip " + files +
        " || zip -q mirror/inception5h.zip " + files);
    return run("bash -c 'source " LIMPID_GET_WEIGHTS
               "; INCEPTION5H_SHA256=$(sha256sum <mirror/inception5h.zip | cut -c1-64); main inception5h'");
  }

  bool has_archive() const { return fs::exists(folder_ / "mirror/inception5h.zip"); }
};

TEST_F(GetInception5h, FetchesVerifiesAndConverts) {
  const Outcome outcome = get("tensorflow_inception_graph.pb imagenet_comp_graph_label_strings.txt");
  if (!has_archive()) GTEST_SKIP() << "neither python3 nor zip to make an archive";
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(read_text(folder_ / "cache/limpid/inception5h.h5"), kWeights);
  EXPECT_FALSE(in_cache("downloads"));
  const std::string labels = read_text(folder_ / "given_labels");
  EXPECT_EQ(std::count(labels.begin(), labels.end(), '\n'), 1008);
  EXPECT_TRUE(labels.starts_with("dummy\nclass\n"));
  EXPECT_TRUE(labels.ends_with("class\nunused\nunused\nunused\nunused\nunused\nunused\nunused\n"));
  EXPECT_NE(run(LIMPID_GET_WEIGHTS " inception5h", "no-mirror").output.find("is there already"),
            std::string::npos);
}

TEST_F(GetInception5h, LeavesOutLabelsThatDoNotFit) {
  write_text(folder_ / "imagenet_comp_graph_label_strings.txt", "dummy\n\nclass\n");
  const Outcome outcome = get("tensorflow_inception_graph.pb imagenet_comp_graph_label_strings.txt");
  if (!has_archive()) GTEST_SKIP() << "neither python3 nor zip to make an archive";
  EXPECT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_TRUE(in_cache("inception5h.h5"));
  EXPECT_FALSE(fs::exists(folder_ / "given_labels"));
}

TEST_F(GetInception5h, RefusesAnArchiveWithoutTheGraph) {
  const Outcome outcome = get("imagenet_comp_graph_label_strings.txt");
  if (!has_archive()) GTEST_SKIP() << "neither python3 nor zip to make an archive";
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("does not hold tensorflow_inception_graph.pb"), std::string::npos)
      << outcome.output;
  EXPECT_FALSE(in_cache("inception5h.h5"));
  EXPECT_TRUE(fs::is_empty(folder_ / "cache/limpid/downloads"));
}

TEST_F(GetInception5h, ThrowsAwayWhatHasAnotherChecksum) {
  write_text(folder_ / "mirror/inception5h.zip", "not this one");
  const Outcome outcome = run(LIMPID_GET_WEIGHTS " inception5h");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_NE(outcome.output.find("published sha256 checksum d13569f6"), std::string::npos) << outcome.output;
  EXPECT_FALSE(in_cache("inception5h.h5"));
}

TEST_F(GetWeights, ExplainsItself) {
  EXPECT_EQ(run(LIMPID_GET_WEIGHTS " --help").status, 0);
  const Outcome outcome = run(LIMPID_GET_WEIGHTS " resnet");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.output.find("usage"), std::string::npos);
}

}  // namespace
}  // namespace limpid
