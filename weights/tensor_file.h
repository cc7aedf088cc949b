// Any file of named tensors, whatever they are of.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "weights/named_tensors.h"

namespace limpid {

class SafetensorsFile;
class ZipArchive;

/// A file of tensors that is open: .safetensors, numpy's .npz or .npy, or a state dict of PyTorch, recognised by content.
class TensorFile {
 public:
  /// Throws Error{input} naming the file for any other, and for one that is damaged.
  explicit TensorFile(const std::filesystem::path& path);
  ~TensorFile();

  /// What is in it; the tensors refer to this. The array of an .npy has no name.
  NamedTensors tensors() const;

  /// Of .npz and .npy.
  bool is_numpy() const;

 private:
  NamedTensors npy_tensor() const;

  std::string origin_;
  std::unique_ptr<SafetensorsFile> safetensors_;
  std::unique_ptr<ZipArchive> archive_;
  std::string npy_;  ///< The whole file.
};

}  // namespace limpid
