// A look at the whole structure of an HDF5 file before the library is asked for anything in it.
#pragma once

#include "weights/hdf5_source.h"

namespace limpid {

/// HDF5 1.10 trusts what a file says of itself: a size, an address or a flag that is damaged makes it read
/// and write beyond its memory. This walks everything that can be reached from the superblock, as the file
/// format specification (version 3.0) lays it out, and admits what limpid, h5py and h5repack write in the
/// form that every version of HDF5 reads, and the newer headers with links kept inside: groups, datasets of
/// little-endian numbers and strings, attributes. Every part lies in the file, is taken once, has the size
/// that its owner gives it, and no flag nobody knows; chunks are all there and expand to their size. Nothing
/// outside the file is followed.
///
/// Throws Error{input} naming the file, the part, its place and what is wrong; Error{runtime} where the
/// system failed to read.
void check_hdf5_structure(const Hdf5Source& source);

}  // namespace limpid
