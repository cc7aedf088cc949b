#include "kernels/conv/kept_algorithms.h"

#include <cstdio>
#include <utility>

#include "kernels/conv/folder_lock.h"
#include "kernels/core/streams.h"

namespace limpid::cuda {

KeptAlgorithms::KeptAlgorithms(std::filesystem::path file, PlanCacheScope scope)
    : file_(std::move(file)), scope_(std::move(scope)), cache_(file_, scope_, PlanCache::Notes::of_damage) {
  if (const std::optional<PlanCacheScope> other = cache_.other_versions()) {
    say(stderr,
        "{}: made with cuDNN {} and cuBLASLt {}, here are {} and {}: tiles may differ from those made before in "
        "their last bits\n",
        file_.string(), other->cudnn, other->cublaslt, scope_.cudnn, scope_.cublaslt);
  }
}

std::optional<ConvAlgorithm> KeptAlgorithms::find(const ConvRequest& request) const {
  const std::lock_guard lock(mutex_);
  const std::optional<CachedPlan> kept = cache_.find(request);
  return kept ? std::optional(kept->algorithm) : std::nullopt;
}

ConvAlgorithm KeptAlgorithms::keep(const ConvRequest& request, const ConvAlgorithm& algorithm) {
  const std::lock_guard lock(mutex_);
  const FolderLock of_all(file_, FolderLock::Wait::until_free);
  cache_ = PlanCache(file_, scope_, PlanCache::Notes::none);
  if (const std::optional<CachedPlan> first = cache_.find(request)) return first->algorithm;
  write(request, algorithm);
  return algorithm;
}

void KeptAlgorithms::replace(const ConvRequest& request, const ConvAlgorithm& algorithm,
                             const std::string& why) {
  const std::lock_guard lock(mutex_);
  const FolderLock of_all(file_, FolderLock::Wait::until_free);
  cache_ = PlanCache(file_, scope_, PlanCache::Notes::none);
  write(request, algorithm);
  say(stderr, "{}: layer {} is made by {} from here on, and tiles may differ from those made before: {}\n",
      file_.string(), request.layer, algorithm.name(), why);
}

void KeptAlgorithms::write(const ConvRequest& request, const ConvAlgorithm& algorithm) {
  cache_.store(request, {.algorithm = algorithm, .timed = false});
  cache_.save();
}

}  // namespace limpid::cuda
