#include "kernels/conv/plan_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "kernels/conv/folder_lock.h"
#include "kernels/core/error.h"
#include "kernels/core/json_depth.h"
#include "kernels/core/streams.h"
#include "kernels/core/temporary.h"

namespace limpid::cuda {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 2;

void warn(const fs::path& file, const std::string& what) {
  say(stderr, "plan cache {}: {}\n", file.string(), what);
}

/// As the file names them.
constexpr std::array<std::pair<ConvProvider, const char*>, 4> kProviders = {
    {{ConvProvider::cudnn, "cudnn"},
     {ConvProvider::stem_dgrad, "stem dgrad"},
     {ConvProvider::cublaslt, "cublaslt"},
     {ConvProvider::cudnn_in_depth, "cudnn in depth"}}};

const char* name_of(ConvProvider provider) {
  return std::find_if(kProviders.begin(), kProviders.end(),
                      [&](const auto& entry) { return entry.first == provider; })
      ->second;
}

ConvProvider provider_named(const std::string& name) {
  for (const auto& [provider, known] : kProviders) {
    if (name == known) return provider;
  }
  throw std::invalid_argument("unknown provider " + name);
}

/// Whose convolution, and which algorithm.
Json to_json(const PlanCacheScope& scope, const std::string& convolution, const ConvAlgorithm& algorithm) {
  Json knobs = Json::array();
  for (const Knob& knob : algorithm.knobs) knobs.push_back({knob.type, knob.value});
  return {{"gpu", scope.gpu},           {"sm", scope.sm},
          {"cudnn", scope.cudnn},       {"cublaslt", scope.cublaslt},
          {"convolution", convolution}, {"provider", name_of(algorithm.provider)},
          {"engine", algorithm.engine}, {"knobs", std::move(knobs)}};
}

Json to_json(const PlanCacheScope& scope, const std::string& convolution, const CachedPlan& plan) {
  Json entry = to_json(scope, convolution, plan.algorithm);
  entry["workspace_bytes"] = plan.workspace_bytes;
  entry["microseconds"] = plan.microseconds;
  entry["relative_error"] = plan.relative_error;
  if (!plan.timed) entry["timed"] = false;
  return entry;
}

/// These three throw nlohmann::json::exception or std::invalid_argument on anything else than what to_json writes.
PlanCacheScope scope_of(const Json& entry) {
  return {entry.at("gpu").get<std::string>(), entry.at("sm").get<int>(),
          entry.at("cudnn").get<std::int64_t>(), entry.at("cublaslt").get<std::int64_t>()};
}

ConvAlgorithm algorithm_of(const Json& entry) {
  ConvAlgorithm algorithm;
  algorithm.provider = provider_named(entry.at("provider").get<std::string>());
  algorithm.engine = entry.at("engine").get<int>();
  for (const Json& knob : entry.at("knobs")) {
    algorithm.knobs.push_back({knob.at(0).get<int>(), knob.at(1).get<std::int64_t>()});
  }
  return algorithm;
}

CachedPlan plan_of(const Json& entry) {
  CachedPlan plan;
  plan.algorithm = algorithm_of(entry);
  plan.workspace_bytes = entry.at("workspace_bytes").get<std::size_t>();
  plan.microseconds = entry.at("microseconds").get<double>();
  plan.relative_error = entry.at("relative_error").get<double>();
  plan.timed = !entry.contains("timed") || entry.at("timed").get<bool>();
  return plan;
}

/// The variable's value; empty when it is unset.
fs::path environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

}  // namespace

PlanCache::PlanCache(fs::path file, PlanCacheScope scope, Notes notes)
    : file_(std::move(file)), scope_(std::move(scope)) {
  std::error_code error;
  if (fs::is_regular_file(file_, error)) readable_ = load(notes);
}

std::optional<PlanCacheScope> PlanCache::other_versions() const {
  const auto found = std::find_if(others_.begin(), others_.end(), [&](const Entry& entry) {
    return entry.scope.gpu == scope_.gpu && entry.scope.sm == scope_.sm;
  });
  return !plans_.empty() || found == others_.end() ? std::nullopt : std::optional(found->scope);
}

bool PlanCache::load(Notes notes) {
  std::ifstream stream(file_);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  // The file's object, its list, a plan, its knobs, a knob.
  constexpr int most_depth = 5;
  const Json top =
      find_deeper_json(text, most_depth) == text.npos ? Json::parse(text, nullptr, false) : Json();
  if (!top.is_object() || top.value("format", Json()) != kFormat || !top.contains("plans") ||
      !top["plans"].is_array()) {
    if (notes != Notes::none) {
      warn(file_, "ignored, for it is damaged or of another format; tune again to replace it");
    }
    return false;
  }
  int damaged = 0, outdated = 0;
  for (const Json& json : top["plans"]) {
    try {
      const PlanCacheScope scope = scope_of(json);
      const auto convolution = json.at("convolution").get<std::string>();
      const CachedPlan plan = plan_of(json);
      if (scope == scope_) {
        plans_[convolution] = plan;
        continue;
      }
      others_.push_back({scope, convolution, plan});
      if (scope.gpu == scope_.gpu && scope.sm == scope_.sm) ++outdated;
    } catch (const std::exception&) {
      ++damaged;
    }
  }
  for (const Json& json : top.value("refused", Json::array())) {
    try {
      refusals_.push_back({scope_of(json), json.at("convolution").get<std::string>(), algorithm_of(json),
                           json.at("why").get<std::string>()});
    } catch (const std::exception&) {
      ++damaged;
    }
  }
  if (damaged > 0 && notes != Notes::none) warn(file_, fmt::format("{} damaged entries ignored", damaged));
  if (outdated > 0 && plans_.empty() && notes == Notes::all) {
    warn(file_,
         fmt::format("{} entries ignored, for they were tuned with other versions of cuDNN and cuBLASLt "
                     "than {} and {}; tune again",
                     outdated, scope_.cudnn, scope_.cublaslt));
  }
  return true;
}

bool PlanCache::update() {
  const FolderLock of_all(file_, FolderLock::Wait::briefly);  // Destructors save too.
  if (!merge()) return false;
  save();
  return true;
}

bool PlanCache::merge() {
  const PlanCache there(file_, scope_, Notes::none);
  if (!there.readable_) return false;
  others_ = there.others_;
  for (const auto& [convolution, plan] : there.plans_) {
    const auto [mine, is_new] = plans_.emplace(convolution, plan);
    if (!is_new && !mine->second.timed) mine->second = plan;
  }
  for (const Refusal& theirs : there.refusals_) {
    const bool known = std::any_of(refusals_.begin(), refusals_.end(), [&](const Refusal& mine) {
      return mine.scope == theirs.scope && mine.convolution == theirs.convolution &&
             mine.algorithm == theirs.algorithm;
    });
    if (!known) refusals_.push_back(theirs);
  }
  std::erase_if(plans_, [&](const auto& entry) {
    return std::any_of(refusals_.begin(), refusals_.end(), [&](const Refusal& refusal) {
      return refusal.scope == scope_ && refusal.convolution == entry.first &&
             refusal.algorithm == entry.second.algorithm;
    });
  });
  return true;
}

std::optional<CachedPlan> PlanCache::find(const ConvRequest& request) const {
  const auto found = plans_.find(describe(request));
  return found == plans_.end() ? std::nullopt : std::optional(found->second);
}

void PlanCache::store(const ConvRequest& request, const CachedPlan& plan) {
  plans_[describe(request)] = plan;
}

void PlanCache::refuse(const ConvRequest& request, const ConvAlgorithm& algorithm, const std::string& why) {
  if (refusal(request, algorithm).empty()) refusals_.push_back({scope_, describe(request), algorithm, why});
  const auto found = plans_.find(describe(request));
  if (found != plans_.end() && found->second.algorithm == algorithm) plans_.erase(found);
}

std::string PlanCache::refusal(const ConvRequest& request, const ConvAlgorithm& algorithm) const {
  const std::string convolution = describe(request);
  const auto found = std::find_if(refusals_.begin(), refusals_.end(), [&](const Refusal& refusal) {
    return refusal.scope == scope_ && refusal.convolution == convolution && refusal.algorithm == algorithm;
  });
  return found == refusals_.end() ? std::string() : found->why;
}

void PlanCache::save() const {
  if (file_.empty()) fail_runtime("no place for the plan cache: set LIMPID_CACHE to a folder");
  Json plans = Json::array();
  for (const Entry& entry : others_) plans.push_back(to_json(entry.scope, entry.convolution, entry.plan));
  for (const auto& [convolution, plan] : plans_) plans.push_back(to_json(scope_, convolution, plan));
  Json top = {{"format", kFormat}, {"plans", std::move(plans)}};
  for (const Refusal& refusal : refusals_) {
    Json entry = to_json(refusal.scope, refusal.convolution, refusal.algorithm);
    entry["why"] = refusal.why;
    top["refused"].push_back(std::move(entry));
  }

  std::error_code error;
  fs::create_directories(file_.parent_path(), error);
  if (error) fail_runtime("plan cache {} could not be written: {}", file_.string(), error.message());
  Temporary file(Temporary::Kind::file, file_);
  file.write(top.dump(1) + "\n");
  file.publish();
}

fs::path default_plan_cache_file() {
  if (const fs::path folder = environment("LIMPID_CACHE"); !folder.empty()) return folder / "plans.json";
  // A relative $XDG_CACHE_HOME is to be ignored, says the XDG Base Directory Specification.
  if (const fs::path xdg = environment("XDG_CACHE_HOME"); xdg.is_absolute()) {
    return xdg / "limpid" / "plans.json";
  }
  const fs::path home = environment("HOME");
  return home.empty() ? fs::path() : home / ".cache" / "limpid" / "plans.json";
}

}  // namespace limpid::cuda
