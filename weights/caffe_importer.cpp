#include "weights/caffe_importer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "kernels/core/error.h"
#include "weights/caffe.pb.h"
#include "weights/families.h"
#include "weights/file_kind.h"
#include "weights/layer_shapes.h"
#include "weights/named_tensors.h"
#include "weights/protobuf_file.h"
#include "weights/validate.h"

namespace limpid {
namespace {

using Blobs = google::protobuf::RepeatedPtrField<caffe::BlobProto>;
using Shape = std::vector<std::uint64_t>;

/// Layers of the network that carry weights, by name. Points into the message.
using LayerBlobs = std::map<std::string_view, const Blobs*>;

const MessageFields kNothing{};
const MessageFields kBlobFields{{{7, &kNothing}, {12, nullptr}}};
const MessageFields kLayerFields{{{1, nullptr}, {7, &kBlobFields}}};
const MessageFields kV1LayerFields{{{4, nullptr}, {6, &kBlobFields}}};
const MessageFields kNetFields{{{1, nullptr}, {2, &kV1LayerFields}, {100, &kLayerFields}}};

caffe::NetParameter parse(const std::filesystem::path& path) {
  const std::string origin = path.string();
  caffe::NetParameter net;
  const bool complete = parse_protobuf(path, kNetFields, ".caffemodel", net);
  const int count = net.layer_size() + net.layers_size();
  if (!complete && count > 0) {
    fail_input("{}: the .caffemodel is cut short or damaged ({} layers could be read)", origin, count);
  }
  if (count == 0) fail_unknown_format(path);
  return net;
}

bool is_auxiliary_head(std::string_view name) {
  // A program that tuned the network puts words before and after.
  return name.find("loss1") != std::string_view::npos || name.find("loss2") != std::string_view::npos;
}

/// Leaves out auxiliary heads, whose names are appended to `unused`.
LayerBlobs collect(const caffe::NetParameter& net, const std::string& origin,
                   std::vector<std::string>& unused) {
  LayerBlobs layers;
  const auto add = [&](const auto& layer) {
    if (layer.blobs().empty()) return;
    if (is_auxiliary_head(layer.name())) {
      unused.push_back(layer.name());
      return;
    }
    if (!layers.emplace(layer.name(), &layer.blobs()).second) {
      fail_input("{}: layer '{}' occurs twice", origin, layer.name());
    }
  };
  for (const caffe::V1LayerParameter& layer : net.layers()) add(layer);
  for (const caffe::LayerParameter& layer : net.layer()) add(layer);
  return layers;
}

/// The blob's shape as it is declared.
Shape declared_shape(const caffe::BlobProto& blob) {
  const auto extent = [](std::int64_t n) { return n < 0 ? 0 : static_cast<std::uint64_t>(n); };
  if (!blob.has_shape()) {
    return {extent(blob.num()), extent(blob.channels()), extent(blob.height()), extent(blob.width())};
  }
  Shape shape;
  for (const std::int64_t n : blob.shape().dim()) shape.push_back(extent(n));
  return shape;
}

/// Caffe has stored matrices and vectors with leading extents of one: drops those until `rank` remain.
Shape without_leading_ones(Shape shape, std::size_t rank) {
  while (shape.size() > rank && shape.front() == 1) shape.erase(shape.begin());
  return shape;
}

/// The filter's shape as K x C x R x S.
Shape filter_shape(const caffe::BlobProto& blob, const LayerSpec& spec) {
  Shape shape = declared_shape(blob);
  if (!spec.is_classifier) return shape;
  // The classifier is a K x C matrix, or 1 x 1 x K x C in the legacy form.
  const Shape matrix = without_leading_ones(shape, 2);
  return matrix.size() == 2 ? Shape{matrix[0], matrix[1], 1, 1} : shape;
}

std::vector<float> raw_values(const caffe::BlobProto& blob, std::uint64_t count, std::string_view what) {
  constexpr std::array types = {ElementType::f64, ElementType::f32, ElementType::f16};
  const int type = blob.raw_data_type();
  if (type < 0 || type >= static_cast<int>(types.size()))
    fail_input("{} holds whole numbers, which are no weights", what);
  return widen(blob.raw_data(), types[static_cast<std::size_t>(type)], count, what);
}

/// The blob's values in fp32. `count` is what its shape asks for.
std::vector<float> values(const caffe::BlobProto& blob, std::uint64_t count, std::string_view what) {
  if (blob.data().empty() && blob.double_data().empty() && !blob.raw_data().empty()) {
    return raw_values(blob, count, what);
  }
  const bool is_double = blob.data().empty() && !blob.double_data().empty();
  const int stored = is_double ? blob.double_data_size() : blob.data_size();
  if (static_cast<std::uint64_t>(stored) != count) {
    fail_input("{} declares {} values but holds {}", what, count, stored);
  }
  std::vector<float> result(count);
  if (is_double) {
    std::transform(blob.double_data().begin(), blob.double_data().end(), result.begin(),
                   [](double value) { return static_cast<float>(value); });
  } else {
    std::copy(blob.data().begin(), blob.data().end(), result.begin());
  }
  return result;
}

FileTensor as_tensor(const caffe::BlobProto& blob, const std::string& layer, std::string_view part,
                     Shape shape, const std::string& origin) {
  FileTensor tensor{layer, std::move(shape), {}};
  tensor.values = [&blob, what = fmt::format("{}: layer '{}': its {}", origin, layer, part)](
                      std::uint64_t count) { return values(blob, count, what); };
  return tensor;
}

ConvLayer read_layer(const LayerSpec& spec, const Blobs& blobs, LayerShapes& shapes,
                     const std::string& origin) {
  if (blobs.size() != 2) {
    fail_input("{}: layer '{}' has {} blobs; a convolution has a filter and a bias", origin, spec.caffe,
               blobs.size());
  }
  const Shape bias = without_leading_ones(declared_shape(blobs[1]), 1);
  return make_layer(spec, as_tensor(blobs[0], spec.caffe, "filter", filter_shape(blobs[0], spec), origin),
                    as_tensor(blobs[1], spec.caffe, "bias", bias, origin), shapes);
}

/// The layer that is the classifier under another name, which a program that tunes the network gives it lest the old
/// weights be taken: the one left that fits. Throws Error{input} where there are none or several.
LayerBlobs::iterator find_classifier(LayerBlobs& blobs, const LayerSpec& spec, const LayerShapes& shapes,
                                     const std::string& origin) {
  std::vector<LayerBlobs::iterator> found;
  for (auto layer = blobs.begin(); layer != blobs.end(); ++layer) {
    const Blobs& tensors = *layer->second;
    if (tensors.size() != 2) continue;
    const Shape filter = filter_shape(tensors[0], spec),
                bias = without_leading_ones(declared_shape(tensors[1]), 1);
    const bool fits =
        filter.size() == 4 && filter[1] == shapes.input_channels(spec) && filter[2] == 1 && filter[3] == 1;
    if (fits && bias == Shape{filter[0]}) found.push_back(layer);
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    fail_input("{}: layer '{}' is missing, and both '{}' and '{}' could be the classifier", origin,
               spec.caffe, found[0]->first, found[1]->first);
  }
  fail_input(
      "{}: layer '{}' is missing, and none that is left fits its place: not the network BVLC GoogLeNet",
      origin, spec.caffe);
}

}  // namespace

Model import_caffemodel(const std::filesystem::path& path, ImportReport* report) {
  const std::string origin = path.string();
  const caffe::NetParameter net = parse(path);
  ImportReport told;
  LayerBlobs blobs = collect(net, origin, told.unused);

  const Family& rules = family("bvlc_googlenet");
  tell_family(rules, told);
  Model model = empty_model(rules);
  model.provenance.source = path.filename().string();
  LayerShapes shapes(origin);
  for (const LayerSpec& spec : inception_layers()) {
    auto found = blobs.find(spec.caffe);
    if (found == blobs.end() && spec.is_classifier) {
      found = find_classifier(blobs, spec, shapes, origin);
      told.assumed.push_back(fmt::format("classifier: '{}'", found->first));
    }
    if (found == blobs.end()) {
      fail_input("{}: layer '{}' is missing: not the network BVLC GoogLeNet", origin, spec.caffe);
    }
    model.layers.push_back(read_layer(spec, *found->second, shapes, origin));
    blobs.erase(found);
  }
  if (!blobs.empty()) {
    fail_input("{}: layer '{}' is not part of InceptionV1: not the network BVLC GoogLeNet", origin,
               blobs.begin()->first);
  }
  validate(model, origin);
  if (report != nullptr) *report = std::move(told);
  return model;
}

}  // namespace limpid
