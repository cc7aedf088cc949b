#include "engine/grid/missing_tiles.h"

#include <fmt/core.h>

#include "engine/options/command_line.h"

namespace limpid {

std::string missing_tiles(const TileReader& reader, const std::filesystem::path& store) {
  const std::size_t all = reader.manifest().jobs.size(), finished = reader.finished().size();
  if (finished == all) return {};
  return fmt::format(
      "'{}' lacks {} of its {} tile{}, not made yet or lost: `limpid grid {} --resume` makes {}",
      store.string(), all - finished, all, all == 1 ? "" : "s", shell_quote(store.string()),
      all - finished == 1 ? "it" : "them");
}

}  // namespace limpid
