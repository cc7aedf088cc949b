// Weights from any file limpid can read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

/// What the user says about a file.
struct ImportOptions {
  /// A text file as `read_labels` takes it; replaces what labels the file has.
  std::optional<std::filesystem::path> labels;

  /// The family whose rules hold (a name of `families()`), for files that carry none; empty: by the layers'
  /// widths.
  std::string family;

  /// What the network is fed (a name of `input_rules()`), for files that do not say; empty: what the family's
  /// authors feed it.
  std::string input = {};
};

/// Reads a weights file of one of `kReadFormats`, recognising which by content. The result is validated, and its provenance holds the file's name and SHA-256 (for limpid's HDF5: those of the file
/// it was made from). `report`, if given, is filled.
///
/// Without `options.labels`, a "synset_words.txt" beside a .caffemodel is taken when it has as many lines as
/// the network has classes.
///
/// Throws Error{input} with one line naming the file and what is wrong, and Error{usage} for a family that is
/// unknown or that the format leaves no choice of, and the same for an input.
Model import_model(const std::filesystem::path& path, const ImportOptions& options = {},
                   ImportReport* report = nullptr);

}  // namespace limpid
