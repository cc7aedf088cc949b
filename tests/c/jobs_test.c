/* Jobs of the C interface: pulled, changed on the way, driven by cotangents, cancelled from another thread, and every mistake
 * with its status and one line. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tests/c/support.h"

enum { kSide = 40, kPicture = kSide * kSide * 3 };
static float pulled[kPicture], rendered[kPicture];
static const char* kJobText = "{\"objective\": \"mixed3a:1\", \"size\": 40, \"steps\": 5}";
static const char* kOneThread = "{\"device\": \"cpu\", \"threads\": 1}";

/* A job that is pulled, saved on the way and gone on from elsewhere makes the render's picture. */
static void pull(const limpid_network* network) {
  int64_t shape[3] = {kSide, kSide, 3};
  DLTensor image = tensor(pulled, 3, shape), whole = tensor(rendered, 3, shape);
  limpid_job *job = NULL, *restored = NULL;
  void* bytes = NULL;
  char* text = NULL;
  size_t count = 0;
  int32_t done = 0;
  double objective = 0;
  EXPECT(limpid_render(network, kJobText, kOneThread, NULL, NULL, &whole) == LIMPID_OK);
  EXPECT(limpid_job_create(network, kJobText, kOneThread, &job) == LIMPID_OK);
  EXPECT(limpid_job_step(job, 2, &done, &objective) == LIMPID_OK);
  EXPECT(done == 2 && objective == objective);
  EXPECT(limpid_job_image(job, &image) == LIMPID_OK);
  EXPECT(memcmp(pulled, rendered, sizeof(pulled)) != 0);
  EXPECT(limpid_job_save(job, &bytes, &count) == LIMPID_OK);
  limpid_job_release(job);
  EXPECT(limpid_job_restore(network, bytes, count, kOneThread, &restored) == LIMPID_OK);
  EXPECT(limpid_job_step(restored, 100, &done, NULL) == LIMPID_OK && done == 5);
  EXPECT(limpid_job_step(restored, 100, &done, NULL) == LIMPID_OK && done == 5);
  EXPECT(limpid_job_image(restored, &image) == LIMPID_OK);
  EXPECT(memcmp(pulled, rendered, sizeof(pulled)) == 0);
  EXPECT(limpid_job_describe(restored, &text) == LIMPID_OK);
  EXPECT(text != NULL && strstr(text, "\"steps_done\":5") != NULL && strstr(text, "\"height\":40") != NULL);
  limpid_text_release(text);
  EXPECT(limpid_job_cancel(restored) == LIMPID_OK);
  EXPECT_ERROR(limpid_job_step(restored, 1, &done, NULL), LIMPID_CANCELLED, "the job was cancelled");
  limpid_job_release(restored);

  EXPECT_ERROR(limpid_job_restore(network, bytes, count - 1, kOneThread, &restored), LIMPID_INPUT, "is damaged");
  EXPECT_ERROR(limpid_job_restore(network, "no state", 8, kOneThread, &restored), LIMPID_INPUT, "these bytes are none");
  EXPECT(restored == NULL);
  EXPECT_ERROR(limpid_job_restore(network, NULL, 8, kOneThread, &restored), LIMPID_USAGE, "bytes is null");
  limpid_bytes_release(bytes);
  limpid_bytes_release(NULL);
}

static void steer(const limpid_network* network) {
  int64_t shape[3] = {kSide, kSide, 3};
  DLTensor image = tensor(pulled, 3, shape);
  limpid_job* job = NULL;
  char* text = NULL;
  EXPECT(limpid_job_create(network,
                           "{\"objective\": \"mixed3a:1\", \"size\": 40, \"steps\": 5, \"steerable\": true}",
                           kOneThread, &job) == LIMPID_OK);
  EXPECT(limpid_job_step(job, 2, NULL, NULL) == LIMPID_OK);
  EXPECT(limpid_job_set(job, "{\"objective\": \"0.5*mixed3a:200\", \"view_strength\": 0.5}") == LIMPID_OK);
  EXPECT(limpid_job_step(job, 3, NULL, NULL) == LIMPID_OK);
  EXPECT(limpid_job_describe(job, &text) == LIMPID_OK);
  EXPECT(text != NULL && strstr(text, "{\"step\":2,\"set\":{\"objective\":\"0.5*mixed3a:200\"") != NULL);
  limpid_text_release(text);
  EXPECT_ERROR(limpid_job_set(job, "{\"objective\": \"mixed4a:1\"}"), LIMPID_USAGE, "needs another plan");
  EXPECT_ERROR(limpid_job_set(job, "{\"size\": 3}"), LIMPID_INPUT, "cannot change while a job runs");
  EXPECT_ERROR(limpid_job_set(job, NULL), LIMPID_USAGE, "changes is null");
  shape[1] = 39;
  EXPECT_ERROR(limpid_job_image(job, &image), LIMPID_USAGE, "40x40x3");
  limpid_job_release(job);
}

/* Channel 1 of mixed3a by its cotangents climbs as the objective does. */
static void climb(const limpid_network* network) {
  int64_t shape[4], picture_extents[3] = {kSide, kSide, 3};
  DLTensor image = tensor(pulled, 3, picture_extents), whole = tensor(rendered, 3, picture_extents), values, given;
  const DLTensor* cotangents[1];
  limpid_job* job = NULL;
  float *activations, *cotangent;
  double difference = 0;
  int32_t done = 0;
  int count, pixels, i;
  EXPECT(limpid_job_create(network, "{\"targets\": [\"mixed3a\"], \"size\": 40, \"steps\": 5}", kOneThread, &job) ==
         LIMPID_OK);
  EXPECT(limpid_job_target_shape(job, 0, shape) == LIMPID_OK);
  EXPECT(shape[0] == 1 && shape[1] == 256 && shape[2] == 5 && shape[3] == 5);
  pixels = (int)(shape[2] * shape[3]);
  count = (int)shape[1] * pixels;
  activations = (float*)calloc((size_t)count, sizeof(float));
  cotangent = (float*)calloc((size_t)count, sizeof(float));
  for (i = 0; i < pixels; ++i) cotangent[pixels + i] = 1.0f / (float)pixels;
  values = tensor(activations, 4, shape);
  given = tensor(cotangent, 4, shape);
  cotangents[0] = &given;
  EXPECT(limpid_job_activations(job, 0, &values) == LIMPID_OK);
  EXPECT(dot(activations, activations, count) > 0);
  EXPECT_ERROR(limpid_job_step(job, 1, NULL, NULL), LIMPID_USAGE, "with their cotangents");
  EXPECT_ERROR(limpid_job_step_with(job, NULL, 1, NULL, NULL), LIMPID_USAGE, "cotangents is null");
  while (done < 5) EXPECT(limpid_job_step_with(job, cotangents, 1, &done, NULL) == LIMPID_OK);
  EXPECT(limpid_job_image(job, &image) == LIMPID_OK);
  EXPECT(limpid_render(network, kJobText, kOneThread, NULL, NULL, &whole) == LIMPID_OK);
  for (i = 0; i < kPicture; ++i) difference += pow((double)pulled[i] - rendered[i], 2);
  EXPECT(sqrt(difference / kPicture) < 0.01);
  limpid_job_release(job);
  free(activations);
  free(cotangent);
}

/* What a job optimises is had and set: that of another, and the job goes on to the other's picture. */
static void exchange(const limpid_network* network) {
  int64_t shape[3] = {0, 0, 0}, picture_extents[3] = {kSide, kSide, 3}, backwards[3];
  DLTensor image = tensor(pulled, 3, picture_extents), whole = tensor(rendered, 3, picture_extents), had, given;
  limpid_job *job = NULL, *other = NULL;
  float *values, *reversed;
  int64_t count, i;
  EXPECT(limpid_job_create(network, kJobText, kOneThread, &job) == LIMPID_OK);
  EXPECT(limpid_job_create(network, "{\"objective\": \"mixed3a:1\", \"size\": 40, \"steps\": 5, \"seed\": 7}", kOneThread,
                           &other) == LIMPID_OK);
  EXPECT(limpid_job_parameters_shape(job, shape) == LIMPID_OK);
  EXPECT(shape[0] == 1 && shape[1] == 3 && shape[2] == kSide * (kSide / 2 + 1) * 2);
  count = shape[0] * shape[1] * shape[2];
  values = (float*)calloc((size_t)count, sizeof(float));
  reversed = (float*)calloc((size_t)count, sizeof(float));
  had = tensor(values, 3, shape);
  EXPECT(limpid_job_parameters(job, &had) == LIMPID_OK);
  /* Given with its last value first, along strides below zero. */
  for (i = 0; i < count; ++i) reversed[count - 1 - i] = values[i];
  backwards[0] = -count, backwards[1] = -shape[2], backwards[2] = -1;
  given = tensor(reversed + count - 1, 3, shape);
  given.strides = backwards;
  EXPECT(limpid_job_set_parameters(other, &given) == LIMPID_OK);
  EXPECT(limpid_job_image(job, &image) == LIMPID_OK && limpid_job_image(other, &whole) == LIMPID_OK);
  EXPECT(memcmp(pulled, rendered, sizeof(pulled)) == 0);
  EXPECT(limpid_job_step(other, 1, NULL, NULL) == LIMPID_OK);
  reversed[0] = NAN;
  EXPECT_ERROR(limpid_job_set_parameters(job, &given), LIMPID_USAGE, "value 1679 of plane 2 of image 0");
  shape[2] -= 1;
  EXPECT_ERROR(limpid_job_set_parameters(job, &had), LIMPID_USAGE, "1x3x1680");
  EXPECT_ERROR(limpid_job_parameters(job, &had), LIMPID_USAGE, "1x3x1679");
  EXPECT(limpid_job_image(job, &whole) == LIMPID_OK && memcmp(pulled, rendered, sizeof(pulled)) == 0);
  EXPECT_ERROR(limpid_job_parameters(job, NULL), LIMPID_USAGE, "parameters is null");
  EXPECT_ERROR(limpid_job_set_parameters(NULL, &had), LIMPID_USAGE, "job is null");
  EXPECT_ERROR(limpid_job_parameters_shape(job, NULL), LIMPID_USAGE, "shape is null");
  limpid_job_release(job);
  limpid_job_release(other);
  free(values);
  free(reversed);
}

static void job_mistakes(const limpid_network* network) {
  limpid_job* job = NULL;
  void* bytes = NULL;
  size_t count = 0;
  EXPECT_ERROR(limpid_job_create(network, "{\"steps\": 5}", NULL, &job), LIMPID_INPUT, "objective");
  EXPECT_ERROR(limpid_job_create(network, "{\"objective\": \"mixed3a:1\", \"restarts\": 2}", NULL, &job), LIMPID_USAGE,
               "one start");
  EXPECT_ERROR(limpid_job_create(network, "{\"objective\": \"mixed3a:1\", \"init\": \"a.png\"}", NULL, &job),
               LIMPID_INPUT, "'a.png' does not exist");
  EXPECT(job == NULL);
  EXPECT_ERROR(limpid_job_create(network, NULL, NULL, &job), LIMPID_USAGE, "options is null");
  EXPECT_ERROR(limpid_job_create(NULL, kJobText, NULL, &job), LIMPID_USAGE, "network is null");
  EXPECT_ERROR(limpid_job_create(network, kJobText, NULL, NULL), LIMPID_USAGE, "job is null");
  EXPECT_ERROR(limpid_job_step(NULL, 1, NULL, NULL), LIMPID_USAGE, "job is null");
  EXPECT_ERROR(limpid_job_cancel(NULL), LIMPID_USAGE, "job is null");
  EXPECT_ERROR(limpid_job_save(NULL, &bytes, &count), LIMPID_USAGE, "job is null");
  EXPECT_ERROR(limpid_job_describe(NULL, NULL), LIMPID_USAGE, "json is null");
  limpid_job_release(NULL);
}

/* A direction of 256 channels, `value` in all of them, as numpy writes it. */
static void write_direction(const char* name, float value) {
  static const char header[] = "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (256,), }";
  FILE* file = fopen(name, "wb");
  int i;
  EXPECT(file != NULL);
  if (file == NULL) return;
  fwrite(header, 1, sizeof header - 1, file);
  for (i = (int)sizeof header - 1; i < 127; ++i) fputc(' ', file);
  fputc('\n', file);
  for (i = 0; i < 256; ++i) fwrite(&value, sizeof value, 1, file);
  EXPECT(fclose(file) == 0);
}

/* A job that names a file of vectors holds them, and a saved one wants the same file. */
static void climb_a_direction(const limpid_network* network) {
  char name[] = "/tmp/limpid-c-test-XXXXXX", text[256];
  const int file = mkstemp(name);
  limpid_job *job = NULL, *restored = NULL;
  void* bytes = NULL;
  size_t count = 0;
  double objective = 0;
  EXPECT(file >= 0);
  if (file < 0) return;
  close(file);
  write_direction(name, 0.5f);
  sprintf(text, "{\"objective\": \"dir(mixed3a, %s)\", \"size\": 40, \"steps\": 5}", name);
  EXPECT(limpid_job_create(network, text, kOneThread, &job) == LIMPID_OK);
  EXPECT(limpid_job_step(job, 2, NULL, &objective) == LIMPID_OK && objective > 0);
  EXPECT(limpid_job_save(job, &bytes, &count) == LIMPID_OK);
  EXPECT(limpid_job_restore(network, bytes, count, kOneThread, &restored) == LIMPID_OK);
  EXPECT(limpid_job_step(restored, 3, NULL, NULL) == LIMPID_OK);
  limpid_job_release(restored);
  write_direction(name, 0.25f);
  EXPECT_ERROR(limpid_job_restore(network, bytes, count, kOneThread, &restored), LIMPID_INPUT,
               "is not the file the job was made for");
  unlink(name);
  EXPECT_ERROR(limpid_job_restore(network, bytes, count, kOneThread, &restored), LIMPID_INPUT, "is not there");
  EXPECT_ERROR(limpid_job_create(network, "{\"objective\": \"match(a.png, mixed3a)\"}", NULL, &restored), LIMPID_INPUT,
               "'a.png' does not exist");
  EXPECT(restored == NULL);
  limpid_bytes_release(bytes);
  limpid_job_release(job);
}

/* Waits until the job is used by the other thread. */
static void* cancel_soon(void* job) {
  const struct timespec pause = {0, 1000000};
  char* text = NULL;
  while (limpid_job_describe((limpid_job*)job, &text) == LIMPID_OK) {
    limpid_text_release(text);
    nanosleep(&pause, NULL);
  }
  EXPECT_ERROR(limpid_job_step((limpid_job*)job, 1, NULL, NULL), LIMPID_USAGE, "used by two threads at once");
  EXPECT(limpid_job_cancel((limpid_job*)job) == LIMPID_OK);
  return NULL;
}

/* While this thread takes a million steps, another one may not, but may end them. */
static void cancel(const limpid_network* network) {
  int64_t shape[3] = {kSide, kSide, 3};
  DLTensor image = tensor(pulled, 3, shape);
  limpid_job* job = NULL;
  pthread_t other;
  int32_t done = 0, still = 0;
  limpid_status status;
  EXPECT(limpid_job_create(network, "{\"objective\": \"mixed3a:1\", \"size\": 40, \"steps\": 1000000}", kOneThread, &job) ==
         LIMPID_OK);
  EXPECT(limpid_job_step(job, 1, NULL, NULL) == LIMPID_OK);
  EXPECT(pthread_create(&other, NULL, cancel_soon, job) == 0);
  do {
    status = limpid_job_step(job, 1000000, &done, NULL);
  } while (status == LIMPID_USAGE); /* While the other thread looks. */
  EXPECT_ERROR(status, LIMPID_CANCELLED, "the job was cancelled");
  EXPECT(pthread_join(other, NULL) == 0);
  EXPECT(done > 0 && done < 1000000);
  EXPECT_ERROR(limpid_job_step(job, 1, &still, NULL), LIMPID_CANCELLED, "the job was cancelled");
  EXPECT(still == done);
  EXPECT(limpid_job_image(job, &image) == LIMPID_OK);
  limpid_job_release(job);
}

int main(int count, char** arguments) {
  limpid_network* network = NULL;
  if (count != 2) return 2;
  EXPECT(limpid_network_load(arguments[1], &network) == LIMPID_OK);
  pull(network);
  steer(network);
  climb(network);
  exchange(network);
  job_mistakes(network);
  climb_a_direction(network);
  cancel(network);
  limpid_network_release(network);
  if (failures == 0) puts("jobs hold");
  return failures == 0 ? 0 : 1;
}
