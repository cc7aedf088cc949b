// What a result was measured on, for the record.
#pragma once

#include <cstddef>
#include <string>

namespace limpid::bench {

struct Machine {
  std::string processor;  ///< As the system names it; "unknown" where it does not.
  int cores = 0;          ///< That this process may run on.
  double megahertz = 0;   ///< Of the first core, now; 0 where unknown.
  std::string command;    ///< This process's arguments, as a shell would take them.
  std::string date;       ///< UTC, "2026-11-23T04:15:00Z".
};

Machine describe_machine();

/// The most memory this process has held since the last `reset_peak_memory` (or its start, where the system
/// does not let it be reset), bytes. Linux only; 0 elsewhere.
std::size_t peak_memory();
void reset_peak_memory();

}  // namespace limpid::bench
