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

Json to_json(const PlanCacheScope& scope, const std::string& convolution, const CachedPlan& plan) {
  Json knobs = Json::array();
  for (const Knob& knob : plan.algorithm.knobs) knobs.push_back({knob.type, knob.value});
  Json entry = {{"gpu", scope.gpu},
                {"sm", scope.sm},
                {"cudnn", scope.cudnn},
                {"cublaslt", scope.cublaslt},
                {"convolution", convolution},
                {"provider", name_of(plan.algorithm.provider)},
                {"engine", plan.algorithm.engine},
                {"knobs", std::move(knobs)},
                {"workspace_bytes", plan.workspace_bytes},
                {"microseconds", plan.microseconds},
                {"relative_error", plan.relative_error}};
  if (!plan.timed) entry["timed"] = false;
  return entry;
}

/// Throws nlohmann::json::exception or std::invalid_argument on anything else than what to_json writes.
CachedPlan plan_of(const Json& entry) {
  CachedPlan plan;
  plan.algorithm.provider = provider_named(entry.at("provider").get<std::string>());
  plan.algorithm.engine = entry.at("engine").get<int>();
  for (const Json& knob : entry.at("knobs")) {
    plan.algorithm.knobs.push_back({knob.at(0).get<int>(), knob.at(1).get<std::int64_t>()});
  }
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
  if (fs::is_regular_file(file_, error)) load(notes);
}

std::optional<PlanCacheScope> PlanCache::other_versions() const {
  const auto found = std::find_if(others_.begin(), others_.end(), [&](const Entry& entry) {
    return entry.scope.gpu == scope_.gpu && entry.scope.sm == scope_.sm;
  });
  return !plans_.empty() || found == others_.end() ? std::nullopt : std::optional(found->scope);
}

void PlanCache::load(Notes notes) {
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
    return;
  }
  int damaged = 0, outdated = 0;
  for (const Json& json : top["plans"]) {
    try {
      const PlanCacheScope scope{json.at("gpu").get<std::string>(), json.at("sm").get<int>(),
                                 json.at("cudnn").get<std::int64_t>(),
                                 json.at("cublaslt").get<std::int64_t>()};
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
  if (damaged > 0 && notes != Notes::none) warn(file_, fmt::format("{} damaged entries ignored", damaged));
  if (outdated > 0 && plans_.empty() && notes == Notes::all) {
    warn(file_,
         fmt::format("{} entries ignored, for they were tuned with other versions of cuDNN and cuBLASLt "
                     "than {} and {}; tune again",
                     outdated, scope_.cudnn, scope_.cublaslt));
  }
}

std::optional<CachedPlan> PlanCache::find(const ConvRequest& request) const {
  const auto found = plans_.find(describe(request));
  return found == plans_.end() ? std::nullopt : std::optional(found->second);
}

void PlanCache::store(const ConvRequest& request, const CachedPlan& plan) {
  plans_[describe(request)] = plan;
}

void PlanCache::save() const {
  if (file_.empty()) fail_runtime("no place for the plan cache: set LIMPID_CACHE to a folder");
  Json plans = Json::array();
  for (const Entry& entry : others_) plans.push_back(to_json(entry.scope, entry.convolution, entry.plan));
  for (const auto& [convolution, plan] : plans_) plans.push_back(to_json(scope_, convolution, plan));
  const Json top = {{"format", kFormat}, {"plans", std::move(plans)}};

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
