#include "tools/help/completion.h"

#include <fmt/ranges.h>

#include <set>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Up to the first sentence's end, on one line: a menu has no room for more.
std::string brief(const std::string& text) {
  std::string line = text.substr(0, text.find_first_of("\n;"));
  if (line.size() > 72) line = line.substr(0, line.rfind(' ', 72)) + " ...";
  return line;
}

/// Inside single quotes of a POSIX shell.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

/// `name` and what lies between it and the commands below it: "fit" of "prior" for "prior fit".
std::vector<std::string> below(const std::vector<CommandEntry>& tree, const std::string& path) {
  std::vector<std::string> names;
  const std::string prefix = path.empty() ? "" : path + " ";
  for (const CommandEntry& command : tree) {
    if (command.path.size() <= prefix.size() || !command.path.starts_with(prefix)) continue;
    const std::string name = command.path.substr(prefix.size());
    if (name.find(' ') == name.npos) names.push_back(name);
  }
  return names;
}

// bash

std::string bash_values(const CommandEntry& command) {
  std::string cases;
  for (const OptionEntry& option : command.options) {
    if (option.positional || option.value.shown.empty()) continue;
    std::string reply =
        fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", fmt::join(option.value.choices, " "));
    if (option.value.file) reply += "; COMPREPLY+=($(compgen -f -- \"$cur\"))";
    if (option.value.folder) reply += "; COMPREPLY+=($(compgen -d -- \"$cur\"))";
    cases += fmt::format("        {}) {}; return ;;\n", fmt::join(option.names, "|"), reply);
  }
  return cases;
}

std::string bash(const std::vector<CommandEntry>& tree) {
  std::string commands, paths;
  for (const CommandEntry& command : tree) {
    std::string words;
    for (const OptionEntry& option : command.options) {
      if (!option.positional) words += fmt::format("{} ", fmt::join(option.names, " "));
    }
    words += fmt::format("{}", fmt::join(below(tree, command.path), " "));
    commands += fmt::format("    '{}')\n      words='{}'\n      case \"$prev\" in\n{}      esac ;;\n",
                            command.path, words, bash_values(command));
    paths += quoted(command.path) + " ";
  }
  return fmt::format(
      "# bash completion of limpid: source it, or put it into the folder completions of bash-completion.\n"
      "_limpid() {{\n"
      "  local cur=\"${{COMP_WORDS[COMP_CWORD]}}\" prev=\"${{COMP_WORDS[COMP_CWORD-1]}}\" command='' words='' i path\n"
      "  COMPREPLY=()\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    for path in {}; do\n"
      "      [[ \"$path\" == \"${{command:+$command }}${{COMP_WORDS[i]}}\" ]] && command=\"$path\"\n"
      "    done\n"
      "  done\n"
      "  case \"$command\" in\n{}  esac\n"
      "  if [[ \"$cur\" == -* ]] || [[ -z \"$command\" ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -W \"$words\" -- \"$cur\"))\n"
      "  fi\n"
      "}}\n"
      "complete -o filenames -F _limpid limpid\n",
      paths, commands);
}

// zsh

std::string zsh_option(const OptionEntry& option) {
  std::string text;
  for (const char c : brief(option.description)) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') text += '\\';
    text += c;
  }
  std::string value;
  if (!option.value.shown.empty()) {
    value = ":value:";
    if (option.value.file)
      value += "_files";
    else if (option.value.folder)
      value += "_files -/";
    else if (!option.value.choices.empty())
      value += fmt::format("({})", fmt::join(option.value.choices, " "));
  }
  std::string lines;
  for (const std::string& name : option.names) {
    lines +=
        fmt::format("        {} \\\n",
                    quoted(fmt::format("({}){}[{}]{}", fmt::join(option.names, " "), name, text, value)));
  }
  return lines;
}

std::string zsh(const std::vector<CommandEntry>& tree) {
  std::string names, cases;
  for (const CommandEntry& command : tree) {
    if (command.path.empty()) continue;
    if (command.path.find(' ') == command.path.npos) {
      std::string text;
      for (const char c : brief(command.description))
        text += c == ':' ? std::string("\\:") : std::string(1, c);
      names += fmt::format("    {}\n", quoted(command.path + ":" + text));
    }
    std::string options;
    for (const OptionEntry& option : command.options) {
      if (!option.positional) options += zsh_option(option);
    }
    cases +=
        fmt::format("    '{}')\n      _arguments \\\n{}        '*:file:_files' ;;\n", command.path, options);
  }
  return fmt::format(
      "#compdef limpid\n"
      "# zsh completion of limpid: as _limpid in a folder of $fpath.\n"
      "_limpid() {{\n"
      "  local -a commands\n"
      "  commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe 'command' commands\n"
      "    return\n"
      "  fi\n"
      "  local name=\"$words[2]\"\n"
      "  case \"$name $words[3]\" in\n"
      "    'prior fit') name='prior fit'; shift words; (( CURRENT-- )) ;;\n"
      "  esac\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "  case \"$name\" in\n{}  esac\n"
      "}}\n"
      "if [[ \"$funcstack[1]\" == _limpid ]]; then _limpid \"$@\"; else compdef _limpid limpid; fi\n",
      names, cases);
}

// fish

std::string fish(const std::vector<CommandEntry>& tree) {
  std::string text = "# fish completion of limpid: as limpid.fish in ~/.config/fish/completions.\n";
  const auto escaped = [](const std::string& from) {
    std::string result;
    for (const char c : from) result += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    return "'" + result + "'";
  };
  for (const CommandEntry& command : tree) {
    const std::size_t space = command.path.rfind(' ');
    const std::string name = command.path.substr(space == command.path.npos ? 0 : space + 1);
    const std::string above = space == command.path.npos ? "" : command.path.substr(0, space);
    if (!name.empty()) {
      const std::string when =
          above.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + above;
      text += fmt::format("complete -c limpid -n {} -f -a {} -d {}\n", escaped(when), name,
                          escaped(brief(command.description)));
    }
    const std::string when = name.empty() ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + name;
    for (const OptionEntry& option : command.options) {
      if (option.positional) continue;
      text += fmt::format("complete -c limpid -n {}", escaped(when));
      for (const std::string& flag : option.names) {
        text += flag.starts_with("--") ? " -l " + flag.substr(2) : " -s " + flag.substr(1);
      }
      if (!option.value.shown.empty()) {
        text += option.value.file || option.value.folder ? " -r" : " -x";
        if (!option.value.choices.empty())
          text += fmt::format(" -a '{}'", fmt::join(option.value.choices, " "));
      }
      text += fmt::format(" -d {}\n", escaped(brief(option.description)));
    }
  }
  return text;
}

}  // namespace

std::string completion_script(const std::string& shell, const std::vector<CommandEntry>& tree) {
  if (shell == "bash") return bash(tree);
  if (shell == "zsh") return zsh(tree);
  if (shell == "fish") return fish(tree);
  fail_usage("there is no completion for '{}': bash, zsh and fish have one", shell);
}

}  // namespace limpid
