#include "tools/probe/sweep.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "kernels/core/error.h"
#include "kernels/core/numbers.h"

namespace limpid {
namespace {

constexpr double kTurn = 360;

double number_of(const StimulusParameter& parameter, std::string_view text, std::string_view whole) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail_usage("--{} {}: '{}' is no number; it is a number, or START:END:STEP", parameter.name, whole, text);
  return value;
}

/// The smallest power of ten that makes a whole number of both; 0 where none up to 10^9 does.
double decimal_scale(double a, double b) {
  const auto whole = [](double value) {
    return std::abs(value - std::round(value)) <= 0x1p-50 * std::abs(value);
  };
  for (double scale = 1; scale <= 1e9; scale *= 10) {
    if (whole(a * scale) && whole(b * scale)) return scale;
  }
  return 0;
}

/// start + i step; of decimal fractions the number that its digits would be read as: 0.1 + 2 0.1 is 0.3.
double stepped(double start, double step, double i) {
  const double scale = decimal_scale(start, step);
  return scale > 0 ? (std::round(start * scale) + i * std::round(step * scale)) / scale : start + i * step;
}

std::vector<double> values_of(const StimulusParameter& parameter, std::string_view text) {
  std::vector<double> numbers;
  for (std::string_view rest = text;; rest.remove_prefix(rest.find(':') + 1)) {
    numbers.push_back(number_of(parameter, rest.substr(0, rest.find(':')), text));
    if (rest.find(':') == std::string_view::npos) break;
  }
  if (numbers.size() != 1 && numbers.size() != 3)
    fail_usage("--{} {}: it is a number, or START:END:STEP (example: 0:90:5)", parameter.name, text);
  for (std::size_t i = 0; i < std::min<std::size_t>(2, numbers.size()); ++i)
    check_number(fmt::format("--{}", parameter.name), numbers[i], parameter.least, parameter.most);
  if (numbers.size() == 1) return numbers;
  const double start = numbers[0], end = numbers[1], step = numbers[2];
  if (!(step > 0 && end > start && step <= end - start))
    fail_usage("--{} {}: from START up to END by a STEP above 0 that is no longer than the way",
               parameter.name, text);
  // Decimal fractions are not exact: END is met within a millionth of a step.
  const double steps = std::floor((end - start) / step + 1e-6);
  if (!(steps < static_cast<double>(kMostStimuli)))
    fail_usage("--{} {} has more than {} values", parameter.name, text, kMostStimuli);
  std::vector<double> values;
  for (int i = 0; i <= static_cast<int>(steps); ++i) values.push_back(stepped(start, step, i));
  if (parameter.angle && std::abs(values.back() - start - kTurn) < 1e-6 * step) values.pop_back();
  if (values.size() == 1)
    fail_usage("--{} {} has one value, for after a full turn {:g} is {:g} again: give a shorter STEP",
               parameter.name, text, end, start);
  return values;
}

}  // namespace

bool Sweep::full_turn() const {
  const double step = values[1] - values[0];
  return parameter->angle && std::abs(values.back() + step - values.front() - kTurn) < 1e-6 * step;
}

std::size_t StimulusSet::size() const {
  std::size_t size = 1;
  for (const Sweep& sweep : sweeps) size *= sweep.values.size();
  return size;
}

std::vector<double> StimulusSet::values(std::size_t index) const {
  std::vector<double> values(sweeps.size());
  for (std::size_t i = sweeps.size(); i-- > 0; index /= sweeps[i].values.size())
    values[i] = sweeps[i].values[index % sweeps[i].values.size()];
  return values;
}

std::string StimulusSet::words(const std::vector<double>& values) const {
  std::string words;
  for (std::size_t i = 0; i < values.size(); ++i)
    words += fmt::format("{}{} {:.4g}", i == 0 ? "" : ", ", sweeps[i].parameter->name, values[i]);
  return words;
}

Stimulus StimulusSet::at(std::size_t index) const {
  Stimulus stimulus = fixed;
  const std::vector<double> swept = values(index);
  for (std::size_t i = 0; i < sweeps.size(); ++i) stimulus.*sweeps[i].parameter->member = swept[i];
  return stimulus;
}

StimulusSet parse_stimuli(StimulusKind kind,
                          const std::vector<std::pair<std::string, std::string>>& parameters) {
  StimulusSet set;
  set.fixed.kind = kind;
  for (const auto& [name, text] : parameters) {
    const auto parameter = std::ranges::find(stimulus_parameters(), name, &StimulusParameter::name);
    if (!parameter->shapes(kind)) fail_usage("--{} is nothing that a {} has", name, name_of(kind));
    const std::vector<double> values = values_of(*parameter, text);
    set.fixed.*parameter->member = values.front();
    if (values.size() > 1) set.sweeps.push_back({&*parameter, values});
  }
  if (set.sweeps.empty())
    fail_usage("nothing is swept: give a parameter as START:END:STEP (example: --{})",
               kind == StimulusKind::disc     ? "radius 2:60:2"
               : kind == StimulusKind::colour ? "hue 0:360:5"
                                              : "orientation 0:360:5");
  if (set.sweeps.size() > 2) fail_usage("{} parameters are swept: it is one or two", set.sweeps.size());
  if (set.size() > kMostStimuli) fail_usage("{} stimuli: it is at most {}", set.size(), kMostStimuli);
  return set;
}

}  // namespace limpid
