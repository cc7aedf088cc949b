#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "weights/append_layer.h"
#include "weights/hdf5_file.h"
#include "weights/hdf5_memory_file.h"
#include "weights/hdf5_schema.h"
#include "weights/inception_v1.h"
#include "weights/nodes_json.h"
#include "weights/validate.h"

namespace limpid {
namespace {

/// Datasets of fewer bytes than this are stored as they are: compression would not pay for its bookkeeping.
constexpr std::size_t kCompressFrom = 4096;

void write_attribute(hid_t object, const char* name, hid_t type, hid_t space, const void* value) {
  const Hdf5Handle attribute(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  require(attribute && H5Awrite(attribute.get(), type, value) >= 0, "attribute");
}

void write_string(hid_t object, const char* name, std::string_view value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  // HDF5 has no strings of no bytes: an empty one is a single zero.
  const std::string padded = value.empty() ? std::string(1, '\0') : std::string(value);
  write_attribute(object, name, schema::string_type(padded.size()).get(), space.get(), padded.data());
}

void write_int(hid_t object, const char* name, int value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  write_attribute(object, name, H5T_STD_I32LE, space.get(), &value);
}

void write_float(hid_t object, const char* name, float value) {
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  write_attribute(object, name, H5T_IEEE_F32LE, space.get(), &value);
}

template <class T, std::size_t N>
void write_numbers(hid_t object, const char* name, hid_t type, const std::array<T, N>& values) {
  const hsize_t count = N;
  const Hdf5Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose);
  write_attribute(object, name, type, space.get(), values.data());
}

void write_dataset(hid_t parent, const char* name, hid_t type, std::span<const hsize_t> shape,
                   std::span<const char> bytes, bool compress) {
  const int rank = static_cast<int>(shape.size());
  const Hdf5Handle space(H5Screate_simple(rank, shape.data(), nullptr), H5Sclose);
  const Hdf5Handle creation = timeless_creation(H5P_DATASET_CREATE);
  if (compress && bytes.size() >= kCompressFrom) {
    constexpr unsigned level = 9;
    require(H5Pset_chunk(creation.get(), rank, shape.data()) >= 0 && H5Pset_shuffle(creation.get()) >= 0 &&
                H5Pset_deflate(creation.get(), level) >= 0,
            "compressed dataset");
  }
  const Hdf5Handle dataset(
      H5Dcreate2(parent, name, type, space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT), H5Dclose);
  require(dataset && H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) >= 0,
          "dataset");
}

void write_tensor(hid_t group, const char* name, const ConvLayer& layer, const std::vector<float>& values,
                  std::span<const hsize_t> shape, StoredType type) {
  const std::string bytes = stored_bytes(values, type, layer.name);
  const bool is_half = type == StoredType::f16;
  const Hdf5Handle half = schema::half_type();
  write_dataset(group, name, is_half ? half.get() : H5T_IEEE_F32LE, shape, bytes, is_half);
}

void write_layer(hid_t file, const ConvLayer& layer, StoredType type) {
  const Hdf5Handle creation = timeless_creation(H5P_GROUP_CREATE);
  const Hdf5Handle group(H5Gcreate2(file, layer.name.c_str(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                         H5Gclose);
  require(static_cast<bool>(group), "group");
  const auto dim = [](int n) { return static_cast<hsize_t>(n); };
  const std::array filter = {dim(layer.k), dim(layer.c), dim(layer.size), dim(layer.size)};
  write_tensor(group.get(), schema::kFilter, layer, layer.filter, filter, type);
  write_tensor(group.get(), schema::kBias, layer, layer.bias, std::span(filter).first(1), type);
  if (layer.threshold.empty()) return;
  write_tensor(group.get(), schema::kThreshold, layer, layer.threshold, std::span(filter).first(1), type);
}

void write_rules(hid_t file, const Model& model) {
  const InceptionRules rules = rules_of(model.network);
  write_int(file, schema::kVersionName, schema::version_of(model));
  write_string(file, schema::kNetworkName, schema::kNetwork);
  write_string(file, schema::kFamily, model.provenance.family);
  write_string(file, schema::kSource, model.provenance.source);
  write_string(file, schema::kSha256, model.provenance.sha256);
  write_string(file, schema::kLicence, model.provenance.licence);
  if (!model.provenance.training.empty()) write_string(file, schema::kTraining, model.provenance.training);
  write_string(file, schema::kPadding, schema::name_in(schema::kPaddings, rules.padding));
  if (schema::rules_version_of(model) == schema::kRulesVersion) {
    write_numbers(file, schema::kPoolSizes, H5T_STD_I32LE, rules.pool_sizes);
  }
  write_string(file, schema::kLrn, schema::name_in(schema::kLrnKinds, rules.lrn.present));
  if (rules.lrn.present) {
    write_int(file, schema::kLrnRadius, rules.lrn.radius);
    write_float(file, schema::kLrnAlpha, rules.lrn.alpha);
    write_float(file, schema::kLrnBeta, rules.lrn.beta);
    write_float(file, schema::kLrnBias, rules.lrn.bias);
  }
  write_string(file, schema::kInputOrder, schema::name_in(schema::kOrders, model.input.order));
  write_float(file, schema::kInputScale, schema::kScale);
  write_int(file, schema::kInputSize, model.input.size);
  write_numbers(file, schema::kInputMean, H5T_IEEE_F32LE, model.input.mean);
}

void write_strings(hid_t file, const char* name, const std::vector<std::string>& strings) {
  if (strings.empty()) return;
  std::size_t width = 1;
  for (const std::string& string : strings) width = std::max(width, string.size());
  std::vector<char> text(strings.size() * width, '\0');
  for (std::size_t i = 0; i < strings.size(); ++i) {
    std::memcpy(&text[i * width], strings[i].data(), strings[i].size());
  }
  const std::array<hsize_t, 1> shape = {strings.size()};
  write_dataset(file, name, schema::string_type(width).get(), shape, text, true);
}

}  // namespace

void write_model(const Model& model, const std::filesystem::path& path, StoredType type) {
  validate(model, path.string());
  check_inception(model, path.string());
  const Hdf5MemoryFile file;
  write_rules(file.id(), model);
  for (const ConvLayer& layer : model.layers) write_layer(file.id(), layer, type);
  write_strings(file.id(), schema::kClasses, model.classes);
  if (schema::version_of(model) >= schema::kNodesVersion) {
    write_strings(file.id(), schema::kNodes, nodes_to_json(model.network));
  }
  file.save(path);
}

}  // namespace limpid
