// The text of transforms; what is accepted must read back as it was written.
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/image/staged_views.h"
#include "kernels/ops/transform_list.h"
#include "tests/fuzz/harness.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  limpid::fuzz::read_bytes(size, [&] {
    const limpid::Transforms transforms = limpid::parse_transforms(text);
    if (limpid::parse_transforms(to_string(transforms)) != transforms) std::abort();
    // Of which a picture may be too small for some.
    check_transforms(transforms, 224, 224);
    if (!transforms.staged()) device_list(transforms, 224, 224);
  });
  return 0;
}
