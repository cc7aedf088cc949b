// What the program says of itself: help, the option reference, completion, the manual.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "engine/objective/term_table.h"
#include "engine/options/option_table.h"
#include "tests/tools/run_program.h"
#include "tests/weights/support.h"
#include "tools/help/wrapped.h"

namespace limpid::testing {
namespace {

class Help : public ::testing::Test {
 protected:
  std::string run(const std::vector<std::string>& arguments) {
    const ProgramResult result = run_program(arguments, folder_.path());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    return result.out;
  }

  /// The words that bash offers for a line that ends in the word to complete.
  std::string completed(const std::vector<std::string>& words) {
    write_text(folder_ / "completion", run({"completion", "bash"}));
    std::string line;
    for (const std::string& word : words) line += fmt::format("'{}' ", word);
    write_text(folder_ / "ask", fmt::format("source ./completion\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_limpid\n"
                                            "printf '%s ' \"${{COMPREPLY[@]}}\" > answer\n",
                                            line, words.size() - 1));
    const std::string shell = fmt::format("cd '{}' && bash ask", folder_.path().string());
    EXPECT_EQ(std::system(shell.c_str()), 0);
    return read_text(folder_ / "answer");
  }

  TemporaryFolder folder_;
};

TEST_F(Help, NoLineIsWiderThanAPage) {
  for (const std::string command : {"render", "grid", "bench", "plan", "sheet", "convert", "prior", "tune",
                                    "examples", "starts", "facets", "tour", "dissect"}) {
    std::istringstream lines(run({"help", command}));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }), 100)
          << command << ": " << line;
    }
  }
}

TEST_F(Help, IsThatOfTheCommand) {
  EXPECT_EQ(run({"help", "render"}), run({"render", "--help"}));
  EXPECT_EQ(run({"help"}), run({"--help"}));
  EXPECT_NE(run({"help", "prior", "fit"}).find("--output"), std::string::npos);
  const ProgramResult unknown = run_program({"help", "rendre"}, folder_.path());
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_EQ(unknown.err, "limpid help: there is no command 'rendre': `limpid --help` lists them\n");
}

TEST_F(Help, HasEveryOptionUnderItsHeading) {
  const std::string help = run({"help", "render"});
  for (const OptionRow& row : option_table()) {
    const std::size_t heading = help.find(fmt::format("\n{}:\n", title_of(row.group)));
    const std::size_t flag = help.find(row.long_flag());
    ASSERT_NE(heading, std::string::npos) << title_of(row.group);
    ASSERT_NE(flag, std::string::npos) << row.flag;
    EXPECT_NE(help.find(row.long_flag(), heading), std::string::npos) << row.flag;
  }
}

TEST_F(Help, TheReferencePageIsWhatTheTableSays) {
  EXPECT_EQ(run({"help", "options"}), read_text(LIMPID_OPTION_PAGE))
      << "limpid help options > engine/options/README.md makes them equal";
}

TEST_F(Help, EveryTermOfAnObjectiveHasItsLine) {
  const std::string help = run({"help", "render"}), page = read_text(LIMPID_OBJECTIVE_PAGE);
  EXPECT_EQ(run({"help", "objectives"}), page)
      << "limpid help objectives > engine/objective/README.md makes them equal";
  const std::string one_line = std::regex_replace(help, std::regex("\\s+"), " ");
  for (const TermRow& row : term_table()) {
    EXPECT_NE(one_line.find(row.help), std::string::npos) << row.example;
    EXPECT_NE(page.find(fmt::format("| `{}` | {} |", row.example, row.help)), std::string::npos)
        << row.example;
    for (const TermOption& option : row.options) {
      EXPECT_NE(help.find(fmt::format("{}={}", option.name, option.sample)), std::string::npos)
          << option.name;
    }
  }
}

TEST_F(Help, BashCompletesCommandsOptionsAndValues) {
  EXPECT_EQ(completed({"limpid", "ren"}), "render ");
  EXPECT_EQ(completed({"limpid", "render", "--pool"}), "--pool-gradient ");
  EXPECT_EQ(completed({"limpid", "render", "mixed4a:1", "--param", "p"}), "pixel pyramid ");
  EXPECT_EQ(completed({"limpid", "grid", "all", "--optimiser", ""}), "adam nadam ascent momentum ");
  EXPECT_EQ(completed({"limpid", "prior", "f"}), "fit ");
  EXPECT_EQ(completed({"limpid", "prior", "fit", "--outp"}), "--output ");
  EXPECT_EQ(completed({"limpid", "render", "--mask", "compl"}), "completion ");
  const ProgramResult unknown = run_program({"completion", "tcsh"}, folder_.path());
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_NE(unknown.err.find("bash, zsh and fish"), std::string::npos) << unknown.err;
}

TEST_F(Help, ZshFishAndTheManualHaveEveryOption) {
  const std::string zsh = run({"completion", "zsh"}), fish = run({"completion", "fish"}), page = run({"man"});
  for (const OptionRow& row : option_table()) {
    const std::string name(row.long_flag().substr(2));
    EXPECT_NE(zsh.find("--" + name + "["), std::string::npos) << name;
    EXPECT_NE(fish.find(" -l " + name + " "), std::string::npos) << name;
    std::string escaped = "--" + name;
    for (std::size_t at = escaped.find('-'); at != escaped.npos; at = escaped.find('-', at + 2)) {
      escaped.insert(at, "\\");
    }
    EXPECT_NE(page.find(escaped), std::string::npos) << name;
  }
  EXPECT_TRUE(page.starts_with(".TH LIMPID 1 "));
}

TEST(Wrapped, GoesOnWhereTheTextBegan) {
  EXPECT_EQ(wrapped("", 40), "");
  EXPECT_EQ(wrapped("short\n\nlines\n", 40), "short\n\nlines\n");
  EXPECT_EQ(wrapped("aaaa bbbb cccc dddd eeee ffff", 20), "aaaa bbbb cccc dddd\neeee ffff");
  EXPECT_EQ(wrapped("  name        what it is, in many words, at length", 40),
            "  name        what it is, in many words,\n              at length");
  EXPECT_EQ(wrapped("    indented, and longer than a line", 24), "    indented, and longer\n    than a line");
  EXPECT_EQ(wrapped("averyveryverylongwordindeed and more", 20), "averyveryverylongwordindeed\nand more");
  EXPECT_EQ(wrapped("ééééé ééééé ééééé ééé", 21), "ééééé ééééé ééééé ééé");
}

}  // namespace
}  // namespace limpid::testing
