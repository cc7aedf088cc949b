// PyTorch's files of InceptionV1 weights.
#pragma once

#include <filesystem>
#include <string_view>

#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

class ZipArchive;

/// True for an archive as torch.save makes one.
bool is_pth(const ZipArchive& archive);

/// The tensors of the state dict in an archive that torch.save made, which they refer to: a whole number on its own, and
/// floating-point numbers, of any strides. The pickle is read but not run. Errors name `origin`, the file.
NamedTensors pth_tensors(const ZipArchive& archive, const std::string& origin);

/// Throws Error{input} that says what to do if a file that begins with these bytes (eight suffice) is in the
/// format torch.save had before PyTorch 1.6; returns otherwise.
void refuse_legacy_pth(std::string_view first_bytes, const std::filesystem::path& path);

/// Reads what torch.save wrote of a state dict: a zip archive of a pickle, which is read but not run (see
/// `read_pickled_state_dict`), and the bytes of each storage. Tensors are float16, bfloat16, float32 or
/// float64, of any strides, named as `model_of_state_dict` knows them.
///
/// Throws Error{input} naming the file and the tensor for anything else, and Error{usage} for a family the
/// names leave no choice of. The provenance has no checksum yet.
Model import_pth(const std::filesystem::path& path, std::string_view family = {},
                 ImportReport* report = nullptr);

}  // namespace limpid
