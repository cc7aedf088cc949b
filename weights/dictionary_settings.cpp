#include "weights/dictionary_settings.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <system_error>

#include "kernels/core/error.h"
#include "kernels/core/json_depth.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

using nlohmann::json;

std::string setting_text(const json& object, const char* field) {
  const bool is_text = object.is_object() && object.contains(field) && object[field].is_string();
  return is_text ? object[field].get<std::string>() : std::string();
}

bool is_true(const json& object, const char* field) {
  return object.is_object() && object.contains(field) && object[field] == true;
}

std::optional<int> setting_count(const json& object, const char* field) {
  if (!object.is_object() || !object.contains(field) || !object[field].is_number_integer()) return {};
  const auto count = object[field].get<std::int64_t>();
  return count >= 1 && count <= (1 << 20) ? static_cast<int>(count) : 0;
}

json member(const json& object, const char* field) {
  return object.is_object() && object.contains(field) ? object[field] : json();
}

json read_object(const std::filesystem::path& path) {
  constexpr std::uint64_t longest = 1U << 20U;
  constexpr int deepest = 16;
  const std::string text = read_bytes(path, longest);
  constexpr bool throws = false;
  json object;
  if (find_deeper_json(text, deepest) == text.npos) object = json::parse(text, nullptr, throws);
  if (!object.is_object()) fail_input("{}: no JSON object of a dictionary's settings", path.string());
  return object;
}

/// sae-lens, of version 6 and of those before.
void read_sae_lens(const json& object, DictionarySettings& settings) {
  settings.architecture = setting_text(object, "architecture");
  settings.activation = setting_text(object, "activation_fn");
  if (settings.activation.empty()) settings.activation = setting_text(object, "activation_fn_str");
  settings.kept = setting_count(object, "k");
  if (!settings.kept) settings.kept = setting_count(member(object, "activation_fn_kwargs"), "k");
  settings.hook = setting_text(member(object, "metadata"), "hook_name");
  if (settings.hook.empty()) settings.hook = setting_text(object, "hook_name");
  if (object.contains("apply_b_dec_to_input")) {
    settings.subtracts_b_dec = is_true(object, "apply_b_dec_to_input");
  }
  settings.scales_by_decoder_norm = is_true(object, "rescale_acts_by_decoder_norm");
  const std::string normalised = setting_text(object, "normalize_activations");
  if (!normalised.empty() && normalised != "none") {
    fail_input(
        "{}: its inputs are normalised first ('{}'), which a layer of the network does not do; fold it into the "
        "weights with sae-lens where it can be",
        settings.file, normalised);
  }
}

}  // namespace

DictionarySettings read_dictionary_settings(const std::filesystem::path& path) {
  DictionarySettings settings;
  for (const char* name : {"cfg.json", "config.json"}) {
    const std::filesystem::path beside = path.parent_path() / name;
    std::error_code error;
    if (!std::filesystem::exists(beside, error)) continue;
    settings.file = beside.string();
    const json object = read_object(beside);
    const json trainer = member(object, "trainer");
    if (!trainer.is_object()) {
      read_sae_lens(object, settings);
    } else {
      settings.architecture = setting_text(trainer, "dict_class");
      settings.kept = setting_count(trainer, "k");
      settings.hook = setting_text(trainer, "submodule_name");
    }
    break;
  }
  return settings;
}

}  // namespace limpid
