// Which algorithm is taken for which convolution on which card: a file written by tuning, and by whoever wants the
// same choice again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernels/conv/conv_choice.h"

namespace limpid::cuda {

/// What measurements hold for: they mean nothing on another card or with another version of the libraries.
struct PlanCacheScope {
  std::string gpu;            ///< "NVIDIA H200".
  int sm = 0;                 ///< 90 for compute capability 9.0.
  std::int64_t cudnn = 0;     ///< 91900 for 9.19.0.
  std::int64_t cublaslt = 0;  ///< 130100 for 13.1.0.

  friend bool operator==(const PlanCacheScope&, const PlanCacheScope&) = default;
};

/// A choice.
struct CachedPlan {
  ConvAlgorithm algorithm;
  std::size_t workspace_bytes = 0;
  double microseconds = 0;    ///< Median of a run with a cold L2 cache.
  double relative_error = 0;  ///< In L2, against a direct convolution in fp32.
  bool timed = true;          ///< Else nothing was measured: it is what heuristics prefer.

  friend bool operator==(const CachedPlan&, const CachedPlan&) = default;
};

/// Choices by convolution (`describe`), for one scope. Entries of other scopes are kept in the file.
class PlanCache {
 public:
  /// What is said to stderr, in one line each: what cannot be read, and that there are entries of this card from other
  /// versions of the libraries.
  enum class Notes { all, of_damage, none };

  /// Reads the file if it is there. What cannot be read, and entries of other scopes, are ignored; rendering must not
  /// depend on a cache.
  PlanCache(std::filesystem::path file, PlanCacheScope scope, Notes notes = Notes::all);

  /// Where the file has nothing of this scope, but entries of this card from other versions of the libraries: those.
  std::optional<PlanCacheScope> other_versions() const;

  std::optional<CachedPlan> find(const ConvRequest& request) const;

  /// Takes the place of an earlier choice for the same convolution.
  void store(const ConvRequest& request, const CachedPlan& plan);

  /// Passes an algorithm over from now on, for it breaks the device or gives no numbers; `why` in one line.
  void refuse(const ConvRequest& request, const ConvAlgorithm& algorithm, const std::string& why);

  /// Why an algorithm is passed over; empty where it is not.
  std::string refusal(const ConvRequest& request, const ConvAlgorithm& algorithm) const;

  /// Takes over what the file has by now (what was measured, before anybody's guess; all that is passed over) and writes both,
  /// while no other process does. False, and nothing is written, where there is a file that cannot be read, as of another
  /// version of the program. Throws as `save`.
  bool update();

  /// Writes the file whole, or leaves the one there as it is. Throws Error{usage} naming it,
  /// Error{runtime} where there is no place for one.
  void save() const;

 private:
  struct Entry {
    PlanCacheScope scope;
    std::string convolution;
    CachedPlan plan;
  };
  struct Refusal {
    PlanCacheScope scope;
    std::string convolution;
    ConvAlgorithm algorithm;
    std::string why;
  };

  bool load(Notes notes);
  bool merge();

  std::filesystem::path file_;
  PlanCacheScope scope_;
  bool readable_ = true;
  std::vector<Entry> others_;
  std::vector<Refusal> refusals_;  ///< Of every scope.
  std::map<std::string, CachedPlan> plans_;
};

/// $LIMPID_CACHE/plans.json; else $XDG_CACHE_HOME/limpid/plans.json; else ~/.cache/limpid/plans.json; empty
/// when none of the variables is set.
std::filesystem::path default_plan_cache_file();

}  // namespace limpid::cuda
