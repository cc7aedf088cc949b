/* Pictures as the simplest of files, PPM (P6), and as the tensors of one picture that limpid takes. */
#ifndef PPM_H
#define PPM_H

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
static inline float* read_ppm(const char* path, int64_t* shape) {
  int width = 0, height = 0, largest = 0, i;
  float* rgb;
  FILE* file = fopen(path, "rb");
  if (file == NULL || fscanf(file, "P6 %d %d %d", &width, &height, &largest) != 3 || fgetc(file) == EOF ||
      largest != 255 || width < 1 || height < 1 || width > 8192 || height > 8192)
    exit((fprintf(stderr, "%s is no P6 file of 8 bits\n", path), 2));
  shape[0] = 1, shape[1] = 3, shape[2] = height, shape[3] = width;
  rgb = floats(3 * (int64_t)height * width);
  for (i = 0; i < 3 * height * width; ++i) rgb[i % 3 * height * width + i / 3] = (float)fgetc(file) / 255.0f;
  if (feof(file) || ferror(file)) exit((fprintf(stderr, "%s ends before its last pixel\n", path), 2));
  fclose(file);
  return rgb;
}

static inline void write_ppm(const char* path, const float* rgb, const int64_t* shape) {
  const int64_t pixels = shape[2] * shape[3];
  int64_t i;
  FILE* file = fopen(path, "wb");
  if (file == NULL) exit((perror(path), 1));
  fprintf(file, "P6 %d %d 255\n", (int)shape[3], (int)shape[2]);
  for (i = 0; i < 3 * pixels; ++i) fputc((int)(rgb[i % 3 * pixels + i / 3] * 255.0f + 0.5f), file);
  if (fclose(file) != 0) exit((perror(path), 1));
}

#endif
