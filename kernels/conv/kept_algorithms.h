// The algorithms that a store's tiles are made with, kept beside them: whoever goes on with the store takes the same.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>

#include "kernels/conv/plan_cache.h"

namespace limpid::cuda {

/// A file in the form of plan caches (plan_cache.h) that any number of processes add to: the first that needs a
/// convolution chooses. For any number of threads.
class KeptAlgorithms {
 public:
  /// Reads the file if it is there. Where what it holds was chosen with other versions of the libraries, engines go by
  /// other names: one line to stderr says so, and that bytes may differ.
  KeptAlgorithms(std::filesystem::path file, PlanCacheScope scope);

  /// The convolution's algorithm, if somebody chose one.
  std::optional<ConvAlgorithm> find(const ConvRequest& request) const;

  /// Writes a choice down and returns it, or the one that another process was first with. Throws what PlanCache::save
  /// throws.
  ConvAlgorithm keep(const ConvRequest& request, const ConvAlgorithm& algorithm);

  /// Takes the place of one that cannot be had here; says so in one line to stderr, with `why`.
  void replace(const ConvRequest& request, const ConvAlgorithm& algorithm, const std::string& why);

 private:
  void write(const ConvRequest& request, const ConvAlgorithm& algorithm);

  std::filesystem::path file_;
  PlanCacheScope scope_;
  mutable std::mutex mutex_;
  PlanCache cache_;
};

}  // namespace limpid::cuda
