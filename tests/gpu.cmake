# The CUDA library against the CPU, on a device; without one these tests skip. The library has its own copy of the CUDA
# runtime, and the tests theirs: both use the device's one primary context.
if(NOT LIMPID_HAS_CUDA AND NOT LIMPID_HAS_CUDA_ON_CPU)
  return()
endif()

# Compiled once for a device and for the emulated one.
add_library(gpu_test_cases OBJECT
  gpu/conv_parity_test.cpp
  gpu/image_parity_test.cpp
  gpu/network_convs.cpp
  gpu/ops_parity_test.cpp
)
limpid_test_options(gpu_test_cases)
# Each has its own operands on a device.
set_target_properties(gpu_test_cases PROPERTIES UNITY_BUILD OFF)
target_include_directories(gpu_test_cases SYSTEM PRIVATE ${LIMPID_CUDA_INCLUDE_DIR})
target_link_libraries(gpu_test_cases PRIVATE limpid_op_cases)
if(NOT LIMPID_HAS_CUDA)
  return()
endif()

limpid_test(gpu_test $<TARGET_OBJECTS:gpu_test_cases>)
set_target_properties(gpu_test PROPERTIES LINKER_LANGUAGE CXX)
target_link_libraries(gpu_test PRIVATE limpid_cuda limpid_op_cases CUDA::cudart_static)

# The engine, which loads the library itself.
limpid_test(gpu_engine_test gpu/engine_parity_test.cpp gpu/gradient_parity_test.cpp gpu/parity_case.cpp session/session_use.cpp)
target_link_libraries(gpu_engine_test PRIVATE limpid_engine_run)
add_dependencies(gpu_engine_test limpid_cuda)

# Needs cuDNN, but neither device nor driver.
limpid_test(deviceless_plans_test
  gpu/deviceless_plans_test.cpp
  gpu/network_convs.cpp
)
target_link_libraries(deviceless_plans_test PRIVATE limpid_cuda)
target_compile_definitions(deviceless_plans_test PRIVATE
  LIMPID_DEVICE_PROPERTIES="${CMAKE_CURRENT_SOURCE_DIR}/gpu/h200.json")

# Linked with the library of the build tree, which paths outside the project do not lead to.
set_target_properties(gpu_test deviceless_plans_test PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")

# Machine code, which kernels/README.md has the budgets of.
find_package(Python3 3.10 COMPONENTS Interpreter)
if(Python3_FOUND)
  add_test(NAME gpu_sass_budgets
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/gpu/sass_budgets.py
      $<TARGET_FILE:limpid_cuda> ${PROJECT_SOURCE_DIR}/kernels/README.md --nvcc ${CMAKE_CUDA_COMPILER_VERSION})
  set_tests_properties(gpu_sass_budgets PROPERTIES SKIP_RETURN_CODE 77)
endif()

# limpid_vector_access_test(<operation> <least> [<single>]): needs the compiler only. A channel group is two 16-byte loads
# in fp32 and one in fp16 and bf16; at least `least` of them in all instantiations, and at most `single` (0) accesses of
# single elements: what there is once per image, and planes.
function(limpid_vector_access_test operation least)
  set(single 0)
  if(ARGC GREATER 2)
    set(single ${ARGV2})
  endif()
  list(GET CMAKE_CUDA_ARCHITECTURES 0 architecture)
  add_test(NAME gpu_vector_access.${operation}
    COMMAND ${CMAKE_COMMAND} -DNVCC=${CMAKE_CUDA_COMPILER} -DARCHITECTURE=${architecture} -DROOT=${PROJECT_SOURCE_DIR}
      -DSOURCE=kernels/ops/${operation}.cu -DLEAST=${least} -DSINGLE=${single}
      -DPTX=${CMAKE_CURRENT_BINARY_DIR}/${operation}.ptx -P ${CMAKE_CURRENT_SOURCE_DIR}/gpu/vector_access.cmake)
endfunction()
limpid_vector_access_test(relu 12)                # One operand forward and two back: 3 x (2 + 1 + 1).
limpid_vector_access_test(add_gradient 8)         # Two operands.
limpid_vector_access_test(max_pool 72)            # Nine taps unrolled, in two strides: 9 x 2 x (2 + 1 + 1).
limpid_vector_access_test(smoothed_pool 148)      # Gradient, target and mask; input and taps for the l2 pool; a mean's taps.
limpid_vector_access_test(strided_map 12 360)     # A group of three types, given as three; outside are single values, and per channel their places.
limpid_vector_access_test(lrn 360)                # Ten pairs of constants, three groups forward, six back: 10 x 4 x (3 + 6).
limpid_vector_access_test(lrn_pool 528)           # Three pairs of constants, 27 or 9 pixels forward, eight back: 3 x 4 x (36 + 8).
limpid_vector_access_test(global_average_pool 4)
limpid_vector_access_test(softmax 20)             # Three passes forward and two back.
limpid_vector_access_test(caricature_seed 40 160) # Terms and pairs of maps, to sum and to scale; 48 parts of sums, doubles.
limpid_vector_access_test(gram 120 100)           # Maps and matrices; terms, and sums in parts.
limpid_vector_access_test(objective_seed 300 6)   # Terms, maps and vectors of every reduction; values.
limpid_vector_access_test(ruled_relu 24 12)       # Two operands, in search and in both masks; rules.
limpid_vector_access_test(pack_picture 4 48)      # Planes of up to eight channels.
limpid_vector_access_test(warp 4 260)             # Pictures are planes; of one view and of several.
limpid_vector_access_test(view_warp 4 290)
