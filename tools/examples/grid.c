/* Many renders side by side, each written as soon as it is finished. Stopped and started again, it goes on where it was: the
 * store keeps what is done.
 *
 *   grid STORE.limpid TARGET [SIZE STEPS]      a folder; mixed4a:0-15; 128 256 */
#include <string.h>

#include "picture.h"

/* "{"job":3,..." as a file, "tile-3.png", in the current folder. */
static void write_tile(const char* about, DLManagedTensor* picture) {
  char path[64];
  int job = 0;
  sscanf(about, "{\"job\":%d", &job);
  snprintf(path, sizeof path, "tile-%d.png", job);
  MUST(limpid_write_picture(path, &picture->dl_tensor));
  printf("%s: %.*s\n", path, (int)strcspn(strstr(about, "\"objective\""), "}["), strstr(about, "\"objective\""));
}

int main(int count, char** arguments) {
  const int size = count > 3 ? atoi(arguments[3]) : 128, steps = count > 4 ? atoi(arguments[4]) : 256;
  char jobs[512], options[512];
  limpid_network* network;
  limpid_grid* grid;
  if (count < 3) return fputs("usage: grid STORE.limpid TARGET [SIZE STEPS]\n", stderr), 2;
  snprintf(jobs, sizeof jobs, "{\"defaults\": {\"size\": %d, \"steps\": %d}, \"jobs\": [\"%s\"]}", size, steps,
           arguments[2]);
  snprintf(options, sizeof options, "{\"store\": \"%s\"}", arguments[1]);
  MUST(limpid_network_load(NULL, &network));
  MUST(limpid_grid_open(network, jobs, options, &grid));
  for (;;) {
    char* about;
    DLManagedTensor* picture;
    MUST(limpid_grid_next(grid, &about, &picture));
    if (about == NULL) break; /* All were given. */
    if (picture != NULL) {
      write_tile(about, picture);
      picture->deleter(picture);
    } else {
      fprintf(stderr, "%s\n", about); /* It says why. */
    }
    limpid_text_release(about);
  }
  limpid_grid_close(grid);
  limpid_network_release(network);
  return 0;
}
