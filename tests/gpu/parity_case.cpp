#include "tests/gpu/parity_case.h"

#include "kernels/core/error.h"
#include "weights/hdf5_file.h"
#include "weights/locate.h"
#include "weights/synthetic.h"

namespace limpid::test {

const ParityCase& parity_case() {
  static const ParityCase instance = [] {
    try {
      return ParityCase{std::make_shared<const Model>(read_model(locate_weights())), 96, 112};
    } catch (const Error&) {
      return ParityCase{std::make_shared<const Model>(synthetic_model("bvlc_googlenet", 1)), 96, 112};
    }
  }();
  return instance;
}

}  // namespace limpid::test
