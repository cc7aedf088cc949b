/* Pictures of the C interface: read, written, named by jobs, and with alpha: the program's pixels, and its line for what is
 * wrong with a file. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/c/scratch_folder.h"
#include "tests/c/support.h"

enum { kSide = 40, kPixels = kSide * kSide };
static const char* kOneThread = "{\"device\": \"cpu\", \"threads\": 1}";
static const char *program, *weights, *fixtures;

/* The pixels of a file, which the caller releases; null where it is not of this shape. */
static DLManagedTensor* read_square(const char* path, int side) {
  DLManagedTensor* picture = NULL;
  EXPECT(limpid_read_picture(path, &picture) == LIMPID_OK);
  if (picture == NULL) return NULL;
  const DLTensor* t = &picture->dl_tensor;
  EXPECT(t->ndim == 3 && t->shape[0] == side && t->shape[1] == side && t->shape[2] == 3);
  EXPECT(t->dtype.code == kDLFloat && t->dtype.bits == 32 && t->dtype.lanes == 1);
  EXPECT(t->device.device_type == kDLCPU && t->byte_offset == 0 && t->strides == NULL);
  return picture;
}

/* The pictures of tests/fixtures/make_pictures.py by its formula. */
static void read_fixtures(void) {
  static const char* names[] = {"rgb8.png", "rgb8.bmp", "palette.gif"};
  char path[1024];
  DLManagedTensor* picture = NULL;
  int i, y, x;
  for (i = 0; i < 3; ++i) {
    snprintf(path, sizeof path, "%s/%s", fixtures, names[i]);
    EXPECT(limpid_read_picture(path, &picture) == LIMPID_OK);
    if (picture == NULL) continue;
    const int64_t height = picture->dl_tensor.shape[0], width = picture->dl_tensor.shape[1];
    const float* rgb = (const float*)picture->dl_tensor.data;
    EXPECT(height > 1 && width > 1);
    for (y = 0; y < height; ++y) {
      for (x = 0; x < width; ++x, rgb += 3) {
        EXPECT(eight_bits(rgb[0]) == 37 * x && eight_bits(rgb[1]) == 50 * y);
        EXPECT(eight_bits(rgb[2]) == 255 - 20 * x - 10 * y);
      }
    }
    picture->deleter(picture);
  }
  EXPECT_ERROR(limpid_read_picture("nowhere.png", &picture), LIMPID_INPUT, "'nowhere.png' does not exist");
  EXPECT(picture == NULL);
  EXPECT_ERROR(limpid_read_picture(weights, &picture), LIMPID_INPUT, "no picture that is read");
  EXPECT_ERROR(limpid_read_picture(NULL, &picture), LIMPID_USAGE, "path is null");
  EXPECT_ERROR(limpid_read_picture("a.png", NULL), LIMPID_USAGE, "picture is null");
}

/* `values` of the program's eight bits, as a file. */
static void write_square(const char* path, float* values, int channels) {
  int64_t shape[3] = {kSide, kSide, 0};
  DLTensor picture;
  shape[2] = channels;
  picture = tensor(values, 3, shape);
  EXPECT(limpid_write_picture(path, &picture) == LIMPID_OK);
}

static void write_and_read(void) {
  static float values[4 * kPixels];
  int64_t shape[3] = {kSide, kSide, 3};
  DLTensor picture = tensor(values, 3, shape);
  DLManagedTensor* back;
  int i, c, wrong = 0;
  fill(values, 4 * kPixels, 3);
  write_square("three.png", values, 3);
  write_square("four.webp", values, 4);
  back = read_square("three.png", kSide);
  if (back == NULL) return;
  for (i = 0; i < 3 * kPixels; ++i)
    wrong += eight_bits(((float*)back->dl_tensor.data)[i]) != eight_bits(values[i]);
  EXPECT(wrong == 0);
  back->deleter(back);
  back = read_square("four.webp", kSide);
  if (back == NULL) return;
  for (i = 0; i < kPixels; ++i) { /* On white. */
    const float alpha = (float)eight_bits(values[4 * i + 3]) / 255;
    for (c = 0; c < 3; ++c) {
      const float seen = alpha * ((float)eight_bits(values[4 * i + c]) / 255) + (1 - alpha);
      wrong += !(fabsf(((float*)back->dl_tensor.data)[3 * i + c] - seen) < 1e-6f);
    }
  }
  EXPECT(wrong == 0);
  back->deleter(back);
  EXPECT_ERROR(limpid_write_picture("a.tiff", &picture), LIMPID_USAGE, "must end in .png");
  EXPECT_ERROR(limpid_write_picture("no/a.png", &picture), LIMPID_USAGE, "No such file");
  EXPECT_ERROR(limpid_write_picture(NULL, &picture), LIMPID_USAGE, "path is null");
  EXPECT_ERROR(limpid_write_picture("a.png", NULL), LIMPID_USAGE, "picture is null");
  shape[2] = 2;
  EXPECT_ERROR(limpid_write_picture("a.png", &picture), LIMPID_USAGE, "40x40x2");
  shape[2] = 3;
  shape[0] = 0;
  EXPECT_ERROR(limpid_write_picture("a.png", &picture), LIMPID_USAGE, "0x40x3");
}

/* What `limpid render` says or makes, its standard error in said.txt; its exit code. */
static int run_program(const char* arguments) {
  char command[4096];
  snprintf(command, sizeof command, "'%s' render %s -w '%s' --size 40 --steps 3 --device cpu --threads 1 --quiet 2> said.txt",
           program, arguments, weights);
  const int status = system(command);
  return status < 0 ? status : status >> 8;
}

/* The picture of a job is that of the program, to the bit of a file. */
static void expect_the_programs(const limpid_network* network, const char* job, const char* arguments) {
  static float rgb[3 * kPixels];
  int64_t shape[3] = {kSide, kSide, 3};
  DLTensor picture = tensor(rgb, 3, shape);
  char command[1024];
  DLManagedTensor* made;
  int i, wrong = 0;
  snprintf(command, sizeof command, "%s -o made.png", arguments);
  EXPECT(run_program(command) == 0);
  made = read_square("made.png", kSide);
  EXPECT(limpid_render(network, job, kOneThread, NULL, NULL, &picture) == LIMPID_OK);
  if (made == NULL) return;
  for (i = 0; i < 3 * kPixels; ++i)
    wrong += eight_bits(rgb[i]) != eight_bits(((float*)made->dl_tensor.data)[i]);
  EXPECT(wrong == 0);
  made->deleter(made);
}

/* The line that a job's file is refused with is the program's. */
static void expect_the_programs_line(const limpid_network* network, const char* job, const char* arguments) {
  static float rgb[3 * kPixels];
  int64_t shape[3] = {kSide, kSide, 3};
  DLTensor picture = tensor(rgb, 3, shape);
  limpid_job* handle = NULL;
  char said[2048] = "";
  FILE* file;
  EXPECT(run_program(arguments) == 2);
  file = fopen("said.txt", "rb");
  EXPECT(file != NULL);
  if (file == NULL) return;
  said[fread(said, 1, sizeof said - 1, file)] = '\0';
  fclose(file);
  EXPECT_ERROR(limpid_render(network, job, kOneThread, NULL, NULL, &picture), LIMPID_INPUT, "");
  expect(strstr(said, limpid_last_error()) != NULL, said, __LINE__);
  EXPECT_ERROR(limpid_job_create(network, job, kOneThread, &handle), LIMPID_INPUT, "");
  expect(strstr(said, limpid_last_error()) != NULL, said, __LINE__);
  EXPECT(handle == NULL);
}

/* A photo of noise that is not square, and a mask over half of the picture. */
static void write_files(void) {
  static float values[3 * 48 * kSide];
  int64_t shape[3] = {48, kSide, 3};
  DLTensor picture = tensor(values, 3, shape);
  FILE *damaged, *text;
  int i;
  fill(values, 3 * 48 * kSide, 4);
  EXPECT(limpid_write_picture("photo.png", &picture) == LIMPID_OK);
  for (i = 0; i < 3 * kPixels; ++i) values[i] = i % (3 * kSide) < 3 * kSide / 2 ? 1.0f : 0.0f;
  write_square("mask.png", values, 3);
  damaged = fopen("damaged.png", "wb");
  EXPECT(damaged != NULL && fwrite("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 1, 16, damaged) == 16);
  if (damaged != NULL) fclose(damaged);
  text = fopen("text.png", "wb");
  EXPECT(text != NULL && fputs("this is no picture", text) >= 0);
  if (text != NULL) fclose(text);
}

static void name_files(const limpid_network* network) {
  write_files();
  expect_the_programs(network,
                      "{\"objective\": \"mixed3a:1\", \"size\": 40, \"steps\": 3, \"init\": \"photo.png\", "
                      "\"mask\": \"mask.png\", \"fit\": \"pad\"}",
                      "mixed3a:1 --init photo.png --mask mask.png --fit pad");
  expect_the_programs(network,
                      "{\"objective\": \"match(photo.png, mixed3a)\", \"watch\": [\"style(photo.png, conv2d1)\"], "
                      "\"size\": 40, \"steps\": 3}",
                      "'match(photo.png, mixed3a)'");
  expect_the_programs_line(network, "{\"objective\": \"mixed3a:1\", \"init\": \"nowhere.png\"}",
                           "mixed3a:1 --init nowhere.png");
  expect_the_programs_line(network, "{\"objective\": \"mixed3a:1\", \"init\": \"damaged.png\"}",
                           "mixed3a:1 --init damaged.png");
  expect_the_programs_line(network, "{\"objective\": \"mixed3a:1\", \"mask\": \"text.png\"}", "mixed3a:1 --mask text.png");
  expect_the_programs_line(network, "{\"objective\": \"match(nowhere.png, mixed3a)\"}",
                           "'match(nowhere.png, mixed3a)'");
  expect_the_programs_line(network, "{\"objective\": \"match(damaged.png, mixed3a)\"}",
                           "'match(damaged.png, mixed3a)'");
  expect_the_programs_line(network, "{\"objective\": \"dir(mixed3a, nowhere.npy)\"}", "'dir(mixed3a, nowhere.npy)'");
  expect_the_programs_line(network, "{\"objective\": \"mixed3a:1\", \"param\": \"maco\", \"prior\": \"nowhere.h5\"}",
                           "mixed3a:1 --param maco --prior nowhere.h5");
}

/* A job holds its photo; a saved one wants the same file. */
static void go_on_from_a_photo(const limpid_network* network) {
  static float rgb[3 * kPixels];
  int64_t shape[3] = {kSide, kSide, 3};
  DLTensor picture = tensor(rgb, 3, shape);
  DLManagedTensor* photo;
  limpid_job *job = NULL, *restored = NULL;
  void* bytes = NULL;
  size_t count = 0;
  int i, far = 0;
  fill(rgb, 3 * kPixels, 5);
  write_square("start.png", rgb, 3);
  photo = read_square("start.png", kSide);
  EXPECT(limpid_job_create(network, "{\"objective\": \"mixed3a:1\", \"size\": 40, \"steps\": 3, \"init\": \"start.png\"}",
                           kOneThread, &job) == LIMPID_OK);
  EXPECT(limpid_job_image(job, &picture) == LIMPID_OK);
  for (i = 0; photo != NULL && i < 3 * kPixels; ++i)
    far += !(fabsf(((float*)photo->dl_tensor.data)[i] - rgb[i]) <= 1.0f / 255);
  EXPECT(photo != NULL && far == 0);
  if (photo != NULL) photo->deleter(photo);
  EXPECT(limpid_job_step(job, 1, NULL, NULL) == LIMPID_OK);
  EXPECT(limpid_job_save(job, &bytes, &count) == LIMPID_OK);
  EXPECT(limpid_job_restore(network, bytes, count, kOneThread, &restored) == LIMPID_OK);
  limpid_job_release(restored);
  rgb[0] = 1 - rgb[0];
  write_square("start.png", rgb, 3);
  EXPECT_ERROR(limpid_job_restore(network, bytes, count, kOneThread, &restored), LIMPID_INPUT,
               "'start.png' is not the file the job was made for");
  limpid_bytes_release(bytes);
  limpid_job_release(job);
}

/* A picture with alpha: its four channels are the program's, its colours alone may be asked for. */
static void show_alpha(const limpid_network* network) {
  static const char* text = "{\"objective\": \"mixed3a:1\", \"size\": 40, \"steps\": 3, \"alpha\": true}";
  static float four[4 * kPixels], three[3 * kPixels], pulled[4 * kPixels];
  int64_t shape[3] = {0, 0, 0}, colours[3] = {kSide, kSide, 3};
  DLTensor rgba, rgb = tensor(three, 3, colours), image;
  DLManagedTensor* made;
  limpid_job* job = NULL;
  int i, c, wrong = 0, clear = 0;
  EXPECT(limpid_render_shape(network, text, shape) == LIMPID_OK);
  EXPECT(shape[0] == kSide && shape[1] == kSide && shape[2] == 4);
  rgba = tensor(four, 3, shape);
  image = tensor(pulled, 3, shape);
  EXPECT(limpid_render(network, text, kOneThread, NULL, NULL, &rgba) == LIMPID_OK);
  EXPECT(limpid_render(network, text, kOneThread, NULL, NULL, &rgb) == LIMPID_OK);
  EXPECT(limpid_job_create(network, text, kOneThread, &job) == LIMPID_OK);
  EXPECT(limpid_job_step(job, 3, NULL, NULL) == LIMPID_OK);
  shape[2] = 0;
  EXPECT(limpid_job_shape(job, shape) == LIMPID_OK && shape[2] == 4);
  EXPECT(limpid_job_image(job, &image) == LIMPID_OK);
  EXPECT(memcmp(four, pulled, sizeof four) == 0);
  limpid_job_release(job);
  EXPECT(run_program("mixed3a:1 --alpha -o made.png") == 0);
  made = read_square("made.png", kSide);
  for (i = 0; made != NULL && i < kPixels; ++i) { /* Read on white. */
    const float alpha = (float)eight_bits(four[4 * i + 3]) / 255;
    clear += alpha > 0 && alpha < 1;
    for (c = 0; c < 3; ++c) {
      const float seen = alpha * ((float)eight_bits(four[4 * i + c]) / 255) + (1 - alpha);
      wrong += !(fabsf(((float*)made->dl_tensor.data)[3 * i + c] - seen) < 1e-6f);
      wrong += four[4 * i + c] != three[3 * i + c];
    }
  }
  EXPECT(made != NULL && wrong == 0 && clear > kPixels / 2);
  if (made != NULL) made->deleter(made);
  EXPECT_ERROR(limpid_render(network, "{\"objective\": \"mixed3a:1\", \"size\": 40}", NULL, NULL, NULL, &rgba),
               LIMPID_USAGE, "the picture is 40x40x3, and a tensor of 40x40x4 was given");
  EXPECT_ERROR(limpid_render_shape(network, text, NULL), LIMPID_USAGE, "shape is null");
  EXPECT_ERROR(limpid_job_shape(NULL, shape), LIMPID_USAGE, "job is null");
}

int main(int count, char** arguments) {
  limpid_network* network = NULL;
  if (count != 4 || !enter_scratch_folder()) return 2;
  weights = arguments[1];
  program = arguments[2];
  fixtures = arguments[3];
  EXPECT(limpid_network_load(weights, &network) == LIMPID_OK);
  read_fixtures();
  write_and_read();
  name_files(network);
  go_on_from_a_photo(network);
  show_alpha(network);
  limpid_network_release(network);
  return leave_scratch_folder("pictures hold");
}
