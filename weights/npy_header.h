// The header of numpy's .npy format, as published with numpy ("NEP 1 - a simple file format for numpy
// arrays").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace limpid {

/// What an .npy header says about the array that follows it.
struct NpyHeader {
  std::string descr;  ///< Type: "<f4", "<U12".
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
};

/// Bytes before the header's text: magic, version and the text's length.
struct NpyPreamble {
  std::size_t size = 0;         ///< Of the preamble itself: 10 or 12.
  std::size_t header_size = 0;  ///< Of the text after it.
};

/// The longest preamble; shorter arrays do not exist.
inline constexpr std::size_t kNpyPreambleMax = 12;

/// Reads the preamble from a file's first `kNpyPreambleMax` bytes. Throws Error{input} with the bare reason.
NpyPreamble parse_npy_preamble(std::string_view bytes);

/// Preamble and text of an array of that type and shape, as numpy writes them: format 1.0, padded so that the
/// data begins at a multiple of 64.
std::string make_npy_header(const NpyHeader& header);

/// Parses the header's text, a Python dictionary literal. Throws Error{input} with the bare reason.
NpyHeader parse_npy_header(std::string_view text);

/// The header of a whole array, of which `rest` then has what follows it. Throws Error{input} with the bare reason.
NpyHeader take_npy_header(std::string_view& rest);

}  // namespace limpid
