# Compiles a CUDA source to PTX and counts its accesses to global memory: all but SINGLE must be vectors, and at least
# LEAST must be 16-byte read-only loads. What a kernel is bound by so shows on machines without a GPU.
#
#   cmake -DNVCC=... -DARCHITECTURE=90 -DROOT=<repository> -DSOURCE=kernels/ops/relu.cu -DLEAST=8 -DSINGLE=0
#     -DPTX=<output> -P vector_access.cmake
execute_process(
  COMMAND ${NVCC} -std=c++20 -O3 -arch=compute_${ARCHITECTURE} -ptx -I ${ROOT} -o ${PTX} ${ROOT}/${SOURCE}
  COMMAND_ERROR_IS_FATAL ANY)
file(READ ${PTX} text)

string(REGEX MATCHALL "(ld|st)\\.global[a-z0-9_.]*" accesses "${text}")
set(narrow ${accesses})
list(FILTER narrow EXCLUDE REGEX "\\.v[24]\\.")
list(LENGTH narrow count)
if(count GREATER SINGLE)
  list(JOIN narrow ", " narrow)
  message(FATAL_ERROR "${SOURCE}: ${count} accesses of single elements, at most ${SINGLE} are expected: ${narrow}")
endif()

list(FILTER accesses INCLUDE REGEX "^ld\\.global\\.nc\\.v4\\.")
list(LENGTH accesses count)
if(count LESS LEAST)
  message(FATAL_ERROR "${SOURCE}: ${count} read-only 16-byte loads, at least ${LEAST} are expected")
endif()
message(STATUS "${SOURCE}: ${count} read-only 16-byte loads")
