/* A session of one thread in a program that uses OpenMP: no other thread is ever started, and the program's own loops
 * have as many afterwards as before. */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <omp.h>
#include <stdlib.h>

#include "tests/c/support.h"

enum { kSide = 64, kPicture = 3 * kSide * kSide, kMost = 1 << 20 };

static float picture[kPicture], gradient[kPicture], map[kMost];
static int64_t picture_shape[4] = {1, 3, kSide, kSide};

/* Of this process, ended ones excepted. */
static int threads(void) {
  int found = 0;
  const struct dirent* entry;
  DIR* tasks = opendir("/proc/self/task");
  if (tasks == NULL) return -1;
  while ((entry = readdir(tasks)) != NULL) found += entry->d_name[0] != '.';
  closedir(tasks);
  return found;
}

int main(int count, char** arguments) {
  limpid_network* network = NULL;
  limpid_session* session = NULL;
  int64_t shape[4];
  double value;
  DLTensor input = tensor(picture, 4, picture_shape), result = tensor(gradient, 4, picture_shape), output;
  DLTensor* outputs[1];
  const DLTensor* cotangents[1];
  outputs[0] = &output;
  cotangents[0] = &output;
  if (count != 2) return 2;
  EXPECT(omp_get_max_threads() == 4); /* By OMP_NUM_THREADS. */
  fill(picture, kPicture, 1);
  EXPECT(limpid_network_load(arguments[1], &network) == LIMPID_OK);
  EXPECT(limpid_session_create(network, "{\"targets\": [\"mixed5b\"], \"device\": \"cpu\", \"threads\": 1}",
                               &session) == LIMPID_OK);
  EXPECT(limpid_session_target_shape(session, 0, 1, kSide, kSide, shape) == LIMPID_OK);
  EXPECT(shape[1] * shape[2] * shape[3] <= kMost);
  output = tensor(map, 4, shape);
  EXPECT(limpid_session_forward(session, &input, outputs, 1) == LIMPID_OK);
  EXPECT(limpid_session_backward(session, cotangents, 1, &result) == LIMPID_OK);
  EXPECT(limpid_session_gradient(session, &input, "mixed4a:1", &value, 1, &result) == LIMPID_OK);
  EXPECT(threads() == 1);
  EXPECT(omp_get_max_threads() == 4);
  limpid_session_release(session);
  limpid_network_release(network);
  if (failures == 0) puts("one thread it was");
  return failures == 0 ? 0 : 1;
}
