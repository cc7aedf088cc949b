// The operands of one case of an operation, in the memory of one backend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/backend.h"
#include "kernels/core/tensor.h"
#include "tests/kernels/activations.h"

namespace limpid::test {

/// What an operation does with an operand. An output is written whole; what is written in place holds values
/// before; scratch may hold anything after.
enum class Role { input, output, in_place, scratch };

/// Where a value lies in its operand; of plain arrays w alone counts.
struct Place {
  int n, c, h, w;
};

/// One value of an operand.
using Draw = std::function<float(std::mt19937&, const Place&)>;
Draw normal(float deviation = 1);
Draw rectified(float deviation = 1);  ///< Normal, the negative half of it zero.
Draw integers(int least, int most);
Draw uniform(float low, float high);

/// Where and in what the operands of a case lie.
struct Placement {
  DType stored = DType::f32;   ///< Of tensors.
  DType rounded = DType::f32;  ///< What their values are rounded to first.
  bool nhwc = false;           ///< Whatever layout a case asks for.
};

/// Each value to the nearest of a type.
void round_to(DType dtype, std::vector<double>& values);

/// Makes operands as a case names them. Values depend on the name and on the extents alone: two backends, and
/// an operation and its adjoint, get the same under one name. Each lies between fences in memory of its own.
class Operands {
 public:
  Operands(Backend& backend, const Stream& stream, const Placement& placement)
      : backend_(backend), stream_(stream), placement_(placement) {}

  Tensor tensor(const std::string& name, Role role, const ActivationShape& shape, const Draw& draw = {});

  /// Bytes in the extents of a tensor: an argmax.
  GroupView<std::uint8_t> bytes(const std::string& name, Role role, const ActivationShape& shape,
                                const Draw& draw = {});

  Planar<float> planes(const std::string& name, Role role, int n, int c, int h, int w, const Draw& draw = {});

  float* floats(const std::string& name, Role role, std::int64_t count, const Draw& draw = {});

  /// Values of a plain type; structs count as words of four bytes.
  template <class T>
  T* array(const std::string& name, Role role, const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);
    const Number number = std::is_same_v<T, float>    ? Number::f32
                          : std::is_same_v<T, double> ? Number::f64
                                                      : Number::i32;
    return static_cast<T*>(add_array(name, role, number, std::as_bytes(std::span(values))));
  }

  /// What an operand held before and holds now, in the order of its extents (n, c, h, w).
  std::vector<double> before(const std::string& name) const;
  std::vector<double> after(const std::string& name) const;

  /// A tensor or planes of before or after, image n.
  reference::Map map_before(const std::string& name, int n) const;

  /// Whether an operand is of the type that tensors are stored in.
  bool is_tensor(const std::string& name) const;

  /// The bytes of all that is written, scratch left out.
  std::vector<std::byte> results() const;

  /// Names of the outputs and of what is written in place.
  std::vector<std::string> written() const;

  /// The first operand that was written where it must not be: an input, a fence, or beside a slice. Empty if
  /// none was.
  std::string damaged() const;

  /// Bytes of the operands that are read or written, as far as they are values.
  double traffic() const;

 private:
  enum class Number { f32, f16, bf16, f64, i32, u8 };
  static std::size_t size_of_number(Number number);

  struct Operand {
    std::string name;
    Role role;
    Number number;
    ActivationShape shape;  ///< Of a tensor; n, channels, h, w of planes.
    bool grouped = false;
    std::vector<std::byte> whole;     ///< What was there before, fences included.
    std::vector<std::size_t> places;  ///< Of each value in `whole`.
    std::unique_ptr<DeviceMemory> memory;
  };

  void* add_array(const std::string& name, Role role, Number number, std::span<const std::byte> values);
  Tensor add_grouped(const std::string& name, Role role, Number number, DType dtype,
                     const ActivationShape& shape, const Draw& draw);
  void* keep(Operand operand);
  const Operand& find(const std::string& name) const;
  std::vector<std::byte> download(const Operand& operand) const;
  static std::vector<double> numbers(const Operand& operand, const std::vector<std::byte>& whole);

  Backend& backend_;
  Stream stream_;
  Placement placement_;
  std::vector<Operand> operands_;
};

}  // namespace limpid::test
