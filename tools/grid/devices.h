// Which devices a process uses.
#pragma once

#include <string>
#include <vector>

#include "engine/grid/rank_team.h"
#include "engine/limpid.hpp"

namespace limpid {

/// `common` once for each of the listed devices: "2" is "cuda:2", any other text a device as `--device` takes
/// it. Without a list, `common` itself.
std::vector<ComputeOptions> list_devices(const std::vector<std::string>& list, const ComputeOptions& common);

/// The one device that a rank takes so that ranks of one host are spread evenly: of the list, or without one
/// of the GPUs it sees (a batch system may show each rank its own).
ComputeOptions device_of_rank(const std::vector<std::string>& list, const ComputeOptions& common,
                              const RankTeam& team);

}  // namespace limpid
