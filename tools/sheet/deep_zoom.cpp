#include "tools/sheet/deep_zoom.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "kernels/core/temporary.h"
#include "tools/sheet/layout.h"
#include "tools/sheet/painter.h"
#include "tools/sheet/pyramid.h"
#include "tools/sheet/tiles_json.h"
#include "tools/sheet/viewer.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr std::array kOurs = {"index.html", "sheet.dzi", "sheet.json", "sheet_files"};

/// "zoom/" names the same folder as "zoom".
fs::path without_slash(const fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

void check_folder(const fs::path& folder) {
  std::error_code error;
  const fs::path parent = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  if (::access((parent / ".").c_str(), W_OK | X_OK) != 0) {
    fail_write(folder, errno);
  }
  const fs::file_status status = fs::symlink_status(folder, error);
  if (!fs::exists(status)) return;
  if (!fs::is_directory(status)) fail_usage("'{}' exists and is not a folder", folder.string());
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (std::find(kOurs.begin(), kOurs.end(), name) == kOurs.end()) {
      fail_usage("the folder '{}' holds '{}', which is no part of a sheet: name a new folder",
                 folder.string(), name);
    }
  }
  if (error) fail_usage("cannot read the folder '{}': {}", folder.string(), error.message());
}

std::string descriptor(PictureFormat format, PictureSize size) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<Image xmlns=\"http://schemas.microsoft.com/deepzoom/2008\" Format=\"{}\" Overlap=\"0\" "
      "TileSize=\"{}\">\n"
      "  <Size Height=\"{}\" Width=\"{}\"/>\n"
      "</Image>\n",
      extension_of(format), kZoomTile, size.height, size.width);
}

}  // namespace

void check_deep_zoom_output(const fs::path& folder) {
  check_folder(without_slash(folder));
}

void write_deep_zoom(const TileSet& set, const SheetOptions& options, PictureFormat format,
                     const fs::path& folder) {
  const fs::path destination = without_slash(folder);
  check_folder(destination);
  const std::vector<std::size_t> order = sort_tiles(set.tiles, options.order, options.descending);
  const TileLayout layout = lay_out(set, order, options);
  Temporary partial(Temporary::Kind::folder, destination);
  PyramidWriter pyramid(partial.path() / "sheet_files", format, kZoomTile, layout.size());
  paint_sheet(set, order, layout, options.background, pyramid);
  const nlohmann::ordered_json tiles = tiles_json("sheet.dzi", set, order, layout);
  write_atomically(partial.path() / "sheet.json", tiles.dump(1) + "\n");
  write_atomically(
      partial.path() / "index.html",
      viewer_page(options.title.value_or(set.title), options.background, format, layout.size(), tiles));
  write_atomically(partial.path() / "sheet.dzi", descriptor(format, layout.size()));
  partial.publish();
}

}  // namespace limpid
