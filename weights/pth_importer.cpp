#include "weights/pth_importer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"
#include "weights/layer_shapes.h"
#include "weights/pickle_reader.h"
#include "weights/state_dict.h"
#include "weights/zip_archive.h"

namespace limpid {
namespace {

constexpr std::string_view kPickleSuffix = "/data.pkl";

/// A pickle that begins by loading the number PyTorch marked its files with.
constexpr std::string_view kLegacySignature = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46";

/// State dicts of InceptionV1 have some 50 KB, with an optimiser's state twice that.
constexpr std::uint64_t kMaxPickle = 8U << 20U;

/// The folder inside the archive, named after the file it was first saved as: "archive", "googlenet".
std::string folder_of(const std::vector<std::string>& names) {
  const auto pickle = std::find_if(names.begin(), names.end(),
                                   [](const std::string& name) { return name.ends_with(kPickleSuffix); });
  return pickle == names.end() ? "" : pickle->substr(0, pickle->size() - kPickleSuffix.size());
}

std::string read_all(const ZipArchive& archive, const std::string& name, std::uint64_t limit,
                     const std::string& origin) {
  ZipEntry entry = archive.open(name);
  if (entry.left() > limit) {
    fail_input("{}: '{}' has {} bytes; no state dict of InceptionV1 needs more than {}", origin, name,
               entry.left(), limit);
  }
  std::string bytes(entry.left(), '\0');
  entry.read(bytes.data(), bytes.size());
  entry.expect_end();
  return bytes;
}

void check_byte_order(const ZipArchive& archive, const std::string& folder, const std::string& origin) {
  const std::string name = folder + "/byteorder";
  if (!archive.has(name)) return;  // Older versions of PyTorch did not say.
  constexpr std::uint64_t longest = 16;
  if (const std::string order = read_all(archive, name, longest, origin); order != "little") {
    fail_input("{}: its numbers are {}-endian; only little-endian ones are read", origin, order);
  }
}

/// The view's elements, in row order, out of those of its storage.
std::vector<float> gather(const std::vector<float>& storage, const PickledTensor& tensor,
                          std::uint64_t count) {
  const std::size_t rank = tensor.shape.size();
  std::vector<float> values(count);
  std::vector<std::uint64_t> index(rank);
  std::uint64_t place = tensor.offset;
  for (float& value : values) {
    value = storage[place];
    for (std::size_t i = rank; i-- > 0;) {
      place += tensor.stride[i];
      if (++index[i] < tensor.shape[i]) break;
      place -= tensor.shape[i] * tensor.stride[i];
      index[i] = 0;
    }
  }
  return values;
}

std::vector<float> read_values(const ZipArchive& archive, const std::string& folder,
                               const PickledTensor& tensor, std::uint64_t count, const std::string& origin) {
  const std::string what = fmt::format("{}: tensor '{}'", origin, tensor.name);
  if (!tensor.type && count != 1) fail_input("{} holds whole numbers, which are no weights", what);
  // The shape was checked; a storage may be larger than what the tensor shows of it.
  if (tensor.storage_count > kMostParameters) {
    fail_input("{} lies among {} others; no InceptionV1 has more than {} parameters", what,
               tensor.storage_count, kMostParameters);
  }
  constexpr std::uint64_t whole_number = 8;
  const std::uint64_t most = tensor.type ? tensor.storage_count * size_of(*tensor.type) : whole_number;
  const std::string bytes =
      read_all(archive, fmt::format("{}/data/{}", folder, tensor.storage), most, origin);
  if (!tensor.type) return widen_whole(bytes, what);
  return gather(widen(bytes, *tensor.type, tensor.storage_count, what), tensor, count);
}

/// Throws Error{input} where tensors share elements: a file may not stand for more than it holds.
void check_shared(const std::vector<PickledTensor>& tensors, const std::string& origin) {
  std::map<std::string_view, std::uint64_t> left;
  for (const PickledTensor& tensor : tensors) left.emplace(tensor.storage, tensor.storage_count);
  for (const PickledTensor& tensor : tensors) {
    std::uint64_t count = 1;
    for (const std::uint64_t extent : tensor.shape) count *= extent;
    std::uint64_t& unclaimed = left[tensor.storage];
    if (count > unclaimed) fail_input("{}: tensor '{}' shares its storage with another", origin, tensor.name);
    unclaimed -= count;
  }
}

}  // namespace

bool is_pth(const ZipArchive& archive) {
  return !folder_of(archive.names()).empty();
}

void refuse_legacy_pth(std::string_view first_bytes, const std::filesystem::path& path) {
  if (!first_bytes.starts_with(kLegacySignature)) return;
  fail_input(
      "{0}: saved as PyTorch did before version 1.6; in Python, torch.save(torch.load('{1}', "
      "weights_only=True), "
      "'new.pth') makes a file that can be read",
      path.string(), path.filename().string());
}

NamedTensors pth_tensors(const ZipArchive& archive, const std::string& origin) {
  const std::string folder = folder_of(archive.names());
  if (folder.empty()) fail_input("{}: an archive without a pickle is not of PyTorch", origin);
  check_byte_order(archive, folder, origin);
  const std::string pickle_name = fmt::format("{}{}", folder, kPickleSuffix);
  const std::string pickle = read_all(archive, pickle_name, kMaxPickle, origin);
  const std::vector<PickledTensor> pickled =
      read_pickled_state_dict(pickle, fmt::format("{}: '{}'", origin, pickle_name));
  check_shared(pickled, origin);
  NamedTensors tensors(origin);
  for (const PickledTensor& tensor : pickled) {
    tensors.add({tensor.name, tensor.shape, [&archive, folder, tensor, origin](std::uint64_t count) {
                   return read_values(archive, folder, tensor, count, origin);
                 }});
  }
  return tensors;
}

Model import_pth(const std::filesystem::path& path, std::string_view family, ImportReport* report) {
  const std::string origin = path.string();
  refuse_legacy_pth(read_bytes(path, kLegacySignature.size()), path);
  const ZipArchive archive(path);
  Model model = model_of_state_dict(pth_tensors(archive, origin), origin, family, std::nullopt, report);
  model.provenance.source = path.filename().string();
  return model;
}

}  // namespace limpid
