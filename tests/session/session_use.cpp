#include "tests/session/session_use.h"

#include <random>

namespace limpid::test {

std::size_t count_of(const Extents& e) {
  return static_cast<std::size_t>(e[0] * e[1] * e[2] * e[3]);
}

std::vector<float> noise(const Extents& extents, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(count_of(extents));
  for (float& value : values) value = normal(random);
  return values;
}

std::vector<float> noise_pictures(const Extents& extents, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform;
  std::vector<float> values(count_of(extents));
  for (float& value : values) value = uniform(random);
  return values;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
  return sum;
}

Extents SessionUse::target(int i) {
  return session_.target_extents(i, static_cast<int>(input_[0]), static_cast<int>(input_[2]),
                                 static_cast<int>(input_[3]));
}

std::vector<std::vector<float>> SessionUse::room() {
  std::vector<std::vector<float>> values;
  for (int i = 0; i < session_.target_count(); ++i) values.emplace_back(count_of(target(i)));
  return values;
}

std::vector<TensorView<float>> SessionUse::views(std::vector<std::vector<float>>& values) {
  std::vector<TensorView<float>> result;
  for (int i = 0; i < session_.target_count(); ++i)
    result.push_back(dense_view(values[static_cast<std::size_t>(i)].data(), target(i)));
  return result;
}

std::vector<std::vector<float>> SessionUse::forward(const std::vector<float>& input) {
  std::vector<std::vector<float>> values = room();
  session_.forward(dense_view(input.data(), input_), views(values));
  return values;
}

std::vector<std::vector<float>> SessionUse::push(const std::vector<float>& tangent) {
  std::vector<std::vector<float>> values = room();
  session_.push(dense_view(tangent.data(), input_), views(values));
  return values;
}

std::vector<float> SessionUse::backward(const std::vector<std::vector<float>>& cotangents) {
  std::vector<TensorView<const float>> views;
  for (int i = 0; i < session_.target_count(); ++i) {
    const std::vector<float>& given = cotangents[static_cast<std::size_t>(i)];
    views.push_back(dense_view(given.empty() ? nullptr : given.data(), target(i)));
  }
  std::vector<float> gradient(count_of(input_));
  session_.backward(views, dense_view(gradient.data(), input_));
  return gradient;
}

}  // namespace limpid::test
