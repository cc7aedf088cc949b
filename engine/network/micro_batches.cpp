#include "engine/network/micro_batches.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "engine/network/accesses.h"
#include "engine/network/liveness.h"
#include "engine/network/plan.h"

namespace limpid {
namespace {

/// Maps and gradients of a micro-batch that fits caches, in fp32. Measured on two cores with 1 MiB of L2 each and 32 MiB
/// of L3 that others use too (time of a step for each image): at 64 px an image has 1.4 MiB, and batches of 8 take half
/// (mixed5b, whose filters they share) to four fifths (mixed4a) of the time of single images; at 128 px, 5 MiB,
/// up to 4 are even and 8 are slower; at 224 px, 15 MiB, 2 are 4 % and 8 are 30 % slower than 1.
constexpr std::size_t kCacheBytes = std::size_t{16} << 20;

/// Gram matrices know their images by number, whatever their terms.
bool joins_images(const AnyOp& op, bool separable) {
  return std::holds_alternative<GramSeedOp>(op) || (has_values(op) && !separable);
}

/// Times of the first and the last operation.
struct Section {
  int first, last;
  int images;  ///< That its operations take at a time.
};

std::vector<Section> sections_of(const Plan& plan) {
  std::vector<Section> sections;
  for (const auto* ops : {&plan.forward, &plan.backward, &plan.push}) {
    bool fresh = !plan.one_pass || ops != &plan.backward;
    for (const PlanOp& op : *ops) {
      if (fresh || sections.empty() || sections.back().images != op.images) {
        sections.push_back({op.time, op.time, op.images});
      }
      sections.back().last = op.time;
      fresh = false;
    }
  }
  return sections;
}

void place_in_sections(PlanBuffer& buffer, const std::vector<Section>& sections, int batch) {
  const auto begins_after = [](int time, const Section& section) { return time < section.first; };
  const auto of = [&](int time) {
    const auto next = std::upper_bound(sections.begin(), sections.end(), time, begins_after);
    return next == sections.begin() ? next : next - 1;
  };
  const auto first = of(buffer.first_use);
  const auto last = of(buffer.last_use);
  const bool outside = buffer.images == batch;  // See split_batch.
  if (first == last && buffer.last_use <= last->last && !outside) {
    buffer.images = first->images;
    return;
  }
  buffer.images = batch;
  buffer.first_use = std::min(buffer.first_use, first->first);
  buffer.last_use = std::max(buffer.last_use, last->last);
}

/// Images of a micro-batch whose maps have kCacheBytes; batches of several are split evenly.
int images_fitting_caches(const Plan& plan) {
  std::vector<std::size_t> bytes;
  for (PlanBuffer buffer : plan.buffers) {
    buffer.images = 1;
    bytes.push_back(bytes_of(buffer, DType::f32));
  }
  const std::size_t one = std::max<std::size_t>(1, lay_out(plan, bytes).bytes);
  const int most =
      static_cast<int>(std::clamp<std::size_t>(kCacheBytes / one, 1, static_cast<std::size_t>(plan.batch)));
  const int parts = (plan.batch + most - 1) / most;
  return (plan.batch + parts - 1) / parts;
}

}  // namespace

void split_batch(Plan& plan, const MicroBatches& wanted) {
  plan.micro_batch = wanted.images == 0 ? plan.batch : std::min(wanted.images, plan.batch);
  if (wanted.images == MicroBatches::kFittingCaches) plan.micro_batch = images_fitting_caches(plan);
  plan.one_pass = wanted.one_pass;
  for (auto* ops : {&plan.forward, &plan.backward, &plan.push}) {
    for (PlanOp& op : *ops) {
      op.images = joins_images(op.op, wanted.separable) ? plan.batch : plan.micro_batch;
    }
  }
  const bool whole = plan.micro_batch == plan.batch;
  for (PlanBuffer& buffer : plan.buffers) buffer.images = whole ? plan.batch : 0;
  if (whole) return;
  // The caller reads and writes these between the passes, without an operation that does.
  for (const PlanTarget& target : plan.targets) {
    if (plan.backward.empty() || target.terms.seeds > 0) continue;
    plan.buffers[static_cast<std::size_t>(target.value.buffer)].images = plan.batch;
    plan.buffers[static_cast<std::size_t>(target.given_gradient.buffer)].images = plan.batch;
  }
  const std::vector<Section> sections = sections_of(plan);
  for (PlanBuffer& buffer : plan.buffers) {
    if (buffer.last_use >= 0 && !sections.empty()) {
      place_in_sections(buffer, sections, plan.batch);
    } else {
      buffer.images = plan.batch;
    }
  }
}

}  // namespace limpid
