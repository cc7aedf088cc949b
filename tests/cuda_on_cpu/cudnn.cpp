// cuDNN's graph interface, as far as one convolution goes. Attributes are kept as they are given; a plan is executed from
// them alone.
#include <cudnn.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>

#include "tests/cuda_on_cpu/convolution.h"
#include "tests/cuda_on_cpu/faults.h"
#include "tests/cuda_on_cpu/machine.h"

namespace {

using namespace emulated;

struct Descriptor;

struct Attribute {
  cudnnBackendAttributeType_t type{};
  std::int64_t count = 0;
  std::vector<char> bytes;
  std::vector<std::shared_ptr<Descriptor>> kept;  ///< Copies: the caller may destroy what it has set.
};

struct Descriptor {
  cudnnBackendDescriptorType_t type{};
  bool final = false;
  std::map<cudnnBackendAttributeName_t, Attribute> attributes;

  const Attribute* find(cudnnBackendAttributeName_t name) const {
    const auto found = attributes.find(name);
    return found == attributes.end() ? nullptr : &found->second;
  }
  template <class T>
  std::vector<T> all(cudnnBackendAttributeName_t name) const {
    const Attribute* a = find(name);
    std::vector<T> values(a == nullptr ? 0 : static_cast<std::size_t>(a->count));
    for (std::size_t i = 0; i < values.size(); ++i)
      std::memcpy(&values[i], &a->bytes[i * sizeof(T)], sizeof(T));
    return values;
  }
  template <class T>
  T get(cudnnBackendAttributeName_t name, T otherwise = {}) const {
    const Attribute* a = find(name);
    if (a != nullptr && a->count > 0) std::memcpy(&otherwise, a->bytes.data(), sizeof(T));
    return otherwise;
  }
  const Descriptor* part(cudnnBackendAttributeName_t name) const { return get<Descriptor*>(name); }
  template <class T>
  void put(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t of, T value) {
    Attribute a{of, 1, std::vector<char>(sizeof value), {}};
    std::memcpy(a.bytes.data(), &value, sizeof value);
    attributes[name] = std::move(a);
  }
};

/// Engine 0 refuses to be built, 1 is for tensor cores and has a knob and a workspace, 2 is plain, 3 sums in no fixed order,
/// 4 is compiled at run time.
constexpr std::int64_t kEngines = 5, kRefusing = 0, kTensorCores = 1, kPlain = 2, kUnordered = 3,
                       kCompiled = 4;
constexpr std::size_t kWorkspaceBytes = 3000;

/// Whether $EMULATED_CUDNN, a list of words, asks for it: "telling" algorithms are chosen by the batch, which a knob of
/// theirs repeats, and results tell them apart; the plain engine "refuses" to run, gives "no-numbers" or "breaks" the device;
/// with "no-numbers-at-all" every engine gives none; with "no-blocks" none is for windows of the stem's on blocks of pixels,
/// with "no-stem" for its own either.
bool behaves(std::string_view how) {
  const char* asked = std::getenv("EMULATED_CUDNN");
  return asked != nullptr && std::string_view(asked).find(how) != std::string_view::npos;
}

std::set<Descriptor*> living;
thread_local std::string last_error;

cudnnStatus_t refuse(const std::string& why, cudnnStatus_t status = CUDNN_STATUS_BAD_PARAM) {
  last_error = "emulated: " + why;
  return status;
}

Descriptor* make(cudnnBackendDescriptorType_t type) {
  auto* d = new Descriptor{type, false, {}};
  living.insert(d);
  return d;
}
Descriptor* living_descriptor(cudnnBackendDescriptor_t raw) {
  auto* d = reinterpret_cast<Descriptor*>(raw);
  return living.count(d) == 0 ? nullptr : d;
}

std::size_t bytes_of_type(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_INT64:
    case CUDNN_TYPE_VOID_PTR:
    case CUDNN_TYPE_HANDLE:
    case CUDNN_TYPE_BACKEND_DESCRIPTOR:
    case CUDNN_TYPE_DOUBLE:
      return 8;
    case CUDNN_TYPE_BOOLEAN:
    case CUDNN_TYPE_CHAR:
      return 1;
    default:
      return 4;  // Enumerations, float and int32.
  }
}

bool read_tensor(const Descriptor* d, ConvTensor& t) {
  if (d == nullptr || !d->final) return false;
  const auto dims = d->all<std::int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS);
  const auto strides = d->all<std::int64_t>(CUDNN_ATTR_TENSOR_STRIDES);
  if (dims.size() != 4 || strides.size() != 4) return false;
  std::copy(dims.begin(), dims.end(), t.dims.begin());
  std::copy(strides.begin(), strides.end(), t.strides.begin());
  const auto type = d->get<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE);
  t.type = type == CUDNN_DATA_HALF ? Number::f16 : type == CUDNN_DATA_BFLOAT16 ? Number::bf16 : Number::f32;
  t.id = d->get<std::int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID);
  t.intermediate = d->get<bool>(CUDNN_ATTR_TENSOR_IS_VIRTUAL);
  return true;
}

std::string read_geometry(const Descriptor* d, Convolution& conv) {
  if (d == nullptr) return "no convolution descriptor";
  const auto pair = [&](cudnnBackendAttributeName_t name, std::array<std::int64_t, 2>& to) {
    const auto values = d->all<std::int64_t>(name);
    if (values.size() != 2) return false;
    std::copy(values.begin(), values.end(), to.begin());
    return true;
  };
  std::array<std::int64_t, 2> dilation{};
  if (!pair(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, conv.before) ||
      !pair(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, conv.after) ||
      !pair(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, conv.stride) ||
      !pair(CUDNN_ATTR_CONVOLUTION_DILATIONS, dilation) || dilation != std::array<std::int64_t, 2>{1, 1}) {
    return "a convolution of other dimensions";
  }
  const auto mode = d->get<cudnnConvolutionMode_t>(CUDNN_ATTR_CONVOLUTION_CONV_MODE);
  return mode == CUDNN_CROSS_CORRELATION ? "" : "no cross correlation";
}

/// The bias and the ReLU that follow a convolution whose result is `last`.
std::string read_epilogue(const std::vector<Descriptor*>& ops, ConvTensor last, Convolution& conv) {
  for (std::size_t i = 1; i < ops.size(); ++i) {
    ConvTensor x, y;
    if (ops[i]->type != CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR ||
        !read_tensor(ops[i]->part(CUDNN_ATTR_OPERATION_POINTWISE_XDESC), x) ||
        !read_tensor(ops[i]->part(CUDNN_ATTR_OPERATION_POINTWISE_YDESC), y)) {
      return "no pointwise operation with its tensors";
    }
    if (!last.intermediate || x.id != last.id || y.dims != last.dims)
      return "operations that do not follow one another";
    const auto mode = ops[i]
                          ->part(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR)
                          ->get<cudnnPointwiseMode_t>(CUDNN_ATTR_POINTWISE_MODE);
    if (i == 1 && mode == CUDNN_POINTWISE_ADD) {
      if (!read_tensor(ops[i]->part(CUDNN_ATTR_OPERATION_POINTWISE_BDESC), conv.bias)) return "no bias";
    } else if (i == 2 && mode == CUDNN_POINTWISE_RELU_FWD) {
      conv.relu = true;
    } else {
      return "a pointwise operation that is not emulated";
    }
    last = y;
  }
  conv.target = last;
  return ops.size() < 2 ? "no bias" : last.intermediate ? "a result that is virtual" : "";
}

std::string read_fprop(const std::vector<Descriptor*>& ops, Convolution& conv) {
  const Descriptor& first = *ops[0];
  ConvTensor sum;
  if (!read_tensor(first.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X), conv.source) ||
      !read_tensor(first.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W), conv.filter) ||
      !read_tensor(first.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y), sum)) {
    return "a convolution without its tensors";
  }
  if (first.get<float>(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, -1) != 1 ||
      first.get<float>(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, -1) != 0) {
    return "alpha or beta";
  }
  if (const std::string wrong = read_epilogue(ops, sum, conv); !wrong.empty()) return wrong;
  return read_geometry(first.part(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC), conv);
}

std::string read_dgrad(const std::vector<Descriptor*>& ops, Convolution& conv) {
  const Descriptor& first = *ops[0];
  conv.fprop = false;
  if (!read_tensor(first.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY), conv.source) ||
      !read_tensor(first.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W), conv.filter) ||
      !read_tensor(first.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX), conv.target)) {
    return "a convolution without its tensors";
  }
  conv.beta = first.get<float>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, -1);
  if (first.get<float>(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, -1) != 1) return "alpha";
  if (ops.size() != 1) return "operations after a dgrad";
  return read_geometry(first.part(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC), conv);
}

/// What a graph comes down to; says what is wrong with it.
std::string read_graph(const Descriptor* graph, Convolution& conv) {
  if (graph == nullptr) return "no graph";
  const auto ops = graph->all<Descriptor*>(CUDNN_ATTR_OPERATIONGRAPH_OPS);
  if (ops.empty()) return "a graph without operations";
  std::string wrong = "an operation that is not emulated";
  if (ops[0]->type == CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR) wrong = read_fprop(ops, conv);
  if (ops[0]->type == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR)
    wrong = read_dgrad(ops, conv);
  return wrong.empty() ? conv.fault() : wrong;
}

const Descriptor* engine_of(const Descriptor* plan) {
  const Descriptor* config = plan->part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
  return config == nullptr ? nullptr : config->part(CUDNN_ATTR_ENGINECFG_ENGINE);
}
std::int64_t index_of(const Descriptor* engine) {
  return engine->get<std::int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
}
std::size_t workspace_of(const Descriptor* plan) {
  return index_of(engine_of(plan)) == kTensorCores ? kWorkspaceBytes : 0;
}

/// Of the algorithm that a plan is of, what its results are multiplied by.
float factor_of(const Descriptor* plan) {
  float factor = 1;
  const bool plain = index_of(engine_of(plan)) == kPlain;
  if ((plain && behaves("no-numbers")) || behaves("no-numbers-at-all")) return NAN;
  if (!behaves("telling")) return factor;
  const Descriptor* config = plan->part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
  for (const Descriptor* knob : config->all<Descriptor*>(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES)) {
    factor += 0x1p-8F * static_cast<float>(knob->get<std::int64_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE));
  }
  return factor;
}

/// What the heuristic proposes, as indices of engines.
std::vector<std::int64_t> proposals(const Descriptor* heuristic) {
  const auto mode = heuristic->get<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE);
  if (mode == CUDNN_HEUR_MODE_FALLBACK) return {kPlain};
  return {kRefusing, kUnordered, kTensorCores, kPlain};
}

/// The parts live as long as the program, for they are not the caller's.
void describe_config(Descriptor* config, Descriptor* graph, std::int64_t index) {
  Descriptor* engine = make(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  engine->put(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, CUDNN_TYPE_BACKEND_DESCRIPTOR, graph);
  engine->put(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, index);
  engine->final = true;
  config->attributes.clear();
  config->put(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, engine);
  Convolution conv;
  const bool telling = index == kPlain && behaves("telling") && read_graph(graph, conv).empty();
  if (index == kTensorCores || telling) {
    Descriptor* knob = make(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR);
    knob->put(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, CUDNN_KNOB_TYPE_TILE_SIZE);
    knob->put(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64,
              telling ? conv.source.dims[0] : std::int64_t{7});
    knob->final = true;
    config->put(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR, knob);
  }
  config->final = true;
}

template <class T>
cudnnStatus_t give(const std::vector<T>& values, std::int64_t room, std::int64_t* count, void* out) {
  *count = static_cast<std::int64_t>(values.size());
  const auto given = static_cast<std::size_t>(std::min(*count, room));
  if (out != nullptr && given > 0) std::memcpy(out, values.data(), given * sizeof(T));
  return CUDNN_STATUS_SUCCESS;
}

/// Into descriptors that the caller has made.
cudnnStatus_t give_descriptors(const std::vector<Descriptor*>& have, std::int64_t room, std::int64_t* count,
                               void* out) {
  *count = static_cast<std::int64_t>(have.size());
  for (std::size_t i = 0; out != nullptr && i < have.size() && static_cast<std::int64_t>(i) < room; ++i) {
    Descriptor* to = static_cast<Descriptor**>(out)[i];
    if (living.count(to) == 0 || to->type != have[i]->type)
      return refuse("a descriptor of another type to read into");
    *to = *have[i];
  }
  return CUDNN_STATUS_SUCCESS;
}

bool has_window(const Descriptor* engine) {
  Convolution conv;
  read_graph(engine->part(CUDNN_ATTR_ENGINE_OPERATION_GRAPH), conv);
  const std::int64_t edge = conv.filter.dims[2];
  return !(edge == 4 && (behaves("no-blocks") || behaves("no-stem"))) && !(edge == 7 && behaves("no-stem"));
}

std::string fault_of_final(const Descriptor* d) {
  Convolution conv;
  if (d->type == CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR) return read_graph(d, conv);
  if (d->type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) {
    const Descriptor* engine = engine_of(d);
    if (engine == nullptr || d->find(CUDNN_ATTR_EXECUTION_PLAN_HANDLE) == nullptr)
      return "a plan without engine or handle";
    if (index_of(engine) == kRefusing) return "this engine refuses";
    if (!has_window(engine)) return "no engine for this window";
  }
  if (d->type == CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR) {
    const Attribute *ids = d->find(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS),
                    *pointers = d->find(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
    if (ids == nullptr || pointers == nullptr || ids->count != pointers->count)
      return "operands without pointers";
  }
  return {};
}

/// Empty, or what is missing.
std::string read_pointers(const Convolution& conv, const Descriptor* pack, ConvPointers& to) {
  const auto ids = pack->all<std::int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const auto pointers = pack->all<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  std::map<std::int64_t, void*> by_id;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    by_id[ids[i]] = pointers[i];
    if (reinterpret_cast<std::uintptr_t>(pointers[i]) % 16 != 0)
      report("a tensor that is not aligned", conv.name());
  }
  to.source = by_id[conv.source.id];
  to.filter = by_id[conv.filter.id];
  to.target = by_id[conv.target.id];
  to.bias = conv.fprop ? by_id[conv.bias.id] : nullptr;
  to.workspace = pack->get<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
  if (to.workspace_bytes > 0 && reinterpret_cast<std::uintptr_t>(to.workspace) % 256 != 0) {
    report("a workspace that is not aligned", conv.name());
  }
  const bool complete = to.source != nullptr && to.filter != nullptr && to.target != nullptr &&
                        (!conv.fprop || to.bias != nullptr) &&
                        (to.workspace_bytes == 0 || to.workspace != nullptr);
  return complete ? "" : "a tensor or the workspace has no pointer";
}

struct Handle {
  cudaStream_t stream = nullptr;
};

}  // namespace

extern "C" {
const char* cudnnGetErrorString(cudnnStatus_t status) {
  return status == CUDNN_STATUS_SUCCESS ? "CUDNN_STATUS_SUCCESS" : "an emulated error";
}
void cudnnGetLastErrorString(char* message, std::size_t size) {
  std::snprintf(message, size, "%s", last_error.c_str());
  last_error.clear();
}
std::size_t cudnnGetVersion() {
  return 91900;
}
cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  *handle = reinterpret_cast<cudnnHandle_t>(new Handle);
  count_handles("cuDNN handles", 1);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  delete reinterpret_cast<Handle*>(handle);
  count_handles("cuDNN handles", -1);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream) {
  reinterpret_cast<Handle*>(handle)->stream = stream;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* d) {
  const Turn turn(machine);
  *d = reinterpret_cast<cudnnBackendDescriptor_t>(make(type));
  count_handles("descriptors of cuDNN", 1);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t raw) {
  const Turn turn(machine);
  Descriptor* d = living_descriptor(raw);
  if (d == nullptr) {
    report("a descriptor of cuDNN is destroyed twice");
    return CUDNN_STATUS_BAD_PARAM;
  }
  living.erase(d);
  delete d;
  count_handles("descriptors of cuDNN", -1);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t raw, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, std::int64_t count,
                                       const void* values) {
  const Turn turn(machine);
  Descriptor* d = living_descriptor(raw);
  if (d == nullptr || d->final) return refuse("an attribute of no descriptor, or of a finalised one");
  Attribute a{type, count, std::vector<char>(static_cast<std::size_t>(count) * bytes_of_type(type)), {}};
  if (!a.bytes.empty()) std::memcpy(a.bytes.data(), values, a.bytes.size());
  for (std::int64_t i = 0; type == CUDNN_TYPE_BACKEND_DESCRIPTOR && i < count; ++i) {
    Descriptor* part = static_cast<Descriptor* const*>(values)[i];
    if (living.count(part) == 0 || !part->final) return refuse("an attribute that is not finalised");
    a.kept.push_back(std::make_shared<Descriptor>(*part));
    Descriptor* copy = a.kept.back().get();
    std::memcpy(a.bytes.data() + sizeof copy * static_cast<std::size_t>(i), &copy, sizeof copy);
  }
  d->attributes[name] = std::move(a);
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t raw) {
  const Turn turn(machine);
  Descriptor* d = living_descriptor(raw);
  if (d == nullptr) return refuse("no descriptor");
  if (const std::string wrong = fault_of_final(d); !wrong.empty())
    return refuse(wrong, CUDNN_STATUS_NOT_SUPPORTED);
  d->final = true;
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t raw, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, std::int64_t room,
                                       std::int64_t* count, void* out) {
  const Turn turn(machine);
  const Descriptor* d = living_descriptor(raw);
  if (d == nullptr || !d->final) return refuse("no finalised descriptor to read");
  if (name == CUDNN_ATTR_ENGINEHEUR_RESULTS) {
    ++times_done("heuristics");
    const std::vector<std::int64_t> indices = proposals(d);
    *count = static_cast<std::int64_t>(indices.size());
    for (std::size_t i = 0; out != nullptr && i < indices.size() && static_cast<std::int64_t>(i) < room;
         ++i) {
      describe_config(static_cast<Descriptor**>(out)[i],
                      d->get<Descriptor*>(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH), indices[i]);
    }
    return CUDNN_STATUS_SUCCESS;
  }
  if (name == CUDNN_ATTR_OPERATIONGRAPH_ENGINE_GLOBAL_COUNT)
    return give<std::int64_t>({kEngines}, room, count, out);
  if (name == CUDNN_ATTR_ENGINE_NUMERICAL_NOTE) {
    std::vector<cudnnBackendNumericalNote_t> notes;
    if (index_of(d) == kTensorCores) notes.push_back(CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
    if (index_of(d) == kUnordered) notes.push_back(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC);
    return give(notes, room, count, out);
  }
  if (name == CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE) {
    std::vector<cudnnBackendBehaviorNote_t> notes;
    if (index_of(d) == kCompiled) notes.push_back(CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION);
    return give(notes, room, count, out);
  }
  if (name == CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE) {
    return give<std::int64_t>({static_cast<std::int64_t>(workspace_of(d))}, room, count, out);
  }
  if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR)
    return give_descriptors(d->all<Descriptor*>(name), room, count, out);
  const Attribute* a = d->find(name);
  if (a == nullptr || a->type != type) return refuse("an attribute that is not there");
  *count = a->count;
  if (room > 0)
    std::memcpy(out, a->bytes.data(),
                bytes_of_type(type) * static_cast<std::size_t>(std::min(room, a->count)));
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t raw_plan,
                                  cudnnBackendDescriptor_t raw_pack) {
  const Turn turn(machine);
  const Descriptor *plan = living_descriptor(raw_plan), *pack = living_descriptor(raw_pack);
  if (plan == nullptr || pack == nullptr || !plan->final || !pack->final)
    return refuse("no plan or no operands");
  Convolution conv;
  const Descriptor* engine = engine_of(plan);
  if (const std::string wrong = read_graph(engine->part(CUDNN_ATTR_ENGINE_OPERATION_GRAPH), conv);
      !wrong.empty()) {
    return refuse(wrong);
  }
  conv.tensor_cores = index_of(engine) == kTensorCores;
  if (index_of(engine) == kPlain && behaves("refuses"))
    return refuse("this engine does not run", CUDNN_STATUS_EXECUTION_FAILED);
  if (index_of(engine) == kPlain && behaves("breaks")) break_context();
  conv.factor = factor_of(plan);
  ConvPointers pointers;
  pointers.workspace_bytes = workspace_of(plan);
  if (const std::string wrong = read_pointers(conv, pack, pointers); !wrong.empty()) return refuse(wrong);
  enqueue(reinterpret_cast<Handle*>(handle)->stream, conv.name(), [=] { run(conv, pointers); });
  return CUDNN_STATUS_SUCCESS;
}
}
