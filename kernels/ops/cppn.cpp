// Eight pixels to a vector; in the backward pass, eight vectors to a tile, over which gradients of weights
// are summed in registers.
#include "kernels/ops/cppn.h"

#include <algorithm>

#include "kernels/core/elementwise.h"
#include "kernels/ops/cppn.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {
namespace {

constexpr int kTileVectors = 8;
constexpr std::int64_t kTilePixels = std::int64_t{kTileVectors} * kGroup;

/// Coordinates of eight pixels from `first` on.
struct Coordinates {
  Group x, y;
  Coordinates(const CppnGrid& grid, std::int64_t first) {
    for (int lane = 0; lane < kGroup; ++lane) {
      x[lane] = grid.x(first + lane);
      y[lane] = grid.y(first + lane);
    }
  }
};

double sum_of(Group x) {
  // In pairs, in one order.
  const float a = (x[0] + x[4]) + (x[2] + x[6]), b = (x[1] + x[5]) + (x[3] + x[7]);
  return static_cast<double>(a + b);
}

/// What a task's tile needs: some 130 KiB of its stack.
struct Tile {
  CppnHidden<Group> hidden[kTileVectors][kCppnLayers];
  Group dz[kTileVectors][kCppnWidth];
  Group inputs[kTileVectors][kCppnActivations];
  Group x[kTileVectors], y[kTileVectors];
};

/// One chunk of one image.
class ChunkGradient {
 public:
  ChunkGradient(const CppnBprop& op, int image, std::int64_t chunk)
      : op_(op),
        image_(image),
        pixels_(std::int64_t{op.dlatent.h} * op.dlatent.w),
        parameters_(op.parameters + image * cppn_parameters(op.dlatent.c)),
        partial_(op.partials + (image * cppn_chunks(pixels_) + chunk) * cppn_parameters(op.dlatent.c)),
        grid_(op.dlatent.w, {op.dlatent.h, 0}) {}

  void clear() { std::fill_n(partial_, cppn_parameters(op_.dlatent.c), 0.0F); }

  void add_tile(Tile& tile, std::int64_t first, std::int64_t end) {
    for (int v = 0; v < kTileVectors; ++v) {
      const Coordinates at(grid_, first + v * kGroup);
      tile.x[v] = at.x;
      tile.y[v] = at.y;
      cppn_hidden_layers(parameters_, at.x, at.y, tile.inputs[v], CppnKeep<Group>{tile.hidden[v]});
      load_gradient(tile.dz[v], first + v * kGroup, end);
    }
    add_layer<kCppnActivations>(tile, kCppnLayers);
    for (int layer = kCppnLayers; layer > 0; --layer) {
      const CppnLayer above = cppn_layer(layer, op_.dlatent.c);
      for (int v = 0; v < kTileVectors; ++v) {
        Group dactivations[kCppnActivations];
        cppn_dense_adjoint(parameters_ + above.first, above.outputs, tile.dz[v], dactivations);
        cppn_activate_adjoint(tile.hidden[v][layer - 1], dactivations, tile.dz[v]);
        if (layer > 1) cppn_activate(tile.hidden[v][layer - 2].angle, tile.inputs[v]);
      }
      if (layer > 1) {
        add_layer<kCppnActivations>(tile, layer - 1);
      } else {
        for (int v = 0; v < kTileVectors; ++v) {
          tile.inputs[v][0] = tile.x[v];
          tile.inputs[v][1] = tile.y[v];
        }
        add_layer<kCppnCoordinates>(tile, 0);
      }
    }
  }

 private:
  /// Of eight pixels; those from `end` on have none.
  void load_gradient(Group* dlatent, std::int64_t first, std::int64_t end) const {
    for (int c = 0; c < op_.dlatent.c; ++c) {
      const float* plane = op_.dlatent.plane(image_, c);
      for (int lane = 0; lane < kGroup; ++lane) {
        dlatent[c][lane] = first + lane < end ? plane[first + lane] : 0.0F;
      }
    }
  }

  /// Adds the tile's sums of dz inputs^T and of dz to the gradients of a layer's weights and biases.
  template <int kInputs>
  void add_layer(const Tile& tile, int layer) {
    const CppnLayer l = cppn_layer(layer, op_.dlatent.c);
    for (int j = 0; j < l.outputs; ++j) {
      Group of_bias{};
      for (const auto& dz : tile.dz) of_bias = of_bias + dz[j];
      add(l.biases() + j, of_bias);
      for (int i = 0; i < kInputs; ++i) {
        Group of_weight{};
        for (int v = 0; v < kTileVectors; ++v) {
          of_weight = multiply_add(tile.dz[v][j], tile.inputs[v][i], of_weight);
        }
        add(l.first + j * kInputs + i, of_weight);
      }
    }
  }

  void add(std::int64_t at, Group sum) { partial_[at] += static_cast<float>(sum_of(sum)); }

  const CppnBprop& op_;
  int image_;
  std::int64_t pixels_;
  const float* parameters_;
  float* partial_;
  CppnGrid grid_;
};

}  // namespace

void cppn_fprop(const Stream& stream, const CppnFprop& op) {
  const std::int64_t pixels = std::int64_t{op.latent.h} * op.latent.w;
  const CppnGrid grid(op.latent.w, op.frame);
  for_each_image_block(stream, op.latent.n, pixels, [&](int image, std::int64_t begin, std::int64_t end) {
    const float* parameters = op.parameters + image * cppn_parameters(op.latent.c);
    for (std::int64_t first = begin; first < end; first += kGroup) {
      const Coordinates at(grid, first);
      Group activations[kCppnActivations], latent[kMostCppnOutputs];
      cppn_hidden_layers(parameters, at.x, at.y, activations, CppnKeepNothing{});
      cppn_output(parameters, op.latent.c, activations, latent);
      const auto count = static_cast<int>(std::min<std::int64_t>(kGroup, end - first));
      for (int c = 0; c < op.latent.c; ++c) {
        float* plane = op.latent.plane(image, c);
        for (int lane = 0; lane < count; ++lane) plane[first + lane] = latent[c][lane];
      }
    }
  });
}

void cppn_bprop(const Stream& stream, const CppnBprop& op) {
  const std::int64_t pixels = std::int64_t{op.dlatent.h} * op.dlatent.w;
  const std::int64_t chunks = cppn_chunks(pixels), chunk_pixels = cppn_chunk(pixels);
  const std::int64_t count = cppn_parameters(op.dlatent.c);
  parallel_for(stream, op.dlatent.n * chunks, [&](std::int64_t task) {
    Tile tile;
    const std::int64_t chunk = task % chunks;
    ChunkGradient gradient(op, static_cast<int>(task / chunks), chunk);
    gradient.clear();
    const std::int64_t end = std::min((chunk + 1) * chunk_pixels, pixels);
    for (std::int64_t first = chunk * chunk_pixels; first < end; first += kTilePixels) {
      gradient.add_tile(tile, first, end);
    }
  });
  for_each_image_block(stream, op.dlatent.n, count, [&](int image, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      double sum = 0;
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
        sum += static_cast<double>(op.partials[(image * chunks + chunk) * count + i]);
      }
      op.dparameters[image * count + i] = static_cast<float>(sum);
    }
  });
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_latent(const OpContract& contract, const NamedPlanes& latent) {
  contract.planes({latent});
  contract.require(latent.planes.c <= kMostCppnOutputs, latent.name, "has {} planes, and may have {}",
                   latent.planes.c, kMostCppnOutputs);
}

}  // namespace

void check(const CppnFprop& op, const OpContract& contract) {
  check_latent(contract, {"latent", op.latent});
  contract.memory({{"parameters", op.parameters}});
  contract.require(op.frame.first_row >= 0 && op.frame.height - op.frame.first_row >= op.latent.h, "frame",
                   "has rows from {} of {}, and the latent {}", op.frame.first_row, op.frame.height,
                   op.latent.h);
}

void check(const CppnBprop& op, const OpContract& contract) {
  check_latent(contract, {"dlatent", op.dlatent});
  contract.memory(
      {{"parameters", op.parameters}, {"partials", op.partials}, {"dparameters", op.dparameters}});
}

}  // namespace limpid
