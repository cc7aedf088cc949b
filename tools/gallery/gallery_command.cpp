// limpid gallery: a page that shows the pictures of stores.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/dataset/gallery_index.h"
#include "tools/dataset/index_schema.h"
#include "tools/dataset/index_weights.h"
#include "tools/gallery/store_pictures.h"
#include "tools/gallery/write_gallery.h"
#include "tools/grid/store_name.h"
#include "weights/hdf5_file.h"

namespace limpid {
namespace {

struct GalleryArguments {
  std::vector<std::filesystem::path> stores;
  std::filesystem::path output;
  std::string title;
  std::string examples;
  std::string weights;
  ComputeOptions compute;
  bool overlay = false, quiet = false;
};

/// "mixed4a" for mixed4a.limpid and mixed4a.limpid/; of several stores, their names in a row.
std::string default_title(const std::vector<std::filesystem::path>& stores) {
  std::string title;
  for (const std::filesystem::path& store : stores) {
    const std::filesystem::path folder = store.has_filename() ? store : store.parent_path();
    title += fmt::format("{}{}", title.empty() ? "" : ", ", folder.stem().string());
  }
  return title;
}

/// Examples of other weights would be those of another network.
void check_weights(const StorePictures& pictures, const IndexReader& index) {
  for (const WeightsIdentity& weights : pictures.weights_identities()) {
    const WeightsIdentity& other = index.manifest().weights;
    if (weights.sha256 == other.sha256) continue;
    fail_usage("'{}' is of other weights ({}, SHA-256 {}...) than the pictures ({}, SHA-256 {}...)",
               index.folder().string(), other.name, other.sha256.substr(0, 12), weights.name,
               weights.sha256.substr(0, 12));
  }
}

/// Pictures of layers that the index lacks have no examples: some may, not all.
void check_layers(const StorePictures& pictures, const IndexReader& index) {
  const std::vector<ExampleLayer>& layers = index.manifest().layers;
  std::set<std::string> lacked;
  bool any = false;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    const std::string name = layer_of_channel(pictures.options(i));
    if (name.empty()) continue;
    const bool known = std::any_of(layers.begin(), layers.end(),
                                   [&](const ExampleLayer& layer) { return layer.name == name; });
    any = any || known;
    if (!known) lacked.insert(name);
  }
  if (lacked.empty()) return;
  const std::string text = fmt::format("'{}' has no {}", index.folder().string(), fmt::join(lacked, ", no "));
  if (!any) fail_usage("{}; it has {}", text, names_of_layers(index.manifest()));
  say(stderr, "limpid gallery: {}: pictures of it have no examples\n", text);
}

/// An index is a folder with a manifest too, but of no pictures that were made.
void check_no_index(const std::vector<std::filesystem::path>& stores) {
  for (const std::filesystem::path& store : stores) {
    const std::filesystem::path folder = store.has_filename() ? store : store.parent_path();
    if (folder.extension() == index_schema::kExtension)
      fail_usage("'{}' is an index of examples, not a store: name it by --examples", folder.string());
  }
}

/// Eight pictures of each band.
void write_with_examples(StorePictures& pictures, const GalleryText& text,
                         const GalleryArguments& arguments) {
  const IndexReader index(known_index(arguments.examples));
  check_weights(pictures, index);
  check_layers(pictures, index);
  GalleryIndex examples(index, {parse_bands("max,high,low,min"), 8, ExampleValue::mean, 0});
  if (arguments.overlay) {
    examples.look_again(std::make_shared<const Model>(read_model(weights_of_index(index, arguments.weights))),
                        arguments.compute);
  }
  write_gallery(pictures, text, arguments.output, &examples);
  for (const std::string& failure : examples.failures()) print_error("limpid gallery", failure);
}

void make_gallery(const GalleryArguments& arguments) {
  check_no_index(arguments.stores);
  if (arguments.overlay && arguments.examples.empty())
    fail_usage("--overlay is of examples: name an index by --examples");
  StorePictures pictures(arguments.stores);
  for (const std::string& warning : pictures.warnings()) say(stderr, "limpid gallery: {}\n", warning);
  const std::string title = arguments.title.empty() ? default_title(arguments.stores) : arguments.title;
  const GalleryText text{title, pictures.made_with()};
  if (arguments.examples.empty()) {
    write_gallery(pictures, text, arguments.output);
  } else {
    write_with_examples(pictures, text, arguments);
  }
  for (const std::string& missing : pictures.missing()) say(stderr, "limpid gallery: {}\n", missing);
  if (arguments.quiet) return;
  const auto counted = [](std::size_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
  };
  say(stdout, "{}: {}\n", counted(pictures.size(), "picture"), (arguments.output / "index.html").string());
}

}  // namespace

void add_gallery_command(CLI::App& program) {
  auto arguments = std::make_shared<GalleryArguments>();
  CLI::App* command = program.add_subcommand("gallery", "A page to look through the pictures of a grid");
  command->add_option("stores", arguments->stores, "Folders that `limpid grid` filled, finished or not")
      ->required()
      ->transform(store_named)
      ->type_name("FOLDER");
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for the page: new, empty, or a gallery, which is replaced")
      ->required()
      ->type_name("FOLDER");
  command
      ->add_option(
          "--examples", arguments->examples,
          "An index of `limpid examples build`: each channel's picture has beside it those that it responds to "
          "most, least and slightly")
      ->type_name("FOLDER");
  CLI::Option* overlay = command->add_flag(
      "--overlay", arguments->overlay,
      "The page can show where on its examples a channel is active; the network looks at them again");
  command
      ->add_option("-w,--weights", arguments->weights,
                   "Where the index's weights are now; default: where they were, then as of render")
      ->type_name("FILE");
  add_compute_options(*command, arguments->compute);
  for (const char* of_network : {"--weights", "--device", "--precision", "--threads"})
    command->get_option(of_network)->needs(overlay);
  command->add_option("--title", arguments->title, "Of the page; default: the names of the stores");
  command->add_flag("-q,--quiet", arguments->quiet, "No summary");
  command->footer(
      "The folder holds plain files: open its index.html in a browser, or copy it to any web server. Nothing "
      "is fetched from anywhere.\n\n"
      "Examples:\n  limpid gallery mixed3a.limpid mixed4a.limpid -o site\n"
      "  limpid gallery mixed4d.limpid --examples birds.limpidx --overlay -o site");
  command->callback([arguments] { make_gallery(*arguments); });
}

}  // namespace limpid
