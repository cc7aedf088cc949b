// Caffe's binary weights.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "weights/model.h"

namespace limpid {

/// Reads a .caffemodel of BVLC GoogLeNet's topology (family "bvlc_googlenet", any number of classes), in the
/// current or the V1 layer form. Layers are matched by name; the auxiliary heads (loss1/, loss2/) and layers
/// without weights are skipped. `labels` become the model's classes and may be empty.
///
/// Throws Error{input} naming the file and the layer for a file that is not a .caffemodel, is cut, or holds
/// another network: a layer missing, of another shape, or one InceptionV1 does not have. The provenance has
/// no checksum yet.
Model import_caffemodel(const std::filesystem::path& path, std::vector<std::string> labels = {});

}  // namespace limpid
