#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/core/dtype.h"
#include "kernels/core/error.h"
#include "weights/append_layer.h"
#include "weights/check_network.h"
#include "weights/deflate.h"
#include "weights/file_bytes.h"
#include "weights/file_kind.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_open.h"
#include "weights/hdf5_schema.h"
#include "weights/hdf5_text.h"
#include "weights/inception_v1.h"
#include "weights/layer_shapes.h"
#include "weights/nodes_json.h"
#include "weights/stored_type.h"
#include "weights/validate.h"

namespace limpid {
namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";

/// An open dataset whose type, storage and shape have been looked at, but whose data has not.
struct StoredTensor {
  Hdf5Handle dataset;
  Hdf5Handle type;
  std::vector<std::uint64_t> shape;
};

/// Reads one file. Every method throws Error{input} naming the file.
class ModelReader {
 public:
  explicit ModelReader(const Hdf5Source& source) : origin_(source.name) {
    const std::string start = source.in_memory() ? std::string(source.bytes.substr(0, kFileKindStart))
                                                 : read_bytes(source.path, kFileKindStart);
    if (start.empty()) fail_input("{}: no bytes at all", origin_);
    if (!is_hdf5(start)) {
      if (const std::string kind = foreign_kind(start); !kind.empty()) {
        fail_input("{}: not an HDF5 file: this is {}", origin_, kind);
      }
      fail_input("{}: not an HDF5 file; `limpid convert` makes one from other formats", origin_);
    }
    file_ = open_hdf5(source);
  }

  Model read() {
    check_schema();
    Model model = read_rules();
    LayerShapes shapes(origin_);
    for (const LayerSpec& spec : inception_layers()) model.layers.push_back(read_layer(spec, shapes));
    read_appended(model);
    model.classes = read_strings(schema::kClasses, "the list of classes");
    validate(model, origin_);
    check_inception(model, origin_);
    return model;
  }

 private:
  void check_schema() const {
    if (H5Aexists(file_.get(), schema::kVersionName) <= 0) {
      fail_input("{}: HDF5, but not a weights file of limpid (it has no attribute '{}')", origin_,
                 schema::kVersionName);
    }
    const int version = read_int(schema::kVersionName);
    if (version < 1 || version > schema::kVersion) {
      fail_input("{}: weights file of schema {}; this version reads schemas 1 to {}", origin_, version,
                 schema::kVersion);
    }
    const std::string network = read_string(schema::kNetworkName);
    if (network != schema::kNetwork) {
      fail_input("{}: weights of the network '{}', not of {}", origin_, network, schema::kNetwork);
    }
  }

  Model read_rules() const {
    Model model;
    model.provenance.family = read_string(schema::kFamily);
    model.provenance.source = read_string(schema::kSource);
    model.provenance.sha256 = read_string(schema::kSha256);
    model.provenance.licence = read_string(schema::kLicence);
    if (H5Aexists(file_.get(), schema::kTraining) > 0) {
      model.provenance.training = read_string(schema::kTraining);
    }
    InceptionRules rules;
    rules.padding = read_choice(schema::kPadding, schema::kPaddings);
    if (H5Aexists(file_.get(), schema::kPoolSizes) > 0) {
      read_numbers(schema::kPoolSizes, H5T_INTEGER, H5T_NATIVE_INT, rules.pool_sizes.size(),
                   rules.pool_sizes.data());
    }
    rules.lrn.present = read_choice(schema::kLrn, schema::kLrnKinds);
    if (rules.lrn.present) {
      rules.lrn.radius = read_int(schema::kLrnRadius);
      rules.lrn.alpha = read_float(schema::kLrnAlpha);
      rules.lrn.beta = read_float(schema::kLrnBeta);
      rules.lrn.bias = read_float(schema::kLrnBias);
    }
    model.network = inception_v1(rules);
    model.input.order = read_choice(schema::kInputOrder, schema::kOrders);
    model.input.size = read_int(schema::kInputSize);
    read_numbers(schema::kInputMean, H5T_FLOAT, H5T_NATIVE_FLOAT, model.input.mean.size(),
                 model.input.mean.data());
    const float scale = read_float(schema::kInputScale);
    if (scale != schema::kScale) {
      fail_input("{}: an input scale of {} is not supported; {} is", origin_, scale, schema::kScale);
    }
    return model;
  }

  Hdf5Handle open_attribute(const char* name) const {
    Hdf5Handle attribute(H5Aopen(file_.get(), name, H5P_DEFAULT), H5Aclose);
    if (!attribute) fail_input("{}: the attribute '{}' is missing or damaged", origin_, name);
    return attribute;
  }

  std::string read_string(const char* name) const {
    open_attribute(name);
    std::optional<std::string> value = read_text_attribute(file_.get(), name, schema::kMaxString);
    if (!value) {
      fail_input("{}: the attribute '{}' is not one string of fixed length up to {}", origin_, name,
                 schema::kMaxString);
    }
    return *std::move(value);
  }

  /// Reads an attribute of exactly `count` numbers of the class, converted to `memory_type`.
  void read_numbers(const char* name, H5T_class_t number_class, hid_t memory_type, std::size_t count,
                    void* values) const {
    const Hdf5Handle attribute = open_attribute(name);
    const Hdf5Handle type(H5Aget_type(attribute.get()), H5Tclose);
    const Hdf5Handle space(H5Aget_space(attribute.get()), H5Sclose);
    if (H5Tget_class(type.get()) != number_class ||
        H5Sget_simple_extent_npoints(space.get()) != static_cast<hssize_t>(count) ||
        H5Aread(attribute.get(), memory_type, values) < 0) {
      fail_input("{}: the attribute '{}' is not {} {}", origin_, name, count,
                 number_class == H5T_INTEGER ? "integer(s)" : "floating-point number(s)");
    }
  }

  int read_int(const char* name) const {
    int value = 0;
    read_numbers(name, H5T_INTEGER, H5T_NATIVE_INT, 1, &value);
    return value;
  }

  float read_float(const char* name) const {
    float value = 0;
    read_numbers(name, H5T_FLOAT, H5T_NATIVE_FLOAT, 1, &value);
    return value;
  }

  /// Reads a string attribute that must be one of the names.
  template <class Value, std::size_t N>
  Value read_choice(const char* name, const std::array<std::pair<Value, std::string_view>, N>& names) const {
    const std::string value = read_string(name);
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const auto& pair) { return pair.second == value; });
    if (found == names.end())
      fail_input("{}: the attribute '{}' is '{}', which is unknown", origin_, name, value);
    return found->first;
  }

  /// True when `name` exists in the group; a link that leaves the file is refused.
  bool has_link(hid_t group, const std::string& name, const std::string& what) const {
    H5L_info_t info{};
    if (H5Lexists(group, name.c_str(), H5P_DEFAULT) <= 0) return false;
    if (H5Lget_info(group, name.c_str(), &info, H5P_DEFAULT) < 0 || info.type != H5L_TYPE_HARD) {
      fail_input("{}: {} is a link, which a weights file may not hold", origin_, what);
    }
    return true;
  }

  /// Opens a dataset of the group and checks how it is stored. `what` names it in errors.
  StoredTensor open_dataset(hid_t group, const char* name, const std::string& what) const {
    if (!has_link(group, name, what)) fail_input("{}: {} is missing", origin_, what);
    StoredTensor tensor;
    tensor.dataset = Hdf5Handle(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose);
    if (!tensor.dataset) fail_input("{}: {} is damaged or not a dataset", origin_, what);
    tensor.type = Hdf5Handle(H5Dget_type(tensor.dataset.get()), H5Tclose);
    const Hdf5Handle space(H5Dget_space(tensor.dataset.get()), H5Sclose);
    const int rank = H5Sget_simple_extent_ndims(space.get());
    if (rank < 0 || rank > 8) fail_input("{}: {} has no shape a tensor can have", origin_, what);
    std::array<hsize_t, 8> shape{};
    H5Sget_simple_extent_dims(space.get(), shape.data(), nullptr);
    tensor.shape.assign(shape.begin(), shape.begin() + rank);
    check_layout(tensor, what);
    return tensor;
  }

  /// Accepts only data inside the file, in filters that are part of HDF5, in chunks no larger than the
  /// dataset.
  void check_layout(const StoredTensor& tensor, const std::string& what) const {
    const Hdf5Handle creation(H5Dget_create_plist(tensor.dataset.get()), H5Pclose);
    const H5D_layout_t layout = H5Pget_layout(creation.get());
    bool good = H5Pget_external_count(creation.get()) == 0 &&
                (layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED);
    const int filters = H5Pget_nfilters(creation.get());
    for (int i = 0; good && i < filters; ++i) {
      unsigned flags = 0;
      std::size_t values = 0;
      const H5Z_filter_t filter = H5Pget_filter2(creation.get(), static_cast<unsigned>(i), &flags, &values,
                                                 nullptr, 0, nullptr, nullptr);
      good = filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE || filter == H5Z_FILTER_FLETCHER32;
    }
    if (good && layout == H5D_CHUNKED) {
      std::array<hsize_t, 8> chunk{};
      const int rank = H5Pget_chunk(creation.get(), static_cast<int>(chunk.size()), chunk.data());
      good = rank == static_cast<int>(tensor.shape.size()) &&
             std::equal(tensor.shape.begin(), tensor.shape.end(), chunk.begin(), std::greater_equal<>());
    }
    if (!good) fail_input("{}: {} is stored in a way a weights file may not use", origin_, what);
  }

  /// Checks that the file holds data for the `bytes` its shape asks for.
  void check_storage(const StoredTensor& tensor, std::uint64_t bytes, const std::string& what) const {
    const std::uint64_t stored = H5Dget_storage_size(tensor.dataset.get());
    if (stored == 0 || !deflate_can_hold(bytes, stored)) {
      fail_input("{}: {} declares {} bytes but stores only {}", origin_, what, bytes, stored);
    }
  }

  void read_data(const StoredTensor& tensor, hid_t type, void* data, const std::string& what) const {
    errno = 0;
    if (H5Dread(tensor.dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0) {
      check_hdf5_failure(origin_);
      fail_input("{}: {} cannot be read; the file is damaged", origin_, what);
    }
  }

  /// The values of a tensor whose shape has been checked, widened to fp32.
  std::vector<float> read_floats(const StoredTensor& tensor, const std::string& what) const {
    std::uint64_t count = 1;
    for (const std::uint64_t extent : tensor.shape) count *= extent;
    check_storage(tensor, count * H5Tget_size(tensor.type.get()), what);
    if (H5Tequal(tensor.type.get(), H5T_IEEE_F32LE) <= 0) {
      std::vector<f16> halves(count);
      read_data(tensor, tensor.type.get(), halves.data(), what);
      return widened(halves);
    }
    std::vector<float> values(count);
    read_data(tensor, H5T_IEEE_F32LE, values.data(), what);
    return values;
  }

  StoredTensor open_floats(hid_t group, const char* name, const std::string& what) const {
    StoredTensor tensor = open_dataset(group, name, what);
    if (H5Tequal(tensor.type.get(), H5T_IEEE_F32LE) <= 0 && H5Tequal(tensor.type.get(), half_.get()) <= 0) {
      fail_input("{}: {} does not hold little-endian 16-bit or 32-bit floats", origin_, what);
    }
    return tensor;
  }

  Hdf5Handle open_layer(const std::string& name, const std::string& what) const {
    if (!has_link(file_.get(), name, what)) fail_input("{}: {} is missing", origin_, what);
    Hdf5Handle group(H5Gopen2(file_.get(), name.c_str(), H5P_DEFAULT), H5Gclose);
    if (!group) fail_input("{}: {} is damaged or not a group", origin_, what);
    return group;
  }

  ConvLayer read_layer(const LayerSpec& spec, LayerShapes& shapes) const {
    const std::string what = fmt::format("layer '{}'", spec.name);
    const Hdf5Handle group = open_layer(spec.name, what);
    const std::string filter_name = what + ": its filter";
    const std::string bias_name = what + ": its bias";
    const StoredTensor filter = open_floats(group.get(), schema::kFilter, filter_name);
    const StoredTensor bias = open_floats(group.get(), schema::kBias, bias_name);
    ConvLayer layer;
    layer.name = spec.name;
    layer.k = shapes.check(spec, spec.name, filter.shape, bias.shape);
    layer.c = static_cast<int>(filter.shape[1]);
    layer.size = spec.size;
    layer.filter = read_floats(filter, filter_name);
    layer.bias = read_floats(bias, bias_name);
    return layer;
  }

  /// The layers behind InceptionV1's, from schema 3 on.
  void read_appended(Model& model) const {
    if (read_int(schema::kVersionName) < schema::kNodesVersion) return;
    const std::vector<std::string> nodes = read_strings(schema::kNodes, "the list of nodes");
    const std::string what = origin_ + ": node";
    model.network = network_from_json(nodes, model.network, what);
    for (const AppendedLayer& layer : appended_layers(model.network, what)) {
      model.layers.push_back(read_pointwise(layer));
    }
  }

  ConvLayer read_pointwise(const AppendedLayer& layer) const {
    const std::string& name = layer.conv.name;
    const std::string what = fmt::format("layer '{}'", name);
    const Hdf5Handle group = open_layer(name, what);
    const StoredTensor filter = open_floats(group.get(), schema::kFilter, what + ": its filter");
    const StoredTensor bias = open_floats(group.get(), schema::kBias, what + ": its bias");
    constexpr auto most = static_cast<std::uint64_t>(kMostLayerChannels);
    if (filter.shape.size() != 4 || filter.shape[0] > most || filter.shape[1] > most ||
        filter.shape[2] != 1 || filter.shape[3] != 1 || bias.shape.size() != 1 ||
        bias.shape[0] != filter.shape[0]) {
      fail_input("{}: {}: its filter is {} and its bias {}; a 1x1 convolution was expected", origin_, what,
                 format_shape(filter.shape), format_shape(bias.shape));
    }
    const auto k = static_cast<int>(filter.shape[0]);
    const auto c = static_cast<int>(filter.shape[1]);
    ConvLayer conv{
        name, k, c, 1, read_floats(filter, what + ": its filter"), read_floats(bias, what + ": its bias")};
    if (layer.gated.gate != ReluGate::threshold) return conv;
    const std::string thresholds_name = what + ": its thresholds";
    const StoredTensor thresholds = open_floats(group.get(), schema::kThreshold, thresholds_name);
    if (thresholds.shape != bias.shape) {
      fail_input("{}: {} are {} where its bias is {}", origin_, thresholds_name,
                 format_shape(thresholds.shape), format_shape(bias.shape));
    }
    conv.threshold = read_floats(thresholds, thresholds_name);
    return conv;
  }

  std::vector<std::string> read_strings(const char* name, const std::string& what) const {
    if (!has_link(file_.get(), name, what)) return {};
    const StoredTensor tensor = open_dataset(file_.get(), name, what);
    const std::size_t width = H5Tget_size(tensor.type.get());
    if (H5Tget_class(tensor.type.get()) != H5T_STRING || H5Tis_variable_str(tensor.type.get()) != 0 ||
        width == 0 || width > kMaxLabelSize || tensor.shape.size() != 1 || tensor.shape[0] > (1U << 16U)) {
      fail_input("{}: {} is not a row of strings of fixed length up to {}", origin_, what, kMaxLabelSize);
    }
    check_storage(tensor, tensor.shape[0] * width, what);
    std::string text(tensor.shape[0] * width, '\0');
    read_data(tensor, tensor.type.get(), text.data(), what);
    std::vector<std::string> strings;
    for (std::size_t begin = 0; begin < text.size(); begin += width) {
      const std::string padded = text.substr(begin, width);
      strings.push_back(padded.substr(0, padded.find('\0')));
    }
    return strings;
  }

  Hdf5Silence silence_;
  std::string origin_;
  Hdf5Handle file_;
  Hdf5Handle half_ = schema::half_type();
};

}  // namespace

bool is_hdf5(std::string_view first_bytes) {
  return first_bytes.starts_with(kSignature);
}

void leave_hdf5_open_at_exit() {
  H5dont_atexit();
}

Model read_model(const std::filesystem::path& path) {
  return read_model(Hdf5Source(path));
}

Model read_model(const Hdf5Source& source) {
  return ModelReader(source).read();
}

}  // namespace limpid
