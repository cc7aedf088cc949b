#include "engine/c/options.h"

namespace limpid::c {

ComputeOptions compute_of(const char* text) {
  ComputeOptions compute;
  if (text == nullptr) return compute;
  const auto json = JsonField::parse(text, "compute");
  JsonField(json, "compute", "").for_each_member([&](const std::string& name, const JsonField& field) {
    if (!read_compute(name, field, compute)) field.reject("it is device, precision or threads");
  });
  return compute;
}

}  // namespace limpid::c
