// From many small files to one for each writer, and a view of all.
#pragma once

#include <filesystem>
#include <string>

#include "engine/grid/manifest.h"

namespace limpid {

/// Merges all the files of a writer into tiles-<writer>.h5. The caller holds the writer's lock. Files in
/// which nothing could be read are kept as damaged-<name>. Throws Error{usage} with the system's reason.
void consolidate_writer(const std::filesystem::path& folder, const std::string& writer,
                        const Manifest& manifest, const std::string& manifest_digest);

/// Where a file of this writer grows before it has its name.
std::filesystem::path temporary_tiles(const std::filesystem::path& folder, const std::string& writer);

}  // namespace limpid
