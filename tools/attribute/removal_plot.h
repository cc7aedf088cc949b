// Insertion and deletion curves as a drawing.
#pragma once

#include <string>
#include <string_view>

#include "engine/attribution/removal_curves.h"
#include "tools/result_file.h"

namespace limpid {

/// An SVG file: insertion beside deletion, the attribution's order in colour and random ones in gray, with the areas under them.
std::string removal_svg(const RemovalCurves& curves, std::string_view title, std::string_view about);

/// "insertion 0.81 (random 0.52), deletion 0.23 (random 0.49)": the areas, of random orders their mean.
std::string removal_words(const RemovalCurves& curves);

/// `curve_shares` and `insertion`, `deletion` of each; `random_insertion` and `random_deletion`, a row an order; the areas,
/// `insertion_area` and so on.
void add_removal_curves(ResultFile& file, const RemovalCurves& curves);

}  // namespace limpid
