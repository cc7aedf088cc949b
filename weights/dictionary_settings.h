// What lies beside a dictionary's tensors: how they are meant.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace limpid {

/// The settings of sae-lens (cfg.json) or dictionary-learning (config.json), as far as they say something.
struct DictionarySettings {
  std::string file;          ///< Where they stand; empty where there is none.
  std::string architecture;  ///< sae-lens: "standard", "topk", "jumprelu"; dictionary-learning: its class.
  std::string activation;    ///< sae-lens before version 6: "relu", "topk".
  std::string hook;
  std::optional<int> kept;  ///< Of a TopK.
  std::optional<bool> subtracts_b_dec;
  bool scales_by_decoder_norm = false;  ///< Features count as if their decoder rows were of length 1.
};

/// Those beside the tensors at `path`. Throws Error{input} naming the file where it is no JSON, and where it asks for what
/// no layer can do: inputs that are normalised position by position.
DictionarySettings read_dictionary_settings(const std::filesystem::path& path);

}  // namespace limpid
