// `limpid grid`, for commands that consist of grids.
#pragma once

#include <string>
#include <vector>

#include "tools/render_options.h"

namespace limpid {

/// What stands on the command line of `limpid grid`.
struct GridArguments {
  std::vector<std::string> entries;
  RenderArguments render;
  std::string output;
  std::string weights;
  std::string shard = "1/1";
  std::vector<std::string> devices;
  int batch = 0;
  bool negative = false;
  bool keep_parameters = false;
  bool append = false;
  bool resume = false;
  bool no_sheet = false;
  bool quiet = false;
  bool json = false;
  std::string command = "limpid grid";  ///< Whose lines on standard error these are.
  std::string
      again;  ///< The command that goes on where this one is stopped; empty for its own words with --resume.
};

/// Makes the grid, its sheet and its last words. Returns the exit code: 0, 1 where a job failed, 128 + the signal that
/// stopped it. Throws Error.
int make_grid(const GridArguments& arguments);

}  // namespace limpid
