#include "kernels/conv/conv_cublaslt.h"

#include <cublasLt.h>

#include <algorithm>
#include <array>
#include <utility>

#include "kernels/conv/plan_operands.h"
#include "kernels/core/error.h"

namespace limpid::cuda {
namespace {

/// Without split sums hardly an algorithm wants any.
constexpr std::size_t kWorkspaceCap = std::size_t{4} << 20;

/// What the heuristic is asked for at most; it rarely has as many.
constexpr int kMostProposals = 32;

void check(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  fail_runtime("cuBLASLt could not {}: {}", what, cublasLtGetStatusString(status));
}

struct Destroy {
  void operator()(cublasLtMatmulDesc_t raw) const { cublasLtMatmulDescDestroy(raw); }
  void operator()(cublasLtMatrixLayout_t raw) const { cublasLtMatrixLayoutDestroy(raw); }
  void operator()(cublasLtMatmulPreference_t raw) const { cublasLtMatmulPreferenceDestroy(raw); }
};
using Operation = std::unique_ptr<cublasLtMatmulDescOpaque_t, Destroy>;
using Layout = std::unique_ptr<cublasLtMatrixLayoutOpaque_t, Destroy>;
using Preference = std::unique_ptr<cublasLtMatmulPreferenceOpaque_t, Destroy>;

template <class T>
void set(const Operation& operation, cublasLtMatmulDescAttributes_t name, const T& value) {
  check(cublasLtMatmulDescSetAttribute(operation.get(), name, &value, sizeof(value)), "describe the product");
}
template <class T>
void set(const Preference& preference, cublasLtMatmulPreferenceAttributes_t name, const T& value) {
  check(cublasLtMatmulPreferenceSetAttribute(preference.get(), name, &value, sizeof(value)),
        "take what is preferred");
}

cudaDataType_t data_type(DType dtype) {
  return dtype == DType::f32 ? CUDA_R_32F : dtype == DType::f16 ? CUDA_R_16F : CUDA_R_16BF;
}

/// Sums are fp32 throughout; the pedantic form is the one that no environment variable loosens to TF32 or to
/// emulation.
cublasComputeType_t compute_type(const ConvRequest& request) {
  if (request.dtype != DType::f32) return CUBLAS_COMPUTE_32F;
  return request.tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F_PEDANTIC;
}

Operation make_operation(const ConvRequest& request, const void* bias) {
  cublasLtMatmulDesc_t raw = nullptr;
  check(cublasLtMatmulDescCreate(&raw, compute_type(request), CUDA_R_32F), "describe the product");
  Operation operation(raw);
  if (request.direction == ConvDirection::dgrad) return operation;
  set(operation, CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
  set(operation, CUBLASLT_MATMUL_DESC_EPILOGUE,
      request.relu ? CUBLASLT_EPILOGUE_RELU_BIAS : CUBLASLT_EPILOGUE_BIAS);
  set(operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
  return operation;
}

/// Column by column, `pitch` elements from one to the next.
Layout make_layout(DType dtype, std::uint64_t rows, std::uint64_t columns, int pitch) {
  cublasLtMatrixLayout_t raw = nullptr;
  check(cublasLtMatrixLayoutCreate(&raw, data_type(dtype), rows, columns, pitch), "describe a matrix");
  return Layout(raw);
}

/// A convolution in cuBLASLt's terms. Its matrices lie column by column, so everything is transposed: a pixel
/// is a column, y^T = filter x^T and dx^T = filter^T dy^T.
struct Product {
  Operation operation;
  Layout filter;  ///< K x C row by row, that is C x K.
  Layout source, target;

  Product(const ConvRequest& request, const void* bias) : operation(make_operation(request, bias)) {
    const ConvShape& s = request.shape;
    const bool fprop = request.direction == ConvDirection::fprop;
    const auto c = static_cast<std::uint64_t>(s.c), k = static_cast<std::uint64_t>(s.k);
    const auto pixels = static_cast<std::uint64_t>(request.batch) * static_cast<std::uint64_t>(s.h) *
                        static_cast<std::uint64_t>(s.w);
    filter = make_layout(request.dtype, c, k, s.c);
    source = make_layout(request.dtype, fprop ? c : k, pixels, source_pixel_stride(request));
    target = make_layout(request.dtype, fprop ? k : c, pixels, target_pixel_stride(request));
  }
};

Preference make_preference(const ChoiceRules& rules) {
  cublasLtMatmulPreference_t raw = nullptr;
  check(cublasLtMatmulPreferenceCreate(&raw), "take what is preferred");
  Preference preference(raw);
  set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
      static_cast<std::uint64_t>(std::min(kWorkspaceCap, rules.workspace_cap)));
  set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
      static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_NONE));
  // Slices begin at any channel group; unless told, cuBLASLt takes 256 bytes for granted.
  constexpr std::uint32_t kSliceAlignment = 16;
  for (const auto name :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES}) {
    set(preference, name, kSliceAlignment);
  }
  return preference;
}

template <class T>
T config_of(const cublasLtMatmulAlgo_t& algorithm, cublasLtMatmulAlgoConfigAttributes_t name) {
  T value{};
  std::size_t written = 0;
  check(cublasLtMatmulAlgoConfigGetAttribute(&algorithm, name, &value, sizeof(value), &written),
        "read an algorithm");
  return value;
}

std::uint64_t numerical_flags(const cublasLtMatmulAlgo_t& algorithm) {
  std::uint64_t flags = 0;
  std::size_t written = 0;
  check(cublasLtMatmulAlgoCapGetAttribute(&algorithm, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS, &flags,
                                          sizeof(flags), &written),
        "read an algorithm");
  return flags;
}

constexpr std::size_t kWords = std::extent_v<decltype(cublasLtMatmulAlgo_t::data)>;

ConvAlgorithm to_algorithm(const cublasLtMatmulAlgo_t& raw) {
  ConvAlgorithm result{ConvProvider::cublaslt, config_of<std::int32_t>(raw, CUBLASLT_ALGO_CONFIG_ID), {}};
  for (std::size_t i = 0; i < kWords; ++i) {
    result.knobs.push_back({static_cast<int>(i), static_cast<std::int64_t>(raw.data[i])});
  }
  return result;
}

/// Throws Error{runtime} unless it is what `to_algorithm` makes.
cublasLtMatmulAlgo_t from_algorithm(const ConvAlgorithm& algorithm) {
  cublasLtMatmulAlgo_t raw{};
  bool sound = algorithm.provider == ConvProvider::cublaslt && algorithm.knobs.size() == kWords;
  for (std::size_t i = 0; sound && i < kWords; ++i) {
    sound = algorithm.knobs[i].type == static_cast<int>(i);
    raw.data[i] = static_cast<std::uint64_t>(algorithm.knobs[i].value);
  }
  if (!sound) fail_runtime("{} is no algorithm of cuBLASLt", algorithm.name());
  return raw;
}

ConvCandidate to_candidate(const cublasLtMatmulHeuristicResult_t& proposal, DType dtype) {
  const std::uint64_t flags = numerical_flags(proposal.algo);
  constexpr std::uint64_t kHalfInputs =
      CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_16F | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_16BF;
  ConvCandidate result;
  result.algorithm = to_algorithm(proposal.algo);
  result.workspace_bytes = proposal.workspaceSize;
  result.tensor_cores = (flags & CUBLASLT_NUMERICAL_IMPL_FLAGS_TENSOR_OP_MASK) != 0;
  result.down_converts = dtype == DType::f32 && (flags & kHalfInputs) != 0;
  result.reduced_sums = (flags & CUBLASLT_NUMERICAL_IMPL_FLAGS_ACCUMULATOR_16F) != 0;
  return result;
}

}  // namespace

/// A handle. Calls with one handle may come from several threads.
class CublasLt::Library {
 public:
  Library() { check(cublasLtCreate(&handle_), "start on this device"); }
  ~Library() { cublasLtDestroy(handle_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  cublasLtHandle_t handle() const { return handle_; }

 private:
  cublasLtHandle_t handle_ = nullptr;
};

class CublasLt::Plan final : public ConvPlan {
 public:
  Plan(std::shared_ptr<Library> library, const ConvRequest& request, const DeviceFilter& filter,
       const ConvAlgorithm& algorithm)
      : library_(std::move(library)),
        request_(request),
        name_(algorithm.name()),
        algorithm_(from_algorithm(algorithm)),
        filter_(filter),
        product_(request, filter.bias.data()) {
    cublasLtMatmulHeuristicResult_t result{};
    check(cublasLtMatmulAlgoCheck(library_->handle(), product_.operation.get(), product_.filter.get(),
                                  product_.source.get(), product_.target.get(), product_.target.get(),
                                  &algorithm_, &result),
          "take the algorithm");
    workspace_bytes_ = result.workspaceSize;
  }

  std::size_t workspace_bytes() const override { return padded_workspace(workspace_bytes_); }
  std::string algorithm() const override { return name_; }

  void run(const Stream& stream, const Tensor& source, const Tensor& target, void* workspace) override {
    require_operands(request_, source, target);
    filter_.ready(stream);
    const float alpha = 1;
    const float beta = request_.accumulate ? 1 : 0;
    void* scratch = workspace_bytes_ == 0 ? nullptr : align_workspace(workspace);
    const cublasStatus_t status =
        cublasLtMatmul(library_->handle(), product_.operation.get(), &alpha, filter_.weights.data(),
                       product_.filter.get(), source.data, product_.source.get(), &beta, target.data,
                       product_.target.get(), target.data, product_.target.get(), &algorithm_, scratch,
                       workspace_bytes_, static_cast<cudaStream_t>(stream.cuda));
    if (status != CUBLAS_STATUS_SUCCESS) {
      fail_runtime("{} with {}: cuBLASLt could not run: {}", where(request_), name_,
                   cublasLtGetStatusString(status));
    }
  }

 private:
  std::shared_ptr<Library> library_;
  ConvRequest request_;
  std::string name_;
  cublasLtMatmulAlgo_t algorithm_;
  DeviceFilter filter_;
  Product product_;
  std::size_t workspace_bytes_ = 0;
};

CublasLt::CublasLt(std::shared_ptr<Library> library) : library_(std::move(library)) {}

CublasLt CublasLt::on_current_device() {
  return CublasLt(std::make_shared<Library>());
}

std::int64_t CublasLt::version() {
  return static_cast<std::int64_t>(cublasLtGetVersion());
}

std::vector<ConvCandidate> CublasLt::candidates(const ConvRequest& request, const ChoiceRules& rules,
                                                int most) const {
  if (!is_matrix_product(request)) return {};
  // The heuristic looks at the alignment of the bias, and at nothing behind it.
  alignas(256) static constexpr std::array<char, 256> kSomeBias{};
  try {
    const Product product(request, kSomeBias.data());
    const Preference preference = make_preference(rules);
    std::array<cublasLtMatmulHeuristicResult_t, kMostProposals> proposals{};
    int count = 0;
    const cublasStatus_t status =
        cublasLtMatmulAlgoGetHeuristic(library_->handle(), product.operation.get(), product.filter.get(),
                                       product.source.get(), product.target.get(), product.target.get(),
                                       preference.get(), kMostProposals, proposals.data(), &count);
    if (status == CUBLAS_STATUS_NOT_SUPPORTED) return {};
    check(status, "propose an algorithm");
    std::vector<ConvCandidate> offered;
    for (int i = 0; i < count; ++i) {
      const cublasLtMatmulHeuristicResult_t& proposal = proposals[static_cast<std::size_t>(i)];
      if (proposal.state == CUBLAS_STATUS_SUCCESS) offered.push_back(to_candidate(proposal, request.dtype));
    }
    std::vector<ConvCandidate> allowed = rank(offered, rules);
    if (allowed.size() > static_cast<std::size_t>(most)) allowed.resize(static_cast<std::size_t>(most));
    return allowed;
  } catch (const Error& e) {
    fail_runtime("{}: {}", where(request), e.what());
  }
}

std::unique_ptr<ConvPlan> CublasLt::make_plan(const ConvRequest& request, const DeviceFilter& filter,
                                              const ConvAlgorithm& algorithm) const {
  try {
    return std::make_unique<Plan>(library_, request, filter, algorithm);
  } catch (const Error& e) {
    fail_runtime("{} with {}: {}", where(request), algorithm.name(), e.what());
  }
}

}  // namespace limpid::cuda
