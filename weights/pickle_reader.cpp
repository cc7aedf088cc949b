#include "weights/pickle_reader.h"

#include <algorithm>
#include <array>
#include <span>
#include <unordered_map>
#include <utility>

#include "kernels/core/error.h"
#include "weights/pickle_opcodes.h"

namespace limpid {
namespace {

/// What torch.save writes unless told otherwise.
constexpr int kProtocol = 2;

/// Index of an object. Objects refer to each other so, for through the memo they may do so in circles.
using Handle = std::uint32_t;

enum class Kind : std::uint8_t {
  none,
  number,
  text,
  function,
  storage_type,
  tuple,
  list,
  dict,
  storage,
  tensor
};

/// The functions of Python that are known.
enum class Function { ordered_dict, rebuild_tensor, rebuild_parameter };

struct Object {
  Kind kind = Kind::none;
  std::int64_t number = 0;  ///< A whole number, truth value or Function; of a float nobody asks.
  std::string_view text;    ///< Characters of a string, or a storage type's name.
  std::vector<Handle>
      items;  ///< Of a tuple or list; keys and values of a dict by turns; arguments of the rest.
};

struct StorageType {
  std::string_view name;
  std::optional<ElementType> type;
};

constexpr std::array<StorageType, 6> kStorageTypes = {{
    {"HalfStorage", ElementType::f16},
    {"BFloat16Storage", ElementType::bf16},
    {"FloatStorage", ElementType::f32},
    {"DoubleStorage", ElementType::f64},
    {"IntStorage", std::nullopt},
    {"LongStorage", std::nullopt},
}};

class Machine {
 public:
  Machine(std::string_view pickle, const std::string& what) : rest_(pickle), what_(what) {}

  /// Runs to the end and returns what the pickle holds.
  Handle run() {
    if (op(take(1)[0]) != PickleOp::proto) fail_input("{} is not a pickle of protocol {}", what_, kProtocol);
    if (const std::uint64_t protocol = unsigned_number(1); protocol != kProtocol) {
      fail_input("{} is a pickle of protocol {}; torch.save writes {} unless told otherwise", what_, protocol,
                 kProtocol);
    }
    while (!stopped_) step(static_cast<unsigned char>(take(1)[0]));
    if (stack_.size() != 1 || !marks_.empty()) damaged();
    return stack_[0];
  }

  const Object& at(Handle handle) const { return objects_[handle]; }

  [[noreturn]] void damaged() const {
    fail_input("{} is damaged: it is no pickle that torch.save writes", what_);
  }

 private:
  static PickleOp op(char byte) { return static_cast<PickleOp>(static_cast<unsigned char>(byte)); }

  void step(unsigned char code) {
    switch (static_cast<PickleOp>(code)) {
      case PickleOp::stop:
        stopped_ = true;
        return;
      case PickleOp::mark:
        if (marks_.size() >= kMaxPickledObjects) fail_size();
        marks_.push_back(stack_.size());
        return;
      case PickleOp::none:
        return make(Kind::none);
      case PickleOp::newtrue:
        return make_number(1);
      case PickleOp::newfalse:
        return make_number(0);
      case PickleOp::binint:
        return make_number(signed_number(4));
      case PickleOp::binint1:
        return make_number(static_cast<std::int64_t>(unsigned_number(1)));
      case PickleOp::binint2:
        return make_number(static_cast<std::int64_t>(unsigned_number(2)));
      case PickleOp::long1:
        return make_long();
      case PickleOp::binfloat:
        take(8);
        return make(Kind::none);
      case PickleOp::binunicode:
        return make(Kind::text, take(unsigned_number(4)));
      case PickleOp::empty_tuple:
        return make(Kind::tuple);
      case PickleOp::empty_list:
        return make(Kind::list);
      case PickleOp::empty_dict:
        return make(Kind::dict);
      case PickleOp::tuple:
        return make(Kind::tuple, {}, pop_to_mark());
      case PickleOp::tuple1:
        return make(Kind::tuple, {}, pop_many(1));
      case PickleOp::tuple2:
        return make(Kind::tuple, {}, pop_many(2));
      case PickleOp::tuple3:
        return make(Kind::tuple, {}, pop_many(3));
      case PickleOp::append:
        return extend(Kind::list, pop_many(1));
      case PickleOp::appends:
        return extend(Kind::list, pop_to_mark());
      case PickleOp::setitem:
        return extend(Kind::dict, pop_many(2));
      case PickleOp::setitems:
        return extend(Kind::dict, pop_to_mark());
      case PickleOp::binput:
        return remember(unsigned_number(1));
      case PickleOp::long_binput:
        return remember(unsigned_number(4));
      case PickleOp::binget:
        return recall(unsigned_number(1));
      case PickleOp::long_binget:
        return recall(unsigned_number(4));
      case PickleOp::global:
        return make_global();
      case PickleOp::binpersid:
        return make_storage(pop());
      case PickleOp::reduce:
        return call();
      case PickleOp::build:
        // A state dict carries the versions of its modules so, which say nothing about the tensors.
        pop();
        if (at(top()).kind != Kind::dict) damaged();
        return;
      case PickleOp::proto:
        break;
    }
    refuse(code);
  }

  [[noreturn]] void refuse(unsigned char code) const {
    const auto known = std::find_if(kRefusedPickleOps.begin(), kRefusedPickleOps.end(),
                                    [&](const auto& pair) { return pair.first == code; });
    if (known == kRefusedPickleOps.end()) damaged();
    fail_input("{}: refused: the instruction {} is not needed to store tensors", what_, known->second);
  }

  [[noreturn]] void fail_size() const {
    fail_input("{} holds more than {} objects, which no state dict of InceptionV1 does", what_,
               kMaxPickledObjects);
  }

  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) fail_input("{} is cut short", what_);
    const std::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }

  /// The next bytes as a little-endian number.
  std::uint64_t unsigned_number(std::size_t bytes) {
    std::uint64_t value = 0;
    const std::string_view taken = take(bytes);
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(taken[i])) << (8 * i);
    }
    return value;
  }

  /// The same in two's complement.
  std::int64_t signed_number(std::size_t bytes) {
    const auto unused_bits = static_cast<unsigned>(64 - 8 * bytes);
    return static_cast<std::int64_t>(unsigned_number(bytes) << unused_bits) >> unused_bits;
  }

  void make_long() {
    const std::uint64_t bytes = unsigned_number(1);
    if (bytes > 8) fail_input("{} holds a number of {} bytes, which describes no tensor", what_, bytes);
    make_number(bytes == 0 ? 0 : signed_number(bytes));
  }

  void push(Handle handle) {
    if (stack_.size() >= kMaxPickledObjects) fail_size();
    stack_.push_back(handle);
  }

  void push(Object object) {
    if (objects_.size() >= kMaxPickledObjects) fail_size();
    objects_.push_back(std::move(object));
    push(static_cast<Handle>(objects_.size() - 1));
  }

  void make(Kind kind, std::string_view text = {}, std::vector<Handle> items = {}) {
    push(Object{kind, 0, text, std::move(items)});
  }

  void make_number(std::int64_t number) { push(Object{Kind::number, number, {}, {}}); }

  /// What lies above the last mark may be taken: a mark is no object.
  std::size_t available() const { return stack_.size() - (marks_.empty() ? 0 : marks_.back()); }

  Handle top() const {
    if (available() == 0) damaged();
    return stack_.back();
  }

  Handle pop() {
    const Handle handle = top();
    stack_.pop_back();
    return handle;
  }

  std::vector<Handle> pop_many(std::size_t count) {
    if (available() < count) damaged();
    const std::vector<Handle> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }

  std::vector<Handle> pop_to_mark() {
    if (marks_.empty()) damaged();
    std::vector<Handle> items = pop_many(available());
    marks_.pop_back();
    return items;
  }

  /// Adds the items to the container that is now on top.
  void extend(Kind container, const std::vector<Handle>& items) {
    Object& object = objects_[top()];
    if (object.kind != container || (container == Kind::dict && items.size() % 2 != 0)) damaged();
    object.items.insert(object.items.end(), items.begin(), items.end());
  }

  void remember(std::uint64_t place) {
    if (memo_.size() >= kMaxPickledObjects) fail_size();
    memo_[place] = top();
  }

  void recall(std::uint64_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) damaged();
    push(found->second);
  }

  std::string_view line() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) fail_input("{} is cut short", what_);
    const std::string_view text = take(end);
    take(1);
    return text;
  }

  void make_global() {
    const std::string_view module = line();
    const std::string_view name = line();
    static constexpr std::array<std::pair<std::string_view, Function>, 3> functions = {{
        {"collections.OrderedDict", Function::ordered_dict},
        {"torch._utils._rebuild_tensor_v2", Function::rebuild_tensor},
        {"torch._utils._rebuild_parameter", Function::rebuild_parameter},
    }};
    const std::string full = fmt::format("{}.{}", module, name);
    for (const auto& [known, function] : functions) {
      if (full == known) return push(Object{Kind::function, static_cast<std::int64_t>(function), {}, {}});
    }
    const bool is_storage = std::any_of(kStorageTypes.begin(), kStorageTypes.end(),
                                        [&](const StorageType& type) { return type.name == name; });
    if (module == "torch" && is_storage) return make(Kind::storage_type, name);
    fail_input(
        "{}: refused: it wants '{}' of Python, which no state dict of floating-point tensors needs (save "
        "model.state_dict(), not the model)",
        what_, full);
  }

  /// The items of a tuple, which must be of these kinds; more may follow.
  std::span<const Handle> expect_tuple(Handle handle, std::initializer_list<Kind> kinds) const {
    const Object& tuple = at(handle);
    if (tuple.kind != Kind::tuple || tuple.items.size() < kinds.size() ||
        !std::equal(kinds.begin(), kinds.end(), tuple.items.begin(),
                    [&](Kind kind, Handle item) { return at(item).kind == kind; })) {
      damaged();
    }
    return tuple.items;
  }

  /// ('storage', type, key, device, count).
  void make_storage(Handle id) {
    const auto items =
        expect_tuple(id, {Kind::text, Kind::storage_type, Kind::text, Kind::text, Kind::number});
    if (at(items[0]).text != "storage" || at(items[4]).number < 0) damaged();
    make(Kind::storage, {}, {items[1], items[2], items[4]});
  }

  /// What OrderedDict(), _rebuild_tensor_v2(storage, offset, shape, stride, ...) or
  /// _rebuild_parameter(tensor, ...) would return.
  void call() {
    const Handle arguments = pop();
    const Object& function = at(pop());
    if (function.kind != Kind::function) damaged();
    switch (static_cast<Function>(function.number)) {
      case Function::ordered_dict:
        if (!expect_tuple(arguments, {}).empty()) damaged();
        return make(Kind::dict);
      case Function::rebuild_tensor: {
        const auto items = expect_tuple(arguments, {Kind::storage, Kind::number, Kind::tuple, Kind::tuple});
        return make(Kind::tensor, {}, {items.begin(), items.begin() + 4});
      }
      case Function::rebuild_parameter:
        return push(expect_tuple(arguments, {Kind::tensor})[0]);
    }
  }

  std::string_view rest_;
  const std::string& what_;
  std::vector<Object> objects_;
  std::vector<Handle> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Handle> memo_;
  bool stopped_ = false;
};

/// Reads tensors out of what a machine has made.
class StateDict {
 public:
  StateDict(const Machine& machine, const std::string& what) : machine_(machine), what_(what) {}

  std::vector<PickledTensor> tensors(Handle root) const {
    const Object& dict = inner_dict(root);
    std::vector<PickledTensor> result;
    for (std::size_t i = 0; i < dict.items.size(); i += 2) {
      const Object& key = machine_.at(dict.items[i]);
      if (key.kind != Kind::text) fail_input("{}: a key of the state dict is not a string", what_);
      result.push_back(tensor(std::string(key.text), machine_.at(dict.items[i + 1])));
    }
    return result;
  }

 private:
  /// The dict, or the one it has under one of the usual keys of a training program.
  const Object& inner_dict(Handle root) const {
    const Object& dict = machine_.at(root);
    if (dict.kind != Kind::dict) fail_input("{} holds no state dict", what_);
    for (std::size_t i = 0; i < dict.items.size(); i += 2) {
      const Object& key = machine_.at(dict.items[i]);
      const Object& value = machine_.at(dict.items[i + 1]);
      const bool is_usual = key.text == "state_dict" || key.text == "model" || key.text == "model_state_dict";
      if (key.kind == Kind::text && is_usual && value.kind == Kind::dict) return value;
    }
    return dict;
  }

  PickledTensor tensor(std::string name, const Object& object) const {
    if (object.kind != Kind::tensor) fail_input("{}: '{}' is not a tensor", what_, name);
    const Object& storage = machine_.at(object.items[0]);
    PickledTensor result;
    result.name = std::move(name);
    const std::string_view type = machine_.at(storage.items[0]).text;
    result.type = std::find_if(kStorageTypes.begin(), kStorageTypes.end(), [&](const StorageType& known) {
                    return known.name == type;
                  })->type;
    result.storage = machine_.at(storage.items[1]).text;
    result.storage_count = number(storage.items[2], result);
    result.offset = number(object.items[1], result);
    result.shape = numbers(object.items[2], result);
    result.stride = numbers(object.items[3], result);
    check_view(result);
    return result;
  }

  std::uint64_t number(Handle handle, const PickledTensor& tensor) const {
    const Object& object = machine_.at(handle);
    if (object.kind != Kind::number || object.number < 0) {
      fail_input("{}: tensor '{}' has an extent that is no number from 0 on", what_, tensor.name);
    }
    return static_cast<std::uint64_t>(object.number);
  }

  std::vector<std::uint64_t> numbers(Handle handle, const PickledTensor& tensor) const {
    std::vector<std::uint64_t> result;
    for (const Handle item : machine_.at(handle).items) result.push_back(number(item, tensor));
    return result;
  }

  /// Throws Error{input} where the view leaves its storage or has more elements than it.
  void check_view(const PickledTensor& tensor) const {
    bool good = tensor.shape.size() == tensor.stride.size();
    std::uint64_t count = 1, last = tensor.offset;
    for (std::size_t i = 0; good && i < tensor.shape.size(); ++i) {
      std::uint64_t span = 0;
      const std::uint64_t steps = tensor.shape[i] == 0 ? 0 : tensor.shape[i] - 1;
      good = !__builtin_mul_overflow(count, tensor.shape[i], &count) &&
             !__builtin_mul_overflow(steps, tensor.stride[i], &span) &&
             !__builtin_add_overflow(last, span, &last);
    }
    if (!good || count > tensor.storage_count || (count > 0 && last >= tensor.storage_count)) {
      fail_input("{}: tensor '{}' of shape {} reaches beyond its storage of {} elements", what_, tensor.name,
                 format_shape(tensor.shape), tensor.storage_count);
    }
  }

  const Machine& machine_;
  const std::string& what_;
};

}  // namespace

std::vector<PickledTensor> read_pickled_state_dict(std::string_view pickle, const std::string& what) {
  Machine machine(pickle, what);
  const Handle root = machine.run();
  return StateDict(machine, what).tensors(root);
}

}  // namespace limpid
