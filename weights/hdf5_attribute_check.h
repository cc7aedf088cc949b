// A look at the attributes of an HDF5 file's root group before the library is asked for them.
#pragma once

#include <filesystem>

namespace limpid {

/// HDF5 1.10 (Debian 12) decodes an attribute without asking whether its name, type, extents and data end
/// within the message that holds them, and so reads beyond its memory where a file is damaged: fuzzing found
/// it within minutes. This walks the root group's object header as the file format specification (version
/// 3.0, sections II and IV) lays it out and throws Error{input} naming the file unless every attribute lies
/// within its message, is one of the simple types (integers, floats, strings of fixed length), and is stored
/// in the header itself. `path` is a file that begins with HDF5's signature.
void check_root_attributes(const std::filesystem::path& path);

}  // namespace limpid
