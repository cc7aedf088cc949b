#include "engine/options/fit_files.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "engine/image/check_image.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Visits the terms of a job that name a photo which was read.
template <class Options, class Visit>
void for_each_photo(Options& options, Visit visit) {
  const auto visit_terms = [&](auto& objective) {
    for (auto& term : objective.terms) {
      if (term.photo != nullptr) visit(term);
    }
  };
  visit_terms(options.objective);
  for (auto& watched : options.watch) visit_terms(watched);
}

Image fitted(const Image& image, const std::string& file, const RenderOptions& options) {
  check_image(image, fmt::format("the photo '{}'", file));
  return fit_image(image, options.height, options.width, options.start.fit);
}

Mask fitted(const Mask& mask, const RenderOptions& options) {
  check_extent(mask);
  return {mask.file, mask.sha256, options.height, options.width,
          fit_plane(mask.values, mask.height, mask.width, options.height, options.width, options.start.fit)};
}

}  // namespace

void fit_files(RenderOptions& options) {
  const auto fits = [&](int height, int width) { return height == options.height && width == options.width; };
  if (const auto init = options.start.photo;
      init != nullptr && !init->image.rgb.empty() && !fits(init->image.height, init->image.width)) {
    options.start.photo = std::make_shared<const Photo>(
        Photo{init->file, init->sha256, fitted(init->image, init->file, options)});
  }
  if (const auto mask = options.start.mask;
      mask != nullptr && !mask->values.empty() && !fits(mask->height, mask->width)) {
    options.start.mask = std::make_shared<const Mask>(fitted(*mask, options));
  }
  // Terms that share a photo share what becomes of it. Keys stay alive, so that their addresses stay theirs.
  std::map<std::shared_ptr<const Image>, std::shared_ptr<const Image>> known;
  for_each_photo(options, [&](ObjectiveTerm& term) {
    if (fits(term.photo->height, term.photo->width)) return;
    std::shared_ptr<const Image>& photo = known[term.photo];
    if (photo == nullptr) photo = std::make_shared<const Image>(fitted(*term.photo, term.source, options));
    term.photo = photo;
  });
}

std::vector<std::string> fitting_notes(const RenderOptions& options) {
  const char* how = options.start.fit == Fit::crop  ? "cropped and resampled"
                    : options.start.fit == Fit::pad ? "resampled and padded"
                                                    : "stretched";
  std::vector<std::string> notes;
  const auto add = [&](const std::string& file, int height, int width) {
    if (height == options.height && width == options.width) return;
    std::string note = fmt::format("'{}' is {}x{} (height x width): {} to {}x{}", file, height, width, how,
                                   options.height, options.width);
    if (std::ranges::find(notes, note) == notes.end()) notes.push_back(std::move(note));
  };
  if (options.start.photo != nullptr && !options.start.photo->image.rgb.empty()) {
    add(options.start.photo->file, options.start.photo->image.height, options.start.photo->image.width);
  }
  if (options.start.mask != nullptr && !options.start.mask->values.empty()) {
    add(options.start.mask->file, options.start.mask->height, options.start.mask->width);
  }
  for_each_photo(options,
                 [&](const ObjectiveTerm& term) { add(term.source, term.photo->height, term.photo->width); });
  return notes;
}

}  // namespace limpid
