// Decoders as files.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/image/decoder.h"

namespace limpid {

/// Reads a decoder and takes the file's checksum. An HDF5 file: attributes limpid_decoder (1), latent and layers
/// (integers), and of layer i from 0 datasets of 16 or 32 bit floats, each in one piece:
///
///   i_dense_weight           planes x height x width x latent; of the first layer, or of none
///   i_convolution_weight     outputs x inputs x 3 x 3
///   i_upconvolution_weight   inputs x outputs x 4 x 4
///   i_resize_weight          outputs x inputs x 3 x 3, behind a doubling of height and width by nearest neighbours, and is
///                            read as the upconvolution that is the same
///   i_bias                   outputs; of the dense one planes x height x width
///
/// Throws Error{input} naming the file and what is wrong.
std::shared_ptr<const Decoder> read_decoder(const std::filesystem::path& path);

}  // namespace limpid
