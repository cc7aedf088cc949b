#include "tools/output_file.h"

#include <gtest/gtest.h>

#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

TEST(CheckWritable, AcceptsNewAndExistingFilesAndCreatesNothing) {
  const TemporaryFolder folder;
  check_writable(folder / "new.png");
  EXPECT_EQ(folder.entries(), 0);
  write_text(folder / "old.png", "x");
  check_writable(folder / "old.png");
  EXPECT_EQ(read_text(folder / "old.png"), "x");
  check_writable("in_the_working_directory.png");
}

TEST(CheckWritable, RefusesWhatCannotBecomeAFile) {
  const TemporaryFolder folder;
  write_text(folder / "file", "x");
  const auto refused = [](std::string_view reason, const std::filesystem::path& path) {
    expect_error(ErrorKind::usage, {"cannot write '" + path.string() + "'", reason},
                 [&] { check_writable(path); });
  };
  refused("No such file or directory", folder / "missing/a.png");
  refused("Not a directory", folder / "file/a.png");
  refused("exists and is not a file", folder.path());
  refused("names no file", folder.path() / "");
  refused("exists and is not a file", "/dev/null");
}

TEST(OutputOrDefault, NamesAFileAfterTheObjective) {
  EXPECT_EQ(output_or_default("given.png", "mixed4a:11", ".png"), "given.png");
  EXPECT_EQ(output_or_default("", "mixed4a:11", ".png"), "mixed4a-11.png");
  EXPECT_EQ(output_or_default("", "-mixed4d:139:pre", ".png"), "mixed4d-139-pre-negative.png");
  EXPECT_EQ(output_or_default("", "mixed4a_3x3:11@7,7", ".h5"), "mixed4a_3x3-11-7-7.h5");
  EXPECT_EQ(output_or_default("", "logits:../a b", ".png"), "logits-..-a-b.png");
}

TEST(SnapshotOutput, PutsTheStepBeforeTheExtension) {
  EXPECT_EQ(snapshot_output("out/a.png", 32), "out/a-00032.png");
  EXPECT_EQ(snapshot_output("a.b.jpg", 123456), "a.b-123456.jpg");
}

}  // namespace
}  // namespace limpid::testing
