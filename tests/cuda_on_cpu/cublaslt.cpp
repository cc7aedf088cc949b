// cuBLASLt's matmul, by its descriptors. Two algorithms are proposed, of which one has a workspace that it fills with rubbish.
#include <cublasLt.h>

#include <cstring>

#include "tests/cuda_on_cpu/machine.h"
#include "tests/cuda_on_cpu/numbers.h"

namespace {

using namespace emulated;

struct Product {
  cublasComputeType_t compute{};
  cublasOperation_t of_a = CUBLAS_OP_N, of_b = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const void* bias = nullptr;

  bool adds_bias() const {
    return epilogue == CUBLASLT_EPILOGUE_BIAS || epilogue == CUBLASLT_EPILOGUE_RELU_BIAS;
  }
  bool is_known() const { return adds_bias() || epilogue == CUBLASLT_EPILOGUE_DEFAULT; }
};

/// Column by column.
struct Matrix {
  cudaDataType_t type{};
  std::uint64_t rows = 0, columns = 0;
  std::int64_t pitch = 0;

  std::size_t at(std::size_t row, std::size_t column) const {
    return column * static_cast<std::size_t>(pitch) + row;
  }
};

struct Preference {
  std::uint64_t workspace = 0;
  std::uint32_t reduction = 0xffffffff, of_a = 256, of_b = 256, of_c = 256, of_d = 256;
};

// An algorithm's words; all 64 bits of each must come back from a file of tuned plans.
constexpr std::uint64_t kMark = 0x8000000011712e57;
constexpr std::size_t kMarkWord = 0, kIdWord = 1, kTensorCoresWord = 2;
constexpr std::size_t kWorkspaceBytes = 5000;

Product& product_of(cublasLtMatmulDesc_t d) {
  return *reinterpret_cast<Product*>(d);
}
Matrix& matrix_of(cublasLtMatrixLayout_t l) {
  return *reinterpret_cast<Matrix*>(l);
}
std::size_t workspace_of(const cublasLtMatmulAlgo_t& algo) {
  return algo.data[kIdWord] == 0 ? kWorkspaceBytes : 0;
}

Number number_of(const Product& product, cudaDataType_t type) {
  if (type == CUDA_R_16F) return Number::f16;
  if (type == CUDA_R_16BF) return Number::bf16;
  return product.compute == CUBLAS_COMPUTE_32F_FAST_TF32 ? Number::tf32 : Number::f32;
}

/// A call of cublasLtMatmul: d = alpha a b + beta d, which is m x n.
struct Matmul {
  Product product;
  Matrix a, b, d;
  std::size_t m = 0, n = 0, k = 0;
  const void *at_a = nullptr, *at_b = nullptr;
  void *at_d = nullptr, *workspace = nullptr;
  float alpha = 1, beta = 0;
  std::size_t workspace_bytes = 0;

  /// False where the extents do not fit together.
  bool describe(cublasLtMatmulDesc_t of, cublasLtMatrixLayout_t la, cublasLtMatrixLayout_t lb,
                cublasLtMatrixLayout_t lc, cublasLtMatrixLayout_t ld) {
    product = product_of(of);
    a = matrix_of(la);
    b = matrix_of(lb);
    d = matrix_of(ld);
    const bool turned_a = product.of_a != CUBLAS_OP_N, turned_b = product.of_b != CUBLAS_OP_N;
    m = turned_a ? a.columns : a.rows;
    k = turned_a ? a.rows : a.columns;
    n = turned_b ? b.rows : b.columns;
    for (const Matrix* matrix : {&a, &b, &d}) {
      if (matrix->pitch < static_cast<std::int64_t>(matrix->rows) || matrix->type != a.type) return false;
    }
    return lc == ld && k == (turned_b ? b.columns : b.rows) && d.rows == m && d.columns == n &&
           product.is_known();
  }

  bool touch_matrix(const char* what, const Matrix& matrix, const void* p, bool write) const {
    const std::size_t bytes = bytes_of(number_of(product, matrix.type));
    for (std::size_t column = 0; column < matrix.columns; ++column) {
      const char* begin = static_cast<const char*>(p) + matrix.at(0, column) * bytes;
      if (!touch(what, begin, matrix.rows * bytes, write)) return false;
    }
    return true;
  }

  bool touch_all() const {
    if (workspace_bytes > 0) {
      if (!touch("the workspace", workspace, workspace_bytes, true)) return false;
      std::memset(workspace, 0xff, workspace_bytes);
    }
    const std::size_t bytes_of_bias = m * bytes_of(number_of(product, d.type));
    return touch_matrix("matrix A", a, at_a, false) && touch_matrix("matrix B", b, at_b, false) &&
           (beta == 0 || touch_matrix("matrix C", d, at_d, false)) &&
           touch_matrix("matrix D", d, at_d, true) &&
           (!product.adds_bias() || touch("the bias", product.bias, bytes_of_bias, false));
  }

  void run() const {
    if (!touch_all()) return;
    const Number number = number_of(product, a.type);
    const bool turned_a = product.of_a != CUBLAS_OP_N, turned_b = product.of_b != CUBLAS_OP_N;
    std::vector<float> left(k * m), column(m);
    for (std::size_t l = 0; l < k; ++l) {
      for (std::size_t i = 0; i < m; ++i)
        left[l * m + i] = read_number(at_a, turned_a ? a.at(l, i) : a.at(i, l), number);
    }
    // Every column by itself, in one order of sums whatever its place is.
    for (std::size_t j = 0; j < n; ++j) {
      std::fill(column.begin(), column.end(), 0.0F);
      for (std::size_t l = 0; l < k; ++l) {
        const float factor = read_number(at_b, turned_b ? b.at(j, l) : b.at(l, j), number);
        for (std::size_t i = 0; i < m; ++i) column[i] += factor * left[l * m + i];
      }
      for (std::size_t i = 0; i < m; ++i) {
        float x = alpha * column[i];
        const Number stored = number == Number::tf32 ? Number::f32 : number;
        if (beta != 0) x += beta * read_number(at_d, d.at(i, j), stored);
        if (product.adds_bias()) x += read_number(product.bias, i, stored);
        if (product.epilogue == CUBLASLT_EPILOGUE_RELU_BIAS) x = x > 0 ? x : 0;
        write_number(at_d, d.at(i, j), stored, x);
      }
    }
  }
};

template <class T>
cublasStatus_t take(T& field, const void* value, std::size_t bytes) {
  if (bytes != sizeof(T)) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(&field, value, bytes);
  return CUBLAS_STATUS_SUCCESS;
}
template <class T>
cublasStatus_t give(const T& field, void* value, std::size_t bytes, std::size_t* written) {
  if (bytes != sizeof(T)) return CUBLAS_STATUS_INVALID_VALUE;
  std::memcpy(value, &field, bytes);
  *written = bytes;
  return CUBLAS_STATUS_SUCCESS;
}
template <class T, class Handle>
cublasStatus_t make(Handle* handle, const T& value) {
  *handle = reinterpret_cast<Handle>(new T(value));
  count_handles("descriptors of cuBLASLt", 1);
  return CUBLAS_STATUS_SUCCESS;
}
template <class T, class Handle>
cublasStatus_t destroy(Handle handle) {
  delete reinterpret_cast<T*>(handle);
  count_handles("descriptors of cuBLASLt", -1);
  return CUBLAS_STATUS_SUCCESS;
}

}  // namespace

extern "C" {
cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  return make(handle, 0);
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) {
  return destroy<int>(handle);
}
const char* cublasLtGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_SUCCESS ? "success" : "an emulated error";
}
std::size_t cublasLtGetVersion() {
  return 130100;
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* d, cublasComputeType_t compute,
                                        cudaDataType_t scale) {
  Product product;
  product.compute = compute;
  return scale == CUDA_R_32F ? make(d, product) : CUBLAS_STATUS_NOT_SUPPORTED;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d) {
  return destroy<Product>(d);
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t name,
                                              const void* value, std::size_t bytes) {
  switch (name) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      return take(product_of(d).of_a, value, bytes);
    case CUBLASLT_MATMUL_DESC_TRANSB:
      return take(product_of(d).of_b, value, bytes);
    case CUBLASLT_MATMUL_DESC_EPILOGUE:
      return take(product_of(d).epilogue, value, bytes);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER:
      return take(product_of(d).bias, value, bytes);
    default:
      return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}
cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* l, cudaDataType type, std::uint64_t rows,
                                          std::uint64_t columns, std::int64_t pitch) {
  return make(l, Matrix{type, rows, columns, pitch});
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t l) {
  return destroy<Matrix>(l);
}
cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* p) {
  return make(p, Preference{});
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p) {
  return destroy<Preference>(p);
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t raw,
                                                    cublasLtMatmulPreferenceAttributes_t name,
                                                    const void* value, std::size_t bytes) {
  auto& p = *reinterpret_cast<Preference*>(raw);
  switch (name) {
    case CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES:
      return take(p.workspace, value, bytes);
    case CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK:
      return take(p.reduction, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES:
      return take(p.of_a, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES:
      return take(p.of_b, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES:
      return take(p.of_c, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES:
      return take(p.of_d, value, bytes);
    default:
      return CUBLAS_STATUS_NOT_SUPPORTED;
  }
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t product,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int most,
                                              cublasLtMatmulHeuristicResult_t results[], int* count) {
  *count = 0;
  Matmul call;
  if (!call.describe(product, a, b, c, d)) return CUBLAS_STATUS_INVALID_VALUE;
  for (std::uint64_t id = 0; id < 2 && *count < most; ++id) {
    cublasLtMatmulHeuristicResult_t result{};
    result.algo.data[kMarkWord] = kMark;
    result.algo.data[kIdWord] = id;
    result.algo.data[kTensorCoresWord] = number_of(call.product, call.a.type) == Number::f32 ? 0 : 1;
    result.workspaceSize = workspace_of(result.algo);
    result.state = CUBLAS_STATUS_SUCCESS;
    if (result.workspaceSize <= reinterpret_cast<Preference*>(preference)->workspace)
      results[(*count)++] = result;
  }
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t, cublasLtMatmulDesc_t product,
                                       cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                       cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                       const cublasLtMatmulAlgo_t* algo,
                                       cublasLtMatmulHeuristicResult_t* result) {
  Matmul call;
  if (algo->data[kMarkWord] != kMark || !call.describe(product, a, b, c, d))
    return CUBLAS_STATUS_INVALID_VALUE;
  result->workspaceSize = workspace_of(*algo);
  result->state = CUBLAS_STATUS_SUCCESS;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t* algo,
                                                    cublasLtMatmulAlgoConfigAttributes_t name, void* value,
                                                    std::size_t bytes, std::size_t* written) {
  if (name != CUBLASLT_ALGO_CONFIG_ID) return CUBLAS_STATUS_NOT_SUPPORTED;
  return give(static_cast<std::int32_t>(algo->data[kIdWord]), value, bytes, written);
}
cublasStatus_t cublasLtMatmulAlgoCapGetAttribute(const cublasLtMatmulAlgo_t* algo,
                                                 cublasLtMatmulAlgoCapAttributes_t name, void* value,
                                                 std::size_t bytes, std::size_t* written) {
  if (name != CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS) return CUBLAS_STATUS_NOT_SUPPORTED;
  const std::uint64_t unit = algo->data[kTensorCoresWord] != 0 ? CUBLASLT_NUMERICAL_IMPL_FLAGS_HMMA
                                                               : CUBLASLT_NUMERICAL_IMPL_FLAGS_FMA;
  return give(std::uint64_t{unit | CUBLASLT_NUMERICAL_IMPL_FLAGS_ACCUMULATOR_32F}, value, bytes, written);
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t product, const void* alpha,
                              const void* at_a, cublasLtMatrixLayout_t a, const void* at_b,
                              cublasLtMatrixLayout_t b, const void* beta, const void* at_c,
                              cublasLtMatrixLayout_t c, void* at_d, cublasLtMatrixLayout_t d,
                              const cublasLtMatmulAlgo_t* algo, void* workspace, std::size_t workspace_bytes,
                              cudaStream_t stream) {
  Matmul call;
  if (algo->data[kMarkWord] != kMark || !call.describe(product, a, b, c, d))
    return CUBLAS_STATUS_INVALID_VALUE;
  if (at_c != at_d || workspace_bytes < workspace_of(*algo)) return CUBLAS_STATUS_INVALID_VALUE;
  call.at_a = at_a;
  call.at_b = at_b;
  call.at_d = at_d;
  call.alpha = *static_cast<const float*>(alpha);
  call.beta = *static_cast<const float*>(beta);
  call.workspace = workspace;
  call.workspace_bytes = workspace_of(*algo);
  const auto is_aligned = [](const void* p, std::size_t to) {
    return reinterpret_cast<std::uintptr_t>(p) % to == 0;
  };
  if (call.workspace_bytes > 0 && !is_aligned(workspace, 256))
    report("a workspace that is not aligned", "cuBLASLt");
  if (!is_aligned(at_a, 16) || !is_aligned(at_b, 16) || !is_aligned(at_d, 16)) {
    report("a matrix that is not aligned", "cuBLASLt");
  }
  const std::string name = "cublasLtMatmul " + std::to_string(call.m) + " x " + std::to_string(call.n) +
                           " x " + std::to_string(call.k);
  enqueue(stream, name, [call] { call.run(); });
  return CUBLAS_STATUS_SUCCESS;
}
}
