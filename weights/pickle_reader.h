// State dicts out of pickles, without running them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/named_tensors.h"

namespace limpid {

/// A tensor as a pickle of PyTorch describes it: a view of a storage, which lies elsewhere.
struct PickledTensor {
  std::string name;                  ///< Its key in the state dict.
  std::string storage;               ///< Key of the storage: "0", "1", ...
  std::optional<ElementType> type;   ///< None for whole numbers.
  std::uint64_t storage_count = 0;   ///< Elements of the storage.
  std::uint64_t offset = 0;          ///< In elements, as the next two.
  std::vector<std::uint64_t> shape;  ///< As declared.
  std::vector<std::uint64_t> stride;
};

/// Reads the state dict that `pickle` holds, as torch.save writes it: a dict of tensors, or a dict that has
/// one under "state_dict", "model" or "model_state_dict". Every view lies within its storage.
///
/// A pickle is a program for a machine that can call any function of Python. This reader is a machine that
/// knows only what is needed to put tensors into dicts: of pickle's protocol 2 the instructions that make
/// numbers, strings, tuples, lists and dicts, and of Python's functions OrderedDict and PyTorch's
/// _rebuild_tensor_v2 and _rebuild_parameter, which it recognises by name and never calls. Memory is bounded
/// by the pickle's size and the limit on objects (`kMaxPickledObjects`); nothing recurses.
///
/// Throws Error{input} beginning with `what` (a file and a part of it); an instruction or function that is
/// not among these is refused by its name.
std::vector<PickledTensor> read_pickled_state_dict(std::string_view pickle, const std::string& what);

/// More objects than any state dict of InceptionV1 has, optimiser included.
inline constexpr std::size_t kMaxPickledObjects = 1U << 18U;

}  // namespace limpid
