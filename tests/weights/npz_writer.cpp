#include "tests/weights/npz_writer.h"

#include <zip.h>

#include <cstring>
#include <stdexcept>

#include "kernels/core/dtype.h"
#include "weights/topology.h"

namespace limpid::testing {
namespace {

template <class T, class Convert>
std::string bytes_of(const std::vector<float>& values, Convert convert) {
  std::string bytes(values.size() * sizeof(T), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = convert(values[i]);
    std::memcpy(&bytes[i * sizeof(T)], &value, sizeof(T));
  }
  return bytes;
}

std::string shape_of(const ConvLayer& layer) {
  const std::string matrix = std::to_string(layer.k) + ", " + std::to_string(layer.c);
  if (layer.name == "logits") return matrix;
  return matrix + ", " + std::to_string(layer.size) + ", " + std::to_string(layer.size);
}

}  // namespace

std::string npy(const std::string& descr, const std::string& shape, std::string_view data, int version) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  const std::size_t preamble = version == 1 ? 10 : 12;
  header.append(63 - (preamble + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xFFU);
  bytes += static_cast<char>(header.size() >> 8U);
  if (version == 2) bytes += std::string(2, '\0');
  return bytes + header + std::string(data);
}

std::string data_as(const std::string& descr, const std::vector<float>& values) {
  if (descr == "<f2") return bytes_of<f16>(values, [](float x) { return from_f32<f16>(x); });
  if (descr == "<f4") return bytes_of<float>(values, [](float x) { return x; });
  return bytes_of<double>(values, [](float x) { return double{x}; });
}

Entries to_entries(const Model& model, const std::string& descr, bool caffe_names) {
  Entries entries;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const ConvLayer& layer = model.layers[i];
    const std::string& name = caffe_names ? inception_layers()[i].caffe : layer.name;
    entries[name + "_w.npy"] = npy(descr, shape_of(layer), data_as(descr, layer.filter));
    entries[name + "_b.npy"] = npy(descr, std::to_string(layer.k) + ",", data_as(descr, layer.bias));
  }
  return entries;
}

void write_zip(const std::filesystem::path& path, const Entries& entries) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive == nullptr) throw std::runtime_error("cannot create an archive");
  for (const auto& [name, bytes] : entries) {
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    if (zip_file_add(archive, name.c_str(), source, 0) < 0)
      throw std::runtime_error("cannot add to an archive");
  }
  if (zip_close(archive) != 0) throw std::runtime_error("cannot write an archive");
}

}  // namespace limpid::testing
