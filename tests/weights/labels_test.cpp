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

TEST(Labels, ReadsUnicodeWithAndWithoutAMark) {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  const Labels expected = {"b\u00e9ret", "\U0001F408 cat"};
  write_text(folder / "plain", "b\u00e9ret\n\U0001F408 cat\n");
  write_text(folder / "marked", "\ufeffb\u00e9ret\r\n\U0001F408 cat\r\n");
  write_text(folder / "little",
             "\xff\xfe"
             "b\0\xe9\0r\0e\0t\0\r\0\n\0"
             "\x3d\xd8\x08\xdc \0c\0a\0t\0"s);
  write_text(folder / "big",
             "\xfe\xff"
             "\0b\0\xe9\0r\0e\0t\0\n"
             "\xd8\x3d\xdc\x08\0 \0c\0a\0t\0\n"s);
  for (const char* name : {"plain", "marked", "little", "big"}) {
    EXPECT_EQ(read_labels(folder / name), expected) << name;
  }
  write_text(folder / "ids",
             "\xff\xfe"
             "n\0000\0001\0004\0004\0000\0007\0006\0004\0 \0x\0"s);
  EXPECT_EQ(read_labels(folder / "ids"), Labels{"x"});
}

TEST(Labels, RefusesWhatIsNoUnicode) {
  using namespace std::string_literals;
  const TemporaryFolder folder;
  write_text(folder / "latin1", "cat\nb\xe9ret\n");
  expect_input_error({"latin1", "line 2 is not UTF-8", "iconv"}, [&] { read_labels(folder / "latin1"); });
  write_text(folder / "unmarked", "c\0a\0t\0\n\0"s);
  expect_input_error({"unmarked", "line 1 is not text"}, [&] { read_labels(folder / "unmarked"); });
  write_text(folder / "odd",
             "\xff\xfe"
             "c\0a"s);
  expect_input_error({"odd", "damaged at byte 4"}, [&] { read_labels(folder / "odd"); });
  write_text(folder / "half",
             "\xff\xfe"
             "\x3d\xd8"
             "c\0"s);
  expect_input_error({"half", "damaged at byte 2"}, [&] { read_labels(folder / "half"); });
}

TEST(Labels, RefusesAHugeFile) {
  const TemporaryFolder folder;
  write_text(folder / "huge", "a");
  std::filesystem::resize_file(folder / "huge", 1ULL << 30U);
  expect_input_error({"huge", "16 MiB"}, [&] { read_labels(folder / "huge"); });
}

}  // namespace
}  // namespace limpid
