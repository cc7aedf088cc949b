#include "weights/safetensors_importer.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "kernels/core/error.h"
#include "weights/rules_json.h"
#include "weights/safetensors_file.h"
#include "weights/state_dict.h"

namespace limpid {
namespace {

std::vector<float> read_tensor_floats(const SafetensorsEntry& entry, std::uint64_t count,
                                      const std::string& origin) {
  static constexpr std::array<std::pair<std::string_view, ElementType>, 4> types = {{
      {"F16", ElementType::f16},
      {"BF16", ElementType::bf16},
      {"F32", ElementType::f32},
      {"F64", ElementType::f64},
  }};
  const std::string what = fmt::format("{}: tensor '{}'", origin, entry.name);
  for (const auto& [dtype, type] : types) {
    if (entry.dtype == dtype) return widen(entry.bytes, type, count, what);
  }
  if ((entry.dtype == "I32" || entry.dtype == "I64") && count == 1) return widen_whole(entry.bytes, what);
  fail_input("{} is of type {}; F16, BF16, F32 and F64 are read", what, entry.dtype);
}

}  // namespace

NamedTensors safetensors_tensors(const SafetensorsFile& file, const std::string& origin) {
  NamedTensors tensors(origin);
  for (const SafetensorsEntry& entry : file.tensors()) {
    tensors.add({entry.name, entry.shape,
                 [&entry, origin](std::uint64_t count) { return read_tensor_floats(entry, count, origin); }});
  }
  return tensors;
}

Model import_safetensors(const std::filesystem::path& path, std::string_view family, ImportReport* report) {
  const std::string origin = path.string();
  const SafetensorsFile file(path);
  NamedTensors tensors = safetensors_tensors(file, origin);
  std::optional<Model> rules;
  if (const auto text = file.metadata().find(kRulesName); text != file.metadata().end()) {
    rules = rules_from_json(text->second, fmt::format("{}: its metadata '{}'", origin, kRulesName));
  }
  Model model = model_of_state_dict(std::move(tensors), origin, family, rules, report);
  if (model.provenance.source.empty()) model.provenance.source = path.filename().string();
  return model;
}

}  // namespace limpid
