#include "engine/objective/terms.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "engine/objective/term_table.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Every term with the column its value goes to.
template <class Visit>
void for_each_term(const Goals& goals, Visit visit) {
  for (const ObjectiveTerm& term : goals.objective.terms) visit(term, 0);
  for (std::size_t i = 0; i < goals.watched.size(); ++i) {
    for (const ObjectiveTerm& term : goals.watched[i].terms) visit(term, static_cast<int>(i) + 1);
  }
}

bool same_photo(const ObjectiveTerm& a, const ObjectiveTerm& b) {
  return a.source.empty() && b.source.empty() ? a.photo == b.photo : a.source == b.source;
}

/// The first term of each different photo.
std::vector<const ObjectiveTerm*> photo_terms(const Goals& goals) {
  std::vector<const ObjectiveTerm*> found;
  for_each_term(goals, [&](const ObjectiveTerm& term, int) {
    if (!row_of(term).reads_photo()) return;
    const auto same = [&](const ObjectiveTerm* other) { return same_photo(*other, term); };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back(&term);
  });
  return found;
}

int positions_of(const ObjectiveTerm& term) {
  return term.vectors == nullptr ? 1 : term.vectors->height * term.vectors->width;
}

/// Collects what terms on one layer, all before or all after its ReLU, ask of it.
class TargetCollector {
 public:
  explicit TargetCollector(const ObjectiveTerm& term) {
    target_ = {term.layer, term.pre_relu, {}, {0, 0, 0, 0}};
  }

  bool reads(const ObjectiveTerm& term) const {
    return term.layer == target_.layer && term.pre_relu == target_.pre_relu;
  }

  void add(const ObjectiveTerm& term) {
    const TermRow& row = row_of(term);
    if (row.one_channel) {
      channels_.insert(term.channel);
    } else {
      all_channels_ = true;
    }
    switch (row.operation) {
      case TermOperation::seed:
        ++target_.terms.seeds;
        if (row.has_vectors()) target_.terms.vector_positions += positions_of(term);
        break;
      case TermOperation::caricature:
        ++target_.terms.caricatures;
        break;
      case TermOperation::gram:
        ++target_.terms.grams;
        break;
      case TermOperation::penalty:
        break;
    }
  }

  /// Every target has a seed, for it is what writes the gradient first.
  TargetRequest take() {
    target_.terms.seeds = std::max(target_.terms.seeds, 1);
    if (!all_channels_) target_.channels = {channels_.begin(), channels_.end()};
    return std::move(target_);
  }

 private:
  TargetRequest target_;
  std::set<int> channels_;
  bool all_channels_ = false;
};

void set_position(SlotTerm& bound, const ObjectiveTerm& term, const PlanTarget& target) {
  const Position at = term.position->is_centre() ? Position{target.h / 2, target.w / 2} : *term.position;
  if (at.y < 0 || at.y >= target.h || at.x < 0 || at.x >= target.w) {
    fail_usage("position {},{} lies outside {}, which is {}x{} (y,x) at this input size", at.y, at.x,
               term.layer, target.h, target.w);
  }
  bound.y = at.y;
  bound.x = at.x;
  bound.box_h = bound.box_w = 1;
}

/// Binds the terms of one image.
class TermBinder {
 public:
  TermBinder(const Goals& goals, const ImagePlace& place) : photos_(photo_terms(goals)), place_(place) {}

  float weight(const ObjectiveTerm& term) const {
    if (term.ramp == Ramp::none) return term.weight;
    if (place_.images < 2) {
      fail_usage("a mixture without t= changes over the images of a job: give it t=, or ask for more images");
    }
    const float t = static_cast<float>(place_.index) / static_cast<float>(place_.images - 1);
    return term.weight * (term.ramp == Ramp::rising ? t : 1 - t);
  }

  /// Batch number of the term's photo.
  int reference(const ObjectiveTerm& term) const {
    const auto found = std::find_if(photos_.begin(), photos_.end(),
                                    [&](const ObjectiveTerm* other) { return same_photo(*other, term); });
    return place_.batch_index(place_.images + static_cast<int>(found - photos_.begin()));
  }

  /// Of a seed and of a caricature.
  SlotTerm slot(const ObjectiveTerm& term, const PlanTarget& target, int column) const {
    const TermRow& row = row_of(term);
    SlotTerm bound = term_of(term, target);
    bound.weight = weight(term);
    bound.column = column;
    if (row.takes(TermArgument::patch)) set_patch(bound, term, target);
    if (row.reads_photo()) bound.reference = reference(term);
    if (row.compares_images) set_group(bound);
    return bound;
  }

  SeedTerm seed(const ObjectiveTerm& term, const PlanTarget& target, int column) const {
    SeedTerm seed{slot(term, target, column), {}};
    if (row_of(term).has_vectors()) seed.vectors = physical_vectors(term, target);
    return seed;
  }

  GramTerm gram(const ObjectiveTerm& term, const PlanTarget& target, int column) const {
    const TermRow& row = row_of(term);
    GramTerm bound;
    bound.kind = term.kind;
    bound.weight = weight(term);
    bound.channels = target.logical_channels;
    bound.positions = target.h * target.w;
    bound.column = column;
    if (row.reads_photo()) bound.reference = reference(term);
    if (row.compares_images) set_group(bound);
    return bound;
  }

  PenaltyTerm penalty(const ObjectiveTerm& term, int column) const {
    PenaltyTerm bound;
    bound.kind = term.kind;
    bound.weight = weight(term);
    bound.centre = term.centre;
    bound.width = term.frame;
    if (row_of(term).reads_photo()) bound.reference = reference(term);
    bound.column = column;
    return bound;
  }

 private:
  template <class Term>
  void set_group(Term& bound) const {
    bound.group_first = place_.first;
    bound.group_count = place_.images;
    bound.group_stride = place_.stride;
  }

  static void set_patch(SlotTerm& bound, const ObjectiveTerm& term, const PlanTarget& target) {
    const FeatureVectors& patch = vectors_of(term);
    if (patch.height > target.h || patch.width > target.w) {
      fail_usage("'{}' is a patch of {}x{} positions, and {} has {}x{} at this input size", term.source,
                 patch.height, patch.width, term.layer, target.h, target.w);
    }
    bound.box_h = patch.height;
    bound.box_w = patch.width;
    bound.y = (target.h - patch.height) / 2;
    bound.x = (target.w - patch.width) / 2;
  }

  static const FeatureVectors& vectors_of(const ObjectiveTerm& term) {
    if (term.vectors == nullptr) fail_usage("'{}' was not read", term.source);
    return *term.vectors;
  }

  static std::vector<float> physical_vectors(const ObjectiveTerm& term, const PlanTarget& target) {
    const std::shared_ptr<const FeatureVectors> drawn =
        term.random ? random_direction(*term.random, target.logical_channels) : nullptr;
    const FeatureVectors& logical = drawn != nullptr ? *drawn : vectors_of(term);
    if (logical.channels != target.logical_channels) {
      fail_usage("'{}' has {} channels and {} has {}", term.source, logical.channels, term.layer,
                 target.logical_channels);
    }
    const auto width = static_cast<std::size_t>(target.value.groups * kGroup);
    const std::size_t positions = static_cast<std::size_t>(logical.height * logical.width);
    std::vector<float> physical(positions * width);
    for (std::size_t p = 0; p < positions; ++p) {
      for (int c = 0; c < logical.channels; ++c) {
        physical[p * width + static_cast<std::size_t>(target.channels.physical(c))] =
            logical.values[p * static_cast<std::size_t>(logical.channels) + static_cast<std::size_t>(c)];
      }
    }
    return physical;
  }

  std::vector<const ObjectiveTerm*> photos_;
  ImagePlace place_;
};

}  // namespace

GoalShape shape_of(const Goals& goals) {
  GoalShape shape;
  shape.columns = 1 + static_cast<int>(goals.watched.size());
  shape.photos = static_cast<int>(photo_terms(goals).size());
  std::vector<TargetCollector> targets;
  for_each_term(goals, [&](const ObjectiveTerm& term, int) {
    if (!row_of(term).reads_map()) {
      ++shape.penalties;
      return;
    }
    shape.joined |= row_of(term).reads_photo() || row_of(term).compares_images;
    auto found = std::find_if(targets.begin(), targets.end(),
                              [&](const TargetCollector& target) { return target.reads(term); });
    if (found == targets.end()) found = targets.insert(targets.end(), TargetCollector(term));
    found->add(term);
  });
  for (TargetCollector& target : targets) shape.targets.push_back(target.take());
  return shape;
}

bool measures_alpha(const Goals& goals) {
  bool found = false;
  for_each_term(goals, [&](const ObjectiveTerm& term, int) { found |= row_of(term).needs_alpha; });
  return found;
}

std::vector<std::shared_ptr<const Image>> photos_of(const Goals& goals) {
  std::vector<std::shared_ptr<const Image>> photos;
  for (const ObjectiveTerm* term : photo_terms(goals)) {
    if (term->photo == nullptr) fail_usage("the photo '{}' was not read", term->source);
    photos.push_back(term->photo);
  }
  return photos;
}

std::vector<TargetTerms> bind_terms(const Goals& goals, const Plan& plan, const ImagePlace& place) {
  const TermBinder binder(goals, place);
  std::vector<TargetTerms> bound(plan.targets.size());
  for_each_term(goals, [&](const ObjectiveTerm& term, int column) {
    if (!row_of(term).reads_map()) return;
    const auto target = std::find_if(plan.targets.begin(), plan.targets.end(), [&](const PlanTarget& t) {
      return t.layer == term.layer && t.pre_relu == term.pre_relu;
    });
    if (target == plan.targets.end()) fail_runtime("{} is no target of the plan", term.layer);
    TargetTerms& terms = bound[static_cast<std::size_t>(target - plan.targets.begin())];
    switch (row_of(term).operation) {
      case TermOperation::seed:
        terms.seeds.push_back(binder.seed(term, *target, column));
        break;
      case TermOperation::caricature:
        terms.caricatures.push_back(binder.slot(term, *target, column));
        break;
      case TermOperation::gram:
        terms.grams.push_back(binder.gram(term, *target, column));
        break;
      case TermOperation::penalty:
        break;
    }
  });
  return bound;
}

std::vector<PenaltyTerm> bind_penalties(const Goals& goals, const ImagePlace& place) {
  const TermBinder binder(goals, place);
  std::vector<PenaltyTerm> bound;
  for_each_term(goals, [&](const ObjectiveTerm& term, int column) {
    if (!row_of(term).reads_map()) bound.push_back(binder.penalty(term, column));
  });
  return bound;
}

TargetRequest target_of(const ObjectiveTerm& term) {
  return shape_of({term, {}}).targets.front();
}

SlotTerm term_of(const ObjectiveTerm& term, const PlanTarget& target) {
  SlotTerm bound;
  bound.kind = term.kind;
  bound.weight = term.weight;
  bound.channels = target.logical_channels;
  bound.cosine_power = term.cosine_power;
  if (row_of(term).one_channel) {
    bound.channel = target.channels.physical(term.channel);
    if (bound.channel < 0) {
      fail_runtime("{}: channel {} is not part of the plan", term.layer, term.channel);
    }
  }
  if (term.position) set_position(bound, term, target);
  return bound;
}

}  // namespace limpid
