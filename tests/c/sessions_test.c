/* Sessions of the C interface as hosts use and misuse them: a file cut short, absurd extents, two threads, a hundred opened
 * and closed. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/c/support.h"

enum { kSide = 48, kPicture = 3 * kSide * kSide, kMost = 1 << 18, kPasses = 5 };

static int64_t picture_shape[4] = {1, 3, kSide, kSide};

/* The first half of a file, by its name. */
static void load_truncated(const char* weights) {
  static char bytes[1 << 16];
  char name[] = "/tmp/limpid-c-test-XXXXXX";
  limpid_network* network = NULL;
  const int copy = mkstemp(name);
  FILE* file = fopen(weights, "rb");
  long left;
  EXPECT(copy >= 0 && file != NULL);
  if (copy < 0 || file == NULL) return;
  fseek(file, 0, SEEK_END);
  left = ftell(file) / 2;
  rewind(file);
  while (left > 0) {
    const size_t part = fread(bytes, 1, left < (long)sizeof bytes ? (size_t)left : sizeof bytes, file);
    if (part == 0 || write(copy, bytes, part) != (ssize_t)part) break;
    left -= (long)part;
  }
  EXPECT(left == 0);
  fclose(file);
  close(copy);
  EXPECT_ERROR(limpid_network_load(name, &network), LIMPID_INPUT, name);
  EXPECT(strstr(limpid_last_error(), "damaged or cut short") != NULL);
  EXPECT(network == NULL);
  unlink(name);
}

/* Refused in one line, before any memory is asked for. */
static void refuse_shapes(limpid_session* session) {
  static const int64_t shapes[][4] = {
      {0, 3, kSide, kSide},
      {-1, 3, kSide, kSide},
      {1, 4, kSide, kSide},
      {1, 3, 0, kSide},
      {1, 3, kSide, -kSide},
      {1, 3, 1, 1},
      {1, 3, 1000000, 1000000},
      {1, 3, kSide, INT64_MAX},
      {INT64_MIN, 3, kSide, kSide},
      {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
      {1, INT64_C(1) << 32, kSide, kSide},
  };
  static const int32_t sizes[][3] = {{0, kSide, kSide},        {-1, kSide, kSide}, {1, 0, kSide},
                                     {1, kSide, -5},           {1, 1, 1},          {1, INT32_MAX, INT32_MAX},
                                     {INT32_MAX, kSide, kSide}};
  static float picture[kPicture];
  int64_t shape[4];
  size_t i;
  for (i = 0; i < sizeof shapes / sizeof *shapes; ++i) {
    DLTensor input = tensor(picture, 4, shape);
    memcpy(shape, shapes[i], sizeof shape);
    EXPECT_ERROR(limpid_session_forward(session, &input, NULL, 0), LIMPID_USAGE, "");
    EXPECT(strlen(limpid_last_error()) > 10);
  }
  for (i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    EXPECT_ERROR(limpid_session_target_shape(session, 0, sizes[i][0], sizes[i][1], sizes[i][2], shape),
                 LIMPID_USAGE, "");
    EXPECT(strlen(limpid_last_error()) > 10);
  }
  EXPECT_ERROR(limpid_session_target_shape(session, 7, 1, kSide, kSide, shape), LIMPID_USAGE, "no target 7");
}

/* A session of one's own, and what some passes through it make of a picture. */
typedef struct {
  const limpid_network* network;
  unsigned seed;
  float picture[kPicture], map[kMost], gradient[kPicture];
} Use;

static void* pass(void* argument) {
  Use* use = (Use*)argument;
  limpid_session* session = NULL;
  int64_t shape[4];
  int i;
  DLTensor input = tensor(use->picture, 4, picture_shape), gradient = tensor(use->gradient, 4, picture_shape);
  DLTensor output, *outputs[1];
  const DLTensor* cotangents[1];
  outputs[0] = &output;
  cotangents[0] = &output;
  fill(use->picture, kPicture, use->seed);
  EXPECT(limpid_session_create(use->network,
                               "{\"targets\": [\"mixed4a\"], \"device\": \"cpu\", \"threads\": 1}",
                               &session) == LIMPID_OK);
  EXPECT(limpid_session_target_shape(session, 0, 1, kSide, kSide, shape) == LIMPID_OK);
  EXPECT(shape[1] * shape[2] * shape[3] <= kMost);
  output = tensor(use->map, 4, shape);
  for (i = 0; i < kPasses; ++i) {
    EXPECT(limpid_session_forward(session, &input, outputs, 1) == LIMPID_OK);
    EXPECT(limpid_session_backward(session, cotangents, 1, &gradient) == LIMPID_OK);
  }
  limpid_session_release(session);
  return NULL;
}

static void use_two_threads(const limpid_network* network) {
  static Use alone[2], together[2];
  pthread_t threads[2];
  int i;
  for (i = 0; i < 2; ++i) {
    alone[i].network = together[i].network = network;
    alone[i].seed = together[i].seed = (unsigned)i + 1;
    pass(&alone[i]);
  }
  for (i = 0; i < 2; ++i) EXPECT(pthread_create(&threads[i], NULL, pass, &together[i]) == 0);
  for (i = 0; i < 2; ++i) pthread_join(threads[i], NULL);
  EXPECT(memcmp(alone, together, sizeof alone) == 0);
  EXPECT(memcmp(alone[0].gradient, alone[1].gradient, sizeof alone[0].gradient) != 0);
}

static void open_a_hundred(const limpid_network* network) {
  static const char* const options[] = {
      "{\"targets\": [\"conv2d0\"], \"device\": \"cpu\", \"threads\": 2}",
      "{\"targets\": [\"conv2d0:pre\"], \"push\": true, \"device\": \"cpu\", \"threads\": 1}",
      "{\"targets\": [], \"device\": \"cpu\"}", "{\"targets\": [\"conv2d0\"], \"subtract_mean\": 3}"};
  static float picture[kPicture];
  int i;
  for (i = 0; i < 100; ++i) {
    limpid_session* session = NULL;
    DLTensor input = tensor(picture, 4, picture_shape);
    const limpid_status status = limpid_session_create(network, options[i % 4], &session);
    EXPECT(status == (i % 4 == 3 ? LIMPID_INPUT : LIMPID_OK));
    EXPECT((session == NULL) == (i % 4 == 3));
    if (i % 4 < 2) EXPECT(limpid_session_forward(session, &input, NULL, 0) == LIMPID_OK);
    limpid_session_release(session);
  }
}

/* Where a session on the CPU is, what it is told of streams, and tensors that it cannot reach. */
static void refuse_devices(const limpid_network* network) {
  static float picture[kPicture];
  DLTensor input = tensor(picture, 4, picture_shape), gradient = input;
  limpid_session* session = NULL;
  int32_t type = 0, number = -1;
  EXPECT(limpid_session_create(network, "{\"targets\": [\"conv2d0\"], \"device\": \"cpu\"}", &session) == LIMPID_OK);
  EXPECT(limpid_session_device(session, &type, &number) == LIMPID_OK && type == kDLCPU && number == 0);
  EXPECT_ERROR(limpid_session_device(session, NULL, &number), LIMPID_USAGE, "type is null");
  EXPECT(limpid_session_set_stream(session, NULL) == LIMPID_OK);
  EXPECT_ERROR(limpid_session_set_stream(session, picture), LIMPID_USAGE, "on the CPU has no stream");
  EXPECT_ERROR(limpid_session_set_stream(NULL, NULL), LIMPID_USAGE, "session is null");
  input.device.device_type = kDLCUDA;
  EXPECT_ERROR(limpid_session_forward(session, &input, NULL, 0), LIMPID_USAGE, "input is on a device");
  gradient.device.device_type = kDLCUDA;
  input.device.device_type = kDLCUDAHost; /* Which the host reads. */
  EXPECT(limpid_session_forward(session, &input, NULL, 0) == LIMPID_OK);
  EXPECT_ERROR(limpid_session_backward(session, NULL, 0, &gradient), LIMPID_USAGE, "gradient is on a device");
  EXPECT_ERROR(limpid_session_gradient(session, &input, "conv2d0:1", (double[]){0}, 1, &gradient), LIMPID_USAGE,
               "gradient is on a device of type 2");
  input.dtype.bits = 16;
  EXPECT_ERROR(limpid_session_forward(session, &input, NULL, 0), LIMPID_USAGE, "input is not fp32");
  limpid_session_release(session);
}

/* Products with a linear network, from one way and from the other. */
static void push_through_a_linear_session(const limpid_network* network) {
  static float picture[kPicture], gradient[kPicture], map[kMost], cotangent[kMost];
  DLTensor input = tensor(picture, 4, picture_shape), back = tensor(gradient, 4, picture_shape), output, given;
  DLTensor* outputs[1] = {&output};
  const DLTensor* cotangents[1] = {&given};
  limpid_session* session = NULL;
  int64_t shape[4], i, values;
  double pushed = 0, pulled = 0;
  EXPECT(limpid_session_create(network,
                               "{\"targets\": [\"mixed3a\"], \"linear\": true, \"push\": true, \"device\": \"cpu\"}",
                               &session) == LIMPID_OK);
  EXPECT(limpid_session_target_shape(session, 0, 1, kSide, kSide, shape) == LIMPID_OK);
  values = shape[1] * shape[2] * shape[3];
  EXPECT(values <= kMost);
  output = tensor(map, 4, shape);
  given = tensor(cotangent, 4, shape);
  fill(picture, kPicture, 1);
  fill(cotangent, (int)values, 2);
  EXPECT(limpid_session_push(session, &input, outputs, 1) == LIMPID_OK);
  EXPECT(limpid_session_backward(session, cotangents, 1, &back) == LIMPID_OK);
  for (i = 0; i < values; ++i) pushed += (double)map[i] * cotangent[i];
  for (i = 0; i < kPicture; ++i) pulled += (double)gradient[i] * picture[i];
  EXPECT(pushed != 0 && fabs(pushed - pulled) <= 1e-5 * fabs(pushed));
  limpid_session_release(session);
}

int main(int count, char** arguments) {
  limpid_network* network = NULL;
  limpid_session* session = NULL;
  if (count != 2) return 2;
  load_truncated(arguments[1]);
  EXPECT(limpid_network_load(arguments[1], &network) == LIMPID_OK);
  EXPECT(limpid_session_create(network, "{\"targets\": [\"mixed3a\"], \"device\": \"cpu\"}", &session) ==
         LIMPID_OK);
  refuse_shapes(session);
  refuse_devices(network);
  push_through_a_linear_session(network);
  limpid_session_release(session);
  use_two_threads(network);
  open_a_hundred(network);
  limpid_network_release(network);
  if (failures == 0) puts("sessions hold");
  return failures == 0 ? 0 : 1;
}
