#include "tools/gallery/write_gallery.h"

#include <fmt/core.h>

#include <limits>
#include <system_error>
#include <utility>

#include "engine/pictures/jpeg.h"
#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "tools/gallery/assets.h"
#include "tools/gallery/gallery_data.h"
#include "tools/gallery/gallery_examples.h"
#include "tools/gallery/keys.h"
#include "tools/gallery/neighbours.h"
#include "tools/gallery/sprite_sheet.h"
#include "tools/gallery/staged_folder.h"
#include "tools/gallery/thumbnail.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMarker = ".limpid-gallery";
constexpr std::size_t kCurvePoints = 64;
constexpr std::size_t kNeighbours = 12;

/// A thousand tiles of 32 pixels fill a screen, and are there at once; sheets stay under what a phone
/// decodes.
const SheetLayout kSmall = {"small", 32, 64, 64};
const SheetLayout kMedium = {"medium", 96, 16, 16};
const SheetLayout kExamples = {"examples", 96, 16, 16};

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directory(path, error);
  if (error) fail_write(path, error.value());
}

/// Writes a picture's files as the pictures come, and keeps what their page needs.
class GalleryWriter {
 public:
  explicit GalleryWriter(const fs::path& folder)
      : pictures_(folder / "pictures"),
        small_(folder / "sheets", kSmall),
        medium_(folder / "sheets", kMedium) {
    make_folder(pictures_);
    make_folder(folder / "sheets");
  }

  void add(const RenderOptions& options, const std::string& weights, GalleryPicture picture) {
    const std::size_t index = entries_.size();
    GalleryEntry& entry = entries_.emplace_back();
    entry.options = options;
    entry.weights = weights;
    entry.curve = quantise_curve(picture.objective, kCurvePoints);
    entry.value =
        picture.objective.empty() ? std::numeric_limits<double>::quiet_NaN() : picture.objective.back();
    entry.failure = std::move(picture.failure);
    const Pixels& pixels = picture.pixels;
    if (pixels.rgb.empty()) {
      small_.add({});
      medium_.add({});
      return;
    }
    small_.add(square_thumbnail(pixels, kSmall.tile));
    medium_.add(square_thumbnail(pixels, kMedium.tile));
    write_file(pictures_ / fmt::format("{}.jpg", index), encode_jpeg(to_image(pixels)));
    candidates_.push_back({index, subject(options), describe_picture(pixels)});
  }

  /// The entries of all pictures, once the last was added.
  std::vector<GalleryEntry> finish() {
    small_.finish();
    medium_.finish();
    auto neighbours = nearest_neighbours(candidates_, kNeighbours);
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      entries_[candidates_[i].index].neighbours = std::move(neighbours[i]);
    }
    return std::move(entries_);
  }

 private:
  fs::path pictures_;
  SpriteSheets small_;
  SpriteSheets medium_;
  std::vector<GalleryEntry> entries_;
  std::vector<Candidate> candidates_;
};

std::vector<std::string> keys_of(const std::vector<GalleryEntry>& entries) {
  std::vector<RenderOptions> jobs;
  for (const GalleryEntry& entry : entries) jobs.push_back(entry.options);
  return picture_keys(jobs);
}

/// Gives the entries their bands, and what belongs to them.
ExampleSheets write_examples(ExampleSource* source, std::vector<GalleryEntry>& entries,
                             const fs::path& folder) {
  ExampleSheets sheets{kExamples, 0, {}};
  if (source == nullptr) return sheets;
  GalleryExamples examples(*source);
  for (GalleryEntry& entry : entries) {
    entry.bands = examples.add(entry.options);
    if (!entry.bands.empty()) entry.histogram = source->histogram(entry.options);
  }
  sheets.count = examples.write(folder, kExamples);
  for (GalleryEntry& entry : entries) {
    if (entry.bands.empty()) continue;
    entry.cells = source->cells(entry.options);
    if (entry.cells.height > 0) examples.add_maps(entry.options, entry.bands);
  }
  sheets.about = source->about();
  return sheets;
}

}  // namespace

void write_gallery(PictureSource& source, const GalleryText& text, const fs::path& folder,
                   ExampleSource* examples) {
  if (source.size() == 0) fail_input("there is no finished picture to show");
  StagedFolder staged(folder, kMarker);
  GalleryWriter writer(staged.path());
  for (std::size_t i = 0; i < source.size(); ++i)
    writer.add(source.options(i), source.weights(i), source.read(i));

  std::vector<GalleryEntry> entries = writer.finish();
  const std::vector<std::string> keys = keys_of(entries);
  for (std::size_t i = 0; i < entries.size(); ++i) entries[i].key = keys[i];
  const ExampleSheets sheets = write_examples(examples, entries, staged.path() / "sheets");
  write_file(staged.path() / "data.js", gallery_data(text, kSmall, kMedium, sheets, entries));
  for (const GalleryAsset& asset : gallery_assets()) write_file(staged.path() / asset.name, asset.bytes);
  staged.commit();
}

}  // namespace limpid
