// What an index of examples is of, and what decides its values.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/examples/example_pass.h"
#include "engine/grid/manifest.h"
#include "engine/image/fit_image.h"
#include "engine/pictures/image_file.h"

namespace limpid {

struct IndexManifest {
  std::string program_version;  ///< Of the program that began it; other versions may continue it.
  WeightsIdentity weights;
  std::string device;
  std::string precision;
  int size = 0;  ///< Height and width that the network was shown.
  Fit fit = Fit::crop;
  int reading = kPictureReading;  ///< By which files became pictures; 1 in indexes that do not say.
  std::vector<ExampleLayer> layers;
  std::string folder;  ///< Where the program worked, from the index: relative names of pictures begin there.
};

/// JSON with fields in a fixed order, one layer a line.
std::string index_manifest_text(const IndexManifest& manifest);

/// That of the index in `folder`. Throws Error{input} where there is none, or it is damaged or of another version.
IndexManifest read_index_manifest(const std::filesystem::path& folder);

/// SHA-256 of what decides the values: every file of units carries it, and belongs to no other index.
std::string settings_digest(const IndexManifest& manifest);

/// The first difference that would make other values, in words: "size: 224 in 'a.limpidx', 160 here"; empty where there
/// is none. `here` names what `asked` is.
std::string difference(const IndexManifest& stored, const IndexManifest& asked, const std::string& in_store,
                       const std::string& here);

}  // namespace limpid
