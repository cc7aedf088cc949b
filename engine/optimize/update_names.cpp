#include "engine/optimize/update_names.h"

#include <array>
#include <cstddef>

namespace limpid {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 3> kOptimisers = {"adam", "nadam", "ascent"};
constexpr std::array<std::string_view, 2> kSchedules = {"constant", "cosine"};
constexpr std::array<std::string_view, 2> kEpsilonForms = {"corrected", "uncorrected"};
constexpr std::array<std::string_view, 3> kPoolGradients = {"max", "average", "l2"};
constexpr std::array<std::string_view, 4> kReluGradients = {"plain", "redirected", "leaky", "unmasked"};

template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Optimiser optimiser) {
  return kOptimisers[static_cast<std::size_t>(optimiser)];
}

std::string_view to_string(RateSchedule schedule) {
  return kSchedules[static_cast<std::size_t>(schedule)];
}

std::string_view to_string(EpsilonForm form) {
  return kEpsilonForms[static_cast<std::size_t>(form)];
}

std::string_view to_string(PoolGradient gradient) {
  return kPoolGradients[static_cast<std::size_t>(gradient)];
}

std::string_view to_string(ReluGradient gradient) {
  return kReluGradients[static_cast<std::size_t>(gradient)];
}

std::optional<Optimiser> optimiser_named(std::string_view text) {
  return named<Optimiser>(kOptimisers, text);
}

std::optional<RateSchedule> schedule_named(std::string_view text) {
  return named<RateSchedule>(kSchedules, text);
}

std::optional<EpsilonForm> epsilon_form_named(std::string_view text) {
  return named<EpsilonForm>(kEpsilonForms, text);
}

std::optional<PoolGradient> pool_gradient_named(std::string_view text) {
  return named<PoolGradient>(kPoolGradients, text);
}

std::optional<ReluGradient> relu_gradient_named(std::string_view text) {
  return named<ReluGradient>(kReluGradients, text);
}

}  // namespace limpid
