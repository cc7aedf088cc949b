#include "engine/grid/job_order.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "engine/network/layers.h"
#include "engine/objective/terms.h"
#include "engine/options/image_options.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// What shapes the image side of a plan.
std::vector<float> image_key(const RenderOptions& job) {
  const ColourRule colours = colour_rule(job);
  const auto* spectral = std::get_if<Spectral>(&job.parameters);
  const auto* maco = std::get_if<Maco>(&job.parameters);
  std::vector<float> key = {static_cast<float>(job.kind()), static_cast<float>(job.colour.squash),
                            job.colour.grayscale ? 1.0F : 0.0F, job.start.mask != nullptr ? 1.0F : 0.0F,
                            spectral != nullptr ? spectral->decay_power : Spectral{}.decay_power};
  for (const auto& row : colours.matrix.value) key.insert(key.end(), row, row + 3);
  key.insert(key.end(), colours.offset.value, colours.offset.value + 3);
  key.push_back(maco != nullptr && maco->prior != nullptr ? 1.0F : 0.0F);
  return key;
}

/// What jobs of one plan have in common; keys compare so that plans with dear image-steps come first.
auto plan_key(const Model& model, const Network& network, const std::vector<int>& depths,
              const RenderOptions& job) {
  const GoalShape goals = shape_of({job.objective, job.watch});
  int deepest = 0;
  std::vector<std::tuple<std::string, bool, std::vector<int>>> targets;
  for (const TargetRequest& target : goals.targets) {
    deepest = std::max(deepest, depths[static_cast<std::size_t>(network.find(target.layer))]);
    std::vector<int> branch;
    if (!target.channels.empty()) branch = branch_channels(model, target.layer, target.channels.front());
    targets.emplace_back(target.layer, target.pre_relu, std::move(branch));
  }
  // The work grows with what the network sees and, roughly evenly, with every layer of the trunk that is passed.
  const auto [height, width] = seen_size(job);
  const double cost = 1.0 * height * width * (1 + deepest);
  return std::tuple(-cost, std::move(targets), job.height, job.width, job.images, job.view.draws,
                    image_key(job));
}

using PlanKey = decltype(plan_key({}, {}, {}, {}));

std::optional<int> parse_whole(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Shard parse_shard(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto index = parse_whole(text.substr(0, slash));
  const auto count = parse_whole(text.substr(std::min(slash + 1, text.size())));
  if (!index || !count || *count < 1) fail_usage("shard '{}' is not of the form 3/16, the third of 16", text);
  if (*index < 1 || *index > *count) {
    fail_usage("shard '{}' does not exist: of {} shards, the first is 1/{} and the last {}/{}", text, *count,
               *count, *count, *count);
  }
  return {*index, *count};
}

std::vector<std::int64_t> order_jobs(const Model& model, const std::vector<RenderOptions>& jobs) {
  const Network& network = model.network;
  const std::vector<int> depths = network.trunk_depths();
  std::map<PlanKey, std::vector<std::int64_t>> plans;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    plans[plan_key(model, network, depths, jobs[i])].push_back(static_cast<std::int64_t>(i));
  }
  std::vector<std::int64_t> ordered;
  ordered.reserve(jobs.size());
  for (auto& [key, of_plan] : plans) {
    std::stable_sort(of_plan.begin(), of_plan.end(), [&](std::int64_t a, std::int64_t b) {
      return jobs[static_cast<std::size_t>(a)].steps > jobs[static_cast<std::size_t>(b)].steps;
    });
    ordered.insert(ordered.end(), of_plan.begin(), of_plan.end());
  }
  return ordered;
}

std::vector<std::int64_t> jobs_of_shard(const std::vector<std::int64_t>& ordered, const Shard& shard) {
  std::vector<std::int64_t> jobs;
  const auto stride = static_cast<std::size_t>(shard.count);
  for (std::size_t i = static_cast<std::size_t>(shard.index - 1); i < ordered.size(); i += stride) {
    jobs.push_back(ordered[i]);
  }
  return jobs;
}

}  // namespace limpid
