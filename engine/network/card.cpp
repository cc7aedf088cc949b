#include "engine/network/card.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr double kTera = 1e12;
constexpr std::size_t kMebi = std::size_t{1} << 20;

std::vector<Card> make_cards() {
  return {
      {"h200", "NVIDIA H200 SXM, 141 GB",
       "measured: half precision (dense bf16 GEMM), bandwidth (device copy); from NVIDIA's H200 data sheet: "
       "tf32 as half of the measured half-precision rate, fp32 as nine tenths of the 67 TFLOP/s it names",
       60 * kTera, 395 * kTera, 790 * kTera, 4.3 * kTera, 60 * kMebi, 132},
      {"h100", "NVIDIA H100 SXM5, 80 GB",
       "NVIDIA H100 Tensor Core GPU Architecture white paper: dense peaks, not measured", 66.9 * kTera,
       494.7 * kTera, 989.4 * kTera, 3.35 * kTera, 50 * kMebi, 132},
      {"a100", "NVIDIA A100 SXM4, 80 GB", "NVIDIA A100 80 GB data sheet: dense peaks, not measured",
       19.5 * kTera, 156 * kTera, 312 * kTera, 2.039 * kTera, 40 * kMebi, 108},
      {"rtx4090", "NVIDIA GeForce RTX 4090, 24 GB",
       "NVIDIA Ada GPU Architecture white paper: dense peaks with fp32 sums, not measured", 82.6 * kTera,
       82.6 * kTera, 165.2 * kTera, 1.008 * kTera, 72 * kMebi, 128},
  };
}

}  // namespace

double Card::flops(Arithmetic arithmetic, Precision precision) const {
  if (arithmetic == Arithmetic::scalar) return fp32_flops;
  switch (precision) {
    case Precision::fp32:
      return fp32_flops;
    case Precision::tf32:
      return tf32_flops;
    case Precision::fp16:
    case Precision::bf16:
      return half_flops;
    case Precision::automatic:
      break;
  }
  fail_usage("a rate was asked for at no particular precision");
}

const std::vector<Card>& known_cards() {
  static const std::vector<Card> cards = make_cards();
  return cards;
}

const Card& find_card(const std::string& name) {
  const std::vector<Card>& cards = known_cards();
  const auto found = std::find_if(cards.begin(), cards.end(), [&](const Card& c) { return c.name == name; });
  if (found != cards.end()) return *found;
  std::vector<std::string> names;
  for (const Card& card : cards) names.push_back(card.name);
  fail_usage("no card is known as '{}': there are {}; give the ceilings of others with --ceilings", name,
             fmt::join(names, ", "));
}

}  // namespace limpid
