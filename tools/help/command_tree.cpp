#include "tools/help/command_tree.h"

namespace limpid {
namespace {

OptionEntry entry_of(const CLI::Option& option) {
  OptionEntry entry;
  entry.positional = option.get_positional();
  entry.value = value_type(option);
  entry.description = description_of(option);
  if (entry.positional) {
    entry.names = {option.get_name(true)};
    return entry;
  }
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  return entry;
}

void add(const CLI::App& command, const std::string& path, std::vector<CommandEntry>& tree) {
  CommandEntry entry{path, command.get_description(), command.get_footer(), {}};
  for (const CLI::Option* option : command.get_options({})) entry.options.push_back(entry_of(*option));
  tree.push_back(std::move(entry));
  for (const CLI::App* below : command.get_subcommands({})) {
    add(*below, path.empty() ? below->get_name() : path + " " + below->get_name(), tree);
  }
}

}  // namespace

std::vector<CommandEntry> command_tree(const CLI::App& program) {
  std::vector<CommandEntry> tree;
  add(program, "", tree);
  return tree;
}

}  // namespace limpid
