// How help is laid out: two columns, no wider than the terminal.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace limpid {

/// What may stand for an option's value, from the name of its type: "spectral|pixel", "noise|FILE", "N".
struct ValueType {
  std::string shown;                 ///< As help has it.
  std::vector<std::string> choices;  ///< Words to choose from: those in small letters.
  bool file = false;
  bool folder = false;
};
ValueType value_type(const CLI::Option& option);

/// What help says of an option: what it does, and what is taken where it is not given.
std::string description_of(const CLI::Option& option);

/// Of help that goes to a file or a pager.
inline constexpr int kPageColumns = 100;

class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(int columns) : columns_(columns) {}

  std::string make_help(const CLI::App* command, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_description(const CLI::App* command) const override;
  std::string make_footer(const CLI::App* command) const override;

 private:
  std::string two_columns(const std::string& left, const std::string& right) const;

  int columns_;
};

}  // namespace limpid
