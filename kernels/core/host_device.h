// Qualifiers that let one kernel body compile under g++ and under nvcc.
#pragma once

#if defined(__CUDACC__)
#define LIMPID_HD __host__ __device__ __forceinline__
#else
#define LIMPID_HD inline
#endif

/// Window loops must be unrolled for nvcc to keep all loads of a tile in flight.
#if defined(__CUDA_ARCH__)
#define LIMPID_UNROLL _Pragma("unroll")
#else
#define LIMPID_UNROLL
#endif
