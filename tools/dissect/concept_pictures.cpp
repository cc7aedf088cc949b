#include "tools/dissect/concept_pictures.h"

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

#include "engine/image/over_white.h"
#include "engine/pictures/image_file.h"
#include "engine/procedural/procedural_picture.h"
#include "kernels/core/error.h"
#include "tools/dataset/dataset_files.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

struct ConceptFile {
  fs::path path;
  std::size_t concept_number = 0;
};

std::vector<fs::path> folders_below(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    fail_input(
        "'{}' is no folder; name one whose sub-folders hold pictures of a concept each, or give --procedural 300",
        folder.string());
  }
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->is_directory(error) && !entry->path().filename().string().starts_with('.'))
      found.push_back(entry->path());
  }
  if (error) fail_input("cannot read '{}': {}", folder.string(), error.message());
  std::ranges::sort(found);
  return found;
}

ConceptPicture read_concept(const ConceptFile& file, const std::string& name, int side, Fit fit,
                            const PictureNotes& notes = {}) {
  Image image = read_png_with_alpha(file.path, notes);
  if (image.alpha.empty()) {
    fail_input(
        "'{}' has no alpha, which would say where '{}' is: give PNG files that are transparent around it",
        file.path.string(), name);
  }
  ConceptPicture picture;
  picture.concept_number = file.concept_number;
  picture.image = fit_image(over_white(image), side, side, fit);
  picture.mask = fit_plane(std::move(image.alpha), image.height, image.width, side, side, fit);
  if (std::ranges::none_of(picture.mask, [](float alpha) { return alpha >= 0.5F; })) {
    fail_input("'{}' shows nothing of '{}': its alpha is below half wherever the network sees it",
               file.path.string(), name);
  }
  return picture;
}

/// Of one concept, those that can be read.
std::vector<ConceptFile> concept_files(const fs::path& folder, std::size_t concept_number, int side, Fit fit,
                                       std::vector<std::string>& passed_over, const PictureNotes& notes) {
  std::vector<ConceptFile> files;
  for (DatasetFile& file : dataset_files({folder.string()})) {
    ConceptFile one{std::move(file.path), concept_number};
    try {
      read_concept(one, folder.filename().string(), side, fit, notes);
      files.push_back(std::move(one));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::runtime) throw;
      passed_over.emplace_back(error.what());
    }
  }
  if (files.empty()) fail_input("{}", passed_over.back());
  return files;
}

}  // namespace

ConceptPictures drawn_concepts(std::size_t count, std::uint64_t seed, int side) {
  const std::vector<std::string_view>& names = procedural_concepts();
  if (count < 2)
    fail_usage("--procedural {}: one picture is of one concept, which is compared with nothing", count);
  ConceptPictures pictures;
  pictures.concepts.assign(names.begin(),
                           names.begin() + static_cast<std::ptrdiff_t>(std::min(count, names.size())));
  pictures.count = count;
  pictures.picture = [seed, side](std::size_t number) {
    ProceduralPicture drawn = procedural_picture(seed, number, side);
    return ConceptPicture{std::move(drawn.image), std::move(drawn.mask), drawn.concept_number};
  };
  return pictures;
}

ConceptPictures concepts_of_folder(const fs::path& folder, int side, Fit fit, const PictureNotes& notes) {
  ConceptPictures pictures;
  const auto files = std::make_shared<std::vector<ConceptFile>>();
  for (const fs::path& below : folders_below(folder)) {
    for (ConceptFile& file :
         concept_files(below, pictures.concepts.size(), side, fit, pictures.passed_over, notes))
      files->push_back(std::move(file));
    pictures.concepts.push_back(below.filename().string());
  }
  if (pictures.concepts.size() < 2) {
    fail_input("'{}' has {}: it takes two sub-folders at least, each with the pictures of a concept",
               folder.string(),
               pictures.concepts.empty() ? "no sub-folder" : "one concept, '" + pictures.concepts[0] + "'");
  }
  pictures.count = files->size();
  pictures.picture = [files, names = pictures.concepts, side, fit](std::size_t number) {
    const ConceptFile& file = (*files)[number];
    return read_concept(file, names[file.concept_number], side, fit);
  };
  return pictures;
}

}  // namespace limpid
