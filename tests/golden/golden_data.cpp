#include "tests/golden/golden_data.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"
#include "weights/hdf5_handle.h"
#include "weights/npy_header.h"

namespace limpid::golden {
namespace {

/// What the names of recorded objectives mean.
const std::array<std::pair<const char*, ObjectiveTerm>, 6>& objectives() {
  static const std::array<std::pair<const char*, ObjectiveTerm>, 6> table = {{
      {"mixed3b:211@14,14", {TermKind::channel, "mixed3b", false, 211, Position{14, 14}, 1}},
      {"mixed4a:11", {TermKind::channel, "mixed4a", false, 11, {}, 1}},
      {"mixed4c", {TermKind::layer, "mixed4c", false, 0, {}, 1}},
      {"pre:mixed4d:139", {TermKind::channel, "mixed4d", true, 139, {}, 1}},
      {"logits:207", {TermKind::channel, "logits", false, 207, {}, 1}},
      {"softmax:207", {TermKind::channel, "softmax", false, 207, {}, 1}},
  }};
  return table;
}

/// An identifier that was opened. Throws Error{input} saying `what` it should be.
Hdf5Handle opened(hid_t id, Hdf5Handle::Close close, const std::string& what) {
  Hdf5Handle handle(id, close);
  if (!handle) fail_input("{}: cannot be opened", what);
  return handle;
}

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
      : path_(path.string()),
        file_(opened(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, path_)) {}

  template <class T>
  std::vector<T> dataset(const std::string& name) const {
    const Hdf5Handle data = open_dataset(name);
    const Hdf5Handle space(H5Dget_space(data.get()), H5Sclose);
    std::vector<T> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get())));
    if (H5Dread(data.get(), memory_type<T>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
      fail_input("{}: cannot be read", what(name));
    }
    return values;
  }

  std::vector<hsize_t> extents(const std::string& name) const {
    const Hdf5Handle space(H5Dget_space(open_dataset(name).get()), H5Sclose);
    std::vector<hsize_t> extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.get())));
    H5Sget_simple_extent_dims(space.get(), extents.data(), nullptr);
    return extents;
  }

  template <class T>
  std::vector<T> attribute(const std::string& object, const std::string& name) const {
    const std::string label = what(object) + "@" + name;
    const Hdf5Handle data =
        opened(H5Aopen_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
               label);
    const Hdf5Handle space(H5Aget_space(data.get()), H5Sclose);
    std::vector<T> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.get())));
    if (H5Aread(data.get(), memory_type<T>(), values.data()) < 0) fail_input("{}: cannot be read", label);
    return values;
  }

  double number(const std::string& object, const std::string& name) const {
    return attribute<double>(object, name).at(0);
  }

  /// Names of the links of a group, in ascending order.
  std::vector<std::string> members(const std::string& group_name) const {
    const Hdf5Handle group =
        opened(H5Gopen2(file_.get(), group_name.c_str(), H5P_DEFAULT), H5Gclose, what(group_name));
    std::vector<std::string> names;
    const auto visit = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
      static_cast<std::vector<std::string>*>(out)->emplace_back(name);
      return 0;
    };
    if (H5Literate(group.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, visit, &names) < 0) {
      fail_input("{}: cannot be listed", what(group_name));
    }
    return names;
  }

 private:
  std::string what(const std::string& name) const { return path_ + ": " + name; }

  Hdf5Handle open_dataset(const std::string& name) const {
    return opened(H5Dopen2(file_.get(), name.c_str(), H5P_DEFAULT), H5Dclose, what(name));
  }

  std::string path_;
  Hdf5Handle file_;
};

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

std::vector<float> read_npy(const std::filesystem::path& path) {
  const std::string bytes = read_bytes(path);
  const NpyPreamble preamble = parse_npy_preamble(bytes);
  const std::size_t begin = preamble.size + preamble.header_size;
  const NpyHeader header = parse_npy_header(bytes.substr(preamble.size, preamble.header_size));
  if (header.descr != "<f4" || header.shape.size() != 1 ||
      bytes.size() != begin + header.shape[0] * sizeof(float)) {
    fail_input("{}: not one row of float32", path.string());
  }
  std::vector<float> values(header.shape[0]);
  std::memcpy(values.data(), bytes.data() + begin, bytes.size() - begin);
  return values;
}

}  // namespace limpid::golden
