// How a unit's values are spread over the pictures of an index.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tools/dataset/unit_examples.h"
#include "tools/sheet/rgb8.h"

namespace limpid {

/// Of a value of `values`, all finite: its bin of `bins` equal ones from the least to the largest; the largest is of the last.
/// Where all are equal, of the first.
std::vector<std::size_t> histogram(std::span<const float> values, std::size_t bins);

/// "green", as a reader is told: of the stroke of band number `band`.
std::string_view colour_of_band(std::size_t band);

/// side x side pixels: bars as high as the root of their bin's count, so that one picture is seen beside thousands; a line
/// where 0 is; below, a stroke of each band over the values of its pictures, in the order of the bands.
Rgb8 histogram_picture(std::span<const float> values, const std::vector<std::vector<Example>>& bands,
                       int side);

}  // namespace limpid
