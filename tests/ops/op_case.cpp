#include "tests/ops/op_case.h"

namespace limpid::test {

std::map<std::string, OpCases> cases_by_op() {
  std::map<std::string, OpCases> by_op;
  for (const OpCases& cases : {network_cases(), map_cases(), pool_op_cases(), seed_cases(), parameter_cases(),
                               picture_cases(), view_cases()}) {
    for (const OpCase& c : cases) by_op[c.op()].push_back(c);
  }
  return by_op;
}

OpCases full_size_cases(int batch) {
  OpCases all = full_size_network_cases(batch);
  for (const OpCases& cases :
       {full_size_pool_cases(batch), full_size_parameter_cases(), full_size_picture_cases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

}  // namespace limpid::test
