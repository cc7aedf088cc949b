#include "weights/file_bytes.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <string>

#include "kernels/core/file_errors.h"
#include "kernels/core/temporary.h"
#include "tests/weights/support.h"
#include "weights/sha256.h"
#include "weights/zip_archive.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using testing::expect_error;
using testing::expect_input_error;
using testing::read_text;
using testing::TemporaryFolder;
using testing::write_text;

TEST(ReadBytes, ReadsAllOrTheBeginning) {
  const TemporaryFolder folder;
  write_text(folder / "a", std::string("ab\0cd", 5));
  EXPECT_EQ(read_bytes(folder / "a"), std::string("ab\0cd", 5));
  EXPECT_EQ(read_bytes(folder / "a", 2), "ab");
  EXPECT_EQ(read_bytes(folder / "a", 99).size(), 5U);
}

TEST(ReadBytes, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  write_text(folder / "empty", "");
  expect_input_error({"missing", "does not exist"}, [&] { read_bytes(folder / "missing"); });
  expect_input_error({"empty", "is empty"}, [&] { read_bytes(folder / "empty"); });
  expect_input_error({"is not a file"}, [&] { read_bytes(folder.path()); });
  expect_input_error({"is not a file"}, [&] { read_bytes("/dev/null"); });
  fs::create_symlink("loop", folder / "loop");
  expect_input_error({"cannot read", "loop", "symbolic links"}, [&] { read_bytes(folder / "loop"); });
}

/// Whether files can be kept from being opened: UBSan looks at the type of an object through a pipe, and takes an
/// Error for something else where it can open none.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kMayExhaustDescriptors = false;
#else
constexpr bool kMayExhaustDescriptors = true;
#endif
constexpr const char* kWhyNot = "UBSan needs descriptors of its own";

/// A process that may open no more files, while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit none = before_;
    none.rlim_cur = 0;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// The file may be sound: the run failed, and not its input.
TEST(ReadBytes, TellsTheMachinesErrorsFromTheFiles) {
  if (!kMayExhaustDescriptors) GTEST_SKIP() << kWhyNot;
  const TemporaryFolder folder;
  write_text(folder / "a", "PK\3\4");
  const std::function<void(const fs::path&)> readers[] = {
      [](const fs::path& path) { read_bytes(path); }, [](const fs::path& path) { sha256_of_file(path); },
      [](const fs::path& path) { const ZipArchive archive(path); }};
  for (const auto& read : readers) {
    expect_error(ErrorKind::runtime, {"cannot read '", "Too many open files"}, [&] {
      const NoDescriptors limit;
      read(folder / "a");
    });
  }
}

TEST(WriteAtomically, ReplacesAFile) {
  const TemporaryFolder folder;
  write_text(folder / "a", "before");
  write_atomically(folder / "a", std::string("after"));
  EXPECT_EQ(read_text(folder / "a"), "after");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(WriteAtomically, FollowsALink) {
  const TemporaryFolder folder;
  write_text(folder / "target", "before");
  fs::create_symlink("target", folder / "link");
  write_atomically(folder / "link", std::string("after"));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_text(folder / "target"), "after");
  EXPECT_EQ(folder.entries(), 2);
}

/// Temporaries of this destination, as a process that was killed leaves them.
std::vector<fs::path> leave_behind(const TemporaryFolder& folder) {
  const pid_t child = ::fork();
  if (child == 0) {
    const Temporary first(Temporary::Kind::file, folder / "a"), second(Temporary::Kind::file, folder / "a");
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder.path())) left.push_back(entry.path());
  return left;
}

TEST(WriteAtomically, RemovesWhatKilledProcessesLeftAndNothingElse) {
  const TemporaryFolder folder;
  const Temporary alive(Temporary::Kind::file, folder / "a");
  EXPECT_EQ(leave_behind(folder).size(), 3U);
  write_atomically(folder / "a", std::string("whole"));
  EXPECT_EQ(read_text(folder / "a"), "whole");
  EXPECT_TRUE(fs::exists(alive.path()));
  EXPECT_EQ(folder.entries(), 2);
}

TEST(WriteAtomically, FollowsNoLinkInATemporarysPlace) {
  const TemporaryFolder folder;
  const std::vector<fs::path> left = leave_behind(folder);
  ASSERT_EQ(left.size(), 2U);
  write_text(folder / "outside", "precious");
  for (const fs::path& name : left) {
    fs::remove(name);
    fs::create_symlink("outside", name);
  }
  write_atomically(folder / "a", std::string("whole"));
  EXPECT_EQ(read_text(folder / "outside"), "precious");
  EXPECT_EQ(read_text(folder / "a"), "whole");
}

TEST(WriteAtomically, GivesThePermissionsOfAnyNewFile) {
  const TemporaryFolder folder;
  write_atomically(folder / "a", std::string("x"));
  write_text(folder / "b", "x");
  EXPECT_EQ(fs::status(folder / "a").permissions(), fs::status(folder / "b").permissions());
}

TEST(WriteAtomically, RefusesAPlaceThatCannotBeWritten) {
  const TemporaryFolder folder;
  const std::string bytes = "x";
  expect_error(ErrorKind::usage, {"No such file"}, [&] { write_atomically(folder / "no/such/a", bytes); });
  expect_error(ErrorKind::usage, {"not a file"}, [&] { write_atomically(folder.path(), bytes); });
  expect_error(ErrorKind::usage, {"/dev/full", "not a file"}, [&] { write_atomically("/dev/full", bytes); });
  EXPECT_EQ(folder.entries(), 0);
}

TEST(WriteAtomically, LeavesNothingBehindWhenTheDiskIsFull) {
  const TemporaryFolder folder;
  write_text(folder / "a", "before");
  // A limit on file sizes stands in for a full disk: both fail in the middle of the write.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limited = before;
  limited.rlim_cur = 4096;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limited), 0);
  expect_error(ErrorKind::runtime, {"cannot write", "File too large"},
               [&] { write_atomically(folder / "a", std::string(100'000, 'x')); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(read_text(folder / "a"), "before");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(FailWrite, TellsAWrongNameFromAMachineThatFailed) {
  const TemporaryFolder folder;
  for (const int error : {ENOENT, ENOTDIR, EISDIR, EACCES, EPERM, EEXIST, ENAMETOOLONG, ELOOP}) {
    expect_error(ErrorKind::usage, {"cannot write 'a.png': ", std::strerror(error)},
                 [&] { fail_write("a.png", error); });
  }
  for (const int error : {ENOSPC, EDQUOT, EFBIG, EIO, EROFS, EMFILE, ENOMEM}) {
    expect_error(ErrorKind::runtime, {"cannot write 'a.png': ", std::strerror(error)},
                 [&] { fail_write("a.png", error); });
  }
}

TEST(FailWrite, SaysNoNameOfATemporary) {
  const TemporaryFolder folder;
  const auto message = [](const std::filesystem::path& path) {
    try {
      fail_write(path, EIO);
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  const auto said = [](const std::filesystem::path& path) {
    return "cannot write '" + path.string() + "': Input/output error";
  };
  std::filesystem::path was;
  {
    const Temporary site(Temporary::Kind::folder, folder / "site");
    const Temporary page(Temporary::Kind::file, site.path() / "index.html");
    const Temporary tiles = Temporary::at(folder / "tiles.tmp", folder / "tiles.h5");
    EXPECT_EQ(message(site.path()), said(folder / "site"));
    EXPECT_EQ(message(site.path() / "sheets/1.jpg"), said(folder / "site/sheets/1.jpg"));
    EXPECT_EQ(message(page.path()), said(folder / "site/index.html"));
    EXPECT_EQ(message(tiles.path()), said(folder / "tiles.h5"));
    was = site.path();
  }
  EXPECT_EQ(message(was), said(was)) << "it may be anybody's by now";
}

TEST(Temporaries, AFolderThatCannotBeOpenedIsRemoved) {
  if (!kMayExhaustDescriptors) GTEST_SKIP() << kWhyNot;
  const TemporaryFolder folder;
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(STDERR_FILENO);
  ASSERT_GE(next, 0);
  ::close(next);
  rlimit limited = before;
  limited.rlim_cur = static_cast<rlim_t>(next);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limited), 0);
  std::string message;
  try {
    const Temporary made(Temporary::Kind::folder, folder / "a");
  } catch (const Error& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(message, "cannot write '" + (folder / "a").string() + "': Too many open files");
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Sha256, AgreesWithThePublishedExamples) {
  // FIPS 180-2, appendix B.1, and the message of a million letters of B.3.
  const TemporaryFolder folder;
  write_text(folder / "abc", "abc");
  write_text(folder / "million", std::string(1'000'000, 'a'));
  EXPECT_EQ(sha256_of_file(folder / "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_of_file(folder / "million"),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  expect_input_error({"does not exist"}, [&] { sha256_of_file(folder / "missing"); });
}

}  // namespace
}  // namespace limpid
