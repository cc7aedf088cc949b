// The operations of a step, as a lane records them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/optimize/lane.h"

namespace limpid {

/// Collects the operations of a step with what they use, and makes programs of them.
class Lane::StepRecorder {
 public:
  StepRecorder(Lane& lane, const Route& route) : l_(lane), route_(route), network_(*route.network) {}

  /// Parameters to network input.
  void look();

  void network(const std::vector<NetworkExecutor::BoundOp>& ops, std::size_t count);
  void network(const std::vector<NetworkExecutor::BoundOp>& ops) { network(ops, ops.size()); }

  /// Terms on the pictures themselves: their values and, in a step, their gradient.
  void penalties();

  /// The network's input gradient to parameters, and the update.
  void update();

  const std::vector<Task>& tasks() const { return tasks_; }

  Shape shape() const { return {static_cast<int>(tasks_.size()), longest_chain(dependencies(uses_))}; }

  std::unique_ptr<Program> record();

 private:
  struct Use {
    int memory;
    bool write;
  };

  void update_parameters();

  void draw_views();

  /// Pictures, and which memory they are.
  struct Seen {
    Planar<float> pixels;
    int memory;
  };

  /// `picture` through the route's canvases: what the network is to see.
  Seen through_canvases(Seen picture);
  void through_canvases_adjoint();

  /// Where the gradient of canvas i is, which takes the place of its pixels; `shown_gradient` for -1.
  Seen gradient_of_canvas(int i) const;

  /// Pictures in front of their backgrounds, and back.
  void put_before_backgrounds();
  void put_before_backgrounds_adjoint();

  /// What views are taken of, and where the gradient of that lies: with alpha both in the same memory.
  Seen shown() const;
  Seen shown_gradient() const;

  /// Colours of the pictures of all slots, in memory of their size.
  Planar<float> picture_in(DeviceArray<float>& memory) const;

  template <class Op>
  std::function<void(const Stream&)> call(const Op& op) const;

  void add(std::string name, std::function<void(const Stream&)> run, const std::vector<Use>& uses);

  Lane& l_;
  const Route& route_;
  NetworkExecutor& network_;
  std::vector<Task> tasks_;
  std::vector<std::vector<MemoryUse>> uses_;
};

/// The lane's colour rule on latent pictures.
ColourSquash colours_of(const ColourRule& rule, Planar<const float> latent, Planar<float> rgb);

}  // namespace limpid
