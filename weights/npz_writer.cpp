#include "weights/npz_writer.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "weights/append_layer.h"
#include "weights/npy_header.h"
#include "weights/npy_strings.h"
#include "weights/rules_json.h"
#include "weights/validate.h"
#include "weights/zip_writer.h"

namespace limpid {
namespace {

using Shape = std::vector<std::uint64_t>;

void add_layer(ZipWriter& archive, const ConvLayer& layer, bool is_matrix, StoredType type) {
  const auto extent = [](int n) { return static_cast<std::uint64_t>(n); };
  Shape filter = {extent(layer.k), extent(layer.c), extent(layer.size), extent(layer.size)};
  if (is_matrix) filter.resize(2);
  const auto add = [&](const char* suffix, const Shape& shape, const std::vector<float>& values) {
    const char* descr = type == StoredType::f32 ? "<f4" : "<f2";
    archive.add(layer.name + suffix + ".npy",
                make_npy_header({descr, false, shape}) + stored_bytes(values, type, layer.name));
  };
  add("_w", filter, layer.filter);
  add("_b", {extent(layer.k)}, layer.bias);
}

}  // namespace

void write_npz(const Model& model, const std::filesystem::path& path, StoredType type) {
  validate(model, path.string());
  check_inception(model, path.string());
  ZipWriter archive;
  for (const ConvLayer& layer : model.layers) add_layer(archive, layer, &layer == &model.classifier(), type);
  archive.add(fmt::format("{}.npy", kRulesName), npy_strings({rules_to_json(model)}));
  if (!model.classes.empty()) archive.add("classes.npy", npy_strings(model.classes));
  archive.save(path);
}

}  // namespace limpid
