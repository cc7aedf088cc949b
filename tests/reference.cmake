# The double-precision oracle, and the tests that establish it.
add_library(limpid_reference STATIC
  reference/reference_ops.cpp
  reference/reference_network.cpp
)
target_link_libraries(limpid_reference PUBLIC limpid_flags limpid_weights PRIVATE OpenMP::OpenMP_CXX)
# Optimised in every configuration: a forward and backward pass is six thousand million operations.
target_compile_options(limpid_reference PRIVATE -O3)
if(LIMPID_CPU_ARCH AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(limpid_reference PRIVATE -march=${LIMPID_CPU_ARCH})
endif()

limpid_test(reference_test
  reference/reference_ops_test.cpp
  reference/reference_network_test.cpp
)
target_link_libraries(reference_test PRIVATE limpid_reference)
