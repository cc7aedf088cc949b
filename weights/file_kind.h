// What a file is that is no weights file: people hand over pointers, pages and archives under a weights
// file's name.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace limpid {

/// What `import_model` reads, as messages and help name it.
inline constexpr std::string_view kReadFormats =
    ".caffemodel, TensorFlow's frozen .pb, .onnx, .npz, .safetensors, .pth or limpid's own .h5";

/// Bytes that suffice to tell every kind.
inline constexpr std::size_t kFileKindStart = 1024;

/// What a file that begins with these bytes is, and what to do about it, where it is of a kind that holds no
/// weights limpid reads: "a Git LFS pointer, which stands for a file: fetch that with `git lfs pull`". Empty
/// for any other.
std::string foreign_kind(std::string_view first_bytes);

/// Throws Error{input} naming the file and its kind where `foreign_kind` knows one.
void refuse_foreign(std::string_view first_bytes, const std::filesystem::path& path);

/// Throws Error{input} that says what limpid reads.
[[noreturn]] void fail_unknown_format(const std::filesystem::path& path);

}  // namespace limpid
