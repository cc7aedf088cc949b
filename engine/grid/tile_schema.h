// The names and types of a file of tiles, described for its readers in engine/grid/README.md.
#pragma once

#include <cstddef>

#include "weights/hdf5_handle.h"
#include "weights/hdf5_schema.h"

namespace limpid::tile_schema {

inline constexpr const char* kVersion = "limpid_store";
inline constexpr const char* kManifest = "manifest";
inline constexpr const char* kTiles = "tiles";

/// Group of the jobs that failed. Those that did not are in a group for each size, "<height>x<width>".
inline constexpr const char* kFailed = "failed";

inline constexpr const char* kJob = "job";
inline constexpr const char* kTile = "tile";
inline constexpr const char* kParameters = "parameters";
inline constexpr const char* kObjective = "objective";
inline constexpr const char* kValues = "values";
inline constexpr const char* kMessage = "message";
inline constexpr const char* kSha256 = "sha256";

inline constexpr std::size_t kMessageSize = 512;

/// Strings of kMessageSize bytes, UTF-8, padded with zeros.
inline Hdf5Handle message_type() {
  return schema::string_type(kMessageSize);
}

}  // namespace limpid::tile_schema
