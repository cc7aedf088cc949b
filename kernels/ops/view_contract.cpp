#include "kernels/ops/view_contract.h"

#include <algorithm>

namespace limpid {

void check_views(const OpContract& contract, const NamedPlanes& picture, const NamedPlanes& network,
                 const Tensor& grouped, int draws, const InputScaling& scaling) {
  contract.planes({picture});
  contract.require(picture.planes.c == 3, picture.name, "has {} planes, and must have 3", picture.planes.c);
  contract.at_least(1, {{"draws", draws}});
  const int views = picture.planes.n * draws;
  if (network.planes.data != nullptr) {
    contract.planes({network});
    contract.require(network.planes.n == views && network.planes.c == 3, network.name,
                     "is {} x {} planes, and must be {} x 3: {} of each of {} pictures", network.planes.n,
                     network.planes.c, views, draws, picture.planes.n);
  } else {
    contract.tensors({{"grouped", grouped}});
    contract.require(grouped.n == views && grouped.groups == 1, "grouped",
                     "has {} images of {} channels, and must have {} of {}: {} of each of {} pictures",
                     grouped.n, grouped.channels(), views, kGroup, draws, picture.planes.n);
  }
  const int identity[] = {0, 1, 2};
  contract.require(std::is_permutation(scaling.channel, scaling.channel + 3, identity), "scaling",
                   "takes channels {}, {}, {}, and must take 0, 1 and 2 in some order", scaling.channel[0],
                   scaling.channel[1], scaling.channel[2]);
}

}  // namespace limpid
