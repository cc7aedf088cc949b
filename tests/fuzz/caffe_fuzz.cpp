// .caffemodel files.
#include "tests/fuzz/harness.h"
#include "weights/caffe_importer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  limpid::fuzz::read_file(data, size,
                          [](const std::filesystem::path& path) { limpid::import_caffemodel(path); });
  return 0;
}
