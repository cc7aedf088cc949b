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
#include "kernels/ops/cppn.h"
#include "kernels/ops/draw_augmentation.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/pyramid_sum.h"
#include "kernels/ops/shared_levels.h"
#include "kernels/ops/update_rule.h"
#include "kernels/ops/view.h"

namespace limpid {
namespace {

/// Of one bilinear sample: its coordinates and three mixtures.
constexpr double kSampleFlops = 15;

ImageForm without_shared(ImageForm form) {
  form.shared.clear();
  return form;
}

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
        images_(options.images),
        n_(plan.batch),
        h_(plan.height),
        w_(plan.width),
        colours_(4.0 * n_ * 3 * h_ * w_),
        pictures_(4.0 * n_ * form_.picture_planes() * h_ * w_),
        latents_(4.0 * n_ * form_.latent_planes() * h_ * w_),
        shared_(shared_level_shape(form_.shared, h_, w_)),
        layout_(parameter_layout(without_shared(form_), h_, w_)),
        parameters_(4.0 * n_ * static_cast<double>(layout_.total())),
        copies_(4.0 * n_ * form_.latent_planes() * static_cast<double>(shared_.count)),
        views_(slots(needs_.views ? sizeof(View) : sizeof(AffineMap))),
        network_input_(network_input_bytes(plan, {storage_of(options.precision), options.grouped_input})) {}

  /// Parameters to network input.
  std::vector<OperationCost> forward() {
    to_latent();
    const bool direct = form_.kind == Parameterisation::pixel && !shares();
    add("colours", picture(), {read(direct ? "parameters" : "latent", latents_), write("rgb", pictures_)});
    if (masked_) {
      add("fixed pixels", picture(),
          {read("mask", mask_bytes()), read("fixed", pictures_), read("rgb", pictures_),
           write("rgb", pictures_)});
    }
    if (form_.alpha) put_before_backgrounds();
    std::vector<OperandCost> drawn = {read("slots", slots(sizeof(SlotKey) + sizeof(TransformList))),
                                      write("views", views_)};
    if (needs_.blur) drawn.push_back(write("blur deviations", slots(sizeof(float))));
    add("views", "", std::move(drawn));
    if (needs_.blur) {
      add("blur rows", picture(),
          {read(shown(), colours_), read("blur deviations", slots(sizeof(float))),
           write("blur scratch", colours_)});
      add("blur columns", picture(),
          {read("blur scratch", colours_), read("blur deviations", slots(sizeof(float))),
           write("blurred", colours_)});
    }
    add("warp", picture(),
        {read(needs_.blur ? "blurred" : shown(), colours_), read("views", views_),
         write("network input", network_input_)});
    return take();
  }

  /// The network's input gradient to updated parameters.
  std::vector<OperationCost> backward() {
    const char* dshown = form_.alpha ? shown() : "d picture";
    add("warp adjoint", picture(),
        {read("d network input", network_input_), read("views", views_), write(dshown, colours_)});
    if (needs_.blur) {
      add("blur columns adjoint", picture(),
          {read(dshown, colours_), read("blur deviations", slots(sizeof(float))),
           write("blur scratch", colours_)});
      add("blur rows adjoint", picture(),
          {read("blur scratch", colours_), read("blur deviations", slots(sizeof(float))),
           write(dshown, colours_)});
    }
    if (form_.alpha) {
      add("backdrop adjoint", picture(),
          {read("rgb", pictures_), read("background", colours_), read(dshown, colours_),
           write("d picture", pictures_)});
    }
    if (masked_) {
      add("fixed pixels adjoint", picture(),
          {read("mask", mask_bytes()), read("d picture", pictures_), write("d picture", pictures_)});
    }
    const char* dlatent = form_.latent_planes() == form_.picture_planes() ? "d picture" : "d latent";
    add("colours adjoint", picture(),
        {read("rgb", pictures_), read("d picture", pictures_), write(dlatent, latents_)});
    const char* dparameters = latent_adjoint(dlatent);
    if (normalised_) add("gradient norm", parameters(), gradient_norm(dparameters));
    add("update", parameters(), update(dparameters));
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

  std::vector<OperandCost> gradient(const char* dparameters) const {
    std::vector<OperandCost> reads = {read(dparameters, parameters_ + copies_)};
    if (spectral_ && shares()) {
      reads.push_back(read("gradient scale", (parameters_ + copies_) / n_));
    } else if (spectral_) {
      reads.push_back(read("spectrum scale", plane_bytes()));
    }
    return reads;
  }

  std::vector<OperandCost> gradient_norm(const char* dparameters) const {
    std::vector<OperandCost> operands = gradient(dparameters);
    operands.push_back(write("gradient norms", slots(kGradientNormParts * sizeof(double))));
    return operands;
  }

  std::vector<OperandCost> update(const char* dparameters) const {
    std::vector<OperandCost> operands = gradient(dparameters);
    if (normalised_) operands.push_back(read("gradient norms", slots(sizeof(float))));
    operands.push_back(read("slots", slots(kClock)));
    operands.push_back(write("update flags", slots(sizeof(std::int32_t))));
    for (const char* memory : {"parameters", "first moment", "second moment"}) {
      operands.push_back(read(memory, parameters_ + copies_));
      operands.push_back(write(memory, parameters_ + copies_));
    }
    return operands;
  }

  /// Random coefficients are drawn, scaled, transformed and coloured.
  void put_before_backgrounds() {
    ImageForm noise;
    noise.grayscale = form_.grayscale;
    const ParameterLayout layout = parameter_layout(noise, h_, w_);
    const double values = 4.0 * n_ * static_cast<double>(layout.total());
    const double latents = 4.0 * n_ * layout.planes * h_ * w_;
    add("backgrounds", fmt::format("{}  {}x{} complex", layout.planes, h_, w_ / 2 + 1),
        {read("slots", slots(sizeof(SlotKey))), write("background values", values),
         read("background values", values), read("background scale", 4.0 * static_cast<double>(layout.count)),
         write("background spectrum", values), read("background spectrum", values),
         write("background latent", latents), read("background latent", latents),
         write("background", colours_)},
        transform_flops(layout.planes));
    add("backdrop", picture(),
        {read("rgb", pictures_), read("background", colours_), write(shown(), colours_)});
  }

  void to_latent() {
    const bool direct = form_.kind == Parameterisation::pixel;
    if (direct && !shares()) return;
    const char* latent = !shares() ? "latent" : direct ? "own parameters" : "own latent";
    std::vector<OperandCost> operands = {read("parameters", parameters_)};
    if (shares()) {
      operands.insert(operands.end(),
                      {write("own parameters", parameters_), read("own parameters", parameters_)});
    }
    double flops = 0;
    switch (form_.kind) {
      case Parameterisation::pixel:
        break;
      case Parameterisation::spectral:
        operands.insert(operands.end(), {read("spectrum scale", plane_bytes()),
                                         write("spectrum", parameters_), read("spectrum", parameters_)});
        flops = transform_flops();
        break;
      case Parameterisation::pyramid:
        flops = kPyramidLevels * kSampleFlops * latents_ / 4;
        break;
      case Parameterisation::cppn:
        flops = cppn_flops();
        break;
      case Parameterisation::maco:
        // Summed, standardised, turned into a spectrum of twice the size; and the picture standardised.
        operands.insert(operands.end(),
                        {read("parameters", parameters_), write("phase", parameters_),
                         read("phase", parameters_), read("magnitude", parameters_ / n_),
                         write("spectrum", 2 * parameters_), read("spectrum", 2 * parameters_),
                         write("latent", latents_), read("latent", latents_), read("latent", latents_)});
        flops = transform_flops();
        break;
    }
    if (!direct) operands.push_back(write(latent, latents_));
    if (shares()) {
      operands.insert(operands.end(),
                      {read(latent, latents_), read("parameters", copies_), write("latent", latents_)});
      flops += shared_flops();
    }
    add("parameters to latent", parameters(), std::move(operands), flops);
  }

  /// Returns where the gradient of the parameters lies.
  const char* latent_adjoint(const char* dlatent) {
    const bool direct = form_.kind == Parameterisation::pixel;
    if (direct && !shares()) return dlatent;
    const char* gradient = shares() ? "own d parameters" : "d parameters";
    std::vector<OperandCost> operands;
    double flops = 0;
    if (shares()) {
      // Along rows, for all images of a job together, and down columns, into a copy for each.
      const double rows = 4.0 * n_ / images_ * form_.latent_planes() * h_ * shared_.columns;
      operands = {read(dlatent, latents_), write("shared rows", rows), read("shared rows", rows),
                  write("d parameters", copies_)};
      flops = shared_flops();
    }
    operands.push_back(read(dlatent, latents_));
    switch (form_.kind) {
      case Parameterisation::pixel:
        gradient = dlatent;
        break;
      case Parameterisation::spectral:
        gradient = "spectrum";
        flops += transform_flops();
        break;
      case Parameterisation::pyramid:
        flops += kPyramidLevels * kSampleFlops * latents_ / 4;
        break;
      case Parameterisation::cppn: {
        const double partials = parameters_ * static_cast<double>(cppn_chunks(std::int64_t{h_} * w_));
        operands.insert(operands.end(),
                        {read("parameters", parameters_), write("d parameters, parts", partials),
                         read("d parameters, parts", partials)});
        flops = 3 * cppn_flops();  // Forward again, then to inputs and to weights.
        break;
      }
      case Parameterisation::maco:
        operands.insert(
            operands.end(),
            {read("latent", latents_), read("latent", latents_), read(dlatent, latents_),
             write(dlatent, latents_), read(dlatent, latents_), write("spectrum", 2 * parameters_),
             read("spectrum", 2 * parameters_), read("phase", parameters_),
             read("magnitude", parameters_ / n_), write(gradient, parameters_), read("phase", parameters_),
             read(gradient, parameters_), read("phase", parameters_), read(gradient, parameters_)});
        flops = transform_flops();
        break;
    }
    if (!direct) operands.push_back(write(gradient, parameters_));
    if (shares()) {
      operands.insert(operands.end(), {read(gradient, parameters_), write("d parameters", parameters_)});
      gradient = "d parameters";
    }
    add("latent adjoint", parameters(), std::move(operands), flops);
    return gradient;
  }

  static OperandCost read(const char* memory, double bytes) { return {memory, bytes, false, {}, {}}; }
  static OperandCost write(const char* memory, double bytes) { return {memory, bytes, true, {}, {}}; }
  double slots(std::size_t bytes) const { return static_cast<double>(bytes) * n_; }
  std::string picture() const { return fmt::format("3  {}x{}", h_, w_); }
  std::string parameters() const {
    switch (form_.kind) {
      case Parameterisation::pixel:
        break;
      case Parameterisation::spectral:
        return fmt::format("{}  {}x{} complex", layout_.planes, h_, w_ / 2 + 1);
      case Parameterisation::pyramid:
        return fmt::format("{}  {}x{} and coarser", layout_.planes, h_, w_);
      case Parameterisation::cppn:
        return fmt::format("{} weights  {}x{}", layout_.count, h_, w_);
      case Parameterisation::maco:
        return fmt::format("{}  {}x{} phases", layout_.planes, h_, w_ / 2 + 1);
    }
    return fmt::format("{}  {}x{}", layout_.planes, h_, w_);
  }
  /// A multiply-accumulate is two; an activation is small beside the layer after it.
  double cppn_flops() const { return 2.0 * static_cast<double>(layout_.total()) * n_ * h_ * w_; }
  /// One plane of parameters of one picture.
  double plane_bytes() const { return 4.0 * static_cast<double>(layout_.count); }
  bool shares() const { return !form_.shared.empty(); }
  double shared_flops() const { return shared_.levels * kSampleFlops * latents_ / 4; }
  double mask_bytes() const { return form_.alpha ? pictures_ : 4.0 * n_ * h_ * w_; }
  /// What views are taken of.
  const char* shown() const { return form_.alpha ? "shown" : "rgb"; }

  /// A real transform of m points is charged 2.5 m log2 m, half of a complex one's usual 5 m log2 m.
  double transform_flops(int planes) const {
    const double points = 1.0 * h_ * w_;
    return 2.5 * n_ * planes * points * std::log2(points);
  }
  double transform_flops() const { return transform_flops(layout_.planes); }

  void add(const char* name, std::string shape, std::vector<OperandCost> operands, double flops = 0) {
    for (const OperandCost& operand : operands) memories_[operand.memory] = operand.bytes;
    operations_.push_back({name, std::move(shape), flops, Arithmetic::scalar, std::move(operands)});
  }

  std::vector<OperationCost> take() { return std::exchange(operations_, {}); }

  ImageForm form_;
  bool masked_, spectral_;
  TransformNeeds needs_;
  bool normalised_;
  int images_;
  int n_, h_, w_;
  double colours_, pictures_, latents_;  ///< Colours, and where there is one, opacity with them.
  SharedLevelShape shared_;
  ParameterLayout layout_;                              ///< Of an image's own parameters.
  double parameters_, copies_, views_, network_input_;  ///< Copies of what images share come on top.
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
