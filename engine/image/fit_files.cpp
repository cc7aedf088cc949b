#include "engine/image/fit_files.h"

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
  return fit_image(image, options.height, options.width, options.fit);
}

Mask fitted(const Mask& mask, const RenderOptions& options) {
  check_extent(mask);
  return {mask.file, mask.sha256, options.height, options.width,
          fit_plane(mask.values, mask.height, mask.width, options.height, options.width, options.fit)};
}

}  // namespace

void check_extent(const Mask& mask) {
  const auto pixels = static_cast<std::uint64_t>(std::max(mask.height, 0)) *
                      static_cast<std::uint64_t>(std::max(mask.width, 0));
  if (pixels > 0 && mask.values.size() == pixels) return;
  fail_usage("the mask '{}' is {}x{} and has {} values: {} are needed", mask.file, mask.height, mask.width,
             mask.values.size(), pixels);
}

void fit_files(RenderOptions& options) {
  const auto fits = [&](int height, int width) { return height == options.height && width == options.width; };
  if (const auto init = options.init;
      init != nullptr && !init->image.rgb.empty() && !fits(init->image.height, init->image.width)) {
    options.init = std::make_shared<const Photo>(
        Photo{init->file, init->sha256, fitted(init->image, init->file, options)});
  }
  if (const auto mask = options.mask;
      mask != nullptr && !mask->values.empty() && !fits(mask->height, mask->width)) {
    options.mask = std::make_shared<const Mask>(fitted(*mask, options));
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
  const char* how = options.fit == Fit::crop  ? "cropped and resampled"
                    : options.fit == Fit::pad ? "resampled and padded"
                                              : "stretched";
  std::vector<std::string> notes;
  const auto add = [&](const std::string& file, int height, int width) {
    if (height == options.height && width == options.width) return;
    std::string note = fmt::format("'{}' is {}x{} (height x width): {} to {}x{}", file, height, width, how,
                                   options.height, options.width);
    if (std::ranges::find(notes, note) == notes.end()) notes.push_back(std::move(note));
  };
  if (options.init != nullptr && !options.init->image.rgb.empty()) {
    add(options.init->file, options.init->image.height, options.init->image.width);
  }
  if (options.mask != nullptr && !options.mask->values.empty()) {
    add(options.mask->file, options.mask->height, options.mask->width);
  }
  for_each_photo(options,
                 [&](const ObjectiveTerm& term) { add(term.source, term.photo->height, term.photo->width); });
  return notes;
}

}  // namespace limpid
