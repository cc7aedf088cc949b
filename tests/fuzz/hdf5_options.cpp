// What the targets that read HDF5 files share: settings that libFuzzer and the sanitizers ask for by name.
#include "weights/hdf5_file.h"

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  limpid::leave_hdf5_open_at_exit();
  return 0;
}

// HDF5 1.10 leaks where it fails to open an object that is damaged.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5";
}
