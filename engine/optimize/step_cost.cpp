#include "engine/optimize/step_cost.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>

#include "engine/network/dependencies.h"
#include "kernels/core/slot_key.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/draw_augmentation.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/update_rule.h"
#include "kernels/ops/view.h"

namespace limpid {
namespace {

/// The image side of a step, under the names the lane gives its operations. Its memories are fp32, of all
/// images, each an allocation of its own.
class ImageSide {
 public:
  ImageSide(const Plan& plan, const StepCostOptions& options)
      : form_(options.image),
        masked_(options.masked),
        spectral_(form_.kind == Parameterisation::spectral),
        needs_(options.needs),
        normalised_(options.normalise_gradient),
        n_(plan.batch),
        h_(plan.height),
        w_(plan.width),
        pictures_(4.0 * n_ * 3 * h_ * w_),
        latents_(4.0 * n_ * form_.latent_planes() * h_ * w_),
        layout_(parameter_layout(form_, h_, w_)),
        parameters_(4.0 * n_ * static_cast<double>(layout_.total())),
        views_(slots(needs_.views ? sizeof(View) : sizeof(AffineMap))),
        network_input_(network_input_bytes(plan, {storage_of(options.precision), options.grouped_input})) {}

  /// Parameters to network input.
  std::vector<OperationCost> forward() {
    if (spectral_) {
      add("parameters to latent", spectrum(),
          {read("parameters", parameters_), read("spectrum scale", plane_bytes()),
           write("spectrum", parameters_), read("spectrum", parameters_), write("latent", latents_)},
          transform_flops());
    }
    add("colours", picture(), {read(spectral_ ? "latent" : "parameters", latents_), write("rgb", pictures_)});
    if (masked_) {
      add("fixed pixels", picture(),
          {read("mask", mask_bytes()), read("fixed", pictures_), read("rgb", pictures_),
           write("rgb", pictures_)});
    }
    std::vector<OperandCost> drawn = {read("slots", slots(sizeof(SlotKey) + sizeof(TransformList))),
                                      write("views", views_)};
    if (needs_.blur) drawn.push_back(write("blur deviations", slots(sizeof(float))));
    add("views", "", std::move(drawn));
    if (needs_.blur) {
      add("blur rows", picture(),
          {read("rgb", pictures_), read("blur deviations", slots(sizeof(float))),
           write("blur scratch", pictures_)});
      add("blur columns", picture(),
          {read("blur scratch", pictures_), read("blur deviations", slots(sizeof(float))),
           write("blurred", pictures_)});
    }
    add("warp", picture(),
        {read(needs_.blur ? "blurred" : "rgb", pictures_), read("views", views_),
         write("network input", network_input_)});
    return take();
  }

  /// The network's input gradient to updated parameters.
  std::vector<OperationCost> backward() {
    add("warp adjoint", picture(),
        {read("d network input", network_input_), read("views", views_), write("d picture", pictures_)});
    if (needs_.blur) {
      add("blur columns adjoint", picture(),
          {read("d picture", pictures_), read("blur deviations", slots(sizeof(float))),
           write("blur scratch", pictures_)});
      add("blur rows adjoint", picture(),
          {read("blur scratch", pictures_), read("blur deviations", slots(sizeof(float))),
           write("d picture", pictures_)});
    }
    if (masked_) {
      add("fixed pixels adjoint", picture(),
          {read("mask", mask_bytes()), read("d picture", pictures_), write("d picture", pictures_)});
    }
    const char* dlatent = form_.latent_planes() == 3 ? "d picture" : "d latent";
    add("colours adjoint", picture(),
        {read("rgb", pictures_), read("d picture", pictures_), write(dlatent, latents_)});
    if (spectral_) {
      add("latent adjoint", spectrum(), {read(dlatent, latents_), write("spectrum", parameters_)},
          transform_flops());
    }
    const std::string parameters = spectral_ ? spectrum() : picture();
    if (normalised_) add("gradient norm", parameters, gradient_norm(dlatent));
    add("update", parameters, update(dlatent));
    add("clock", "",
        {read("update flags", slots(sizeof(std::int32_t))), read("slots", slots(kClock)),
         write("slots", slots(kClock))});
    return take();
  }

  /// Of every memory the operations named, each once.
  double bytes() const {
    double sum = 0;
    for (const auto& [name, bytes] : memories_) sum += bytes;
    return sum;
  }

 private:
  /// Of a picture: its age and what its update goes by.
  static constexpr std::size_t kClock = sizeof(SlotKey) + sizeof(UpdateRule) + 2 * sizeof(float);

  std::vector<OperandCost> gradient(const char* dlatent) const {
    std::vector<OperandCost> reads = {read(spectral_ ? "spectrum" : dlatent, parameters_)};
    if (spectral_) reads.push_back(read("spectrum scale", plane_bytes()));
    return reads;
  }

  std::vector<OperandCost> gradient_norm(const char* dlatent) const {
    std::vector<OperandCost> operands = gradient(dlatent);
    operands.push_back(write("gradient norms", slots(kGradientNormParts * sizeof(double))));
    return operands;
  }

  std::vector<OperandCost> update(const char* dlatent) const {
    std::vector<OperandCost> operands = gradient(dlatent);
    if (normalised_) operands.push_back(read("gradient norms", slots(sizeof(float))));
    operands.push_back(read("slots", slots(kClock)));
    operands.push_back(write("update flags", slots(sizeof(std::int32_t))));
    for (const char* memory : {"parameters", "first moment", "second moment"}) {
      operands.push_back(read(memory, parameters_));
      operands.push_back(write(memory, parameters_));
    }
    return operands;
  }

  static OperandCost read(const char* memory, double bytes) { return {memory, bytes, false, {}, {}}; }
  static OperandCost write(const char* memory, double bytes) { return {memory, bytes, true, {}, {}}; }
  double slots(std::size_t bytes) const { return static_cast<double>(bytes) * n_; }
  std::string picture() const { return fmt::format("3  {}x{}", h_, w_); }
  std::string spectrum() const { return fmt::format("{}  {}x{} complex", layout_.planes, h_, w_ / 2 + 1); }
  /// One plane of parameters of one picture.
  double plane_bytes() const { return 4.0 * static_cast<double>(layout_.count); }
  double mask_bytes() const { return 4.0 * n_ * h_ * w_; }

  /// A real transform of m points is charged 2.5 m log2 m, half of a complex one's usual 5 m log2 m.
  double transform_flops() const {
    const double points = 1.0 * h_ * w_;
    return 2.5 * n_ * layout_.planes * points * std::log2(points);
  }

  void add(const char* name, std::string shape, std::vector<OperandCost> operands, double flops = 0) {
    for (const OperandCost& operand : operands) memories_[operand.memory] = operand.bytes;
    operations_.push_back({name, std::move(shape), flops, Arithmetic::scalar, std::move(operands)});
  }

  std::vector<OperationCost> take() { return std::exchange(operations_, {}); }

  ImageForm form_;
  bool masked_, spectral_;
  TransformNeeds needs_;
  bool normalised_;
  int n_, h_, w_;
  double pictures_, latents_;
  ParameterLayout layout_;
  double parameters_, views_, network_input_;
  std::vector<OperationCost> operations_;
  std::map<std::string, double> memories_;
};

void append(std::vector<OperationCost>& to, std::vector<OperationCost> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// What an operation touches, as `dependencies` takes it. Memories outside the arena are told apart by name.
std::vector<MemoryUse> uses_of(const Plan& plan, const OperationCost& operation,
                               std::map<std::string, int>& resources) {
  std::vector<MemoryUse> uses;
  for (const OperandCost& operand : operation.operands) {
    if (!operand.offset) {
      const int next = -1 - static_cast<int>(resources.size());
      uses.push_back(
          whole_memory(resources.try_emplace(operand.memory, next).first->second, operand.written));
      continue;
    }
    const Slice& slice = operand.slice;
    const PlanBuffer& buffer = plan.buffers[static_cast<std::size_t>(slice.buffer)];
    const auto whole = static_cast<std::size_t>(operand.bytes / slice.groups * buffer.groups);
    uses.push_back(
        {slice.buffer, *operand.offset, *operand.offset + whole, slice.first, slice.groups, operand.written});
  }
  return uses;
}

int chain_of(const Plan& plan, const std::vector<OperationCost>& operations) {
  std::map<std::string, int> resources;
  std::vector<std::vector<MemoryUse>> uses;
  for (const OperationCost& operation : operations) uses.push_back(uses_of(plan, operation, resources));
  return longest_chain(dependencies(uses));
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
  cost.longest_chain = chain_of(plan, cost.operations);
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
