// limpid atlas: what a layer has to say of many pictures, as a map.
#include "tools/atlas/atlas_command.h"

#include "tools/atlas/atlas_commands.h"

namespace limpid {

void add_atlas_command(CLI::App& program) {
  CLI::App* command = program.add_subcommand("atlas", "A map of what a layer has to say of many pictures");
  command->require_subcommand(1);
  add_atlas_collect(*command);
  add_atlas_layout(*command);
  add_atlas_render(*command);
}

}  // namespace limpid
