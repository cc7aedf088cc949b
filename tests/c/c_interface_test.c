/* The C interface from C99: answers, gradients, a render, and every mistake with its status and one line. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/c/support.h"

enum { kSide = 64, kPixels = kSide * kSide, kPicture = 3 * kPixels };

static float picture[kPicture], tangent[kPicture], gradient[kPicture];
static int64_t picture_shape[4] = {1, 3, kSide, kSide};

/* The classes of a picture, from a session that outlives its network's handle. */
static void classify(const char* weights) {
  limpid_network* network = NULL;
  limpid_session* session = NULL;
  int64_t shape[4] = {0, 0, 0, 0};
  char* labels = NULL;
  float probabilities[1024];
  double sum = 0;
  int i;
  DLTensor input = tensor(picture, 4, picture_shape), output;
  DLTensor* outputs[1];
  EXPECT(limpid_network_load(weights, &network) == LIMPID_OK);
  EXPECT(limpid_network_labels(network, &labels) == LIMPID_OK);
  EXPECT(labels != NULL && labels[0] == '[');
  limpid_text_release(labels);
  EXPECT(limpid_session_create(network, "{\"targets\": [\"softmax\"], \"device\": \"cpu\", \"threads\": 1}",
                               &session) == LIMPID_OK);
  limpid_network_release(network);
  EXPECT(limpid_session_target_shape(session, 0, 1, kSide, kSide, shape) == LIMPID_OK);
  EXPECT(shape[0] == 1 && shape[1] > 1 && shape[1] <= 1024 && shape[2] == 1 && shape[3] == 1);
  output = tensor(probabilities, 4, shape);
  outputs[0] = &output;
  EXPECT(limpid_session_forward(session, &input, outputs, 1) == LIMPID_OK);
  for (i = 0; i < shape[1]; ++i) sum += probabilities[i];
  EXPECT(fabs(sum - 1) < 1e-5);
  limpid_session_release(session);
}

/* Products with the Jacobian and an objective's gradient agree. */
static void differentiate(const limpid_network* network) {
  limpid_session* session = NULL;
  int64_t shape[4];
  int count, pixels, i;
  double value = 0, difference = 0;
  float *cotangent, *pushed, *by_cotangent;
  DLTensor input = tensor(picture, 4, picture_shape), along = tensor(tangent, 4, picture_shape);
  DLTensor result = tensor(gradient, 4, picture_shape), own, given, out;
  const DLTensor* cotangents[1];
  DLTensor* outputs[1];
  EXPECT(limpid_session_create(network, "{\"targets\": [\"mixed3b\"], \"push\": true, \"device\": \"cpu\"}",
                               &session) == LIMPID_OK);
  EXPECT(limpid_session_target_shape(session, 0, 1, kSide, kSide, shape) == LIMPID_OK);
  pixels = (int)(shape[2] * shape[3]);
  count = (int)shape[1] * pixels;
  cotangent = (float*)calloc((size_t)count, sizeof(float));
  pushed = (float*)calloc((size_t)count, sizeof(float));
  by_cotangent = (float*)calloc(kPicture, sizeof(float));
  for (i = 0; i < pixels; ++i) cotangent[5 * pixels + i] = 1.0f / (float)pixels;
  given = tensor(cotangent, 4, shape);
  out = tensor(pushed, 4, shape);
  own = tensor(by_cotangent, 4, picture_shape);
  cotangents[0] = &given;
  outputs[0] = &out;
  EXPECT_ERROR(limpid_session_backward(session, cotangents, 1, &own), LIMPID_USAGE, "needs a forward pass");
  EXPECT(limpid_session_forward(session, &input, NULL, 0) == LIMPID_OK);
  EXPECT(limpid_session_backward(session, cotangents, 1, &own) == LIMPID_OK);
  EXPECT(limpid_session_push(session, &along, outputs, 1) == LIMPID_OK);
  EXPECT(limpid_session_gradient(session, &input, "mixed3b:5", &value, 1, &result) == LIMPID_OK);
  for (i = 0; i < kPicture; ++i) difference += pow((double)gradient[i] - by_cotangent[i], 2);
  EXPECT(dot(gradient, gradient, kPicture) > 0);
  EXPECT(sqrt(difference / dot(gradient, gradient, kPicture)) <= 2e-6);
  difference = dot(pushed, cotangent, count) - dot(tangent, by_cotangent, kPicture);
  EXPECT(fabs(difference) <= 1e-6 * sqrt(dot(pushed, pushed, count) * dot(cotangent, cotangent, count)));

  input.dtype.bits = 16;
  EXPECT_ERROR(limpid_session_forward(session, &input, NULL, 0), LIMPID_USAGE, "input is not fp32");
  input = tensor(picture, 4, picture_shape);
  input.byte_offset = 2;
  EXPECT_ERROR(limpid_session_forward(session, &input, NULL, 0), LIMPID_USAGE, "copy them");
  input.byte_offset = 0;
  input.dtype.bits = 32;
  input.ndim = 3;
  EXPECT_ERROR(limpid_session_forward(session, &input, NULL, 0), LIMPID_USAGE, "input has 3 dimensions");
  input.ndim = 4;
  input.data = NULL;
  EXPECT_ERROR(limpid_session_forward(session, &input, NULL, 0), LIMPID_USAGE, "data of input");
  EXPECT_ERROR(limpid_session_forward(session, NULL, NULL, 0), LIMPID_USAGE, "input is null");
  EXPECT_ERROR(limpid_session_forward(NULL, NULL, NULL, 0), LIMPID_USAGE, "session is null");
  EXPECT_ERROR(limpid_session_backward(session, NULL, 1, &own), LIMPID_USAGE, "cotangents is null");
  EXPECT_ERROR(limpid_session_backward(session, cotangents, 1, NULL), LIMPID_USAGE, "gradient is null");
  EXPECT_ERROR(limpid_session_push(session, NULL, NULL, 0), LIMPID_USAGE, "tangent is null");
  EXPECT_ERROR(limpid_session_gradient(session, &result, NULL, &value, 1, &result), LIMPID_USAGE,
               "objective is null");
  EXPECT_ERROR(limpid_session_gradient(session, &result, "mixed3b:5", NULL, 1, &result), LIMPID_USAGE,
               "values is null");
  EXPECT_ERROR(limpid_session_target_shape(session, 0, 1, kSide, kSide, NULL), LIMPID_USAGE, "shape is null");
  limpid_session_release(session);
  free(cotangent);
  free(pushed);
  free(by_cotangent);
}

static int32_t stop_at_two(void* user, int32_t step, int32_t steps, double objective) {
  (void)steps;
  (void)objective;
  *(int32_t*)user = step;
  return step == 2;
}

static void render(const limpid_network* network) {
  static float rgb[32 * 32 * 3];
  int64_t shape[3] = {32, 32, 3};
  DLTensor image = tensor(rgb, 3, shape);
  const char* job = "{\"objective\": \"mixed3a:1\", \"size\": 32, \"steps\": 3}";
  int32_t last = 0, height = 0, width = 0;
  EXPECT(limpid_render(network, job, "{\"device\": \"cpu\"}", NULL, NULL, &image) == LIMPID_OK);
  EXPECT(dot(rgb, rgb, 32 * 32 * 3) > 0);
  EXPECT_ERROR(limpid_render(network, job, NULL, stop_at_two, &last, &image), LIMPID_CANCELLED,
               "the callback ended the render");
  EXPECT(last == 2);
  EXPECT_ERROR(limpid_render(network, NULL, NULL, NULL, NULL, &image), LIMPID_USAGE, "job is null");
  EXPECT_ERROR(limpid_render(network, job, NULL, NULL, NULL, NULL), LIMPID_USAGE, "picture is null");
  EXPECT_ERROR(
      limpid_render(network, "{\"objective\": \"mixed3a:1\", \"siez\": 3}", NULL, NULL, NULL, &image),
      LIMPID_INPUT, "siez");
  EXPECT_ERROR(limpid_render(network, "{\"objective\": \"dir(mixed3a, v.npy)\"}", NULL, NULL, NULL, &image),
               LIMPID_INPUT, "'v.npy' does not exist");
  EXPECT_ERROR(
      limpid_render(network, "{\"objective\": \"mixed3a:1\", \"init\": \"a.png\"}", NULL, NULL, NULL, &image),
      LIMPID_INPUT, "'a.png' does not exist");
  EXPECT(limpid_render_size(network, "{\"objective\": \"mixed3a:1\", \"size\": [24, 32], \"images\": 3}", &height,
                            &width) == LIMPID_OK);
  EXPECT(height == 24 && width == 96);
  EXPECT(limpid_render_size(network, "{\"objective\": \"mixed3a:1\", \"preset\": \"lucid\"}", &height, &width) ==
         LIMPID_OK);
  EXPECT(height == 128 && width == 128);
  EXPECT_ERROR(limpid_render_size(network, job, NULL, &width), LIMPID_USAGE, "height is null");
  EXPECT_ERROR(limpid_render_size(network, "{}", &height, &width), LIMPID_INPUT, "objective");
  shape[0] = 31;
  EXPECT_ERROR(limpid_render(network, job, NULL, NULL, NULL, &image), LIMPID_USAGE, "31x32x3");
  EXPECT_ERROR(limpid_render(network,
                             "{\"objective\": \"mixed3a:1\", \"size\": 32, \"steps\": 1, \"param\": \"cppn\", "
                             "\"output_size\": [31, 32], \"images\": 2}",
                             NULL, NULL, NULL, &image),
               LIMPID_USAGE, "the picture is 31x64x3");
}

/* Every option of a job, with the texts that help has. */
static void options(void) {
  char* json = NULL;
  EXPECT(limpid_render_options(&json) == LIMPID_OK);
  EXPECT(strstr(json, "\"name\":\"learning_rate\",\"flags\":[\"--learning-rate\"],\"kind\":\"real\"") != NULL);
  EXPECT(strstr(json, "[\"--transforms\",\"--no-transforms\"]") != NULL);
  EXPECT(strstr(json, "\"threads\"") == NULL);
  EXPECT(strstr(json, "\"lucent\"") != NULL);
  limpid_text_release(json);
  EXPECT_ERROR(limpid_render_options(NULL), LIMPID_USAGE, "json is null");
}

/* The file's first bytes, and all of them, from memory. */
static void load_bytes(const char* weights) {
  limpid_network* network = NULL;
  FILE* file = fopen(weights, "rb");
  char* bytes;
  long size;
  EXPECT(file != NULL);
  if (file == NULL) return;
  fseek(file, 0, SEEK_END);
  size = ftell(file);
  rewind(file);
  bytes = (char*)malloc((size_t)size);
  EXPECT(fread(bytes, 1, (size_t)size, file) == (size_t)size);
  fclose(file);
  EXPECT(limpid_network_load_bytes(bytes, (size_t)size, &network) == LIMPID_OK);
  limpid_network_release(network);
  EXPECT_ERROR(limpid_network_load_bytes(bytes, (size_t)size / 2, &network), LIMPID_INPUT,
               "the weights given as bytes: the HDF5 file is damaged or cut short");
  EXPECT(strchr(limpid_last_error(), '/') == NULL);
  EXPECT(network == NULL);
  EXPECT_ERROR(limpid_network_load_bytes(bytes, 0, &network), LIMPID_INPUT, "no bytes at all");
  EXPECT_ERROR(limpid_network_load_bytes(NULL, 4, &network), LIMPID_USAGE, "bytes is null");
  free(bytes);
}

int main(int count, char** arguments) {
  limpid_network* network = NULL;
  limpid_session* session = NULL;
  char* text = NULL;
  if (count != 2) return 2;
  fill(picture, kPicture, 1);
  fill(tangent, kPicture, 2);
  EXPECT(strlen(limpid_version()) > 0);
  EXPECT(strlen(limpid_last_error()) == 0);
  EXPECT_ERROR(limpid_network_load("/no/such/file.h5", &network), LIMPID_INPUT, "/no/such/file.h5");
  EXPECT(network == NULL);
  EXPECT_ERROR(limpid_network_load("", &network), LIMPID_USAGE, "name is empty");
  EXPECT_ERROR(limpid_network_load(arguments[1], NULL), LIMPID_USAGE, "network is null");
  load_bytes(arguments[1]);
  classify(arguments[1]);
  EXPECT(limpid_network_load(arguments[1], &network) == LIMPID_OK);
  EXPECT(limpid_network_layers(network, 224, 224, &text) == LIMPID_OK);
  EXPECT(text != NULL && strstr(text, "\"mixed4a\"") != NULL);
  limpid_text_release(text);
  EXPECT_ERROR(limpid_network_layers(NULL, 224, 224, &text), LIMPID_USAGE, "network is null");
  EXPECT_ERROR(limpid_network_layers(network, 224, 224, NULL), LIMPID_USAGE, "json is null");
  EXPECT_ERROR(limpid_network_labels(network, NULL), LIMPID_USAGE, "json is null");
  EXPECT_ERROR(limpid_session_create(network, NULL, &session), LIMPID_USAGE, "options is null");
  EXPECT_ERROR(limpid_session_create(network, "{\"targets\": [], \"tragets\": 1}", &session), LIMPID_INPUT,
               "tragets");
  EXPECT_ERROR(limpid_session_create(network, "{\"targets\": [], \"relu_gradient\": \"guided\"}", &session), LIMPID_INPUT,
               "plain, redirected, leaky, unmasked");
  EXPECT_ERROR(limpid_session_create(network, "{\"targets\": [], \"linear\": true, \"relu_gradient\": \"leaky\"}", &session),
               LIMPID_USAGE, "has no ReLUs");
  EXPECT_ERROR(limpid_session_create(network, "{\"targets\": [\"mixed9\"]}", &session), LIMPID_USAGE,
               "unknown layer 'mixed9'");
  EXPECT_ERROR(limpid_session_create(network, "[", &session), LIMPID_INPUT, "the options");
  EXPECT(session == NULL);
  differentiate(network);
  render(network);
  options();
  limpid_network_release(network);
  limpid_network_release(NULL);
  limpid_session_release(NULL);
  limpid_text_release(NULL);
  if (failures == 0) puts("the C interface holds");
  return failures == 0 ? 0 : 1;
}
