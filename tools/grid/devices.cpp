#include "tools/grid/devices.h"

#include <fmt/core.h>

#include "engine/grid/compute_identity.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

bool answers(const ComputeOptions& compute) {
  try {
    identify(compute);
    return true;
  } catch (const Error&) {
    return false;
  }
}

/// `wanted` modulo the number of GPUs. GPUs are numbered without gaps, so the number is found from above; a
/// number beyond the last is refused quickly.
int spread_over_gpus(int wanted, ComputeOptions compute) {
  for (int last = wanted; last > 0; --last) {
    compute.device = fmt::format("cuda:{}", last);
    if (answers(compute)) return wanted % (last + 1);
  }
  return 0;
}

}  // namespace

std::vector<ComputeOptions> list_devices(const std::vector<std::string>& list, const ComputeOptions& common) {
  if (list.empty()) return {common};
  std::vector<ComputeOptions> devices;
  for (const std::string& name : list) {
    const bool number = !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
    devices.push_back(common);
    devices.back().device = number ? "cuda:" + name : name;
  }
  return devices;
}

ComputeOptions device_of_rank(const std::vector<std::string>& list, const ComputeOptions& common,
                              const RankTeam& team) {
  if (!list.empty()) {
    const std::vector<ComputeOptions> devices = list_devices(list, common);
    return devices[static_cast<std::size_t>(team.local_rank()) % devices.size()];
  }
  const bool any_gpu =
      common.device == "cuda" || (common.device == "auto" && identify(common).device != "cpu");
  ComputeOptions compute = common;
  if (any_gpu) compute.device = fmt::format("cuda:{}", spread_over_gpus(team.local_rank(), common));
  return compute;
}

}  // namespace limpid
