// Each question is a session that is used once.
#include "engine/session/queries.h"

#include "engine/image/check_image.h"
#include "engine/network/layers.h"
#include "engine/session/session.h"
#include "weights/validate.h"

namespace limpid {
namespace {

/// A session with a model and a picture that outlive it.
class Query {
 public:
  Query(const Model& model, const Image& image, SessionOptions options, const ComputeOptions& compute)
      : image_(image), session_(checked(model, image), with_compute(std::move(options), compute)) {}

  /// height x width x 3 values, RGB.
  template <class T>
  TensorView<T> view(T* rgb) const {
    const std::int64_t width = image_.width;
    return {rgb, {1, 3, image_.height, width}, {0, 1, width * 3, 3}};
  }

  std::vector<Activations> targets() {
    std::vector<Activations> results;
    std::vector<TensorView<float>> outputs;
    for (int i = 0; i < session_.target_count(); ++i) {
      const Extents e = session_.target_extents(i, 1, image_.height, image_.width);
      results.push_back({static_cast<int>(e[1]), static_cast<int>(e[2]), static_cast<int>(e[3]), {}});
      results.back().values.resize(static_cast<std::size_t>(e[1] * e[2] * e[3]));
      outputs.push_back(dense_view(results.back().values.data(), e));
    }
    session_.forward(view(image_.rgb.data()), outputs);
    return results;
  }

  InputGradient gradient(const Objective& objective) {
    InputGradient result{0, image_.height, image_.width, std::vector<float>(image_.rgb.size())};
    session_.gradient(view(image_.rgb.data()), objective, {&result.value, 1}, view(result.gradient.data()));
    return result;
  }

 private:
  /// The first thing that is made of the caller's arguments. The session ends before its model does.
  static std::shared_ptr<const Model> checked(const Model& model, const Image& image) {
    check_image(image, "the picture");
    return {std::shared_ptr<const Model>(), &model};
  }

  static SessionOptions with_compute(SessionOptions options, const ComputeOptions& compute) {
    options.backward = false;
    options.unit = PictureUnit::network;
    options.compute = compute;
    return options;
  }

  const Image& image_;
  Session session_;
};

}  // namespace

std::vector<float> classify(const Model& model, const Image& image, bool subtract_mean,
                            const ComputeOptions& compute) {
  check_structure(model, "the model");  // Before it is asked for a layer.
  SessionOptions options;
  options.targets = {probabilities_layer(model)};
  options.subtract_mean = subtract_mean;
  return Query(model, image, std::move(options), compute).targets().front().values;
}

Activations activations(const Model& model, const Image& image, const std::string& layer, bool pre_relu,
                        const ComputeOptions& compute) {
  SessionOptions options;
  options.targets = {layer + (pre_relu ? ":pre" : "")};
  return std::move(Query(model, image, std::move(options), compute).targets().front());
}

std::vector<Activations> activations(const Model& model, const Image& image,
                                     const std::vector<std::string>& layers, const ComputeOptions& compute) {
  SessionOptions options;
  options.targets = layers;
  return Query(model, image, std::move(options), compute).targets();
}

InputGradient input_gradient(const Model& model, const Image& image, const Objective& objective,
                             const ComputeOptions& compute) {
  return Query(model, image, {}, compute).gradient(objective);
}

}  // namespace limpid
