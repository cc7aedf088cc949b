// A disk that fills up while a result is written: one line, exit code 2, and the folder as it was.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"

namespace limpid::testing {
namespace {

/// The commands that write, each with an output of more than four kilobytes.
const std::vector<std::vector<std::string>> kWriters = {
    {"render", "mixed3a:1", "--size", "64", "--steps", "2", "--quiet", "-o"},
    {"gradient", "photo.png", "mixed3a:1", "-o"},
    {"activations", "photo.png", "conv2d0", "-o"},
};

void prepare(const TemporaryFolder& folder) {
  write_model(narrow_model("bvlc_googlenet"), folder / "weights.h5");
  std::filesystem::copy_file(std::filesystem::path(LIMPID_FIXTURES) / "rgb8.png", folder / "photo.png");
}

std::string extension_of(const std::vector<std::string>& writer) {
  return writer[0] == "render" ? ".png" : ".h5";
}

void expect_refused(const ProgramResult& result, const std::string& reason) {
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err.find(".tmp"), std::string::npos) << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_NE(result.err.find(reason), std::string::npos) << result.err;
}

TEST(FullDisk, AFileThatMayNotGrowLeavesNothing) {
  const TemporaryFolder folder;
  prepare(folder);
  const std::vector<std::string> before = listing(folder.path());
  for (std::vector<std::string> arguments : kWriters) {
    arguments.insert(arguments.end(), {"out" + extension_of(arguments), "--weights", "weights.h5"});
    expect_refused(run_program(arguments, folder.path(), {4096}), "File too large");
    EXPECT_EQ(listing(folder.path()), before);
  }
  expect_refused(run_program({"convert", "weights.h5", "out.h5"}, folder.path(), {4096}), "File too large");
  EXPECT_EQ(listing(folder.path()), before);
}

TEST(FullDisk, AFileThatCannotBeReplacedStaysAsItWas) {
  const TemporaryFolder folder;
  prepare(folder);
  write_text(folder / "out.png", "before");
  std::vector<std::string> arguments = kWriters[0];
  arguments.insert(arguments.end(), {"out.png", "--weights", "weights.h5"});
  expect_refused(run_program(arguments, folder.path(), {4096}), "File too large");
  EXPECT_EQ(read_text(folder / "out.png"), "before");
}

/// A file system of one page, which every result overflows.
class SmallDisk {
 public:
  explicit SmallDisk(const std::filesystem::path& folder) : folder_(folder) {
    std::filesystem::create_directory(folder);
    mounted_ = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=4k") == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount(folder_.c_str());
  }

  bool mounted() const { return mounted_; }

 private:
  std::filesystem::path folder_;
  bool mounted_ = false;
};

TEST(FullDisk, NoSpaceLeftLeavesNothing) {
  const TemporaryFolder folder;
  prepare(folder);
  const SmallDisk disk(folder / "disk");
  if (!disk.mounted()) GTEST_SKIP() << "a file system cannot be mounted: " << std::strerror(errno);
  for (std::vector<std::string> arguments : kWriters) {
    arguments.insert(arguments.end(), {"disk/out" + extension_of(arguments), "--weights", "weights.h5"});
    expect_refused(run_program(arguments, folder.path()), "No space left");
    EXPECT_TRUE(listing(folder / "disk").empty());
  }
}

TEST(FullDisk, StandardOutputThatCannotBeWrittenIsAnError) {
  const TemporaryFolder folder;
  prepare(folder);
  // A layer table is larger than the limit on the file that receives it.
  const ProgramResult result = run_program({"layers", "--weights", "weights.h5"}, folder.path(), {1024});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

}  // namespace
}  // namespace limpid::testing
