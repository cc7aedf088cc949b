/* What the C interface's tests share: checks that name their line, tensors, numbers. */
#ifndef LIMPID_TESTS_C_SUPPORT_H
#define LIMPID_TESTS_C_SUPPORT_H

#include <stdio.h>
#include <string.h>

#include "engine/limpid.h"

static int failures = 0;

static inline void expect(int holds, const char* what, int line) {
  if (holds) return;
  ++failures;
  fprintf(stderr, "line %d: %s (last error: %s)\n", line, what, limpid_last_error());
}
#define EXPECT(condition) expect((condition) ? 1 : 0, #condition, __LINE__)

/* The status, and a line that says `part`. */
static inline void expect_error(limpid_status actual, limpid_status status, const char* part, int line) {
  const char* message = limpid_last_error();
  if (actual == status && strstr(message, part) != NULL && strchr(message, '\n') == NULL) return;
  ++failures;
  fprintf(stderr, "line %d: status %d (%s), '%s'; expected %d and '%s'\n", line, (int)actual,
          limpid_status_text(actual), message, (int)status, part);
}
#define EXPECT_ERROR(call, status, part) expect_error((call), (status), (part), __LINE__)

static inline DLTensor tensor(float* data, int dimensions, int64_t* shape) {
  DLTensor t;
  t.data = data;
  t.device.device_type = kDLCPU;
  t.device.device_id = 0;
  t.ndim = dimensions;
  t.dtype.code = kDLFloat;
  t.dtype.bits = 32;
  t.dtype.lanes = 1;
  t.shape = shape;
  t.strides = NULL;
  t.byte_offset = 0;
  return t;
}

static inline void fill(float* values, int count, unsigned seed) {
  int i;
  for (i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = (float)(seed >> 8) / 16777216.0f;
  }
}

/* What a file of pictures has of a value. */
static inline int eight_bits(float value) {
  const float scaled = 255.0f * value + 0.5f;
  return scaled < 0 ? 0 : scaled > 255 ? 255 : (int)scaled;
}

static inline double dot(const float* a, const float* b, int count) {
  double sum = 0;
  int i;
  for (i = 0; i < count; ++i) sum += (double)a[i] * b[i];
  return sum;
}

#endif
