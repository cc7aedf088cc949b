// Weights from any file limpid can read.
#pragma once

#include <filesystem>
#include <optional>

#include "weights/model.h"

namespace limpid {

/// Reads a weights file, recognising its format by content: limpid's HDF5, .npz, or .caffemodel. The result
/// is validated, and its provenance holds the file's name and SHA-256 (for limpid's HDF5: those of the file
/// it was made from).
///
/// `labels` is a text file as `read_labels` takes it and replaces what labels the file has. Without it, a
/// "synset_words.txt" beside a .caffemodel is taken when it has as many lines as the network has classes.
///
/// Throws Error{input} with one line naming the file and what is wrong.
Model import_model(const std::filesystem::path& path,
                   const std::optional<std::filesystem::path>& labels = std::nullopt);

}  // namespace limpid
