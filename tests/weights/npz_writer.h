// Models as numpy stores them, for tests.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "weights/model.h"

namespace limpid::testing {

/// Contents of an archive by entry name.
using Entries = std::map<std::string, std::string>;

/// An .npy file of format 1.0 (or 2.0) with the header numpy would write.
std::string npy(const std::string& descr, const std::string& shape, std::string_view data, int version = 1);

/// The values as elements of type "<f2", "<f4" or "<f8".
std::string data_as(const std::string& descr, const std::vector<float>& values);

/// The model as numpy would save it, under Caffe's names or the canonical ones.
Entries to_entries(const Model& model, const std::string& descr = "<f4", bool caffe_names = true);

/// Writes a zip archive. Throws std::runtime_error.
void write_zip(const std::filesystem::path& path, const Entries& entries);

}  // namespace limpid::testing
