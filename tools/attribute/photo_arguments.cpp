#include "tools/attribute/photo_arguments.h"

#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "tools/command.h"
#include "tools/compute_options.h"

namespace limpid {
namespace {

constexpr int kMostPictureSteps = 100000;

}  // namespace

void add_photo_and_layer(CLI::App& command, PhotoArguments& arguments) {
  command.add_option("photo", arguments.photo, kPhotoFiles)->required()->type_name("FILE");
  command.add_option("layer", arguments.layer, "A name of `limpid layers`")->required();
}

void add_picture_options(CLI::App& command, PhotoArguments& arguments, const std::string& of) {
  command.add_option("--steps", arguments.steps, "Updates of each")->capture_default_str()->type_name("N");
  command.add_option("--seed", arguments.seed, of)->capture_default_str()->type_name("N");
  add_weights_option(command, arguments.weights);
  add_compute_options(command, arguments.compute);
  command.add_flag("-q,--quiet", arguments.quiet, "No progress and no summary");
}

void check_picture_options(const PhotoArguments& arguments) {
  if (arguments.steps < 1 || arguments.steps > kMostPictureSteps)
    fail_usage("--steps {} is out of range: 1 to {}", arguments.steps, kMostPictureSteps);
}

}  // namespace limpid
