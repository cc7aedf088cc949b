/* Pictures in files, and as the tensors of one picture that a session takes. */
#ifndef PICTURE_H
#define PICTURE_H

#include <limpid.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program with limpid's line unless the call did what it was to do. */
#define MUST(call)                                  \
  do {                                              \
    if ((call) != LIMPID_OK) {                      \
      fprintf(stderr, "%s\n", limpid_last_error()); \
      exit(1);                                      \
    }                                               \
  } while (0)

static inline float* floats(int64_t count) {
  float* values = (float*)calloc((size_t)count, sizeof(float));
  if (values == NULL) exit((fputs("out of memory\n", stderr), 1));
  return values;
}

/* Values side by side, of the shape's four extents: images, channels, height, width. */
static inline DLTensor tensor(float* values, int64_t* shape) {
  DLTensor t;
  t.data = values;
  t.device.device_type = kDLCPU;
  t.device.device_id = 0;
  t.ndim = 4;
  t.dtype.code = kDLFloat;
  t.dtype.bits = 32;
  t.dtype.lanes = 1;
  t.shape = shape;
  t.strides = NULL;
  t.byte_offset = 0;
  return t;
}

/* Channel by channel, in [0, 1]; the caller's to free. Fills in `shape`. */
static inline float* read_picture(const char* path, int64_t* shape) {
  DLManagedTensor* file;
  float* rgb;
  int64_t pixels, i;
  MUST(limpid_read_picture(path, &file));
  shape[0] = 1, shape[1] = 3, shape[2] = file->dl_tensor.shape[0], shape[3] = file->dl_tensor.shape[1];
  pixels = shape[2] * shape[3];
  rgb = floats(3 * pixels);
  for (i = 0; i < 3 * pixels; ++i) rgb[i % 3 * pixels + i / 3] = ((const float*)file->dl_tensor.data)[i];
  file->deleter(file);
  return rgb;
}

/* What read_picture gives, as the file that the name's ending says. */
static inline void write_picture(const char* path, float* rgb, const int64_t* shape) {
  int64_t size[3] = {shape[2], shape[3], 3}, strides[3] = {shape[3], 1, shape[2] * shape[3]};
  DLTensor picture = tensor(rgb, size);
  picture.ndim = 3;
  picture.strides = strides; /* Planes, as the rows of pixels that a file has. */
  MUST(limpid_write_picture(path, &picture));
}

#endif
