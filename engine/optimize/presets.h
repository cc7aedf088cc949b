// Ways of rendering by a name: that of the article in Distill, limpid's own, the deck's, and those of the tools people come from.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/options/option_table.h"
#include "engine/options/render_options.h"

namespace limpid {

/// What is taken where none is named: it sets nothing.
inline constexpr std::string_view kDefaultPreset = "distill";

/// "distill", "limpid", "fast", "best", "deck", "none", "lucid", "lucent", "captum".
std::vector<std::string> preset_names();

/// An option that a preset sets.
struct PresetValue {
  std::string_view key;   ///< As its row has it.
  std::string_view text;  ///< As the command line has it.
};

/// What a preset sets. Throws Error{usage}, listing the names, for a name that is none.
std::span<const PresetValue> preset_values(std::string_view name);

/// Whether any preset sets the option of this key.
bool in_presets(std::string_view key);

/// What help says is taken where nothing is given: "512, or the preset's".
std::string default_text(const OptionRow& row);

/// Sets every option that a preset says something of: transforms and how they settle, size, steps, optimiser, learning
/// rate, its schedule, form of epsilon, ReLU gradients, spectral decay, amplitude and deviation of the start. What this
/// preset does not say is as in a render without options; what no preset says stays as it is.
///
///   distill the default: lucid's transforms composed into one resampling, 224 pixels, 512 steps, Adam at 0.05
///   limpid  spectra that fall faster with frequency, so that forms come before texture, NAdam, a rate that
///           falls along a cosine, views moved far in the first half of the steps and hardly in the second, and
///           a third of the steps
///   fast    the same in a tenth of the steps, for grids and a first look
///   best    the same in as many steps
///   deck    the gentle views of the 2018 deck's slides on regularisation, composed
///   none    the network is shown the picture itself
///   lucid   render_vis: its transforms on canvases that shrink, 128 pixels, 513 updates (thresholds (512,)
///           counts from 0), TensorFlow's form of Adam, the redirected ReLU for 17 updates
///   lucent  render_vis: its transforms on canvases of one size, enlarged to 224, 128 pixels, 512 updates, a
///           leaky ReLU gradient throughout
///   captum  InputOptimization of an InceptionV1: RandomScale and RandomSpatialJitter, 224 pixels, 512
///           updates at 0.025, spectra of four times the amplitude that begin at a deviation of 0.02, ReLU
///           gradients that are let through whole where they would be zero
///
/// In lucent and captum a ReLU's rule looks at whole batches and captum's at whole modules; here each image
/// and each convolution is looked at by itself, as in lucid. Throws Error{usage} as preset_values does.
void apply_preset(std::string_view name, RenderOptions& options);

/// Once all else is set: what presets set goes back to what a render without options has, where it has no
/// effect beside the rest (`has_effect`). So does the deviation of the start unless a spectrum is optimised,
/// for a preset's is that of one. What is `given` by itself, asked by key, stays as it is.
void settle_preset(RenderOptions& options, const std::function<bool(std::string_view)>& given);

}  // namespace limpid
