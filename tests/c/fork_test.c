/* Networks and sessions in children of fork(): what a parent opened works there too, or says why not. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/c/support.h"

enum { kSide = 64, kPicture = 3 * kSide * kSide, kClasses = 1024 };

static float picture[kPicture], before[kClasses], after[kClasses];
static int64_t picture_shape[4] = {1, 3, kSide, kSide};

static limpid_session* open_session(const limpid_network* network) {
  limpid_session* session = NULL;
  EXPECT(limpid_session_create(network, "{\"targets\": [\"softmax\"], \"device\": \"cpu\", \"threads\": 3}",
                               &session) == LIMPID_OK);
  return session;
}

static void classify(limpid_session* session, float* probabilities) {
  int64_t shape[4];
  DLTensor input = tensor(picture, 4, picture_shape), output;
  DLTensor* outputs[1];
  outputs[0] = &output;
  EXPECT(limpid_session_target_shape(session, 0, 1, kSide, kSide, shape) == LIMPID_OK);
  EXPECT(shape[1] <= kClasses);
  output = tensor(probabilities, 4, shape);
  EXPECT(limpid_session_forward(session, &input, outputs, 1) == LIMPID_OK);
}

static void expect_same(limpid_session* session) {
  memset(after, 0, sizeof after);
  classify(session, after);
  EXPECT(memcmp(before, after, sizeof before) == 0);
}

/* Runs `body` in a child, which must come to its end in time. */
static void in_child(void (*body)(void*), void* argument) {
  int status = -1;
  const pid_t child = fork();
  if (child == 0) {
    failures = 0;
    alarm(60);
    body(argument);
    _exit(failures == 0 ? 0 : 1);
  }
  EXPECT(child > 0 && waitpid(child, &status, 0) == child);
  EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static limpid_network* network;

static void with_the_parents(void* session) {
  expect_same((limpid_session*)session);
  limpid_session_release((limpid_session*)session);
}

static void with_its_own(void* session) {
  limpid_session* own = open_session(network);
  (void)session;
  expect_same(own);
  limpid_session_release(own);
}

static void with_a_network_of_its_own(void* path) {
  limpid_network_release(network);
  EXPECT(limpid_network_load((const char*)path, &network) == LIMPID_OK);
  with_its_own(NULL);
}

#ifndef LIMPID_SANITIZE
/* Loads the file again and again until it is told to stop. */
static volatile int loading = 1;

static void* load_on(void* path) {
  while (loading) {
    limpid_network* other = NULL;
    EXPECT(limpid_network_load((const char*)path, &other) == LIMPID_OK);
    limpid_network_release(other);
  }
  return NULL;
}
#endif

int main(int count, char** arguments) {
  limpid_session* session;
#ifndef LIMPID_SANITIZE
  pthread_t loader;
  int i;
#endif
  if (count != 2) return 2;
  fill(picture, kPicture, 1);
  EXPECT(limpid_network_load(arguments[1], &network) == LIMPID_OK);
  session = open_session(network);
  classify(session, before);
  in_child(with_the_parents, session);
  in_child(with_its_own, session);
  in_child(with_a_network_of_its_own, arguments[1]);
#ifndef LIMPID_SANITIZE /* Whose allocator may be held by another thread at the fork, and stays so in the child. */
  EXPECT(pthread_create(&loader, NULL, load_on, arguments[1]) == 0);
  for (i = 0; i < 3; ++i) in_child(with_a_network_of_its_own, arguments[1]);
  loading = 0;
  pthread_join(loader, NULL);
#endif
  expect_same(session);
  limpid_session_release(session);
  limpid_network_release(network);
  if (failures == 0) puts("children of fork() work");
  return failures == 0 ? 0 : 1;
}
