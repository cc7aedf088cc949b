/* The part of DLPack's binary interface that limpid takes tensors by (https://dmlc.github.io/dlpack, version 1): the
 * layouts and numbers are DLPack's, the declarations are written anew. Where a program includes DLPack's own header
 * first, that one is taken. */
#ifndef DLPACK_DLPACK_H_
#define DLPACK_DLPACK_H_

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where memory is. Other numbers exist; limpid refuses them. */
typedef enum { kDLCPU = 1, kDLCUDA = 2, kDLCUDAHost = 3, kDLCUDAManaged = 13 } DLDeviceType;

typedef struct {
  DLDeviceType device_type;
  int32_t device_id;
} DLDevice;

/* What a value is. Other numbers exist; limpid refuses them. */
typedef enum { kDLFloat = 2U, kDLBfloat = 4U } DLDataTypeCode;

typedef struct {
  uint8_t code; /* DLDataTypeCode. */
  uint8_t bits;
  uint16_t lanes; /* 1. */
} DLDataType;

typedef struct {
  void* data;
  DLDevice device;
  int32_t ndim;
  DLDataType dtype;
  int64_t* shape;
  int64_t* strides; /* In values; null for values side by side, the last dimension's next to each other. */
  uint64_t byte_offset; /* From data to the first value. */
} DLTensor;

/* A tensor that its maker made and frees. */
typedef struct DLManagedTensor {
  DLTensor dl_tensor;
  void* manager_ctx;                             /* The maker's own. */
  void (*deleter)(struct DLManagedTensor* self); /* Frees all of it, this struct too; called once. */
} DLManagedTensor;

#ifdef __cplusplus
}
#endif

#endif
