// Models as Caffe stores them, for tests.
#pragma once

#include <string>

#include "weights/caffe.pb.h"
#include "weights/model.h"

namespace limpid::testing {

/// How a blob's shape and values are stored.
struct CaffeForm {
  bool legacy_shape = false;
  bool doubles = false;
};

/// Adds the layer's name and its two blobs.
void fill_layer(caffe::LayerParameter& out, const ConvLayer& layer, const std::string& name,
                CaffeForm form = {});

/// The model in the current layer form.
caffe::NetParameter to_caffe(const Model& model, CaffeForm form = {});

/// The model in the layer form of Caffe before 2014.
caffe::NetParameter to_caffe_v1(const Model& model, CaffeForm form = {});

}  // namespace limpid::testing
