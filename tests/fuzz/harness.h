// What the fuzz targets share: bytes as a file, and the promise that holds for every file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>

namespace limpid::fuzz {

/// What may be taken whatever the file: libraries' buffers, and the fields of a protobuf message up to their
/// number.
inline constexpr std::size_t kFixedBytes = 24U << 20U;

/// For formats that deflate or repeat values: a small file may stand for the largest model (see LayerShapes),
/// which is copied on the way.
inline constexpr std::size_t kModelBytes = 640U << 20U;

/// Runs `read` on a file of these bytes, which it may accept or refuse with an Error of the kinds input and
/// usage. Ends the program, which libFuzzer reports with the bytes, where anything else is thrown or more
/// memory is taken than `fixed_bytes` plus a small multiple of the file's size.
void read_file(const std::uint8_t* data, std::size_t size,
               const std::function<void(const std::filesystem::path&)>& read,
               std::size_t fixed_bytes = kFixedBytes);

/// As `read_file`, for what reads text or bytes in memory.
void read_bytes(std::size_t size, const std::function<void()>& read, std::size_t fixed_bytes = kFixedBytes);

}  // namespace limpid::fuzz
