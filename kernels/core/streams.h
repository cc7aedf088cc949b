// Standard input, output and error, which may be closed, full or gone.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <utility>

namespace limpid {

/// Called before anything is opened: where descriptors 0 to 2 are closed, no file may get their number and
/// take what is meant for a stream. Reading and writing them fails as on closed ones.
void open_closed_streams();

/// A message that no result depends on: written as far as `out` takes it, and otherwise lost. What `out` held
/// before stays in it.
void say(std::FILE* out, std::string_view text) noexcept;

template <class... Args>
void say(std::FILE* out, fmt::format_string<Args...> format, Args&&... args) {
  say(out, std::string_view(fmt::format(format, std::forward<Args>(args)...)));
}

/// A part of a result on standard output. Work goes on where that takes no more, and `flush_output` fails.
void write_output(std::string_view text) noexcept;

template <class... Args>
void print_out(fmt::format_string<Args...> format, Args&&... args) {
  write_output(fmt::format(format, std::forward<Args>(args)...));
}

/// What a program reads while work goes on: of a result on standard output, else a message; at once.
void write_event(std::FILE* out, std::string_view text) noexcept;

/// All that was printed reached standard output. Throws Error{runtime} with the system's reason; ends the
/// process by SIGPIPE where the reader is gone.
void flush_output();

}  // namespace limpid
