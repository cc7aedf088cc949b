# The network side of the kernels: convolution, pools, normalisation, ReLU, softmax, objectives, and the core
# they stand on.
limpid_test(kernel_test
  kernels/caricature_seed_test.cpp
  kernels/conv_choice_test.cpp
  kernels/conv_test.cpp
  kernels/global_average_pool_test.cpp
  kernels/gram_test.cpp
  kernels/lrn_test.cpp
  kernels/max_pool_test.cpp
  kernels/objective_seed_test.cpp
  kernels/objective_terms_exact_test.cpp
  kernels/objective_terms_test.cpp
  kernels/op_contract_test.cpp
  kernels/plan_cache_test.cpp
  kernels/relu_test.cpp
  kernels/smoothed_pool_test.cpp
  kernels/softmax_test.cpp
  kernels/space_to_depth_test.cpp
  kernels/stem_test.cpp
  kernels/stream_assignment_test.cpp
  kernels/thread_team_test.cpp
  kernels/top_k_test.cpp
)
target_link_libraries(kernel_test PRIVATE limpid_reference GTest::gmock)

# Cases of every operation, which these tests, those on a GPU and the benchmarks walk.
add_library(limpid_op_cases STATIC 
  ops/map_cases.cpp
  ops/network_cases.cpp
  ops/op_case.cpp
  ops/operands.cpp
  ops/parameter_cases.cpp
  ops/picture_cases.cpp
  ops/pool_cases.cpp
  ops/seed_cases.cpp
  ops/view_cases.cpp
)
target_link_libraries(limpid_op_cases PUBLIC limpid_objective limpid_kernels limpid_reference GTest::gtest)
limpid_test(op_cases_test ops/op_cases_test.cpp)
target_link_libraries(op_cases_test PRIVATE limpid_op_cases limpid_simulated_gpu)
if(LIMPID_BENCH)
  find_package(benchmark REQUIRED)
  add_executable(op_cases_bench ops/op_cases_bench.cpp)
  target_link_libraries(op_cases_bench PRIVATE limpid_op_cases benchmark::benchmark)
endif()

# Inline arithmetic, as the kernels are compiled and as a processor without AVX or half-precision conversions gets it.
foreach(form "" _baseline)
  limpid_test(kernel_core${form}_test OWN_FLAGS
    kernels/dtype_test.cpp
    kernels/group_test.cpp
  )
  target_compile_options(kernel_core${form}_test PRIVATE -Wno-psabi $<$<BOOL:${LIMPID_SANITIZE}>:-O1>)
  set_target_properties(kernel_core${form}_test PROPERTIES LIMPID_UNDEFINED_CHECKS ON)
endforeach()
if(LIMPID_CPU_ARCH AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(kernel_core_test PRIVATE -march=${LIMPID_CPU_ARCH})
endif()

# Bodies as the kernels are compiled: what is inlined here and there must be the same.
limpid_test(kernel_body_test OWN_FLAGS
  kernels/device_forms_test.cpp
  kernels/fastdiv_test.cpp
  kernels/top_k_looks_test.cpp
)
target_compile_options(kernel_body_test PRIVATE -ffp-contract=off -fno-math-errno -Wno-psabi
  $<$<BOOL:${LIMPID_SANITIZE}>:-O1>)
set_target_properties(kernel_body_test PROPERTIES LIMPID_UNDEFINED_CHECKS ON)
if(LIMPID_CPU_ARCH AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(kernel_body_test PRIVATE -march=${LIMPID_CPU_ARCH})
endif()
target_link_libraries(kernel_body_test PRIVATE limpid_reference)
