// A job as the command that repeats it.
#pragma once

#include <string>
#include <string_view>

#include "engine/limpid.hpp"

namespace limpid {

/// `text` as one word of a POSIX shell: unchanged where no character is special, else in single quotes.
std::string shell_quote(std::string_view text);

/// The `limpid render` command whose final picture is that of `options`, given the same weights: objective,
/// size, steps and seed always, everything else where it differs from the command's default. Snapshots
/// (`thresholds`) and threads are left out, for they do not change the picture.
std::string command_line(const RenderOptions& options);

}  // namespace limpid
