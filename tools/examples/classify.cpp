// The five most probable classes of a picture, by C++ that has neither exceptions nor run-time types: the library throws
// nothing across its border.
//
//   classify PICTURE.png
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <vector>

#include "picture.h"

int main(int count, char** arguments) {
  if (count != 2) return std::fprintf(stderr, "usage: classify PICTURE.png\n"), 2;
  std::int64_t picture_shape[4], shape[4];
  float* picture = read_picture(arguments[1], picture_shape);
  limpid_network* network = nullptr;
  limpid_session* session = nullptr;
  MUST(limpid_network_load(nullptr, &network));
  MUST(limpid_session_create(network, R"({"targets": ["softmax"], "backward": false})", &session));
  MUST(limpid_session_target_shape(session, 0, 1, static_cast<std::int32_t>(picture_shape[2]),
                                   static_cast<std::int32_t>(picture_shape[3]), shape));
  std::vector<float> probabilities(static_cast<std::size_t>(shape[1]));
  const DLTensor input = tensor(picture, picture_shape);
  DLTensor output = tensor(probabilities.data(), shape);
  DLTensor* const outputs[] = {&output};
  MUST(limpid_session_forward(session, &input, outputs, 1));
  std::vector<int> order(probabilities.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return probabilities[static_cast<std::size_t>(a)] > probabilities[static_cast<std::size_t>(b)];
  });
  for (std::size_t i = 0; i < std::min<std::size_t>(5, order.size()); ++i)
    std::printf("%4d  %.4f\n", order[i],
                static_cast<double>(probabilities[static_cast<std::size_t>(order[i])]));
  limpid_session_release(session);
  limpid_network_release(network);
  std::free(picture);
}
