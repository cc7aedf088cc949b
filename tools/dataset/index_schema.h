// The names and types of an index of examples, described for its readers in tools/dataset/README.md.
#pragma once

#include <string>

#include "weights/hdf5_handle.h"
#include "weights/hdf5_schema.h"

namespace limpid::index_schema {

/// Version of the index's files. Other versions are refused.
inline constexpr int kIndexVersion = 1;

inline constexpr const char* kExtension = ".limpidx";
inline constexpr const char* kManifestName = "manifest.json";
inline constexpr const char* kUnitsName = "units.h5";

/// Of the manifest; indexes of the first reading do not have it, nor does their digest.
inline constexpr const char* kReading = "reading";
inline constexpr int kFirstReading = 1;

// Attributes of the root.
inline constexpr const char* kVersion = "limpid_examples";
inline constexpr const char* kSettings = "settings";

/// Group of the pictures; those of the layers have the layers' names.
inline constexpr const char* kPictures = "pictures";
inline constexpr const char* kDigest = "sha256";
inline constexpr const char* kHeight = "height";
inline constexpr const char* kWidth = "width";
inline constexpr const char* kFile = "file";
inline constexpr const char* kMember = "member";
inline constexpr const char* kChecksum = "checksum";

// Datasets of a layer.
inline constexpr const char* kMean = "mean";
inline constexpr const char* kMax = "max";
inline constexpr const char* kPlace = "place";

/// Places are 16 bits wide.
inline constexpr int kMostPositions = 1 << 16;

}  // namespace limpid::index_schema
