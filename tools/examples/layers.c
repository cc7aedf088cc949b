/* The layers of a network for a picture of 224 x 224, as JSON.
 *
 *   layers [WEIGHTS.h5]      without a file, the weights that limpid comes with */
#include <limpid.h>
#include <stdio.h>

int main(int count, char** arguments) {
  limpid_network* network = NULL;
  char* json = NULL;
  if (limpid_network_load(count > 1 ? arguments[1] : NULL, &network) != LIMPID_OK ||
      limpid_network_layers(network, 224, 224, &json) != LIMPID_OK) {
    fprintf(stderr, "%s\n", limpid_last_error());
    return 1;
  }
  puts(json);
  limpid_text_release(json);
  limpid_network_release(network);
  return 0;
}
