// That no command writes over what it reads.
#pragma once

#include <span>
#include <string>

namespace limpid {

/// Throws Error{usage} where a result's option (--output, --json and the like) names a file that is there and that another word of
/// the command line names too, by whatever path, or $LIMPID_WEIGHTS does. Asked before anything is read: what is
/// written over cannot be had back. Positional results, of `convert` and `export`, see to it themselves.
void check_inputs_are_kept(std::span<const std::string> words);

}  // namespace limpid
