// What commands take that make pictures of what a layer sees on a photo.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "engine/network/compute_options.h"

namespace limpid {

struct PhotoArguments {
  std::string photo;
  std::string layer;
  std::string output;
  std::string weights;
  int steps = 0;
  std::string seed = "0";
  bool quiet = false;
  ComputeOptions compute;
};

/// The photo and the layer, by their places.
void add_photo_and_layer(CLI::App& command, PhotoArguments& arguments);

/// --steps, --seed (`of` says of what), weights, compute options and --quiet.
void add_picture_options(CLI::App& command, PhotoArguments& arguments, const std::string& of);

/// Throws Error{usage} for steps out of range.
void check_picture_options(const PhotoArguments& arguments);

}  // namespace limpid
