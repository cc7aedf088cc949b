# The CUDA library on an emulated device (cuda_on_cpu/README.md), and the tests of a GPU with it. The program finds its
# libraries from its own place, so there is a bin beside a lib.
if(NOT LIMPID_HAS_CUDA_ON_CPU)
  return()
endif()
option(LIMPID_CUDA_ON_CPU_CHECKS "Check every access of a kernel on the emulated device" ON)
set(folder ${PROJECT_BINARY_DIR}/cuda_on_cpu)

add_library(emulated_device SHARED
  cuda_on_cpu/convolution.cpp
  cuda_on_cpu/cublaslt.cpp
  cuda_on_cpu/cudnn.cpp
  cuda_on_cpu/cufft.cpp
  cuda_on_cpu/fibers.cpp
  cuda_on_cpu/graphs.cpp
  cuda_on_cpu/memory.cpp
  cuda_on_cpu/order.cpp
  cuda_on_cpu/report.cpp
  cuda_on_cpu/runtime.cpp
)
# Each stands for a library of its own, by like names.
set_target_properties(emulated_device PROPERTIES UNITY_BUILD OFF)
target_compile_options(emulated_device PRIVATE -O2 -Wno-psabi $<$<NOT:$<BOOL:${LIMPID_CUDA_ON_CPU_CHECKS}>>:-DEMULATED_WITHOUT_CHECKS>)
target_include_directories(emulated_device SYSTEM PRIVATE ${LIMPID_CUDA_INCLUDE_DIR} ${CUDNN_INCLUDE_DIR} ${DNNL_INCLUDE_DIR})
target_link_libraries(emulated_device PRIVATE limpid_flags ${DNNL_LIBRARY} ${CMAKE_DL_LIBS})
add_library(emulated_driver SHARED cuda_on_cpu/driver.cpp)
set_target_properties(emulated_driver PROPERTIES OUTPUT_NAME cuda SOVERSION 1)

# limpid_emulated_kernels(<target>): its .cu files are compiled with g++, in which every access calls the emulation.
function(limpid_emulated_kernels target)
  set_target_properties(${target} PROPERTIES LIMPID_WARNINGS OFF CXX_VISIBILITY_PRESET default)
  target_include_directories(${target} BEFORE PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/cuda_on_cpu/override)
  target_include_directories(${target} SYSTEM PRIVATE ${LIMPID_CUDA_INCLUDE_DIR})
  target_compile_options(${target} PRIVATE -x c++ -O1 -g1 -ffp-contract=off -fno-math-errno -Wno-psabi -Wno-attributes
    "SHELL:-include ${CMAKE_CURRENT_SOURCE_DIR}/cuda_on_cpu/device.h")
  if(LIMPID_CPU_ARCH)
    target_compile_options(${target} PRIVATE -march=${LIMPID_CPU_ARCH})
  endif()
  if(LIMPID_CUDA_ON_CPU_CHECKS)
    target_compile_options(${target} PRIVATE -fsanitize=thread "SHELL:--param tsan-instrument-func-entry-exit=0"
      -fsanitize=alignment,bounds,shift,integer-divide-by-zero,signed-integer-overflow,float-cast-overflow
      -fno-sanitize-recover=all)
    # Its run-time library would take the calls that the emulation is to take.
    target_link_libraries(${target} PRIVATE ubsan)
  endif()
  target_link_libraries(${target} PRIVATE limpid_flags emulated_device)
  target_link_options(${target} PRIVATE -Wl,-Bsymbolic -Wl,--no-undefined)
endfunction()

add_library(limpid_cuda_on_cpu SHARED ${LIMPID_KERNEL_SOURCES} $<TARGET_OBJECTS:limpid_cuda_host>)
set_source_files_properties(${LIMPID_KERNEL_SOURCES} PROPERTIES LANGUAGE CXX)
limpid_emulated_kernels(limpid_cuda_on_cpu)
target_link_libraries(limpid_cuda_on_cpu PRIVATE limpid_core)
set_target_properties(limpid_cuda_on_cpu PROPERTIES OUTPUT_NAME limpid_cuda UNITY_BUILD_BATCH_SIZE 14)
set_target_properties(emulated_device limpid_cuda_on_cpu emulated_driver PROPERTIES
  CXX_VISIBILITY_PRESET default LIBRARY_OUTPUT_DIRECTORY ${folder}/${CMAKE_INSTALL_LIBDIR} INSTALL_RPATH "$ORIGIN")

# limpid_emulated_test(<name> [FILTER <pattern>] <sources>...): as limpid_test; counted apart by tools/test.
function(limpid_emulated_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" FILTER "")
  add_executable(${name} ${test_UNPARSED_ARGUMENTS})
  limpid_test_options(${name})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX RUNTIME_OUTPUT_DIRECTORY ${folder}/${CMAKE_INSTALL_BINDIR}
                        INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  target_include_directories(${name} SYSTEM PRIVATE ${LIMPID_CUDA_INCLUDE_DIR})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX "emulated_device." TEST_FILTER "${test_FILTER}"
    PROPERTIES LABELS "on an emulated device" ENVIRONMENT "LIMPID_CACHE=${folder}/cache" TIMEOUT 600)
endfunction()

# Without what takes minutes: maps of full size, tuning, and convolutions in every type and of random numbers.
limpid_emulated_test(emulated_gpu_test FILTER "-*FullSize*:*NormalNumbers*:*Fp32:*Bf16:*Slot:*Tuning*" $<TARGET_OBJECTS:gpu_test_cases>)
target_link_libraries(emulated_gpu_test PRIVATE limpid_cuda_on_cpu emulated_device limpid_op_cases)
add_dependencies(emulated_gpu_test emulated_driver)

# The emulated device itself: kernels with one fault each.
if(LIMPID_CUDA_ON_CPU_CHECKS)
  add_library(planted_faults SHARED cuda_on_cpu/planted_faults.cu)
  set_source_files_properties(cuda_on_cpu/planted_faults.cu PROPERTIES LANGUAGE CXX)
  limpid_emulated_kernels(planted_faults)
  set_target_properties(planted_faults PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${folder}/${CMAKE_INSTALL_LIBDIR} INSTALL_RPATH "$ORIGIN")
  limpid_emulated_test(emulated_checks_test cuda_on_cpu/checks_test.cpp)
  target_link_libraries(emulated_checks_test PRIVATE planted_faults emulated_device GTest::gmock)
endif()

# What libraries offer, and how it fails.
limpid_emulated_test(emulated_choices_test cuda_on_cpu/chosen_conv_test.cpp cuda_on_cpu/program_test.cpp)
target_link_libraries(emulated_choices_test PRIVATE limpid_cuda_on_cpu emulated_device limpid_core GTest::gmock)

# The engine, which loads the library itself.
limpid_emulated_test(emulated_runs_test FILTER "-*GradientsOnGpu*/tf32:*GradientsOnGpu*/bf16"
  cuda_on_cpu/callers_stream_test.cpp
  cuda_on_cpu/parity_case.cpp
  cuda_on_cpu/store_algorithms_test.cpp
  cuda_on_cpu/whole_runs_test.cpp
  gpu/gradient_parity_test.cpp
  session/session_use.cpp
)
target_link_libraries(emulated_runs_test PRIVATE limpid_engine_run limpid_grid limpid_test_files emulated_device)
target_compile_definitions(emulated_runs_test PRIVATE LIMPID_DEFAULT_WEIGHTS="${PROJECT_SOURCE_DIR}/weights/default.h5")
add_dependencies(emulated_runs_test limpid_cuda_on_cpu emulated_driver)
