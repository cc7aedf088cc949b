// Arrays for other programs: named, with texts about them, in HDF5 or numpy's formats.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace limpid {

/// Throws Error{usage} unless a `ResultFile` could be saved there: the extension and the folder are checked. `others` are
/// extensions that the command also takes, which the message then names.
void check_result_output(const std::filesystem::path& path, const std::vector<std::string>& others = {});

/// Written whole or not at all; the same content gives the same bytes.
class ResultFile {
 public:
  /// A float32 array, row-major.
  void add(std::string name, std::vector<int> shape, std::span<const float> values);

  /// A float32 scalar.
  void add(std::string name, float value) { add(std::move(name), {}, {&value, 1}); }

  /// A text, UTF-8.
  void attribute(std::string name, std::string value);

  /// By the extension: .h5 has datasets, and texts as the file's attributes; .npz arrays, and texts as arrays of
  /// strings; .npy the first array that is no scalar, alone. Throws Error{usage} for another extension, as
  /// `fail_write` does, and Error{runtime} when memory runs out.
  void save(const std::filesystem::path& path) const;

 private:
  struct Array {
    std::string name;
    std::vector<int> shape;
    std::vector<float> values;
  };
  struct Text {
    std::string name, value;
  };

  static std::string npy(const Array& array);
  void save_hdf5(const std::filesystem::path& path) const;
  void save_npz(const std::filesystem::path& path) const;

  std::vector<Array> arrays_;
  std::vector<Text> texts_;
};

}  // namespace limpid
