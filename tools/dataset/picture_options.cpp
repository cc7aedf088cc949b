#include "tools/dataset/picture_options.h"

#include <vector>

#include "engine/image/fit_image.h"
#include "kernels/core/limits.h"
#include "kernels/core/names.h"

namespace limpid {

void add_procedural(CLI::App& command, int& count, const std::string& help) {
  constexpr int kMostDrawn = 10'000'000;
  command.add_option("--procedural", count, help)
      ->check(CLI::Range(1, kMostDrawn))
      ->default_str("")
      ->type_name("N");
}

void add_network_square(CLI::App& command, std::string& fit, int& size) {
  command.add_option("--fit", fit, "How a picture becomes the square that the network reads")
      ->check(CLI::IsMember(std::vector<std::string>(kNames<Fit>.begin(), kNames<Fit>.end())))
      ->default_str("crop");
  command.add_option("-s,--size", size, "Side of that square; default: what the weights were trained for")
      ->check(CLI::Range(1, kLargestSide))
      ->default_str("")
      ->type_name("PIXELS");
}

}  // namespace limpid
