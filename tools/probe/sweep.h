// Parameters of stimuli that run over a range, and the stimuli of all their values.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tools/probe/stimulus.h"

namespace limpid {

struct Sweep {
  const StimulusParameter* parameter = nullptr;
  std::vector<double> values;  ///< At equal distances, ascending; at least two.

  /// Whether the value after the last is the first again.
  bool full_turn() const;
};

/// Stimuli of which one or two parameters are swept.
struct StimulusSet {
  Stimulus fixed;             ///< What is not swept.
  std::vector<Sweep> sweeps;  ///< In the order in which they were given.

  /// Of all; the last sweep runs fastest.
  std::size_t size() const;
  /// The values of the sweeps at stimulus `index`.
  std::vector<double> values(std::size_t index) const;
  /// Values of the sweeps with their names: "orientation 30, radius 8".
  std::string words(const std::vector<double>& values) const;
  Stimulus at(std::size_t index) const;
};

/// The most stimuli of a set.
inline constexpr std::size_t kMostStimuli = 20'000;

/// `parameters`: names and texts, each a number, or START:END:STEP, END included; but not where that is START again, after a full
/// turn of an angle. Throws Error{usage} for what is neither, out of range, not a parameter of that kind of stimulus, and
/// for no sweep, more than two or more stimuli than `kMostStimuli`.
StimulusSet parse_stimuli(StimulusKind kind,
                          const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace limpid
