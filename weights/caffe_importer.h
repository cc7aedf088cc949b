// Caffe's binary weights.
#pragma once

#include <filesystem>

#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

/// Reads a .caffemodel of BVLC GoogLeNet's topology (family "bvlc_googlenet", any number of classes), in the
/// current or the V1 layer form. Layers are matched by name; the auxiliary heads (loss1/, loss2/) are left
/// out and told in `report`, layers without weights are skipped. A classifier of another name is known by its
/// shape, if one layer alone is left that fits.
///
/// Throws Error{input} naming the file and the layer for a file that is not a .caffemodel, is cut, or holds
/// another network: a layer missing, of another shape, or one InceptionV1 does not have. The provenance has
/// no checksum and the model no labels yet.
Model import_caffemodel(const std::filesystem::path& path, ImportReport* report = nullptr);

}  // namespace limpid
