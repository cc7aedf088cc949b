#include "tools/help/manual.h"

#include <fmt/ranges.h>

namespace limpid {
namespace {

/// Text that troff takes as it is: no escapes, no requests at a line's start, hyphens that can be copied.
std::string plain(const std::string& text) {
  std::string result;
  bool at_start = true;
  for (const char c : text) {
    if (at_start && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
    at_start = c == '\n';
  }
  return result;
}

std::string option_entry_text(const OptionEntry& option) {
  std::string head;
  for (const std::string& name : option.names) {
    head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", plain(name));
  }
  if (!option.value.shown.empty() && !option.positional)
    head += fmt::format(" \\fI{}\\fR", plain(option.value.shown));
  return fmt::format(".TP\n{}\n{}\n", head, plain(option.description));
}

}  // namespace

std::string manual_page(const std::vector<CommandEntry>& tree, const std::string& version) {
  const CommandEntry& program = tree.front();
  std::string page = fmt::format(
      ".TH LIMPID 1 \"\" \"limpid {}\" \"User Commands\"\n"
      ".SH NAME\nlimpid \\- feature visualizations of InceptionV1\n"
      ".SH SYNOPSIS\n.B limpid\n.I COMMAND\n.RI [ OPTIONS ]\n"
      ".SH DESCRIPTION\n{}\n.PP\n.nf\n{}\n.fi\n",
      version, plain(program.description), plain(program.footer));
  for (const CommandEntry& command : tree) {
    if (command.path.empty()) continue;
    page += fmt::format(".SH \"LIMPID {}\"\n{}\n", command.path, plain(command.description));
    for (const OptionEntry& option : command.options) page += option_entry_text(option);
    if (!command.footer.empty()) page += fmt::format(".PP\n.nf\n{}\n.fi\n", plain(command.footer));
  }
  return page;
}

}  // namespace limpid
