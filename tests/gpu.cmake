# The CUDA library against the CPU, on a device; without one these tests skip. The library has its own copy of the CUDA
# runtime, and the tests theirs: both use the device's one primary context.
if(NOT LIMPID_HAS_CUDA)
  return()
endif()

limpid_test(gpu_test
  gpu/image_parity_test.cpp
  gpu/ops_parity_test.cpp
)
target_link_libraries(gpu_test PRIVATE limpid_cuda limpid_reference CUDA::cudart_static)

# limpid_vector_access_test(<operation> <least>): needs the compiler only. A channel group is two 16-byte loads in fp32
# and one in fp16 and bf16.
function(limpid_vector_access_test operation least)
  list(GET CMAKE_CUDA_ARCHITECTURES 0 architecture)
  add_test(NAME gpu_vector_access.${operation}
    COMMAND ${CMAKE_COMMAND} -DNVCC=${CMAKE_CUDA_COMPILER} -DARCHITECTURE=${architecture} -DROOT=${PROJECT_SOURCE_DIR}
      -DSOURCE=kernels/ops/${operation}.cu -DLEAST=${least}
      -DPTX=${CMAKE_CURRENT_BINARY_DIR}/${operation}.ptx -P ${CMAKE_CURRENT_SOURCE_DIR}/gpu/vector_access.cmake)
endfunction()
limpid_vector_access_test(relu 8)        # Two operands: 2 x (2 + 1 + 1).
limpid_vector_access_test(max_pool 72)   # Nine taps unrolled, in two strides: 9 x 2 x (2 + 1 + 1).
limpid_vector_access_test(lrn 16)        # Four pairs of constants.
limpid_vector_access_test(global_average_pool 4)
