// What reads files, in a library of its own beside liblimpid, which loads it with the first file: HDF5 brings thirty
// others along and pictures six, which a program that has not asked for a file need not start with.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "engine/grid/grid_store.h"
#include "engine/image/decoder_file.h"
#include "engine/image/prior_file.h"
#include "engine/objective/objective_data.h"
#include "engine/pictures/image_file.h"
#include "weights/hdf5_file.h"

namespace limpid::c {

/// The functions of liblimpid_files.so, each as it is declared where it belongs.
struct Files {
  Model (*read_model)(const Hdf5Source&);
  Prior (*read_prior)(const std::filesystem::path&);
  std::shared_ptr<const Decoder> (*read_decoder)(const std::filesystem::path&);
  std::shared_ptr<const FeatureVectors> (*read_feature_vectors)(const std::string&, int);
  Image (*read_image)(const std::filesystem::path&, const PictureNotes&, PictureColours);
  void (*write_image)(const std::filesystem::path&, const Image&, const PictureTexts&);
  std::unique_ptr<GridStore> (*open_folder_store)(const std::filesystem::path&, const Manifest&,
                                                  const std::string&);
  std::string (*sha256_of_bytes)(std::string_view);
  std::string (*sha256_of_file)(const std::filesystem::path&);
};

/// The one function that library exports: null where it is not of this version of limpid.
inline constexpr const char* kFilesEntry = "limpid_files";
using FilesEntry = const Files*(const char* version);

}  // namespace limpid::c
