// Every operation a backend runs.
#pragma once

#include "kernels/ops/adam.h"
#include "kernels/ops/advance_slots.h"
#include "kernels/ops/caricature_seed.h"
#include "kernels/ops/colour_squash.h"
#include "kernels/ops/draw_augmentation.h"
#include "kernels/ops/global_average_pool.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/initialise_parameters.h"
#include "kernels/ops/lrn.h"
#include "kernels/ops/max_pool.h"
#include "kernels/ops/objective_seed.h"
#include "kernels/ops/pack_picture.h"
#include "kernels/ops/relu.h"
#include "kernels/ops/softmax.h"
#include "kernels/ops/spectrum_scale.h"
#include "kernels/ops/warp.h"
