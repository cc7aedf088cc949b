/* A session's forward passes from C, to which those of another language are compared.
 *
 * python_calls WEIGHTS LAYER SIDE COUNT: seconds of each of COUNT passes over one picture of SIDE x SIDE, on one thread, one a
 * line. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/limpid.h"

static DLTensor tensor(float* data, int64_t* shape) {
  DLTensor made = {data, {kDLCPU, 0}, 4, {kDLFloat, 32, 1}, shape, NULL, 0};
  return made;
}

static int failed(limpid_status status) {
  if (status != LIMPID_OK) fprintf(stderr, "python_calls: %s\n", limpid_last_error());
  return status != LIMPID_OK;
}

int main(int count, char** arguments) {
  limpid_network* network = NULL;
  limpid_session* session = NULL;
  char options[256];
  int64_t from[4] = {1, 3, 0, 0}, to[4];
  if (count != 5) return 2;
  const int side = atoi(arguments[3]), passes = atoi(arguments[4]);
  from[2] = from[3] = side;
  snprintf(options, sizeof options, "{\"targets\": [\"%s\"], \"backward\": false, \"device\": \"cpu\", \"threads\": 1}",
           arguments[2]);
  if (failed(limpid_network_load(arguments[1], &network)) ||
      failed(limpid_session_create(network, options, &session)) ||
      failed(limpid_session_target_shape(session, 0, 1, side, side, to)))
    return 1;
  float* picture = calloc((size_t)(3 * side * side), sizeof(float));
  float* made = calloc((size_t)(to[0] * to[1] * to[2] * to[3]), sizeof(float));
  DLTensor input = tensor(picture, from), output = tensor(made, to);
  DLTensor* outputs[1] = {&output};
  for (int i = -20; i < passes; ++i) { /* The first ones plan and warm up. */
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    if (failed(limpid_session_forward(session, &input, outputs, 1))) return 1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (i >= 0) printf("%.9f\n", (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec));
  }
  free(picture);
  free(made);
  limpid_session_release(session);
  limpid_network_release(network);
  return 0;
}
