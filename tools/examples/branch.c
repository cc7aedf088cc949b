/* A render that is pulled, and two that branch off from its middle: its state goes on once as it was, and once with
 * another objective under calmer views.
 *
 *   branch AS_IT_WAS.png OTHERWISE.png [OBJECTIVE OTHER SIDE STEPS]      mixed4a:11 mixed4a:33 128 64 */
#include "picture.h"

/* Takes the rest of the steps; says now and then how far it is. */
static void finish(limpid_job* job, int steps, const char* path, int side) {
  int64_t shape[3] = {side, side, 3};
  float* picture = floats(3 * (int64_t)side * side);
  DLTensor image = tensor(picture, shape);
  int32_t done = 0;
  double objective = 0;
  while (done < steps) {
    MUST(limpid_job_step(job, 16, &done, &objective));
    printf("%s, step %d: %g\n", path, (int)done, objective);
  }
  image.ndim = 3;
  MUST(limpid_job_image(job, &image));
  MUST(limpid_write_picture(path, &image));
  free(picture);
}

int main(int count, char** arguments) {
  const char* objective = count > 3 ? arguments[3] : "mixed4a:11";
  const char* other = count > 4 ? arguments[4] : "mixed4a:33";
  const int side = count > 5 ? atoi(arguments[5]) : 128, steps = count > 6 ? atoi(arguments[6]) : 64;
  limpid_network* network;
  limpid_job *job, *branch;
  void* state;
  size_t bytes;
  char options[256], changes[256];
  if (count < 3) return fputs("usage: branch AS_IT_WAS.png OTHERWISE.png [OBJECTIVE OTHER SIDE STEPS]\n", stderr), 2;
  snprintf(options, sizeof options, "{\"objective\": \"%s\", \"size\": %d, \"steps\": %d, \"steerable\": true}", objective,
           side, steps);
  snprintf(changes, sizeof changes, "{\"objective\": \"%s\", \"view_strength\": 0.5}", other);
  MUST(limpid_network_load(NULL, &network));
  MUST(limpid_job_create(network, options, NULL, &job));
  MUST(limpid_job_step(job, steps / 2, NULL, NULL));
  MUST(limpid_job_save(job, &state, &bytes)); /* Could be a file by now, and another process goes on. */
  MUST(limpid_job_restore(network, state, bytes, NULL, &branch));
  MUST(limpid_job_set(branch, changes));
  finish(job, steps, arguments[1], side);
  finish(branch, steps, arguments[2], side);
  limpid_bytes_release(state);
  limpid_job_release(branch);
  limpid_job_release(job);
  limpid_network_release(network);
  return 0;
}
