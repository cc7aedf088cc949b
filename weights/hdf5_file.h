// limpid's weights file: HDF5, schema in weights/README.md.
#pragma once

#include <filesystem>
#include <string_view>

#include "weights/hdf5_source.h"
#include "weights/model.h"
#include "weights/stored_type.h"

namespace limpid {

/// True where a file's first bytes say that it is HDF5.
bool is_hdf5(std::string_view first_bytes);

/// Reads and validates a weights file: every layer present, shapes consistent along the topology, no NaN or
/// infinity. Nothing outside the file is followed, and nothing is allocated for a tensor before its shape was
/// checked. Throws Error{input} naming the file and what is wrong, where. One thread at a time: HDF5 need not be built
/// for several.
Model read_model(const std::filesystem::path& path);
Model read_model(const Hdf5Source& source);

/// Validates and writes atomically: `path` holds the whole file or what it held before. The same model gives
/// the same bytes. Throws Error{usage} when a value does not fit `type`, and as `fail_write` does.
void write_model(const Model& model, const std::filesystem::path& path, StoredType type = StoredType::f32);

/// For a program's own main, before anything else touches HDF5: takes HDF5's handler off the exit. HDF5 1.10
/// leaks when it fails to open an object that is damaged, and its handler then prints over the error message.
/// limpid keeps no file open; a program that does must close it itself after this.
void leave_hdf5_open_at_exit();

}  // namespace limpid
