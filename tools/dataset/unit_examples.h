// The examples of a unit: its bands over an index.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/examples/bands.h"
#include "kernels/core/names.h"
#include "tools/dataset/index_folder.h"

namespace limpid {

/// What pictures are ordered by.
enum class ExampleValue {
  mean,  ///< Over the map, before the ReLU.
  max,   ///< Over the map, after the ReLU.
};

template <>
inline constexpr std::array<std::string_view, 2> kNames<ExampleValue> = {"mean", "max"};

/// As a reader is told: "slightly positive"; "mean before the ReLU".
std::string words_of(const Band& band);
std::string_view words_of(ExampleValue value);

struct ExampleRequest {
  std::vector<Band> bands;
  std::size_t most = 8;  ///< Pictures of a band.
  ExampleValue by = ExampleValue::mean;
  std::uint64_t seed = 0;  ///< Of the samples.
};

/// "conv2d0, mixed3a".
std::string names_of_layers(const IndexManifest& manifest);

/// A unit of an index.
struct IndexUnit {
  std::size_t layer = 0;  ///< Of the manifest.
  int channel = 0;
};

/// Reads "mixed4d:525", the layer by any name it is known by. Throws Error{usage} where the index has no such unit.
IndexUnit parse_unit(std::string_view text, const IndexManifest& manifest);

struct Example {
  std::size_t picture = 0;  ///< Row of the index's table.
  float value = 0;
  int place = 0;  ///< Of the maximum, row by row.
};

/// The pictures of each band, in its order.
std::vector<std::vector<Example>> unit_examples(const IndexReader& index, const IndexUnit& unit,
                                                const ExampleRequest& request);

/// Up to `most` pictures that activate the unit at all, from the one with the largest maximum on.
std::vector<Example> most_active(const IndexReader& index, const IndexUnit& unit, std::size_t most);

}  // namespace limpid
