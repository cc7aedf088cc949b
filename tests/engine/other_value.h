// Another value of an option than its default.
#pragma once

#include <fmt/format.h>

#include <string>

#include "engine/options/option_table.h"

namespace limpid::testing {

/// One of the row's kind, as the command line has it.
inline std::string other_value(const OptionRow& row) {
  switch (row.kind) {
    case OptionKind::flag:
      return row.flag_sets ? "true" : "false";
    case OptionKind::count:
      return fmt::format("{}", static_cast<int>(row.least) + 6);
    case OptionKind::seed:
      return "18446744073709551615";
    case OptionKind::real:
      return "0.12345679";
    case OptionKind::name:
      return std::string(row.names.back());
    case OptionKind::text:
      return "cuda:1";
    case OptionKind::size:
      return "97x131";
    case OptionKind::counts:
      return "4,16,8";
    case OptionKind::transforms:
      return "pad(3,reflect) scale(0.7..1.7)";
    case OptionKind::colours:
      return "1,0.1,0;0,1,0;0,0,-0.5;0.5,0.4,0.3";
    case OptionKind::file:
      return "my file.png";
  }
  return {};
}

}  // namespace limpid::testing
