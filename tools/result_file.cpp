#include "tools/result_file.h"

#include <fmt/ranges.h>
#include <hdf5.h>

#include <algorithm>
#include <utility>

#include "kernels/core/error.h"
#include "tools/output_file.h"
#include "weights/file_bytes.h"
#include "weights/hdf5_memory_file.h"
#include "weights/npy_header.h"
#include "weights/npy_strings.h"
#include "weights/zip_writer.h"

namespace limpid {
namespace {

enum class Format { hdf5, npy, npz };

Format format_of(const std::filesystem::path& path, const std::vector<std::string>& others = {}) {
  const std::string extension = lower_extension(path);
  if (extension == ".h5" || extension == ".hdf5") return Format::hdf5;
  if (extension == ".npy") return Format::npy;
  if (extension == ".npz") return Format::npz;
  std::vector<std::string> known = {".h5", ".npz", ".npy"};
  known.insert(known.end(), others.begin(), others.end());
  const std::string last = known.back();
  known.pop_back();
  fail_usage("cannot write '{}': the name of a result must end in {} or {}", path.string(),
             fmt::join(known, ", "), last);
}

}  // namespace

void check_result_output(const std::filesystem::path& path, const std::vector<std::string>& others) {
  format_of(path, others);
  check_writable(path);
}

void ResultFile::add(std::string name, std::vector<int> shape, std::span<const float> values) {
  arrays_.push_back({std::move(name), std::move(shape), {values.begin(), values.end()}});
}

void ResultFile::attribute(std::string name, std::string value) {
  texts_.push_back({std::move(name), std::move(value)});
}

void ResultFile::save(const std::filesystem::path& path) const {
  switch (format_of(path)) {
    case Format::hdf5:
      return save_hdf5(path);
    case Format::npz:
      return save_npz(path);
    case Format::npy: {
      const auto main =
          std::find_if(arrays_.begin(), arrays_.end(), [](const Array& a) { return !a.shape.empty(); });
      return write_atomically(path, npy(*main));
    }
  }
}

std::string ResultFile::npy(const Array& array) {
  std::string bytes = make_npy_header({"<f4", false, {array.shape.begin(), array.shape.end()}});
  return bytes.append(reinterpret_cast<const char*>(array.values.data()),
                      array.values.size() * sizeof(float));
}

void ResultFile::save_npz(const std::filesystem::path& path) const {
  ZipWriter archive;
  for (const Array& array : arrays_) archive.add(array.name + ".npy", npy(array));
  for (const Text& text : texts_) archive.add(text.name + ".npy", npy_strings({text.value}));
  archive.save(path);
}

void ResultFile::save_hdf5(const std::filesystem::path& path) const {
  const Hdf5MemoryFile file;
  for (const Array& array : arrays_) {
    const std::vector<hsize_t> extents(array.shape.begin(), array.shape.end());
    const Hdf5Handle space(extents.empty()
                               ? H5Screate(H5S_SCALAR)
                               : H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
                           H5Sclose);
    const Hdf5Handle creation = timeless_creation(H5P_DATASET_CREATE);
    const Hdf5Handle dataset(H5Dcreate2(file.id(), array.name.c_str(), H5T_IEEE_F32LE, space.get(),
                                        H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                             H5Dclose);
    require(dataset && H5Dwrite(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                array.values.data()) >= 0,
            "dataset");
  }
  for (const Text& text : texts_) {
    const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    require(
        H5Tset_size(type.get(), text.value.size() + 1) >= 0 && H5Tset_cset(type.get(), H5T_CSET_UTF8) >= 0,
        "string");
    const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle attribute(
        H5Acreate2(file.id(), text.name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    require(attribute && H5Awrite(attribute.get(), type.get(), text.value.c_str()) >= 0, "attribute");
  }
  file.save(path);
}

}  // namespace limpid
