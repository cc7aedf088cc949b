// What the known families of InceptionV1 weights differ in, as data.
#pragma once

#include <string_view>
#include <vector>

#include "weights/inception_v1.h"
#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

/// Everything a family fixes besides the values of its weights.
struct Family {
  std::string_view name;
  std::string_view licence;  ///< As its authors state it.
  Padding padding;
  Lrn lrn;
  InputSpec input;
  std::vector<int> widths;      ///< Output channels, in the order of `inception_layers()`.
  std::string_view input_rule;  ///< What its authors' programs feed it: a name of `input_rules()`.
  PoolSizes pool_sizes = kUsualPools;
};

/// "bvlc_googlenet", "inception5h", "limpid_default", "torchvision_googlenet" and "plain_googlenet": the network
/// of PyTorch's tutorials, without normalisation of either kind.
const std::vector<Family>& families();

/// The family of that name. Throws Error{usage} listing the known ones when there is none.
const Family& family(std::string_view name);

/// Whether the layers are those of `inception_layers()` with the family's widths.
bool has_widths(const Family& family, const std::vector<ConvLayer>& layers);

/// The family of a file that carries no rules: the one of that name or, where it is empty, the one whose
/// widths all the layers have. Throws Error{usage} for an unknown name, and Error{input} naming `origin`, the
/// file, when no family has those widths.
const Family& choose_family(std::string_view name, const std::vector<ConvLayer>& layers,
                            std::string_view origin);

/// Tells in `report` that all rules are the family's, for a file that says none.
void tell_family(const Family& family, ImportReport& report);

/// A model with the family's rules and neither layers nor labels: what an importer fills.
Model empty_model(const Family& family);

}  // namespace limpid
