// Where a zip archive cannot be read on: what is the file's fault, and what is the machine's.
#include "weights/zip_archive.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "tests/weights/npz_writer.h"
#include "tests/weights/support.h"

namespace limpid {
namespace {

using testing::expect_error;
using testing::expect_input_error;
using testing::read_text;
using testing::TemporaryFolder;
using testing::write_text;
using testing::write_zip;

/// A megabyte that deflate cannot make smaller.
std::string noise() {
  std::mt19937 random(7);
  std::string bytes(1 << 20, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

/// From here on, whoever reads the open file at `path` gets EIO: address 0 of a process is not mapped.
void break_open_file(const std::filesystem::path& path) {
  const int broken = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(broken, 0);
  int found = 0;
  for (int file = 0; file < 64; ++file) {
    std::error_code none;
    if (std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), none) != path) continue;
    ASSERT_EQ(::dup2(broken, file), file);
    ++found;
  }
  ::close(broken);
  ASSERT_EQ(found, 1);
}

class ZipArchiveReading : public ::testing::Test {
 protected:
  ZipArchiveReading() { write_zip(path_, {{"noise", noise_}}); }

  TemporaryFolder folder_;
  std::filesystem::path path_ = std::filesystem::canonical(folder_.path()) / "a.zip";
  std::string noise_ = noise();
  std::string read_ = std::string(noise_.size(), '\0');
};

TEST_F(ZipArchiveReading, GivesWhatWasWritten) {
  const ZipArchive archive(path_);
  ZipEntry entry = archive.open("noise");
  EXPECT_EQ(entry.left(), noise_.size());
  entry.read(read_.data(), read_.size());
  EXPECT_EQ(read_, noise_);
  entry.expect_end();
}

TEST_F(ZipArchiveReading, CallsAFlippedByteDamage) {
  std::string bytes = read_text(path_);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_text(path_, bytes);
  expect_input_error({"a.zip", "'noise' is damaged", "CRC"}, [&] {
    const ZipArchive archive(path_);
    ZipEntry entry = archive.open("noise");
    entry.read(read_.data(), read_.size());
    entry.expect_end();
  });
}

TEST_F(ZipArchiveReading, DoesNotCallAFailingDiskDamage) {
  const ZipArchive archive(path_);
  ZipEntry entry = archive.open("noise");
  break_open_file(path_);
  expect_error(ErrorKind::runtime, {"a.zip", "Input/output error"},
               [&] { entry.read(read_.data(), read_.size()); });
}

}  // namespace
}  // namespace limpid
