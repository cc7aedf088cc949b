/* Style transfer with a loss that limpid does not know: the squared differences of Gram matrices (Gatys, Ecker and
 * Bethge, 2016) of three layers, and of the activations themselves of one, descended from the first picture.
 *
 *   style CONTENT.png STYLE.png OUT.png [STEPS]      100 */
#include <math.h>
#include <string.h>

#include "picture.h"

enum { kLayers = 3, kContentLayer = 2 };
static const char* const kOptions = "{\"targets\": [\"conv2d0\", \"conv2d2\", \"mixed3a\"]}";
static const double kContentWeight = 0.02;

/* Activations of a layer, and what is compared of them. */
typedef struct {
  int64_t shape[4], channels, pixels;
  float *map, *cotangent, *gram;
  DLTensor output, slope;
} Layer;

/* gram[i, j]: the mean over positions of channel i times channel j. */
static void compute_gram(const float* map, int64_t channels, int64_t pixels, float* gram) {
  int64_t i, j, p;
  for (i = 0; i < channels; ++i) {
    for (j = 0; j <= i; ++j) {
      const float *a = map + i * pixels, *b = map + j * pixels;
      float sum = 0;
      for (p = 0; p < pixels; ++p) sum += a[p] * b[p];
      gram[i * channels + j] = gram[j * channels + i] = sum / (float)pixels;
    }
  }
}

static void open_layers(limpid_session* session, const int64_t* picture, Layer* layers) {
  for (int l = 0; l < kLayers; ++l) {
    Layer* layer = &layers[l];
    MUST(limpid_session_target_shape(session, l, 1, (int32_t)picture[2], (int32_t)picture[3], layer->shape));
    layer->channels = layer->shape[1], layer->pixels = layer->shape[2] * layer->shape[3];
    layer->map = floats(layer->channels * layer->pixels);
    layer->cotangent = floats(layer->channels * layer->pixels);
    layer->gram = floats(layer->channels * layer->channels);
    layer->output = tensor(layer->map, layer->shape), layer->slope = tensor(layer->cotangent, layer->shape);
  }
}

static void release_layers(Layer* layers) {
  for (int l = 0; l < kLayers; ++l) free(layers[l].map), free(layers[l].cotangent), free(layers[l].gram);
}

static void forward(limpid_session* session, float* picture, int64_t* shape, Layer* layers) {
  const DLTensor input = tensor(picture, shape);
  DLTensor* outputs[kLayers];
  for (int l = 0; l < kLayers; ++l) outputs[l] = &layers[l].output;
  MUST(limpid_session_forward(session, &input, outputs, kLayers));
}

/* Sum over i, j of (gram - wanted)^2, by the sum of the wanted squares: every layer counts alike. Its slope by the map is
 * 4 (gram - wanted) map / (pixels sum). */
static double style_loss(Layer* layer, const Layer* wanted) {
  const int64_t n = layer->channels, pixels = layer->pixels;
  double loss = 0, squares = 1e-20;
  int64_t i, j, p;
  compute_gram(layer->map, n, pixels, layer->gram);
  for (i = 0; i < n * n; ++i) squares += (double)wanted->gram[i] * wanted->gram[i];
  for (i = 0; i < n; ++i) {
    for (j = 0; j < n; ++j) {
      const double difference = (double)layer->gram[i * n + j] - wanted->gram[i * n + j];
      const float slope = (float)(4 * difference / ((double)pixels * squares));
      loss += difference * difference / squares;
      for (p = 0; p < pixels; ++p) layer->cotangent[i * pixels + p] += slope * layer->map[j * pixels + p];
    }
  }
  return loss;
}

static double content_loss(Layer* layer, const float* wanted) {
  const int64_t values = layer->channels * layer->pixels;
  double loss = 0, squares = 1e-20;
  int64_t i;
  for (i = 0; i < values; ++i) squares += (double)wanted[i] * wanted[i];
  for (i = 0; i < values; ++i) {
    const double difference = (double)layer->map[i] - wanted[i];
    loss += kContentWeight * difference * difference / squares;
    layer->cotangent[i] += (float)(kContentWeight * 2 * difference / squares);
  }
  return loss;
}

/* A step of Adam (Kingma and Ba, 2015) downwards. */
static void adam(float* picture, const float* gradient, float* first, float* second, int64_t count,
                 int step) {
  const double rate = 0.02 * sqrt(1 - pow(0.999, step)) / (1 - pow(0.9, step));
  for (int64_t i = 0; i < count; ++i) {
    first[i] = 0.9f * first[i] + 0.1f * gradient[i];
    second[i] = 0.999f * second[i] + 0.001f * gradient[i] * gradient[i];
    picture[i] -= (float)(rate * first[i] / (sqrt(second[i]) + 1e-12));
    picture[i] = fminf(fmaxf(picture[i], 0), 1);
  }
}

int main(int count, char** arguments) {
  const int steps = count > 4 ? atoi(arguments[4]) : 100;
  int64_t shape[4], style_shape[4], values;
  limpid_network* network;
  limpid_session* session;
  Layer layers[kLayers], wanted[kLayers];
  const DLTensor* cotangents[kLayers];
  if (count < 4) return fputs("usage: style CONTENT.png STYLE.png OUT.png [STEPS]\n", stderr), 2;
  float *picture = read_picture(arguments[1], shape), *style = read_picture(arguments[2], style_shape);
  MUST(limpid_network_load(NULL, &network));
  MUST(limpid_session_create(network, kOptions, &session));
  open_layers(session, style_shape, wanted);
  forward(session, style, style_shape, wanted);
  for (int l = 0; l < kLayers; ++l)
    compute_gram(wanted[l].map, wanted[l].channels, wanted[l].pixels, wanted[l].gram);

  open_layers(session, shape, layers);
  forward(session, picture, shape, layers);
  Layer* content = &layers[kContentLayer];
  float* content_map = floats(content->channels * content->pixels);
  memcpy(content_map, content->map, (size_t)(content->channels * content->pixels) * sizeof(float));
  values = 3 * shape[2] * shape[3];
  float *gradient = floats(values), *first = floats(values), *second = floats(values);
  DLTensor result = tensor(gradient, shape);
  for (int step = 0; step <= steps; ++step) {
    double loss = 0;
    forward(session, picture, shape, layers);
    for (int l = 0; l < kLayers; ++l) {
      memset(layers[l].cotangent, 0, (size_t)(layers[l].channels * layers[l].pixels) * sizeof(float));
      loss += style_loss(&layers[l], &wanted[l]);
      cotangents[l] = &layers[l].slope;
    }
    loss += content_loss(content, content_map);
    if (step % 10 == 0 || step == steps) printf("step %d: %g\n", step, loss);
    if (step == steps) break;
    MUST(limpid_session_backward(session, cotangents, kLayers, &result));
    adam(picture, gradient, first, second, values, step + 1);
  }
  write_picture(arguments[3], picture, shape);
  release_layers(layers), release_layers(wanted);
  free(picture), free(style), free(content_map), free(gradient), free(first), free(second);
  limpid_session_release(session);
  limpid_network_release(network);
  return 0;
}
