// For tests of files that HDF5 cannot read on.

/// HDF5 1.10 leaks where it fails to open an object, damaged or not to be read; LeakSanitizer asks this function.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
  return "leak:libhdf5";
}
