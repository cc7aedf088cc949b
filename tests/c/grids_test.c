/* Grids of the C interface: pulled, kept in a store that the program knows, gone on with, cancelled, and every mistake with its
 * status and one line. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/c/scratch_folder.h"
#include "tests/c/support.h"

enum { kSide = 40, kPicture = kSide * kSide * 3, kJobs = 4, kFails = 3 };
static const char* kOneThread = "{\"device\": \"cpu\", \"threads\": 1}";
static const char* kKept = "{\"device\": \"cpu\", \"threads\": 1, \"store\": \"kept.limpid\"}";
static const char *program, *weights;

/* Three that can be rendered, and one of a position that is none. */
static const char* kList[kJobs] = {
    "{\"objective\": \"mixed3a:1\", \"size\": 40, \"steps\": 3}",
    "{\"objective\": \"mixed3a:2\", \"size\": 40, \"steps\": 3, \"seed\": 7}",
    "{\"objective\": \"mixed3b:5\", \"size\": 40, \"steps\": 3, \"init\": \"photo.png\"}",
    "{\"objective\": \"mixed3a:1@50,50\", \"size\": 40, \"steps\": 3}"};

static char jobs[2048];

static void write_jobs(void) {
  static float rgb[kPicture];
  int64_t shape[3] = {kSide, kSide, 3};
  DLTensor photo = tensor(rgb, 3, shape);
  FILE* file = fopen("jobs.json", "wb");
  snprintf(jobs, sizeof jobs, "[%s, %s, %s, %s]", kList[0], kList[1], kList[2], kList[3]);
  EXPECT(file != NULL && fputs(jobs, file) >= 0);
  if (file != NULL) fclose(file);
  fill(rgb, kPicture, 8);
  EXPECT(limpid_write_picture("photo.png", &photo) == LIMPID_OK);
}

/* Each tile's eight bits, and how often it came. */
static unsigned char made[kJobs][kPicture];
static int given[kJobs];

/* Pulls up to `most` tiles. Returns how many came, their places in `order`. */
static int pull(limpid_grid* grid, int most, int* order) {
  int count = 0;
  while (count < most) {
    char* json = NULL;
    DLManagedTensor* picture = NULL;
    int job = -1, i;
    EXPECT(limpid_grid_next(grid, &json, &picture) == LIMPID_OK);
    if (json == NULL) break;
    EXPECT(sscanf(json, "{\"job\":%d,\"objective\":\"mixed3", &job) == 1 && job >= 0 && job < kJobs);
    if (job < 0 || job >= kJobs) return count;
    EXPECT((strstr(json, "\"failure\":null") == NULL) == (job == kFails));
    EXPECT((picture == NULL) == (job == kFails));
    EXPECT((strstr(json, "\"value\":null") != NULL) == (job == kFails));
    if (picture != NULL) {
      const float* rgb = (const float*)picture->dl_tensor.data;
      const int64_t* shape = picture->dl_tensor.shape;
      EXPECT(picture->dl_tensor.ndim == 3 && shape[0] == kSide && shape[1] == kSide && shape[2] == 3);
      for (i = 0; i < kPicture; ++i) made[job][i] = (unsigned char)eight_bits(rgb[i]);
      picture->deleter(picture);
    }
    ++given[job];
    order[count++] = job;
    limpid_text_release(json);
  }
  return count;
}

static void forget(void) {
  memset(made, 0, sizeof made);
  memset(given, 0, sizeof given);
}

/* All tiles came once, and are what limpid_render makes. */
static void expect_all(const limpid_network* network) {
  static float rgb[kPicture];
  int64_t shape[3] = {kSide, kSide, 3};
  DLTensor picture = tensor(rgb, 3, shape);
  int job, i, wrong = 0;
  for (job = 0; job < kJobs; ++job) {
    EXPECT(given[job] == 1);
    if (job == kFails) continue;
    EXPECT(limpid_render(network, kList[job], kOneThread, NULL, NULL, &picture) == LIMPID_OK);
    for (i = 0; i < kPicture; ++i) wrong += made[job][i] != eight_bits(rgb[i]);
  }
  EXPECT(wrong == 0);
}

/* `options`: those of the grid; null for the device's choice. */
static void pull_all(const limpid_network* network, const char* options) {
  limpid_grid* grid = NULL;
  char* json = NULL;
  int order[kJobs + 1];
  forget();
  EXPECT(limpid_grid_open(network, jobs, options, &grid) == LIMPID_OK);
  EXPECT(pull(grid, kJobs + 1, order) == kJobs);
  EXPECT(limpid_grid_next(grid, &json, NULL) == LIMPID_OK && json == NULL);
  limpid_grid_close(grid);
  expect_all(network);
}

static int run(const char* command) {
  const int status = system(command);
  return status < 0 ? status : status >> 8;
}

/* A store that was left is gone on with, holds what the program's does to the bit, and is one to the program. */
static void keep(const limpid_network* network) {
  limpid_grid *grid = NULL, *other = NULL;
  char command[4096];
  int order[kJobs + 1];
  forget();
  EXPECT(limpid_grid_open(network, jobs, kKept, &grid) == LIMPID_OK);
  EXPECT(pull(grid, 1, order) == 1);
  EXPECT_ERROR(limpid_grid_open(network, jobs, kKept, &other), LIMPID_USAGE, "is writing there");
  limpid_grid_close(grid);
  forget();
  EXPECT(limpid_grid_open(network, jobs, kKept, &grid) == LIMPID_OK);
  EXPECT(pull(grid, kJobs, order) == kJobs);
  limpid_grid_close(grid);
  EXPECT(access("kept.limpid/tiles.h5", F_OK) == 0); /* The last tile made it, though nobody asked for more. */
  expect_all(network);
  forget();
  EXPECT(unlink("photo.png") == 0); /* Whether the jobs are the store's is seen by it. */
  EXPECT_ERROR(limpid_grid_open(network, jobs, kKept, &grid), LIMPID_INPUT, "'photo.png' does not exist");
  write_jobs();
  EXPECT(limpid_grid_open(network, jobs, kKept, &grid) == LIMPID_OK);
  EXPECT(pull(grid, kJobs + 1, order) == kJobs);
  EXPECT(order[0] == 0 && order[1] == 1 && order[2] == 2 && order[3] == 3);
  limpid_grid_close(grid);
  expect_all(network);
  EXPECT_ERROR(limpid_grid_open(network, kList[0], kKept, &grid), LIMPID_INPUT, "the jobs: objective");
  snprintf(command, sizeof command, "[%s]", kList[0]);
  EXPECT_ERROR(limpid_grid_open(network, command, kKept, &grid), LIMPID_USAGE, "kept.limpid");
  snprintf(command, sizeof command,
           "'%s' grid jobs.json -w '%s' --device cpu --threads 1 --quiet --no-sheet -o programs 2> said.txt", program,
           weights);
  EXPECT(run(command) == 1); /* A job failed. */
  EXPECT(run("cmp programs.limpid/manifest.json kept.limpid/manifest.json") == 0);
  EXPECT(run("cmp programs.limpid/tiles-main.h5 kept.limpid/tiles-main.h5") == 0);
  EXPECT(run("cmp programs.limpid/tiles.h5 kept.limpid/tiles.h5") == 0);
  snprintf(command, sizeof command, "'%s' grid --resume kept.limpid --quiet --no-sheet 2> said.txt", program);
  EXPECT(run(command) == 1);
}

/* Relative names are of where the process was when it gave them; a job that is named twice is made once. */
static void wander(void) {
  static const char* listed =
      "{\"defaults\": {\"size\": 40, \"steps\": 3}, \"jobs\": [\"mixed3a:1-2\", {\"objective\": \"mixed3a:2\"}]}";
  static const char* far = "{\"device\": \"cpu\", \"threads\": 1, \"store\": \"far.limpid\"}";
  limpid_network* network = NULL;
  limpid_grid* grid = NULL;
  int order[kJobs + 1];
  EXPECT(symlink(weights, "w.h5") == 0 && mkdir("elsewhere", 0777) == 0);
  EXPECT(limpid_network_load("w.h5", &network) == LIMPID_OK);
  EXPECT(chdir("elsewhere") == 0);
  EXPECT(limpid_grid_open(network, listed, far, &grid) == LIMPID_OK);
  EXPECT(chdir("..") == 0);
  EXPECT(pull(grid, kJobs + 1, order) == 2);
  limpid_grid_close(grid);
  EXPECT(access("elsewhere/far.limpid/tiles.h5", F_OK) == 0 && access("far.limpid", F_OK) != 0);
  EXPECT(unlink("w.h5") == 0);
  EXPECT_ERROR(limpid_grid_open(network, listed, far, &grid), LIMPID_INPUT, "is gone");
  limpid_network_release(network);
}

static const char* kEndless = "[{\"objective\": \"mixed3a:1\", \"size\": 40, \"steps\": 1000000}]";

static int refused, cancelled;

/* Two wait for one tile that never comes: one is refused, and ends it for the other. */
static void* wait_or_cancel(void* grid) {
  char* json = NULL;
  const limpid_status status = limpid_grid_next((limpid_grid*)grid, &json, NULL);
  EXPECT(json == NULL);
  if (status == LIMPID_USAGE) {
    EXPECT_ERROR(status, LIMPID_USAGE, "the grid is used by two threads at once");
    ++refused;
    EXPECT(limpid_grid_cancel((limpid_grid*)grid) == LIMPID_OK);
  } else {
    EXPECT_ERROR(status, LIMPID_CANCELLED, "the grid was cancelled");
    ++cancelled;
  }
  return NULL;
}

static void cancel(const limpid_network* network) {
  limpid_grid* grid = NULL;
  pthread_t other;
  char* json = NULL;
  EXPECT(limpid_grid_open(network, kEndless, kOneThread, &grid) == LIMPID_OK);
  EXPECT(pthread_create(&other, NULL, wait_or_cancel, grid) == 0);
  wait_or_cancel(grid);
  EXPECT(pthread_join(other, NULL) == 0);
  EXPECT(refused == 1 && cancelled == 1);
  EXPECT_ERROR(limpid_grid_next(grid, &json, NULL), LIMPID_CANCELLED, "the grid was cancelled");
  limpid_grid_close(grid);
  /* One that nobody pulled, and one that is closed on the way. */
  EXPECT(limpid_grid_open(network, kEndless, kOneThread, &grid) == LIMPID_OK);
  limpid_grid_close(grid);
}

/* In a child the grid of its parent is no more, and is closed all the same. */
static void fork_it(const limpid_network* network) {
  limpid_grid* grid = NULL;
  int order[kJobs + 1], status = 0;
  pid_t child;
  forget();
  EXPECT(limpid_grid_open(network, jobs, kOneThread, &grid) == LIMPID_OK);
  EXPECT(pull(grid, 1, order) == 1);
  child = fork();
  if (child == 0) {
    char* json = NULL;
    alarm(60);
    EXPECT_ERROR(limpid_grid_next(grid, &json, NULL), LIMPID_RUNTIME, "forked");
    EXPECT_ERROR(limpid_grid_cancel(grid), LIMPID_RUNTIME, "forked");
    limpid_grid_close(grid);
    _exit(failures == 0 ? 0 : 1);
  }
  EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT(pull(grid, kJobs, order) == kJobs - 1);
  limpid_grid_close(grid);
}

static void grid_mistakes(const limpid_network* network) {
  limpid_grid* grid = NULL;
  char* json = NULL;
  EXPECT_ERROR(limpid_grid_open(network, "[]", NULL, &grid), LIMPID_INPUT, "the jobs");
  EXPECT_ERROR(limpid_grid_open(network, "[{\"objective\": \"mixed9:1\"}]", NULL, &grid), LIMPID_INPUT, "mixed9");
  EXPECT_ERROR(limpid_grid_open(network, "[{\"objective\": \"mixed3a:1\", \"alpha\": true}]", NULL, &grid), LIMPID_USAGE,
               "job 0 (mixed3a:1)");
  EXPECT_ERROR(limpid_grid_open(network, "[{\"objective\": \"match(nowhere.png, mixed3a)\"}]", NULL, &grid), LIMPID_INPUT,
               "'nowhere.png' does not exist");
  EXPECT_ERROR(limpid_grid_open(network, jobs, "{\"stroe\": \"a\"}", &grid), LIMPID_INPUT, "stroe");
  EXPECT_ERROR(limpid_grid_open(network, jobs, "{\"keep_parameters\": true}", &grid), LIMPID_USAGE, "none is named");
  EXPECT_ERROR(limpid_grid_open(network, jobs, "{\"devices\": []}", &grid), LIMPID_INPUT, "a list of devices");
  EXPECT_ERROR(limpid_grid_open(network, jobs, "{\"devices\": [\"cpu\", \"tpu\"]}", &grid), LIMPID_USAGE, "tpu");
  EXPECT_ERROR(limpid_grid_open(network, jobs, "{\"devices\": [\"cpu\"], \"device\": \"cpu\"}", &grid), LIMPID_USAGE,
               "give one of them");
  EXPECT_ERROR(limpid_grid_open(network, jobs, "{\"device\": \"tpu\"}", &grid), LIMPID_USAGE, "tpu");
  EXPECT_ERROR(limpid_grid_open(network, jobs, "{\"store\": \"no/such.limpid\"}", &grid), LIMPID_USAGE, "no/such.limpid");
  EXPECT_ERROR(limpid_grid_open(network, jobs, "{\"store\": \".\"}", &grid), LIMPID_USAGE, "is no store");
  EXPECT_ERROR(limpid_grid_open(NULL, jobs, NULL, &grid), LIMPID_USAGE, "network is null");
  EXPECT_ERROR(limpid_grid_open(network, NULL, NULL, &grid), LIMPID_USAGE, "jobs is null");
  EXPECT_ERROR(limpid_grid_open(network, jobs, NULL, NULL), LIMPID_USAGE, "grid is null");
  EXPECT(grid == NULL);
  EXPECT_ERROR(limpid_grid_next(NULL, &json, NULL), LIMPID_USAGE, "grid is null");
  EXPECT_ERROR(limpid_grid_next(NULL, NULL, NULL), LIMPID_USAGE, "json is null");
  EXPECT_ERROR(limpid_grid_cancel(NULL), LIMPID_USAGE, "grid is null");
  limpid_grid_close(NULL);
}

int main(int count, char** arguments) {
  limpid_network* network = NULL;
  if (count != 3 || !enter_scratch_folder()) return 2;
  weights = arguments[1];
  program = arguments[2];
  EXPECT(limpid_network_load(weights, &network) == LIMPID_OK);
  write_jobs();
  pull_all(network, kOneThread);
  pull_all(network, "{\"devices\": [\"cpu\", \"cpu\"], \"threads\": 1, \"batch\": 2}");
  keep(network);
  wander();
  cancel(network);
  fork_it(network);
  grid_mistakes(network);
  limpid_network_release(network);
  return leave_scratch_folder("grids hold");
}
