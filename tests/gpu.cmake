# The CUDA library against the CPU, on a device; without one these tests skip. The library has its own copy of the CUDA
# runtime, and the tests theirs: both use the device's one primary context.
if(LIMPID_HAS_CUDA)
  limpid_test(gpu_test
    gpu/image_parity_test.cpp
    gpu/ops_parity_test.cpp
  )
  target_link_libraries(gpu_test PRIVATE limpid_cuda limpid_reference CUDA::cudart_static)
endif()
