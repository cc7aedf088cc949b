#include "weights/labels.h"

#include <gtest/gtest.h>

#include "tests/weights/support.h"

namespace limpid {
namespace {

using testing::expect_input_error;
using testing::TemporaryFolder;
using testing::write_text;
using Labels = std::vector<std::string>;

TEST(Labels, DropsWordNetIds) {
  const TemporaryFolder folder;
  write_text(folder / "labels", "n01440764 tench, Tinca tinca\nn02123045 tabby\nn012 short id\nplain name\n");
  EXPECT_EQ(read_labels(folder / "labels"),
            (Labels{"tench, Tinca tinca", "tabby", "n012 short id", "plain name"}));
}

TEST(Labels, ReadsEveryLineEnd) {
  const TemporaryFolder folder;
  write_text(folder / "labels", "a\r\nb\r\nc");
  EXPECT_EQ(read_labels(folder / "labels"), (Labels{"a", "b", "c"}));
}

TEST(Labels, NamesTheBadLine) {
  const TemporaryFolder folder;
  write_text(folder / "gap", "a\n\nc\n");
  write_text(folder / "binary", std::string("a\nb\0c\n", 6));
  expect_input_error({"gap", "line 2 is empty"}, [&] { read_labels(folder / "gap"); });
  expect_input_error({"binary", "line 2 is not text"}, [&] { read_labels(folder / "binary"); });
  expect_input_error({"missing", "does not exist"}, [&] { read_labels(folder / "missing"); });
}

TEST(Labels, RefusesAHugeFile) {
  const TemporaryFolder folder;
  write_text(folder / "huge", "a");
  std::filesystem::resize_file(folder / "huge", 1ULL << 30U);
  expect_input_error({"huge", "16 MiB"}, [&] { read_labels(folder / "huge"); });
}

}  // namespace
}  // namespace limpid
