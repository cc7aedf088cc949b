#include "kernels/ops/spectrum_scale.h"

#include <algorithm>
#include <cmath>

#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/spectrum_scale.body.h"

namespace limpid {

std::vector<float> spectrum_scale_table(int h, int w, float decay_power, float amplitude) {
  const int columns = w / 2 + 1;
  const double lowest = 1.0 / std::max(w, h);
  const double least =
      std::sqrt(static_cast<double>(w) * h) * static_cast<double>(amplitude) / (static_cast<double>(w) * h);
  std::vector<float> table;
  table.reserve(2 * static_cast<std::size_t>(h) * static_cast<std::size_t>(columns));
  for (int ky = 0; ky < h; ++ky) {
    const double fy = static_cast<double>(std::min(ky, h - ky)) / h;
    for (int kx = 0; kx < columns; ++kx) {
      const double f = std::hypot(fy, static_cast<double>(kx) / w);
      const double decay = std::pow(std::max(f, lowest), static_cast<double>(decay_power));
      table.insert(table.end(), 2, static_cast<float>(least / decay));
    }
  }
  return table;
}

namespace cpu {

void spectrum_scale(const Stream& stream, const SpectrumScale& op) {
  for_each_image_element<SpectrumScaleBody>(stream, op, op.planes, op.count);
}

}  // namespace cpu
}  // namespace limpid

namespace limpid {

void check(const SpectrumScale& op, const OpContract& contract) {
  contract.memory({{"spectrum", op.spectrum}, {"scale", op.scale}, {"scaled", op.scaled}});
  contract.at_least(1, {{"planes", op.planes}, {"count", op.count}});
}

}  // namespace limpid
