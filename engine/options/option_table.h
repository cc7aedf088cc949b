// Every option of a render, a row each: what it is called, what it may be, whom it serves, what is said of it.
//
// Whatever reads, writes, compares or explains options walks these rows: the command line and its help, lists
// of jobs, manifests, the command that repeats a job, presets, range checks, the reference page, completion
// and manual page. A new option is a member of RenderOptions, a row here, and what reads the member.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/options/render_options.h"
#include "kernels/core/names.h"

namespace limpid {

/// A file that an option names; its bytes are read elsewhere.
struct NamedFile {
  std::string file;
  std::string sha256;  ///< Hexadecimal; empty where it is not known yet.

  bool operator==(const NamedFile&) const = default;
};

/// What an option is set to. Names and transforms are text; a size is {height, width}; std::monostate is "not
/// set", which leaves the choice to what else is asked for.
using OptionValue = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, float, std::string,
                                 std::vector<int>, NamedFile, ColourBasis>;

enum class OptionKind {
  flag,        ///< bool.
  count,       ///< int64.
  seed,        ///< uint64, any.
  real,        ///< float, finite.
  name,        ///< string: one of `names`.
  text,        ///< string.
  size,        ///< {height, width}; as text "N" or "HxW".
  counts,      ///< Some ints; as text apart by commas.
  transforms,  ///< string that parse_transforms takes.
  colours,     ///< ColourBasis; as text nine numbers, or twelve with the mean, or a prior's file.
  file,        ///< NamedFile.
};

template <>
inline constexpr std::array<std::string_view, 11> kNames<OptionKind> = {
    "flag", "count", "seed", "real", "name", "text", "size", "counts", "transforms", "colours", "file"};

/// What an option is about, in the order in which help and reference have them.
enum class OptionGroup { picture, start, colour, view, update, gradient, duration, compute };

/// How a list of jobs has an option.
enum class Recorded {
  never,      ///< It changes no picture.
  elsewhere,  ///< Beside the jobs, once for all of them.
  different,  ///< Where it differs from the default.
  always,
};

/// Which commands take an option.
enum class TakenBy {
  all,     ///< render and grid.
  render,  ///< render alone.
};

/// A set of kinds of what is optimised, a bit each.
constexpr unsigned bit(Parameterisation kind) {
  return 1U << static_cast<unsigned>(kind);
}
inline constexpr unsigned kEveryKind = ~0U;

/// In the order in which rows are written, below which everything has a usual value.
struct OptionRow {
  std::string_view key = {};   ///< Its name in lists of jobs, records and bindings: "learning_rate".
  std::string_view flag = {};  ///< On the command line, with what else it is called: "-n,--steps".
  OptionKind kind = OptionKind::flag;
  OptionGroup group = OptionGroup::picture;
  std::string_view type = {};  ///< What stands for the value in help: "N", "X", "FILE".
  double least = 0, most = 0;  ///< Of numbers, each of several, and each side of a size.
  bool above_least = false;    ///< Whether `least` itself is out of range.
  std::span<const std::string_view> names = {};
  /// Which kinds of what is optimised it has an effect on: those whose parameters have it, where it is one of
  /// these.
  unsigned kinds = kEveryKind;
  Recorded recorded = Recorded::different;
  TakenBy taken_by = TakenBy::all;
  bool flag_sets = true;        ///< Of a flag: what giving it says. --no-decorrelate says false.
  std::string_view unset = {};  ///< Text that means "not set"; empty for none.
  std::string_view off_flag = {}, off_value = {}, off_help = {};  ///< Another flag, which says `off_value`.
  std::string_view default_text = {};  ///< In better words than the value's, or of what is not set.
  std::string_view help = {};
  std::string_view example = {};  ///< What may stand after `limpid render mixed4a:33`.
  OptionValue (*get)(const RenderOptions&) = nullptr;
  /// std::monostate sets what a render without options has. Where it is of parameters, which have to be of
  /// their kind by then, others take nothing.
  void (*set)(RenderOptions&, const OptionValue&) = nullptr;

  /// The first long name: "--steps".
  std::string_view long_flag() const;

  /// Whether a job may say it as a field.
  bool is_field() const { return recorded == Recorded::different || recorded == Recorded::always; }
};

/// All rows, in the order in which records have them; "param" before what its kinds have.
std::span<const OptionRow> option_table();

/// Null where there is no such row.
const OptionRow* find_option(std::string_view key);

inline constexpr std::array kOptionGroups = {
    OptionGroup::picture, OptionGroup::start,    OptionGroup::colour,   OptionGroup::view,
    OptionGroup::update,  OptionGroup::gradient, OptionGroup::duration, OptionGroup::compute};

/// The names of the kinds that a row has an effect on.
std::vector<std::string_view> kinds_of(const OptionRow& row);

/// "Picture", "What is optimised", ...: a heading.
std::string_view title_of(OptionGroup group);

/// Reads a value as the command line has it. Throws Error{usage} "WHERE 'TEXT': expected ..." for what it
/// cannot be, and Error{input} where a prior's file cannot be read. `where` is the flag unless said.
OptionValue parse_option(const OptionRow& row, std::string_view text, std::string_view where = {});

/// What parse_option reads back as the same value; empty of what is not set.
std::string option_text(const OptionRow& row, const OptionValue& value);

/// Whether the option can change the picture of the others: none does that is for other kinds of what is
/// optimised, nor the deviation of a noise where a photo is started from, nor views that settle where a peer's do not.
bool has_effect(const OptionRow& row, const RenderOptions& options);

/// Whether a number, each of several, or a name is one the row allows. What is not set is.
bool in_range(const OptionRow& row, const OptionValue& value);

/// "a whole number from 1 to 64", "a number above 0, at most 100", "adam, nadam or ascent".
std::string expected(const OptionRow& row);

/// Throws Error{usage} "KEY VALUE: expected ..." for the first option whose value its row does not allow.
void check_ranges(const RenderOptions& options);

}  // namespace limpid
