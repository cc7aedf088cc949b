#include "kernels/conv/conv_cudnn.h"

#include <cuda_runtime.h>
#include <cudnn.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <utility>

#include "kernels/conv/plan_operands.h"
#include "kernels/core/error.h"

namespace limpid::cuda {
namespace {

/// Throws Error{runtime} with cuDNN's own words unless the call succeeded.
void check(cudnnStatus_t status, const char* what) {
  if (status == CUDNN_STATUS_SUCCESS) return;
  std::array<char, 1024> buffer{};
  cudnnGetLastErrorString(buffer.data(), buffer.size());
  std::string detail = buffer.data();
  std::replace(detail.begin(), detail.end(), '\n', ' ');
  fail_runtime("cuDNN could not {}: {}{}{}", what, cudnnGetErrorString(status), detail.empty() ? "" : ": ",
               detail);
}

template <class T>
constexpr cudnnBackendAttributeType_t kTypeOf = CUDNN_TYPE_VOID_PTR;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<std::int64_t> = CUDNN_TYPE_INT64;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<float> = CUDNN_TYPE_FLOAT;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<bool> = CUDNN_TYPE_BOOLEAN;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<cudnnHandle_t> = CUDNN_TYPE_HANDLE;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<cudnnDataType_t> = CUDNN_TYPE_DATA_TYPE;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<cudnnConvolutionMode_t> = CUDNN_TYPE_CONVOLUTION_MODE;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<cudnnPointwiseMode_t> = CUDNN_TYPE_POINTWISE_MODE;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<cudnnBackendHeurMode_t> = CUDNN_TYPE_HEUR_MODE;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<cudnnBackendKnobType_t> = CUDNN_TYPE_KNOB_TYPE;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<cudnnBackendNumericalNote_t> = CUDNN_TYPE_NUMERICAL_NOTE;
template <>
constexpr cudnnBackendAttributeType_t kTypeOf<cudnnBackendBehaviorNote_t> = CUDNN_TYPE_BEHAVIOR_NOTE;

/// An object of cuDNN's graph interface, owned. Attributes are set, then it is finalised, then read.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type) {
    check(cudnnBackendCreateDescriptor(type, &raw_), "create a descriptor");
  }
  ~Descriptor() {
    if (raw_ != nullptr) cudnnBackendDestroyDescriptor(raw_);
  }
  Descriptor(Descriptor&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }

  cudnnBackendDescriptor_t raw() const { return raw_; }

  template <class T>
  Descriptor& set(cudnnBackendAttributeName_t name, const T& value) {
    return set_raw(name, kTypeOf<T>, 1, &value);
  }
  template <std::size_t N>
  Descriptor& set(cudnnBackendAttributeName_t name, const std::array<std::int64_t, N>& values) {
    return set_raw(name, CUDNN_TYPE_INT64, N, values.data());
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const Descriptor& value) {
    return set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &value.raw_);
  }
  Descriptor& set(cudnnBackendAttributeName_t name, const std::vector<Descriptor>& values) {
    std::vector<cudnnBackendDescriptor_t> raw;
    for (const Descriptor& value : values) raw.push_back(value.raw_);
    return set_raw(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, raw.size(), raw.data());
  }
  Descriptor& set_pointers(cudnnBackendAttributeName_t name, const std::vector<void*>& values) {
    return set_raw(name, CUDNN_TYPE_VOID_PTR, values.size(), values.data());
  }
  Descriptor& set_numbers(cudnnBackendAttributeName_t name, const std::vector<std::int64_t>& values) {
    return set_raw(name, CUDNN_TYPE_INT64, values.size(), values.data());
  }
  Descriptor& set_text(cudnnBackendAttributeName_t name, const std::string& text) {
    return set_raw(name, CUDNN_TYPE_CHAR, text.size(), text.data());
  }

  Descriptor finalise(const char* what) && {
    check(cudnnBackendFinalize(raw_), what);
    return std::move(*this);
  }

  template <class T>
  T get(cudnnBackendAttributeName_t name) const {
    T value{};
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(raw_, name, kTypeOf<T>, 1, &count, &value), "read an attribute");
    return value;
  }
  /// At most `most` values.
  template <class T>
  std::vector<T> get_all(cudnnBackendAttributeName_t name, std::size_t most) const {
    std::vector<T> values(most);
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(raw_, name, kTypeOf<T>, static_cast<std::int64_t>(most), &count,
                                   values.data()),
          "read an attribute");
    values.resize(std::min(most, static_cast<std::size_t>(count)));
    return values;
  }
  /// At most `most` descriptors of this type.
  std::vector<Descriptor> get_descriptors(cudnnBackendAttributeName_t name, cudnnBackendDescriptorType_t type,
                                          std::size_t most) const {
    std::vector<Descriptor> result;
    std::vector<cudnnBackendDescriptor_t> raw;
    for (std::size_t i = 0; i < most; ++i) raw.push_back(result.emplace_back(type).raw_);
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, static_cast<std::int64_t>(most),
                                   &count, raw.data()),
          "read descriptors");
    if (static_cast<std::size_t>(count) < most) result.erase(result.begin() + count, result.end());
    return result;
  }
  std::size_t count_descriptors(cudnnBackendAttributeName_t name) const {
    std::int64_t count = 0;
    check(cudnnBackendGetAttribute(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &count, nullptr),
          "count descriptors");
    return static_cast<std::size_t>(count);
  }

 private:
  Descriptor& set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, std::size_t count,
                      const void* values) {
    check(cudnnBackendSetAttribute(raw_, name, type, static_cast<std::int64_t>(count), values),
          "set an attribute");
    return *this;
  }

  cudnnBackendDescriptor_t raw_ = nullptr;
};

cudnnDataType_t data_type(DType dtype) {
  return dtype == DType::f32 ? CUDNN_DATA_FLOAT : dtype == DType::f16 ? CUDNN_DATA_HALF : CUDNN_DATA_BFLOAT16;
}

/// Names of the tensors within a graph, and of the pointers given when it runs.
enum TensorId : std::int64_t { kSource = 1, kFilter, kBias, kTarget, kSum, kBiased };

using Extents = std::array<std::int64_t, 4>;  ///< n, c, h, w, in whatever order they lie in memory.

/// Strides of NHWC, `pixel` channels wide.
Extents nhwc_strides(const Extents& dims, std::int64_t pixel) {
  return {pixel * dims[2] * dims[3], 1, pixel * dims[3], pixel};
}

Descriptor make_tensor(TensorId id, const Extents& dims, std::int64_t pixel, cudnnDataType_t type,
                       bool intermediate = false) {
  constexpr std::int64_t kAlignment = 16;
  return std::move(Descriptor(CUDNN_BACKEND_TENSOR_DESCRIPTOR)
                       .set(CUDNN_ATTR_TENSOR_UNIQUE_ID, std::int64_t{id})
                       .set(CUDNN_ATTR_TENSOR_DATA_TYPE, type)
                       .set(CUDNN_ATTR_TENSOR_DIMENSIONS, dims)
                       .set(CUDNN_ATTR_TENSOR_STRIDES, nhwc_strides(dims, pixel))
                       .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, kAlignment)
                       .set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, intermediate))
      .finalise("describe a tensor");
}

Descriptor make_convolution(const ConvShape& s) {
  using Pair = std::array<std::int64_t, 2>;
  const Window& window = s.window;
  // Where the last window ends before the map does, nothing is padded and cuDNN rounds the extent down.
  const auto after = [&](int in, int out, int before) {
    return std::max(0, (out - 1) * window.stride + window.size - in - before);
  };
  return std::move(Descriptor(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR)
                       .set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT)
                       .set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION)
                       .set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2})
                       .set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, Pair{window.before_h, window.before_w})
                       .set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS,
                            Pair{after(s.h, s.p, window.before_h), after(s.w, s.q, window.before_w)})
                       .set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, Pair{window.stride, window.stride})
                       .set(CUDNN_ATTR_CONVOLUTION_DILATIONS, Pair{1, 1}))
      .finalise("describe a convolution");
}

Descriptor make_pointwise(cudnnPointwiseMode_t mode) {
  return std::move(Descriptor(CUDNN_BACKEND_POINTWISE_DESCRIPTOR)
                       .set(CUDNN_ATTR_POINTWISE_MODE, mode)
                       .set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT))
      .finalise("describe an epilogue");
}

bool has(const std::vector<cudnnBackendNumericalNote_t>& notes, cudnnBackendNumericalNote_t note) {
  return std::find(notes.begin(), notes.end(), note) != notes.end();
}
bool has(const std::vector<cudnnBackendBehaviorNote_t>& notes, cudnnBackendBehaviorNote_t note) {
  return std::find(notes.begin(), notes.end(), note) != notes.end();
}

/// What cuDNN says of an engine configuration, workspace aside.
ConvCandidate read_candidate(const Descriptor& config) {
  std::vector<Descriptor> engines =
      config.get_descriptors(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, 1);
  const Descriptor& engine = engines.front();
  ConvCandidate result;
  result.algorithm.engine = static_cast<int>(engine.get<std::int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX));
  // Unlike the heuristic's results, a configuration's knobs are not counted without being read.
  for (const Descriptor& choice : config.get_descriptors(
           CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_KNOB_TYPE_COUNTS)) {
    result.algorithm.knobs.push_back(
        {static_cast<int>(choice.get<cudnnBackendKnobType_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE)),
         choice.get<std::int64_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE)});
  }
  const auto numerical = engine.get_all<cudnnBackendNumericalNote_t>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                                                     CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
  result.tensor_cores = has(numerical, CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
  result.down_converts = has(numerical, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS);
  result.reduced_sums = has(numerical, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION);
  result.nondeterministic = has(numerical, CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC);
  result.winograd = has(numerical, CUDNN_NUMERICAL_NOTE_WINOGRAD);
  result.fft = has(numerical, CUDNN_NUMERICAL_NOTE_FFT);
  const auto behaviour = engine.get_all<cudnnBackendBehaviorNote_t>(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE,
                                                                    CUDNN_BEHAVIOR_NOTE_TYPE_COUNT);
  result.compiles_at_run_time = has(behaviour, CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION);
  result.needs_cublaslt = has(behaviour, CUDNN_BEHAVIOR_NOTE_CUBLASLT_DEPENDENCY);
  return result;
}

}  // namespace

/// A handle, or the properties of a device that is not there.
class Cudnn::Library {
 public:
  Library() { check(cudnnCreate(&handle_), "start on this device"); }
  explicit Library(const std::string& device_properties)
      : properties_(std::move(Descriptor(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR)
                                  .set_text(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, device_properties))
                        .finalise("read the device's properties")) {}
  ~Library() {
    if (handle_ != nullptr) cudnnDestroy(handle_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  std::mutex& mutex() { return mutex_; }
  cudnnHandle_t handle() const { return handle_; }

  /// Tells the descriptor the device it is for, by the handle or by the properties.
  Descriptor& place(Descriptor& descriptor, cudnnBackendAttributeName_t handle,
                    cudnnBackendAttributeName_t properties) const {
    return properties_ ? descriptor.set(properties, *properties_) : descriptor.set(handle, handle_);
  }
  /// The same for descriptors that otherwise take the device from their graph.
  Descriptor& place(Descriptor& descriptor, cudnnBackendAttributeName_t properties) const {
    return properties_ ? descriptor.set(properties, *properties_) : descriptor;
  }

 private:
  std::mutex mutex_;
  cudnnHandle_t handle_ = nullptr;
  std::optional<Descriptor> properties_;
};

/// A convolution and its epilogue as cuDNN's operation graph. Keeps all that it refers to.
class Cudnn::Graph {
 public:
  Graph(const Library& library, const ConvRequest& request) : library_(library) {
    const ConvShape& s = request.shape;
    const cudnnDataType_t type = data_type(request.dtype);
    const bool fprop = request.direction == ConvDirection::fprop;
    const Extents x{request.batch, s.c, s.h, s.w};
    const Extents y{request.batch, s.k, s.p, s.q};
    convolution_ = make_convolution(s);
    source_ = make_tensor(kSource, fprop ? x : y, source_pixel_stride(request), type);
    target_ = make_tensor(kTarget, fprop ? y : x, target_pixel_stride(request), type);
    filter_ = make_tensor(kFilter, {s.k, s.c, s.window.size, s.window.size}, s.c, type);
    if (fprop) {
      add_fprop(request, y, type);
    } else {
      add_dgrad(request.accumulate);
    }
    graph_.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations_);
    if (library.handle() != nullptr) graph_.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, library.handle());
    graph_ = std::move(graph_).finalise("describe the operations");
  }

  /// What the heuristic proposes, best first; none where it knows nothing for this graph.
  std::vector<ConvCandidate> propose(cudnnBackendHeurMode_t mode) const {
    std::vector<ConvCandidate> result;
    Descriptor heuristic(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    heuristic.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph_).set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
    library_.place(heuristic, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP);
    if (cudnnBackendFinalize(heuristic.raw()) != CUDNN_STATUS_SUCCESS) return result;
    const std::size_t count = heuristic.count_descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS);
    for (const Descriptor& config : heuristic.get_descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                                              CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, count)) {
      result.push_back(read_candidate(config));
    }
    return result;
  }

  /// Every engine that accepts the graph, as it is configured by default: also those that the heuristics know
  /// nothing of.
  std::vector<ConvCandidate> enumerate() const {
    std::vector<ConvCandidate> result;
    const auto count = graph_.get<std::int64_t>(CUDNN_ATTR_OPERATIONGRAPH_ENGINE_GLOBAL_COUNT);
    for (std::int64_t i = 0; i < count; ++i) {
      Descriptor engine = describe_engine(i);
      if (cudnnBackendFinalize(engine.raw()) != CUDNN_STATUS_SUCCESS) continue;
      Descriptor config(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
      config.set(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
      if (cudnnBackendFinalize(config.raw()) != CUDNN_STATUS_SUCCESS) continue;
      result.push_back(read_candidate(config));
    }
    return result;
  }

  /// Throws Error{runtime} when the engine refuses.
  Descriptor build(const ConvAlgorithm& algorithm) const {
    const Descriptor engine = describe_engine(algorithm.engine).finalise("take the engine");
    std::vector<Descriptor> knobs;
    for (const Knob& knob : algorithm.knobs) {
      knobs.push_back(
          std::move(Descriptor(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR)
                        .set(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, static_cast<cudnnBackendKnobType_t>(knob.type))
                        .set(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, knob.value))
              .finalise("take the engine's knobs"));
    }
    Descriptor config(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    config.set(CUDNN_ATTR_ENGINECFG_ENGINE, engine);
    if (!knobs.empty()) config.set(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, knobs);
    config = std::move(config).finalise("configure the engine");

    Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
    plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
    library_.place(plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP);
    return std::move(plan).finalise("build the plan");
  }

 private:
  Descriptor describe_engine(std::int64_t index) const {
    Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
    engine.set(CUDNN_ATTR_ENGINE_OPERATION_GRAPH, graph_).set(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, index);
    library_.place(engine, CUDNN_ATTR_ENGINE_DEVICEPROP);
    return engine;
  }

  void add_fprop(const ConvRequest& request, const Extents& y, cudnnDataType_t type) {
    const std::int64_t k = y[1];
    sum_ = make_tensor(kSum, y, k, CUDNN_DATA_FLOAT, true);
    bias_ = make_tensor(kBias, {1, k, 1, 1}, k, type);
    operations_.push_back(std::move(Descriptor(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR)
                                        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, convolution_)
                                        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, source_)
                                        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, filter_)
                                        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, sum_)
                                        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1.0F)
                                        .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0.0F))
                              .finalise("describe the fprop"));
    if (request.relu) biased_ = make_tensor(kBiased, y, k, CUDNN_DATA_FLOAT, true);
    add_ = make_pointwise(CUDNN_POINTWISE_ADD);
    operations_.push_back(
        std::move(Descriptor(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
                      .set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, add_)
                      .set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, sum_)
                      .set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, bias_)
                      .set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, request.relu ? biased_ : target_))
            .finalise("describe the bias"));
    if (!request.relu) return;
    relu_ = make_pointwise(CUDNN_POINTWISE_RELU_FWD);
    operations_.push_back(std::move(Descriptor(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
                                        .set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, relu_)
                                        .set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, biased_)
                                        .set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, target_))
                              .finalise("describe the ReLU"));
  }

  void add_dgrad(bool accumulate) {
    operations_.push_back(
        std::move(Descriptor(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR)
                      .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, convolution_)
                      .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, source_)
                      .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, filter_)
                      .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, target_)
                      .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, 1.0F)
                      .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, accumulate ? 1.0F : 0.0F))
            .finalise("describe the dgrad"));
  }

  const Library& library_;
  Descriptor convolution_{CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR};
  Descriptor source_{CUDNN_BACKEND_TENSOR_DESCRIPTOR}, filter_{CUDNN_BACKEND_TENSOR_DESCRIPTOR},
      bias_{CUDNN_BACKEND_TENSOR_DESCRIPTOR}, target_{CUDNN_BACKEND_TENSOR_DESCRIPTOR},
      sum_{CUDNN_BACKEND_TENSOR_DESCRIPTOR}, biased_{CUDNN_BACKEND_TENSOR_DESCRIPTOR};
  Descriptor add_{CUDNN_BACKEND_POINTWISE_DESCRIPTOR}, relu_{CUDNN_BACKEND_POINTWISE_DESCRIPTOR};
  std::vector<Descriptor> operations_;
  Descriptor graph_{CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR};
};

namespace {

std::size_t workspace_of(const Descriptor& plan) {
  return static_cast<std::size_t>(plan.get<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
}

}  // namespace

class Cudnn::Plan final : public ConvPlan {
 public:
  Plan(std::shared_ptr<Library> library, const ConvRequest& request, const DeviceFilter& filter,
       const ConvAlgorithm& algorithm)
      : library_(std::move(library)),
        request_(request),
        name_(algorithm.name()),
        graph_(*library_, request),
        plan_(graph_.build(algorithm)),
        workspace_bytes_(workspace_of(plan_)),
        filter_(filter) {}

  std::size_t workspace_bytes() const override { return padded_workspace(workspace_bytes_); }
  std::string algorithm() const override { return name_; }

  void run(const Stream& stream, const Tensor& source, const Tensor& target, void* workspace) override {
    require_operands(request_, source, target);
    filter_.ready(stream);
    const std::lock_guard lock(library_->mutex());
    try {
      bind({source.data, target.data, workspace_bytes_ == 0 ? nullptr : align_workspace(workspace)});
      check(cudnnSetStream(library_->handle(), static_cast<cudaStream_t>(stream.cuda)), "take the stream");
      check(cudnnBackendExecute(library_->handle(), plan_.raw(), operands_->raw()), "run");
    } catch (const Error& e) {
      fail_runtime("{} with {}: {}", where(request_), name_, e.what());
    }
  }

 private:
  struct Pointers {
    void* source = nullptr;
    void* target = nullptr;
    void* workspace = nullptr;
    friend bool operator==(const Pointers&, const Pointers&) = default;
  };

  /// The plan's operands stay where they are from step to step, so they are described to cuDNN once.
  void bind(const Pointers& pointers) {
    if (operands_ && pointers == bound_) return;
    std::vector<std::int64_t> ids{kSource, kFilter, kTarget};
    std::vector<void*> addresses{pointers.source, filter_.weights.data(), pointers.target};
    if (filter_.bias.data() != nullptr) {
      ids.push_back(kBias);
      addresses.push_back(filter_.bias.data());
    }
    operands_ = std::move(Descriptor(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR)
                              .set_numbers(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids)
                              .set_pointers(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, addresses)
                              .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, pointers.workspace))
                    .finalise("take the operands");
    bound_ = pointers;
  }

  std::shared_ptr<Library> library_;
  ConvRequest request_;
  std::string name_;
  Graph graph_;
  Descriptor plan_;
  std::size_t workspace_bytes_;
  DeviceFilter filter_;
  std::optional<Descriptor> operands_;
  Pointers bound_;
};

Cudnn::Cudnn(std::shared_ptr<Library> library) : library_(std::move(library)) {}

Cudnn Cudnn::on_current_device() {
  return Cudnn(std::make_shared<Library>());
}

Cudnn Cudnn::deviceless(const std::string& device_properties) {
  return Cudnn(std::make_shared<Library>(device_properties));
}

std::int64_t Cudnn::version() {
  return static_cast<std::int64_t>(cudnnGetVersion());
}

std::vector<ConvCandidate> Cudnn::candidates(const ConvRequest& request, const ChoiceRules& rules,
                                             int most) const {
  const std::lock_guard lock(library_->mutex());
  std::string reason = "no engine is offered";
  try {
    const Graph graph(*library_, request);
    std::vector<ConvCandidate> fitting, tried;
    std::optional<ConvCandidate> smallest;
    const auto full = [&] { return static_cast<int>(fitting.size()) >= most; };
    const auto consider = [&](const std::vector<ConvCandidate>& offered) {
      const std::vector<ConvCandidate> allowed = rank(offered, rules);
      if (allowed.empty() && !offered.empty()) reason = refusal(offered.front(), rules);
      for (ConvCandidate candidate : allowed) {
        if (full()) return;
        const bool known = std::any_of(tried.begin(), tried.end(), [&](const ConvCandidate& earlier) {
          return earlier.algorithm == candidate.algorithm;
        });
        if (known) continue;
        tried.push_back(candidate);
        try {
          candidate.workspace_bytes = workspace_of(graph.build(candidate.algorithm));
        } catch (const Error& e) {
          reason = e.what();  // An offer is a guess: the engine may still refuse.
          continue;
        }
        if (!smallest || candidate.workspace_bytes < smallest->workspace_bytes) smallest = candidate;
        if (candidate.workspace_bytes <= rules.workspace_cap) fitting.push_back(candidate);
      }
    };
    std::vector<ConvCandidate> proposed = graph.propose(CUDNN_HEUR_MODE_A);
    const std::vector<ConvCandidate> fallbacks = graph.propose(CUDNN_HEUR_MODE_FALLBACK);
    proposed.insert(proposed.end(), fallbacks.begin(), fallbacks.end());
    consider(proposed);
    if (!full()) consider(graph.enumerate());
    if (!fitting.empty()) return fitting;
    if (smallest) return {*smallest};
  } catch (const Error& e) {
    fail_runtime("{}: {}", where(request), e.what());
  }
  fail_runtime("{}: cuDNN {} has no usable engine ({})", where(request), version(), reason);
}

std::unique_ptr<ConvPlan> Cudnn::make_plan(const ConvRequest& request, const DeviceFilter& filter,
                                           const ConvAlgorithm& algorithm) const {
  const std::lock_guard lock(library_->mutex());
  try {
    return std::make_unique<Plan>(library_, request, filter, algorithm);
  } catch (const Error& e) {
    fail_runtime("{} with {}: {}", where(request), algorithm.name(), e.what());
  }
}

}  // namespace limpid::cuda
