#include "tools/help/objective_reference.h"

#include <fmt/ranges.h>

#include <array>
#include <string_view>
#include <vector>

#include "engine/objective/term_table.h"

namespace limpid {
namespace {

struct Form {
  std::string_view text, help;
};

/// What is written around terms, and in the place of a layer, a channel or a file.
constexpr std::array kForms = {
    Form{"mixed4a:11@7,7", "a neuron: at row 7, column 7; @c the centre"},
    Form{"mixed4d:139:pre", "before the ReLU; also mixed4d:pre:139, match(photo.jpg, mixed3b:pre)"},
    Form{"logits:281", "a class before the softmax, by number or label (logits:tabby)"},
    Form{"softmax:281", "a class probability"},
    Form{"-- -mixed4a:11:pre",
         "minimised, before the ReLU, below which nothing is seen of it; --negative says the same"},
    Form{"0.5*mixed4a:11 + mixed4b:3 - 0.1*tv", "a weighted sum; spaces around + and -"},
    Form{"mix(mixed4a:476, mixed4a:460, t=0.3)",
         "(1 - t) of the one and t of the other; without t= from the first to the last of --images"},
    Form{"match('photo (1).jpg', mixed3b)", "a file's name with commas or parentheses stands in quotes"},
    Form{"dir(mixed4a, random:7)", "a direction drawn from a seed, in the place of a .npy or .h5 file"},
};

std::string help_line(std::string_view text, std::string_view help) {
  return fmt::format("  {:<40}  {}\n", text, help);
}

/// A term's example with all its options.
std::string whole_example(const TermRow& row) {
  if (row.options.empty()) return std::string(row.example);
  std::vector<std::string> options;
  for (const TermOption& option : row.options) {
    options.push_back(fmt::format("{}={}", option.name, option.sample));
  }
  const std::string_view arguments = row.example.substr(row.name.size());  // "(mixed4a, v.npy)", or nothing.
  return arguments.empty() ? fmt::format("{}({})", row.name, fmt::join(options, ", "))
                           : fmt::format("{}{}, {})", row.name, arguments.substr(0, arguments.size() - 1),
                                         fmt::join(options, ", "));
}

std::string options_cell(const TermRow& row) {
  const ObjectiveTerm usual;
  std::vector<std::string> parts;
  for (const TermOption& option : row.options) {
    parts.push_back(fmt::format("`{}=`: {} ({})", option.name, option.expected(), option.get(usual)));
  }
  if (row.at_position) parts.emplace_back("`@7,7` or `@c`: at one position");
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::string objectives_help() {
  std::string text = "Objectives (names and numbers of channels: `limpid layers`):\n";
  const auto add_terms = [&](bool maps) {
    for (const TermRow& row : term_table()) {
      if (row.reads_map() == maps) text += help_line(whole_example(row), row.help);
    }
  };
  add_terms(true);
  text += "Terms of the picture itself, to be subtracted:\n";
  add_terms(false);
  text += "How they are written (what is named may be left out: cossim=, frame=, centre=):\n";
  for (const Form& form : kForms) text += help_line(form.text, form.help);
  return text + "\n";
}

std::string objective_reference() {
  std::string page =
      "# Terms of an objective\n\n"
      "What `limpid render`, `grid`, `gradient`, `plan` and `bench` take as an objective: a weighted sum of these terms, and `--watch` to "
      "report without\nclimbing. Names and numbers of channels: `limpid layers`. Each formula, and where peers differ, stands in\n"
      "[kernels/ops/term_kind.h](../../kernels/ops/term_kind.h). What may follow has in parentheses what is taken where nothing is said.\n\n"
      "This page is what `limpid help objectives` prints.\n";
  const auto add_table = [&](std::string_view title, bool maps) {
    page += fmt::format("\n## {}\n\n| Term | What it is | What may follow |\n|---|---|---|\n", title);
    for (const TermRow& row : term_table()) {
      if (row.reads_map() == maps) {
        page += fmt::format("| `{}` | {} | {} |\n", row.example, row.help, options_cell(row));
      }
    }
  };
  add_table("Of a layer", true);
  add_table("Of the picture itself, to be subtracted", false);
  page += "\n## How they are written\n\n| Text | What it means |\n|---|---|\n";
  for (const Form& form : kForms) page += fmt::format("| `{}` | {} |\n", form.text, form.help);
  return page;
}

}  // namespace limpid
