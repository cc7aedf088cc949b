#include "tests/golden/golden_data.h"

#include <hdf5.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "kernels/core/error.h"

namespace limpid::golden {
namespace {

/// What the names of recorded objectives mean.
const std::array<std::pair<const char*, Objective>, 6>& objectives() {
  static const std::array<std::pair<const char*, Objective>, 6> table = {{
      {"mixed3b:211@14,14", {ObjectiveKind::neuron, "mixed3b", false, 211, Position{14, 14}, 1}},
      {"mixed4a:11", {ObjectiveKind::channel, "mixed4a", false, 11, {}, 1}},
      {"mixed4c", {ObjectiveKind::layer, "mixed4c", false, 0, {}, 1}},
      {"pre:mixed4d:139", {ObjectiveKind::channel, "mixed4d", true, 139, {}, 1}},
      {"logits:207", {ObjectiveKind::channel, "logits", false, 207, {}, 1}},
      {"softmax:207", {ObjectiveKind::channel, "softmax", false, 207, {}, 1}},
  }};
  return table;
}

/// An HDF5 identifier that closes itself.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), const std::string& what) : id_(id), close_(close) {
    if (id_ < 0) fail_input("{}: cannot be opened", what);
  }
  ~Handle() { close_(id_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

template <class T>
hid_t memory_type();
template <>
hid_t memory_type<float>() {
  return H5T_NATIVE_FLOAT;
}
template <>
hid_t memory_type<double>() {
  return H5T_NATIVE_DOUBLE;
}
template <>
hid_t memory_type<std::uint8_t>() {
  return H5T_NATIVE_UINT8;
}
template <>
hid_t memory_type<std::int64_t>() {
  return H5T_NATIVE_INT64;
}

class RecordFile {
 public:
  explicit RecordFile(const std::filesystem::path& path)
      : path_(path.string()), file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, path_) {}

  template <class T>
  std::vector<T> dataset(const std::string& name) const {
    const Handle data(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), H5Dclose, what(name));
    const Handle space(H5Dget_space(data), H5Sclose, what(name));
    std::vector<T> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    if (H5Dread(data, memory_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
      fail_input("{}: cannot be read", what(name));
    }
    return values;
  }

  std::vector<hsize_t> extents(const std::string& name) const {
    const Handle data(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), H5Dclose, what(name));
    const Handle space(H5Dget_space(data), H5Sclose, what(name));
    std::vector<hsize_t> extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    H5Sget_simple_extent_dims(space, extents.data(), nullptr);
    return extents;
  }

  template <class T>
  std::vector<T> attribute(const std::string& object, const std::string& name) const {
    const std::string label = what(object) + "@" + name;
    const Handle data(H5Aopen_by_name(file_, object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
                      H5Aclose, label);
    const Handle space(H5Aget_space(data), H5Sclose, label);
    std::vector<T> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    if (H5Aread(data, memory_type<T>(), values.data()) < 0) fail_input("{}: cannot be read", label);
    return values;
  }

  double number(const std::string& object, const std::string& name) const {
    return attribute<double>(object, name).at(0);
  }

  /// Names of the links of a group, in ascending order.
  std::vector<std::string> members(const std::string& group_name) const {
    const Handle group(H5Gopen2(file_, group_name.c_str(), H5P_DEFAULT), H5Gclose, what(group_name));
    std::vector<std::string> names;
    const auto visit = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
      static_cast<std::vector<std::string>*>(out)->emplace_back(name);
      return 0;
    };
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, visit, &names) < 0) {
      fail_input("{}: cannot be listed", what(group_name));
    }
    return names;
  }

 private:
  std::string what(const std::string& name) const { return path_ + ": " + name; }

  std::string path_;
  Handle file_;
};

std::vector<unsigned char> read_bytes(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail_input("{}: cannot be opened", path.string());
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

RecordedLayer read_layer(const RecordFile& file, const std::string& name, bool pre_relu) {
  const std::string group = (pre_relu ? "activations/pre_relu/" : "activations/") + name;
  RecordedLayer layer;
  layer.name = name;
  layer.pre_relu = pre_relu;
  layer.shape = file.attribute<std::int64_t>(group, "shape");
  layer.mean = file.number(group, "mean");
  layer.deviation = file.number(group, "std");
  layer.max = file.number(group, "max");
  layer.index = file.dataset<std::int64_t>(group + "/flat_index_chw");
  layer.value = file.dataset<float>(group + "/value");
  if (layer.index.size() != layer.value.size()) fail_input("{}: indices and values differ in number", group);
  return layer;
}

}  // namespace

std::optional<std::filesystem::path> data_folder() {
  const char* folder = std::getenv("LIMPID_TEST_DATA");
  if (folder == nullptr || *folder == '\0') return std::nullopt;
  return std::filesystem::path(folder);
}

RecordedRun read_recorded_run(const std::filesystem::path& path) {
  const RecordFile file(path);
  RecordedRun run;
  run.picture = file.dataset<std::uint8_t>("image_rgb_u8");
  run.input = file.dataset<float>("input_bgr_minus_mean");
  run.softmax = file.dataset<float>("softmax");
  const std::vector<hsize_t> extents = file.extents("image_rgb_u8");
  if (extents.size() != 3 || extents[2] != 3) fail_input("{}: image_rgb_u8 is not H x W x 3", path.string());
  run.height = static_cast<int>(extents[0]);
  run.width = static_cast<int>(extents[1]);

  for (const std::string& name : file.members("activations")) {
    if (name != "pre_relu") run.layers.push_back(read_layer(file, name, false));
  }
  for (const std::string& name : file.members("activations/pre_relu")) {
    run.layers.push_back(read_layer(file, name, true));
  }
  for (const auto& [name, objective] : objectives()) {
    const std::string group = std::string("objectives/") + name;
    run.objectives.push_back(
        {name, objective, file.number(group, "value"), file.dataset<float>(group + "/input_gradient")});
  }
  return run;
}

Image read_picture(const std::filesystem::path& path) {
  const std::vector<unsigned char> bytes = read_bytes(path);
  const std::unique_ptr<void, int (*)(tjhandle)> decoder(tjInitDecompress(), tjDestroy);
  Image image;
  int subsampling = 0, colour_space = 0;
  if (tjDecompressHeader3(decoder.get(), bytes.data(), bytes.size(), &image.width, &image.height,
                          &subsampling, &colour_space) != 0) {
    fail_input("{}: {}", path.string(), tjGetErrorStr2(decoder.get()));
  }
  std::vector<unsigned char> pixels(static_cast<std::size_t>(image.height) *
                                    static_cast<std::size_t>(image.width) * 3);
  if (tjDecompress2(decoder.get(), bytes.data(), bytes.size(), pixels.data(), image.width, 0, image.height,
                    TJPF_RGB, TJFLAG_ACCURATEDCT) != 0) {
    fail_input("{}: {}", path.string(), tjGetErrorStr2(decoder.get()));
  }
  image.rgb.resize(pixels.size());
  std::transform(pixels.begin(), pixels.end(), image.rgb.begin(),
                 [](unsigned char value) { return static_cast<float>(value) / 255.0F; });
  return image;
}

std::vector<float> read_npy(const std::filesystem::path& path) {
  static_assert(std::endian::native == std::endian::little,
                "the file's byte order is taken as the machine's");
  constexpr std::size_t kPreamble = 10;  // Magic string, version, length of the header in two bytes.
  const std::vector<unsigned char> bytes = read_bytes(path);
  if (bytes.size() < kPreamble || std::memcmp(bytes.data(), "\x93NUMPY\x01\x00", 8) != 0) {
    fail_input("{}: not a NumPy array of format version 1", path.string());
  }
  std::uint16_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data() + 8, sizeof header_bytes);
  const std::size_t begin = kPreamble + header_bytes;
  if (bytes.size() < begin || (bytes.size() - begin) % sizeof(float) != 0 ||
      std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(begin)).find("'<f4'") ==
          std::string::npos) {
    fail_input("{}: not a whole array of float32", path.string());
  }
  std::vector<float> values((bytes.size() - begin) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + begin, bytes.size() - begin);
  return values;
}

}  // namespace limpid::golden
