// limpid's own weights files.
#include "tests/fuzz/harness.h"
#include "weights/hdf5_file.h"

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  limpid::leave_hdf5_open_at_exit();
  return 0;
}

// HDF5 1.10 leaks where it fails to open an object that is damaged.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(data, size, [](const std::filesystem::path& path) { limpid::read_model(path); });
  return 0;
}
