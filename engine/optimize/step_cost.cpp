#include "engine/optimize/step_cost.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <map>
#include <utility>

#include "kernels/core/slot_key.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/draw_augmentation.h"

namespace limpid {
namespace {

/// The image side of a step. Its memories are fp32, of all images, each an allocation of its own.
class ImageSide {
 public:
  ImageSide(const Plan& plan, const StepCostOptions& options)
      : spectral_(options.parameterisation == Parameterisation::spectral),
        grouped_(options.grouped_input),
        n_(plan.batch),
        h_(plan.height),
        w_(plan.width),
        pictures_(4.0 * n_ * 3 * h_ * w_),
        parameters_(spectral_ ? 4.0 * n_ * 3 * 2 * h_ * (w_ / 2 + 1) : pictures_),
        network_input_(network_input_bytes(plan, {storage_of(options.precision), options.grouped_input})) {}

  /// Parameters to network input.
  std::vector<OperationCost> forward() {
    if (spectral_) {
      add("spectrum scale", spectrum(),
          {in("parameters", parameters_), in("spectrum scale", parameters_ / n_ / 3),
           out("spectrum", parameters_)});
      add_fft("inverse FFT", in("spectrum", parameters_), out("latent", pictures_));
    }
    add("colour squash", picture(), {in(latent(), pictures_), out("rgb", pictures_)});
    add("draw augmentation", fmt::format("{} views", n_),
        {in("slots", slots(sizeof(SlotKey) + sizeof(AugmentationRange))),
         out("views", slots(sizeof(AffineMap)))});
    add("warp", picture(),
        {in("rgb", pictures_), in("views", slots(sizeof(AffineMap))),
         out(planes("network input"), pictures_)});
    if (grouped_) {
      add("pack picture", picture(), {in("view", pictures_), out("network input", network_input_)});
    }
    return take();
  }

  /// The network's input gradient to updated parameters.
  std::vector<OperationCost> backward() {
    if (grouped_) {
      add("unpack picture", picture(), {in("d network input", network_input_), out("d view", pictures_)});
    }
    add("warp adjoint", picture(),
        {in(planes("d network input"), pictures_), in("views", slots(sizeof(AffineMap))),
         out("d rgb", pictures_)});
    add("colour squash adjoint", picture(),
        {in("rgb", pictures_), in("d rgb", pictures_), out("d latent", pictures_)});
    if (spectral_) {
      add_fft("inverse FFT adjoint", in("d latent", pictures_), out("d spectrum", parameters_));
    }
    std::vector<OperandCost> adam = {in(spectral_ ? "d spectrum" : "d latent", parameters_)};
    if (spectral_) adam.push_back(in("spectrum scale", parameters_ / n_ / 3));
    for (const char* memory : {"parameters", "first moment", "second moment"}) {
      adam.push_back(in(memory, parameters_));
      adam.push_back(out(memory, parameters_));
    }
    add("adam", spectral_ ? spectrum() : picture(), std::move(adam));
    add("advance slots", fmt::format("{} slots", n_),
        {in("slots", slots(sizeof(SlotKey))), out("slots", slots(sizeof(SlotKey)))});
    return take();
  }

  /// Of every memory the operations named, each once; gradients of the picture share one.
  double bytes() const {
    double sum = 0;
    for (const auto& [name, bytes] : memories_) sum += bytes;
    return sum;
  }

 private:
  OperandCost in(const char* memory, double bytes) const { return {memory, bytes, false, {}}; }
  OperandCost out(const char* memory, double bytes) const { return {memory, bytes, true, {}}; }
  double slots(std::size_t bytes) const { return static_cast<double>(bytes) * n_; }
  const char* latent() const { return spectral_ ? "latent" : "parameters"; }
  /// Where the warp's own planes lie: they are the network's input unless that is grouped.
  const char* planes(const char* network_side) const {
    if (!grouped_) return network_side;
    return network_side[0] == 'd' ? "d view" : "view";
  }
  std::string picture() const { return fmt::format("3  {}x{}", h_, w_); }
  std::string spectrum() const { return fmt::format("3  {}x{} complex", h_, w_ / 2 + 1); }

  void add(const char* name, std::string shape, std::vector<OperandCost> operands, double flops = 0) {
    for (const OperandCost& operand : operands) memories_[shared_name(operand.memory)] = operand.bytes;
    operations_.push_back({name, std::move(shape), flops, Arithmetic::scalar, std::move(operands)});
  }

  /// A real transform of m points is charged 2.5 m log2 m, half of a complex one's usual 5 m log2 m.
  void add_fft(const char* name, OperandCost source, OperandCost target) {
    const double points = 1.0 * h_ * w_;
    add(name, picture(), {std::move(source), std::move(target)}, 2.5 * n_ * 3 * points * std::log2(points));
  }

  /// Memories that serve under several names count once.
  static std::string shared_name(const std::string& name) {
    if (name == "d rgb" || name == "d latent") return "picture gradient";
    return name == "d spectrum" ? "spectrum" : name;
  }

  std::vector<OperationCost> take() { return std::exchange(operations_, {}); }

  bool spectral_, grouped_;
  int n_, h_, w_;
  double pictures_, parameters_, network_input_;
  std::vector<OperationCost> operations_;
  std::map<std::string, double> memories_;
};

void append(std::vector<OperationCost>& to, std::vector<OperationCost> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

DType storage_of(Precision precision) {
  if (precision == Precision::fp16) return DType::f16;
  return precision == Precision::bf16 ? DType::bf16 : DType::f32;
}

StepCost step_cost(const Plan& plan, const StepCostOptions& options) {
  ImageSide image(plan, options);
  NetworkCost network = network_cost(plan, {storage_of(options.precision), options.grouped_input});
  StepCost cost;
  append(cost.operations, image.forward());
  append(cost.operations, std::move(network.forward));
  append(cost.operations, std::move(network.backward));
  append(cost.operations, image.backward());
  cost.arena_bytes = static_cast<double>(network.arena_bytes);
  cost.filter_bytes = network.filter_bytes;
  cost.image_bytes = image.bytes();
  return cost;
}

StepFloor step_floor(const StepCost& cost, const Card& card, Precision precision) {
  StepFloor sum;
  for (const OperationCost& operation : cost.operations) {
    const Floor floor = operation.floor(card, precision);
    sum.seconds += floor.seconds();
    sum.math_seconds += floor.math_seconds;
    sum.bytes_seconds += floor.bytes_seconds;
  }
  return sum;
}

}  // namespace limpid
