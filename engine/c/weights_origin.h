// What a network's weights came from, as stores of tiles know it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/grid/manifest.h"

namespace limpid::c {

struct FileStamp {
  std::filesystem::file_time_type written{};
  std::uintmax_t size = 0;

  bool operator==(const FileStamp&) const = default;
};

class WeightsOrigin {
 public:
  static WeightsOrigin of_file(const std::filesystem::path& path);
  static WeightsOrigin of_bytes(std::string_view bytes);

  /// Of the model that was read from there. Throws Error{input} where the file is not what it was then, or is gone.
  WeightsIdentity identify(const Model& model) const;

 private:
  std::filesystem::path given_, file_;  ///< As it was named, and from the root.
  std::optional<FileStamp> stamp_;
  std::string sha256_;  ///< Of bytes; of a file it is taken when it is asked for.
};

}  // namespace limpid::c
