#include "engine/c/options.h"

#include "kernels/core/error.h"

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

void refuse_files(RenderOptions& job) {
  rename_files(job, [](const std::string& name) -> std::string {
    fail_usage("the job names the file '{}', and a render from C reads none: leave it out", name);
  });
}

}  // namespace limpid::c
