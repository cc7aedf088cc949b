#include "tests/gpu/parity_case.h"

#include "weights/hdf5_file.h"

namespace limpid::test {

const ParityCase& parity_case() {
  static const ParityCase instance{std::make_shared<const Model>(read_model(LIMPID_DEFAULT_WEIGHTS)), 48, 56};
  return instance;
}

}  // namespace limpid::test
