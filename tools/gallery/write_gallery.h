// A gallery: static files that show pictures in a browser, without a server or a network.
#pragma once

#include <filesystem>

#include "tools/gallery/example_source.h"
#include "tools/gallery/gallery_text.h"
#include "tools/gallery/picture_source.h"

namespace limpid {

/// Writes a gallery of all pictures in the source, in its order, into `folder`:
///
///   index.html, style.css, *.js         the page, the same for every gallery
///   data.js                             jobs, values, curves, neighbours (format in gallery_data.h)
///   sheets/small-N.jpg, medium-N.jpg    thumbnails of 32 and 96 pixels, many a file
///   pictures/N.jpg                      each picture as it is
///   sheets/examples-N.jpg               thumbnails of examples, where `examples` has some
///
/// The folder appears whole or not at all; one that holds a gallery is replaced. Throws Error{usage} where it
/// holds anything else, as `fail_write` does, Error{input} where there is no picture, and what the source
/// throws. Memory: one picture, one sheet, and about 2 KiB for each picture.
void write_gallery(PictureSource& source, const GalleryText& text, const std::filesystem::path& folder,
                   ExampleSource* examples = nullptr);

}  // namespace limpid
