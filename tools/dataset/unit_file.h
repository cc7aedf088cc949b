// A file of units: what every unit of the layers makes of a number of pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/examples/example_pass.h"
#include "engine/grid/positioned_file.h"
#include "tools/dataset/unit_column.h"

namespace limpid {

/// What a file of units is for.
struct UnitFileKind {
  std::string settings;  ///< `settings_digest` of its index.
  std::span<const ExampleLayer> layers;
};

/// Writes a file of units in place of what has its name, whole and durably. `pictures`, at least one, are in order of
/// digest. `column` gives the units one after another, of layer 0 first; one column is held at a time. The same content
/// gives the same bytes. Throws Error{usage} with the system's reason.
void write_unit_file(const std::filesystem::path& file, const UnitFileKind& kind,
                     std::span<const PictureRecord> pictures,
                     const std::function<UnitColumn(std::size_t layer, int channel)>& column);

/// Reads one, trusting nothing in it.
class UnitFile {
 public:
  /// Throws Error{input} where there is no such file, or it is damaged or of another index; Error{runtime} where the system
  /// could not read it.
  UnitFile(const std::filesystem::path& path, const UnitFileKind& kind);

  const std::filesystem::path& path() const { return file_.path(); }

  /// In order of digest.
  const std::vector<PictureRecord>& pictures() const { return pictures_; }

  /// The statistics of a unit. Throws as the constructor does.
  UnitColumn column(std::size_t layer, int channel) const;

  /// Reads every unit. Throws as the constructor does.
  void verify() const;

 private:
  class Reader;

  /// Where the datasets of a layer lie.
  struct LayerPlace {
    std::string name;
    int channels = 0;
    std::int64_t positions = 0;  ///< Of a map.
    std::uint64_t mean = 0, max = 0, place = 0, checksum = 0;
  };

  PositionedFile file_;
  std::vector<PictureRecord> pictures_;
  std::vector<LayerPlace> layers_;
};

}  // namespace limpid
