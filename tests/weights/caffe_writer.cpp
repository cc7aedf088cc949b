#include "tests/weights/caffe_writer.h"

#include <vector>

#include "weights/topology.h"

namespace limpid::testing {
namespace {

void fill(caffe::BlobProto& blob, std::vector<int> shape, const std::vector<float>& values, CaffeForm form) {
  if (form.legacy_shape) {
    while (shape.size() < 4) shape.insert(shape.begin(), 1);
    blob.set_num(shape[0]);
    blob.set_channels(shape[1]);
    blob.set_height(shape[2]);
    blob.set_width(shape[3]);
  } else {
    for (const int extent : shape) blob.mutable_shape()->add_dim(extent);
  }
  for (const float value : values) {
    if (form.doubles) {
      blob.add_double_data(value);
    } else {
      blob.add_data(value);
    }
  }
}

template <class Layer>
void fill_any_layer(Layer& out, const ConvLayer& layer, const std::string& name, CaffeForm form) {
  out.set_name(name);
  const bool matrix = layer.name == "logits";
  fill(*out.add_blobs(),
       matrix ? std::vector{layer.k, layer.c} : std::vector{layer.k, layer.c, layer.size, layer.size},
       layer.filter, form);
  fill(*out.add_blobs(), {layer.k}, layer.bias, form);
}

}  // namespace

void fill_layer(caffe::LayerParameter& out, const ConvLayer& layer, const std::string& name, CaffeForm form) {
  fill_any_layer(out, layer, name, form);
}

caffe::NetParameter to_caffe(const Model& model, CaffeForm form) {
  caffe::NetParameter net;
  net.set_name("GoogleNet");
  net.add_layer()->set_name("data");
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    fill_any_layer(*net.add_layer(), model.layers[i], inception_layers()[i].caffe, form);
  }
  return net;
}

caffe::NetParameter to_caffe_v1(const Model& model, CaffeForm form) {
  caffe::NetParameter net;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    fill_any_layer(*net.add_layers(), model.layers[i], inception_layers()[i].caffe, form);
  }
  return net;
}

}  // namespace limpid::testing
