/* A folder that a test works in. For programs of POSIX. */
#ifndef LIMPID_TESTS_C_SCRATCH_FOLDER_H
#define LIMPID_TESTS_C_SCRATCH_FOLDER_H

#include <stdlib.h>
#include <unistd.h>

#include "tests/c/support.h"

static char scratch_folder[] = "/tmp/limpid-c-test-XXXXXX";

/* A new one, in which the test is from now on; 0 where there is none. */
static inline int enter_scratch_folder(void) {
  return mkdtemp(scratch_folder) != NULL && chdir(scratch_folder) == 0;
}

/* Removes it; the exit code of the test, which says `done` where nothing failed. */
static inline int leave_scratch_folder(const char* done) {
  char command[64];
  snprintf(command, sizeof command, "rm -r %s", scratch_folder);
  EXPECT(system(command) == 0);
  if (failures == 0) puts(done);
  return failures == 0 ? 0 : 1;
}

#endif
