// limpid gallery: a page that shows the pictures of stores.
#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/gallery/store_pictures.h"
#include "tools/gallery/write_gallery.h"

namespace limpid {
namespace {

struct GalleryArguments {
  std::vector<std::filesystem::path> stores;
  std::filesystem::path output;
  std::string title;
  bool quiet = false;
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

void make_gallery(const GalleryArguments& arguments) {
  StorePictures pictures(arguments.stores);
  for (const std::string& warning : pictures.warnings()) say(stderr, "limpid gallery: {}\n", warning);
  const std::string title = arguments.title.empty() ? default_title(arguments.stores) : arguments.title;
  write_gallery(pictures, {title, pictures.made_with()}, arguments.output);
  if (arguments.quiet) return;
  const auto counted = [](std::size_t count, const char* noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
  };
  say(stdout, "{}: {}\n", counted(pictures.size(), "picture"), (arguments.output / "index.html").string());
  if (pictures.missing() > 0) say(stdout, "{} not finished, left out\n", counted(pictures.missing(), "job"));
}

}  // namespace

void add_gallery_command(CLI::App& program) {
  auto arguments = std::make_shared<GalleryArguments>();
  CLI::App* command = program.add_subcommand("gallery", "A page to look through the pictures of a grid");
  command->add_option("stores", arguments->stores, "Folders that `limpid grid` filled, finished or not")
      ->required()
      ->type_name("FOLDER");
  command
      ->add_option("-o,--output", arguments->output,
                   "Folder for the page: new, empty, or a gallery, which is replaced")
      ->required()
      ->type_name("FOLDER");
  command->add_option("--title", arguments->title, "Of the page; default: the names of the stores");
  command->add_flag("-q,--quiet", arguments->quiet, "No summary");
  command->footer(
      "The folder holds plain files: open its index.html in a browser, or copy it to any web server. Nothing "
      "is "
      "fetched from anywhere.\n\n"
      "Example:\n  limpid gallery mixed3a.limpid mixed4a.limpid -o site");
  command->callback([arguments] { make_gallery(*arguments); });
}

}  // namespace limpid
