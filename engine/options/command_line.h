// A job as the command that repeats it.
#pragma once

#include <string>
#include <string_view>

#include "engine/options/render_options.h"

namespace limpid {

/// `text` as one word of a POSIX shell: unchanged where no character is special, else in single quotes.
std::string shell_quote(std::string_view text);

/// The `limpid render` command whose final picture is that of `options`: objective, seed, size and steps always,
/// every other row of option_table.h where it has an effect and differs from the command's default. Snapshots and threads are
/// left out, for they do not change the picture. `weights` is the file that the command takes them from; empty
/// leaves that to the command.
std::string command_line(const RenderOptions& options, std::string_view weights = {});

}  // namespace limpid
