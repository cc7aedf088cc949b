// How to go on with a grid that was stopped.
#pragma once

#include <string>

namespace limpid {

/// The command line of this process, quoted for a shell, with `--resume`; `ranks` processes are started by
/// mpirun where there is more than one.
std::string resume_command(int ranks);

/// The command line of this process, quoted for a shell.
std::string same_command();

}  // namespace limpid
