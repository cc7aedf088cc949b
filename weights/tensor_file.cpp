#include "weights/tensor_file.h"

#include <array>
#include <string_view>
#include <utility>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"
#include "weights/file_kind.h"
#include "weights/layer_shapes.h"
#include "weights/npy_header.h"
#include "weights/npz_importer.h"
#include "weights/pth_importer.h"
#include "weights/safetensors_file.h"
#include "weights/safetensors_importer.h"
#include "weights/zip_archive.h"

namespace limpid {
namespace {

constexpr std::string_view kNpySignature = "\x93NUMPY";
constexpr std::string_view kZip = "PK\x03\x04";

/// From columns that lie one after the other to rows.
std::vector<float> by_rows(const std::vector<float>& columns, std::size_t rows) {
  std::vector<float> values;
  values.reserve(columns.size());
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = row; i < columns.size(); i += rows) values.push_back(columns[i]);
  }
  return values;
}

}  // namespace

TensorFile::TensorFile(const std::filesystem::path& path) : origin_(path.string()) {
  const std::string start = read_bytes(path, kFileKindStart);
  refuse_legacy_pth(start, path);
  if (start.starts_with(kZip)) {
    archive_ = std::make_unique<ZipArchive>(path);
  } else if (start.starts_with(kNpySignature)) {
    npy_ = read_bytes(path, kMostParameters * sizeof(double) + (1U << 17U));
  } else if (is_safetensors(start)) {
    safetensors_ = std::make_unique<SafetensorsFile>(path);
  } else {
    const std::string kind = foreign_kind(start);
    fail_input("{}: {}; a file of tensors is .safetensors, .npz, .npy or a state dict of PyTorch", origin_,
               kind.empty() ? "not a known format" : "this is " + kind);
  }
}

TensorFile::~TensorFile() = default;

NamedTensors TensorFile::tensors() const {
  if (safetensors_ != nullptr) return safetensors_tensors(*safetensors_, origin_);
  if (archive_ == nullptr) return npy_tensor();
  return is_pth(*archive_) ? pth_tensors(*archive_, origin_) : npz_tensors(*archive_, origin_);
}

bool TensorFile::is_numpy() const {
  return safetensors_ == nullptr && (archive_ == nullptr || !is_pth(*archive_));
}

NamedTensors TensorFile::npy_tensor() const {
  std::string_view rest = npy_;
  NpyHeader header;
  try {
    header = take_npy_header(rest);
  } catch (const Error& error) {
    fail_input("{}: {}", origin_, error.what());
  }
  static constexpr std::array<std::pair<std::string_view, ElementType>, 3> types = {{
      {"<f2", ElementType::f16},
      {"<f4", ElementType::f32},
      {"<f8", ElementType::f64},
  }};
  const bool by_columns = header.fortran_order && header.shape.size() == 2;
  if (header.fortran_order && header.shape.size() > 2) {
    fail_input("{}: an array of {} in Fortran order; only C order is read", origin_,
               format_shape(header.shape));
  }
  for (const auto& [descr, type] : types) {
    if (header.descr != descr) continue;
    NamedTensors tensors(origin_);
    tensors.add(
        {"", header.shape,
         [rest, type = type, by_columns, shape = header.shape, origin = origin_](std::uint64_t count) {
           std::vector<float> values = widen(rest, type, count, origin);
           return by_columns ? by_rows(values, shape[0]) : values;
         }});
    return tensors;
  }
  fail_input("{}: an array of type '{}'; '<f2', '<f4' and '<f8' are read", origin_, header.descr);
}

}  // namespace limpid
