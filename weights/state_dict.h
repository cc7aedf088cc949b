// InceptionV1 as PyTorch programs name its tensors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

/// Makes a model of the tensors of a state dict, recognised by their names:
///
///  - lucent's ("conv2d0_pre_relu_conv.weight"): inception5h;
///  - captum's ("mixed3a.conv_1x1.weight"): inception5h; its auxiliary heads are left out;
///  - torchvision's GoogLeNet ("inception3a.branch1.conv.weight"): torchvision_googlenet, see
///    `torchvision_layer.h`; its auxiliary heads and batch counters are left out;
///  - the same without batch normalisation: plain_googlenet;
///  - Caffe's ("conv1/7x7_s2.weight" or "conv1_7x7_s2.weight"): bvlc_googlenet;
///  - canonical ("conv2d0.weight"): the rules are `rules` where there are some, as files of `limpid export`
///    have; otherwise those of `choose_family(family, ...)`.
///
/// What programs put around a network ("module.", "_orig_mod.", "backbone.") is taken off the names; a classifier
/// of another name is known by its shape, if one tensor alone is left that fits.
///
/// `report`, if given, receives what was left out and what was assumed. The model is validated; its provenance has no source
/// unless `rules` do.
///
/// Throws Error{input} naming `origin`, the file, and the tensor that is missing, surplus or of another
/// shape, and Error{usage} for a family that the names or rules leave no choice of.
Model model_of_state_dict(NamedTensors tensors, const std::string& origin, std::string_view family,
                          const std::optional<Model>& rules, ImportReport* report);

/// Whether a tensor has a name that `model_of_state_dict` goes by.
bool has_layer_names(const NamedTensors& tensors);

}  // namespace limpid
