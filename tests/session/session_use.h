// A session as tests use one: everything in vectors.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/session/session.h"

namespace limpid::test {

/// Numbers of a normal distribution.
std::vector<float> noise(const Extents& extents, unsigned seed);

/// Pictures in [0, 1], batch x 3 x height x width, without the ties of smooth ones.
std::vector<float> noise_pictures(const Extents& extents, unsigned seed);

std::size_t count_of(const Extents& extents);

/// <a, b> in double precision.
double dot(const std::vector<float>& a, const std::vector<float>& b);

/// A session and an input of it.
class SessionUse {
 public:
  SessionUse(std::shared_ptr<const Model> model, const SessionOptions& options, const Extents& input)
      : input_(input), session_(std::move(model), options) {}
  SessionUse(std::shared_ptr<const Model> model, const SessionOptions& options, const Extents& input,
             Device device)
      : input_(input), session_(std::move(model), options, std::move(device)) {}

  Session& session() { return session_; }
  Extents target(int i);

  /// Values of every target.
  std::vector<std::vector<float>> forward(const std::vector<float>& input);

  /// One cotangent a target; an empty one is not given.
  std::vector<float> backward(const std::vector<std::vector<float>>& cotangents);

  /// The targets' tangents.
  std::vector<std::vector<float>> push(const std::vector<float>& tangent);

 private:
  /// Memory for every target.
  std::vector<std::vector<float>> room();
  std::vector<TensorView<float>> views(std::vector<std::vector<float>>& values);

  Extents input_;
  Session session_;
};

}  // namespace limpid::test
