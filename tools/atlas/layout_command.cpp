// limpid atlas layout: where the vectors of an atlas lie in the plane.
#include <memory>
#include <string>

#include "engine/atlas/fuzzy_graph.h"
#include "engine/atlas/principal_plane.h"
#include "engine/atlas/trustworthiness.h"
#include "engine/atlas/umap_layout.h"
#include "engine/network/threads.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/atlas/atlas_commands.h"
#include "tools/atlas/atlas_file.h"

namespace limpid {
namespace {

/// Among which trustworthiness is counted.
constexpr std::size_t kTrusted = 15;

struct LayoutArguments {
  std::string atlas, output, seed = "0";
  int neighbours = 15, epochs = 500, threads = 0;
  bool quiet = false;
};

void lay_out_atlas(const LayoutArguments& arguments) {
  LayoutOptions options;
  options.seed = parse_seed(arguments.seed);
  options.epochs = arguments.epochs;
  const std::string output = arguments.output.empty() ? arguments.atlas : arguments.output;
  check_atlas_output(output);
  Atlas atlas = read_atlas(arguments.atlas);
  const std::size_t count = atlas.pictures.size();
  const std::size_t neighbours = static_cast<std::size_t>(arguments.neighbours);
  if (count <= neighbours)
    fail_input("'{}' has {} vectors, too few for {} neighbours of each: give --neighbours, or collect more",
               arguments.atlas, count, neighbours);
  HostThreads threads(arguments.threads);
  const RowProducts products = RowProducts::of_unit_rows(atlas.vectors, atlas.channels);
  const FuzzyGraph graph = fuzzy_graph(neighbours_by_product(products, neighbours, threads.stream()));
  atlas.layout = umap_layout(graph, principal_plane(atlas.vectors, atlas.channels, threads.stream()), options,
                             threads.stream());
  std::string trusted;
  if (!arguments.quiet && 2 * kTrusted < count) {
    trusted = fmt::format(", trustworthiness {:.3f}",
                          trustworthiness(products, atlas.layout, kTrusted, threads.stream()));
  }
  write_atlas(atlas, output);
  if (!arguments.quiet) say(stdout, "{} vectors of {}{}: {}\n", count, atlas.layer, trusted, output);
}

}  // namespace

void add_atlas_layout(CLI::App& atlas) {
  auto arguments = std::make_shared<LayoutArguments>();
  CLI::App* command =
      atlas.add_subcommand("layout", "The vectors in the plane, so that like ones lie together");
  command->add_option("atlas", arguments->atlas, "What `limpid atlas collect` made")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("-o,--output", arguments->output, "The atlas with its layout; default: in place of itself")
      ->type_name("FILE");
  command->add_option("--neighbours", arguments->neighbours, "Of each vector, that it is to lie beside")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--epochs", arguments->epochs, "Rounds of moves")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--seed", arguments->seed, "Of the vectors that are pushed apart")
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--threads", arguments->threads,
                   "Processor threads; 0 takes all cores. They change nothing")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("-q,--quiet", arguments->quiet, "No summary");
  command->footer(
      "UMAP (McInnes, Healy and Melville 2018) of the cosine distances to each vector's nearest, which are found exactly, from the two "
      "directions in which the vectors vary most. Trustworthiness (Venna and Kaski 2001) is among 15 neighbours: 1 where all that "
      "lie together are alike.\n\n"
      "Example:\n  limpid atlas layout atlas.h5");
  command->callback([arguments] { lay_out_atlas(*arguments); });
}

}  // namespace limpid
