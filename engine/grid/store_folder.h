// The names of a store's files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace limpid {

inline constexpr const char* kManifestName = "manifest.json";
inline constexpr const char* kJoinedName = "tiles.h5";
inline constexpr const char* kAlgorithmsName = "algorithms.json";

/// A file with tiles: tiles-<writer>.h5, or segment-<writer>.<number>.h5 until it is merged into the former.
struct TileFileName {
  std::string writer;
  std::optional<int> segment;
};

/// Whether a writer may have this name: 1 to 64 letters, digits, '-' and '_'.
bool is_writer_name(const std::string& name);

std::string to_string(const TileFileName& name);
std::optional<TileFileName> parse_tile_file_name(const std::string& text);

/// The files with tiles in the folder, of one writer or of all; by writer, the merged file first, then
/// segments in the order they were written. Throws Error{input} when the folder cannot be read.
std::vector<TileFileName> list_tile_files(const std::filesystem::path& folder,
                                          const std::optional<std::string>& writer = std::nullopt);

/// Removes what killed processes left of manifests they were about to create.
void remove_stale_manifests(const std::filesystem::path& folder);

/// SHA-256 of the manifest's file: a file of tiles carries it, and belongs to no other store.
std::string manifest_digest(const std::filesystem::path& folder);

}  // namespace limpid
