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

// The library asks for a block of whatever size the file declares, and only then finds that the file is
// shorter: it takes addresses, but no memory. Here it does not get those, as on a machine that promises no
// more memory than it has; limpid's own requests must stay below, for there a failure ends the program.
extern "C" const char* __asan_default_options() {
  return "allocator_may_return_null=1:max_allocation_size_mb=64";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(
      data, size, [](const std::filesystem::path& path) { limpid::read_model(path); },
      limpid::fuzz::kModelBytes);
  return 0;
}
