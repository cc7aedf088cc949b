// The text of objectives; what is accepted must read back as it was written.
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/objective/objective.h"
#include "tests/fuzz/harness.h"
#include "weights/families.h"
#include "weights/topology.h"

/// What objectives are checked against: names, widths and labels.
limpid::Model model_without_values() {
  const limpid::Family& rules = limpid::family("inception5h");
  limpid::Model model = limpid::empty_model(rules);
  for (std::size_t i = 0; i < rules.widths.size(); ++i) {
    const limpid::LayerSpec& spec = limpid::inception_layers()[i];
    model.layers.push_back({spec.name, rules.widths[i], 0, spec.size, {}, {}});
  }
  for (int i = 0; i < model.class_count(); ++i) model.classes.push_back("class " + std::to_string(i));
  return model;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const limpid::Model model = model_without_values();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  limpid::fuzz::read_bytes(size, [&] {
    const std::string canonical = to_string(limpid::parse_objective(text, model));
    if (to_string(limpid::parse_objective(canonical, model)) != canonical) std::abort();
  });
  return 0;
}
