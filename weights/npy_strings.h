// Strings for numpy.
#pragma once

#include <string>
#include <vector>

namespace limpid {

/// An .npy file of numpy's fixed-width strings, padded with zeros: header and data.
std::string npy_strings(const std::vector<std::string>& strings);

}  // namespace limpid
