// Pictures as functions of their coordinates.
#pragma once

#include <memory>

#include "engine/image/image_form.h"
#include "engine/image/parameterisation.h"

namespace limpid {

ParameterLayout cppn_layout(const ImageForm& form);

/// Lucid's CPPN (numbers in cppn.h), with its start: weights normal with deviation 1 / sqrt(inputs) (there
/// cut off at two deviations), biases with 0.1, weights of the output zero. Lucid takes the output for
/// colours behind a sigmoid; here it is a latent picture like any other, so plain colours are lucid's.
std::unique_ptr<ImageParameterisation> make_cppn_images(const ImageForm& form, int batch, int height,
                                                        int width);

/// Rows [first_row, first_row + rows.h) of the latent picture of height x rows.w that one image's parameters
/// make.
void decode_cppn_rows(Backend& backend, const Stream& stream, const float* parameters, Planar<float> rows,
                      int height, int first_row);

}  // namespace limpid
