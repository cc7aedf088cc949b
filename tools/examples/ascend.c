/* A channel's picture by a loop of one's own: activations, cotangents, gradient, a step up. Before the ReLU there is a
 * slope even where the channel is silent.
 *
 *   ascend OUT.png [LAYER CHANNEL SIDE STEPS]      mixed4a:pre 11 128 64 */
#include <math.h>

#include "picture.h"

int main(int count, char** arguments) {
  const char* layer = count > 2 ? arguments[2] : "mixed4a:pre";
  const int channel = count > 3 ? atoi(arguments[3]) : 11, side = count > 4 ? atoi(arguments[4]) : 128;
  const int steps = count > 5 ? atoi(arguments[5]) : 64;
  int64_t picture_shape[4] = {1, 3, side, side}, shape[4], values = 3 * (int64_t)side * side, pixels, i;
  limpid_network* network;
  limpid_session* session;
  char options[128];
  if (count < 2) return fputs("usage: ascend OUT.png [LAYER CHANNEL SIDE STEPS]\n", stderr), 2;
  snprintf(options, sizeof options, "{\"targets\": [\"%s\"]}", layer);
  MUST(limpid_network_load(NULL, &network));
  MUST(limpid_session_create(network, options, &session));
  MUST(limpid_session_target_shape(session, 0, 1, side, side, shape));
  if (channel < 0 || channel >= shape[1]) return fputs("the layer has no such channel\n", stderr), 2;
  pixels = shape[2] * shape[3];
  float *picture = floats(values), *gradient = floats(values);
  float *map = floats(shape[1] * pixels), *cotangent = floats(shape[1] * pixels);
  DLTensor input = tensor(picture, picture_shape), slope = tensor(gradient, picture_shape);
  DLTensor output = tensor(map, shape), given = tensor(cotangent, shape);
  DLTensor* outputs[] = {&output};
  const DLTensor* cotangents[] = {&given};
  for (i = 0; i < values; ++i) picture[i] = 0.4f + 0.2f * (float)rand() / (float)RAND_MAX;
  /* What is climbed is the channel's mean; its slope by the map is the same everywhere. */
  for (i = 0; i < pixels; ++i) cotangent[channel * pixels + i] = 1.0f / (float)pixels;
  for (int step = 0; step <= steps; ++step) {
    double mean = 0, square = 0;
    MUST(limpid_session_forward(session, &input, outputs, 1));
    for (i = 0; i < pixels; ++i) mean += map[channel * pixels + i] / (double)pixels;
    if (step % 16 == 0 || step == steps) printf("step %d: %g\n", step, mean);
    if (step == steps) break;
    MUST(limpid_session_backward(session, cotangents, 1, &slope));
    for (i = 0; i < values; ++i) square += (double)gradient[i] * gradient[i];
    const double scale = 0.01 / (sqrt(square / (double)values) + 1e-20);
    for (i = 0; i < values; ++i) picture[i] = (float)fmin(fmax(picture[i] + scale * gradient[i], 0.0), 1.0);
  }
  write_picture(arguments[1], picture, picture_shape);
  limpid_session_release(session);
  limpid_network_release(network);
  free(picture), free(gradient), free(map), free(cotangent);
  return 0;
}
