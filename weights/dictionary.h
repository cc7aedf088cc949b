// Dictionaries of a layer's activations as other programs keep them: sparse autoencoders, factors, concept vectors.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "weights/append_layer.h"

namespace limpid {

/// A dictionary of K features over C channels: an encoder that can be a layer, and the directions it decodes to.
struct Dictionary {
  std::string layout;  ///< Whose layout the file has: "sae-lens", "dictionary-learning", ...
  /// The encoder, of the layer's activations as they are: what a file subtracts first is in the bias, folded in double
  /// precision. It has no name yet, and says what it reads only where the file does.
  AppendedLayer encoder;
  int inputs = 0;              ///< C.
  std::vector<float> decoder;  ///< K x C, a row a feature; empty where the file has none.
  std::string hook;  ///< The layer it was trained on, as the file calls it; empty where it does not say.
  std::string
      settings;  ///< The file beside it that says how its tensors are meant; empty where none was read.
  std::vector<std::string> assumed;  ///< What the file does not say and was taken for granted.
  std::vector<std::string> unread;   ///< Tensors of the file that are of no use here.
};

/// What is said of a dictionary besides its file.
struct DictionaryOptions {
  /// "linear", "relu", "topk:32", in place of what the file says or lacks; empty: as the file says, and where it does not, ReLU for an autoencoder, none for vectors.
  std::string activation;
  bool subtracts_b_dec =
      true;  ///< Where the file has a b_dec and does not say whether it is subtracted first.
};

/// Reads a dictionary from .safetensors, .npz, .npy or a state dict of PyTorch (which is not run). Beside those of sae-lens
/// and dictionary-learning, numpy's apart, settings may lie in cfg.json or config.json; what the file itself says goes first.
/// The layouts:
///
///  - sae-lens: W_enc (C x K), b_enc (K), W_dec (K x C), b_dec (C), threshold (K) of a JumpReLU; `k` of a TopK, whether
///    b_dec is subtracted first and whether features are scaled by the norm of their decoder row stand in cfg.json. An .npz
///    of these names is the same, `k` and `threshold` among its arrays;
///  - dictionary-learning: encoder.weight (K x C), encoder.bias, decoder.weight (C x K), and what is subtracted first: bias
///    or b_dec (C); a TopK has `k`, its batch form a threshold that stands for it (config.json says which);
///  - overcomplete: encoder.final_block.0.weight (K x C) with a batch normalisation behind it, which is folded in, or
///    encoder.weight, or the dictionary itself, dictionary._weights (K x C); thresholds (K) are exponents of e. One whose
///    codes are quantised (Q) is refused;
///  - vectors: one array of K x C or C numbers, such as concept activation vectors or the factors of a factorisation.
///
/// Throws Error{input} naming the file and the tensor for a layout that is none of these, an encoder that is no linear map
/// with such an activation, a shape that does not fit or a value that is not finite; Error{usage} for an activation that
/// is unknown.
Dictionary read_dictionary(const std::filesystem::path& path, const DictionaryOptions& options = {});

}  // namespace limpid
