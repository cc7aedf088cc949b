// limpid help, completion, man: what the program says of itself.
#include <memory>

#include "engine/limpid.hpp"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/help/completion.h"
#include "tools/help/manual.h"
#include "tools/help/objective_reference.h"
#include "tools/help/option_reference.h"

namespace limpid {
namespace {

void print_help(const CLI::App& program, const std::vector<std::string>& words) {
  if (words == std::vector<std::string>{"options"}) return write_output(option_reference());
  if (words == std::vector<std::string>{"objectives"}) return write_output(objective_reference());
  const CLI::App* command = &program;
  std::string name = program.get_name();
  for (const std::string& word : words) {
    const auto found = command->get_subcommands([&](const CLI::App* one) { return one->get_name() == word; });
    if (found.empty()) fail_usage("there is no command '{}': `limpid --help` lists them", word);
    command = found.front();
    name += " " + word;
  }
  // Not App::help, which is that of the command that runs.
  write_output(command->get_formatter()->make_help(command, name, CLI::AppFormatMode::Normal));
}

}  // namespace

void add_help_commands(CLI::App& program) {
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* help =
      program.add_subcommand("help", "Help of a command, of all options of a render, or of objectives");
  help->add_option("command", *words, "A command, options or objectives")->type_name("COMMAND");
  help->footer("Examples:\n  limpid help render\n  limpid help options\n  limpid help objectives");
  help->callback([&program, words] { print_help(program, *words); });

  auto shell = std::make_shared<std::string>();
  CLI::App* completion = program.add_subcommand("completion", "A script that lets a shell complete commands");
  completion->add_option("shell", *shell, "bash, zsh or fish")->required()->type_name("bash|zsh|fish");
  completion->footer(
      "Examples:\n"
      "  source <(limpid completion bash)\n"
      "  limpid completion zsh > ~/.zfunc/_limpid\n"
      "  limpid completion fish > ~/.config/fish/completions/limpid.fish");
  completion->callback([&program, shell] { write_output(completion_script(*shell, command_tree(program))); });

  CLI::App* manual = program.add_subcommand("man", "The manual page, for man(1)");
  manual->footer("Example:\n  limpid man > limpid.1 && man ./limpid.1");
  manual->callback([&program] { write_output(manual_page(command_tree(program), version())); });
}

}  // namespace limpid
