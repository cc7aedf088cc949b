// The text of objectives; what is accepted must read back as it was written.
#include <cstdlib>
#include <string_view>

#include "engine/objective/objective.h"
#include "tests/fuzz/harness.h"
#include "weights/synthetic.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const limpid::Model model = limpid::synthetic_model("inception5h", 0);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  limpid::fuzz::read_bytes(size, [&] {
    const std::string canonical = to_string(limpid::parse_objective(text, model));
    if (to_string(limpid::parse_objective(canonical, model)) != canonical) std::abort();
  });
  return 0;
}
