// The rows of the term table.
#include "engine/objective/term_table.h"
#include "kernels/core/limits.h"

namespace limpid {
namespace {

using enum TermArgument;

constexpr TermOption kCosinePower = {
    .name = "cossim", .member = &ObjectiveTerm::cosine_power, .least = 0, .sample = "2"};
constexpr TermOption kFrame = {
    .name = "frame", .member = &ObjectiveTerm::frame, .least = 1, .most = kLargestSide, .sample = "20"};
constexpr TermOption kCentre = {.name = "centre", .member = &ObjectiveTerm::centre, .sample = "0.5"};

constexpr std::array kOptions = {kCosinePower, kFrame, kCentre};
constexpr std::span kOfCosine = std::span(kOptions).subspan<0, 1>();
constexpr std::span kOfFrame = std::span(kOptions).subspan<1, 2>();
constexpr std::span kOfColour = std::span(kOptions).subspan<2, 1>();

constexpr std::array kRows = {
    TermRow{.kind = TermKind::channel,
            .one_channel = true,
            .at_position = true,
            .help = "a channel: mean over its map",
            .example = "mixed4a:11"},
    TermRow{
        .kind = TermKind::layer, .help = "a layer: mean of its squares (DeepDream)", .example = "mixed4a"},
    TermRow{.kind = TermKind::direction,
            .name = "dir",
            .arguments = {layer, direction},
            .options = kOfCosine,
            .at_position = true,
            .help = "a direction in a layer's channels: mean of the dot product, times a power of the cosine",
            .example = "dir(mixed4a, v.npy)"},
    TermRow{.kind = TermKind::patch,
            .name = "patch",
            .arguments = {layer, patch},
            .options = kOfCosine,
            .help = "the same with a vector for each position of a patch in the middle",
            .example = "patch(mixed4a, p.npy)"},
    TermRow{.kind = TermKind::cosine,
            .name = "cosine",
            .arguments = {layer, direction},
            .at_position = true,
            .help = "how well a layer's channels point along a direction, however strong: mean of the cosine "
                    "(lucent's direction)",
            .example = "cosine(mixed4a, v.npy)"},
    TermRow{.kind = TermKind::match,
            .name = "match",
            .arguments = {photo, layer},
            .help = "like the photo (feature inversion), of any size (--fit)",
            .example = "match(photo.jpg, mixed3b)"},
    TermRow{.kind = TermKind::caricature,
            .name = "caricature",
            .arguments = {photo, layer},
            .options = kOfCosine,
            .operation = TermOperation::caricature,
            .help = "more of what the photo has, times a power of the cosine",
            .example = "caricature(photo.jpg, mixed4c)"},
    TermRow{.kind = TermKind::style,
            .name = "style",
            .arguments = {photo, layers},
            .operation = TermOperation::gram,
            .help = "textures like the photo's (Gram matrices)",
            .example = "style(photo.jpg, conv2d2, mixed3a)"},
    TermRow{.kind = TermKind::diversity,
            .name = "diversity",
            .arguments = {layer},
            .operation = TermOperation::gram,
            .compares_images = true,
            .help = "the --images of a job unlike each other",
            .example = "diversity(mixed4a)"},
    TermRow{.kind = TermKind::align,
            .name = "align",
            .arguments = {layer},
            .compares_images = true,
            .help = "the --images of a job like each other",
            .example = "align(mixed4a)"},
    TermRow{.kind = TermKind::l1,
            .name = "l1",
            .options = kOfColour,
            .operation = TermOperation::penalty,
            .help = "how far the picture's colours are from grey, or from another centre, in sum",
            .example = "l1"},
    TermRow{.kind = TermKind::l2,
            .name = "l2",
            .options = kOfColour,
            .operation = TermOperation::penalty,
            .help = "the same as root of the sum of squares",
            .example = "l2"},
    TermRow{.kind = TermKind::total_variation,
            .name = "tv",
            .operation = TermOperation::penalty,
            .help = "differences between the picture's neighbouring pixels (total variation)",
            .example = "tv"},
    TermRow{.kind = TermKind::blur,
            .name = "blur",
            .operation = TermOperation::penalty,
            .help = "how far the picture is from its own blurred self",
            .example = "blur"},
    TermRow{.kind = TermKind::boundary,
            .name = "boundary",
            .options = kOfFrame,
            .operation = TermOperation::penalty,
            .help = "what is going on in a frame around the picture",
            .example = "boundary"},
    TermRow{.kind = TermKind::distance,
            .name = "distance",
            .arguments = {photo},
            .operation = TermOperation::penalty,
            .help = "how far the picture is from a photo: root mean square",
            .example = "distance(photo.jpg)"},
    TermRow{.kind = TermKind::alpha,
            .name = "alpha",
            .operation = TermOperation::penalty,
            .needs_alpha = true,
            .help = "how opaque the picture is, with --alpha",
            .example = "alpha"},
};

}  // namespace

std::span<const TermOption> term_options() {
  return kOptions;
}

std::span<const TermRow> term_table() {
  return kRows;
}

}  // namespace limpid
