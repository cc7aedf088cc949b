/* The library without linking it: opened while the program runs, as a plug-in does, or a program that can do without.
 *
 *   plugin [LIBRARY]      liblimpid.so.1, where no other is named */
#include <dlfcn.h>
#include <limpid.h>
#include <stdio.h>
#include <string.h>

/* A function of the library, into a pointer of the type that limpid.h gives it. */
static int find(void* library, const char* name, void* function) {
  void* address = dlsym(library, name);
  memcpy(function, &address, sizeof address);
  return address != NULL;
}

int main(int count, char** arguments) {
  const char* (*version)(void);
  const char* (*last_error)(void);
  limpid_status (*load)(const char*, limpid_network**);
  void (*release)(limpid_network*);
  limpid_network* network = NULL;
  void* library = dlopen(count > 1 ? arguments[1] : "liblimpid.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL || !find(library, "limpid_version", &version) ||
      !find(library, "limpid_last_error", &last_error) || !find(library, "limpid_network_load", &load) ||
      !find(library, "limpid_network_release", &release)) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  printf("limpid %s\n", version());
  if (load(NULL, &network) != LIMPID_OK) {
    fprintf(stderr, "%s\n", last_error());
    return 1;
  }
  release(network);
  return 0;
}
