// Cases of operations: one list that tests, parity on a device and benchmarks walk.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/backend.h"
#include "tests/ops/operands.h"

namespace limpid::test {

/// How far a value may be from what is expected: a part of the largest expected one, and as much besides.
/// Nothing by default: the same values.
struct Tolerance {
  double of_largest = 0, absolute = 0;
};

/// An operation with operands of certain extents.
class OpCase {
 public:
  /// `make(operands)` names the operands and gives the operation.
  template <class Make>
  OpCase(const std::string& name, const Make& make)
      : name_(std::string(kOpName<std::invoke_result_t<Make, Operands&>>) + "/" + name),
        prepare_([make](Backend& backend, Operands& operands) { return backend.prepare(make(operands)); }) {}

  /// What an operand must hold after, by the definition, in double precision.
  using Definition = std::function<std::vector<double>(const Operands&)>;
  OpCase& defined(const std::string& operand, Tolerance tolerance, Definition definition) {
    definitions_.push_back({operand, tolerance, std::move(definition)});
    return *this;
  }

  /// How far devices may be apart in an operand; the same bits where nothing is said.
  OpCase& devices(const std::string& operand, Tolerance tolerance) {
    devices_[operand] = tolerance;
    return *this;
  }

  struct Defined {
    std::string operand;
    Tolerance tolerance;
    Definition values;
  };

  const std::string& name() const { return name_; }  ///< "LrnBprop/caffe".
  std::string op() const { return name_.substr(0, name_.find('/')); }
  const std::vector<Defined>& definitions() const { return definitions_; }
  Tolerance between_devices(const std::string& operand) const {
    const auto found = devices_.find(operand);
    return found == devices_.end() ? Tolerance{} : found->second;
  }

  /// The operation on operands that it allocates, to be run once or, for its speed, as often as wanted.
  std::function<void(const Stream&)> prepare(Backend& backend, Operands& operands) const {
    return prepare_(backend, operands);
  }

 private:
  std::string name_;
  std::function<std::function<void(const Stream&)>(Backend&, Operands&)> prepare_;
  std::vector<Defined> definitions_;
  std::map<std::string, Tolerance> devices_;
};

using OpCases = std::vector<OpCase>;

/// A linear operation from x to y and its adjoint from dy to dx: <A x, dy> = <x, A* dy>.
struct AdjointPair {
  OpCase forward, adjoint;
  std::string x, y, dy, dx;
};

// Small ones of every kind, with extents that are odd, slices of wider memory, and either layout.
OpCases network_cases();
OpCases map_cases();
OpCases pool_op_cases();
OpCases seed_cases();
OpCases parameter_cases();
OpCases picture_cases();
OpCases view_cases();

/// All of these by operation.
std::map<std::string, OpCases> cases_by_op();

std::vector<AdjointPair> network_pairs();
std::vector<AdjointPair> map_pairs();
std::vector<AdjointPair> pool_pairs();
std::vector<AdjointPair> parameter_pairs();
std::vector<AdjointPair> picture_pairs();
std::vector<AdjointPair> view_pairs();

// Of BVLC GoogLeNet over 224 x 224 pixels: large enough to time, and to fill a device.
OpCases full_size_network_cases(int batch);
OpCases full_size_pool_cases(int batch);
OpCases full_size_parameter_cases();  ///< Of three images, as the next.
OpCases full_size_picture_cases();

/// All of these.
OpCases full_size_cases(int batch);

}  // namespace limpid::test
