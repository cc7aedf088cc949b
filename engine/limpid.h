/* limpid's C interface: networks, passes through them, and renders.
 *
 * Every function returns a status, LIMPID_OK or why not; limpid_last_error() then says in one line what was wrong and
 * what to do. Nothing is printed, thrown or ended. A null pointer where one is needed is LIMPID_USAGE, and the line
 * names it. What a function gives out through a pointer is set only where it returns LIMPID_OK, and null otherwise.
 *
 * Handles may be released in any order, null is ignored: a session keeps what it needs of its network. A network may be
 * used by any number of threads at once. A session is for one thread at a time; two at once are LIMPID_USAGE. In a child
 * of fork() networks work, and sessions on the CPU; one on a GPU is LIMPID_RUNTIME there.
 *
 * Tensors are DLTensor of DLPack: fp32 (kDLFloat, 32 bits, 1 lane) in host memory (kDLCPU) with any strides. The
 * caller owns them; nothing of them is kept after a call.
 *
 * Texts given are UTF-8 and end with a zero. Options are JSON objects; a field that is unknown, of a wrong type or out
 * of range is LIMPID_INPUT, and the line names it. */
#ifndef LIMPID_H
#define LIMPID_H

#include <stddef.h>
#include <stdint.h>

#include "dlpack.h" /* Beside this file, in the sources as where it is installed. */

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LIMPID_API __attribute__((visibility("default")))
#else
#define LIMPID_API
#endif

typedef int32_t limpid_status;
enum {
  LIMPID_OK = 0,
  LIMPID_USAGE = 1,     /* An argument that cannot be honoured. */
  LIMPID_INPUT = 2,     /* A file, or a text of options, that is wrong. */
  LIMPID_RUNTIME = 3,   /* The machine failed: disk, device. */
  LIMPID_NO_MEMORY = 4, /* Asking for less may do. */
  LIMPID_CANCELLED = 5  /* The callback ended the render; the picture is as it was then. */
};

typedef struct limpid_network limpid_network;
typedef struct limpid_session limpid_session;

/* "0.2.0+1a2b3c4", or "0.2.0" where the sources were no repository of their own. Never null. */
LIMPID_API const char* limpid_version(void);

/* What a status means, in a few words. Never null. */
LIMPID_API const char* limpid_status_text(limpid_status status);

/* Of this thread's last call that failed, one line; empty before any did. Valid until the thread's next failure. */
LIMPID_API const char* limpid_last_error(void);

/* Frees a text that a function gave out. */
LIMPID_API void limpid_text_release(char* text);

/* ---- Networks -------------------------------------------------------------------------------------------------- */

/* Reads a weights file of limpid's. `path` null: the one `limpid` takes where none is named, of which default.h5 is
 * looked for in ../share/limpid beside this library, then beside the program. */
LIMPID_API limpid_status limpid_network_load(const char* path, limpid_network** network);

/* The same from the bytes of a file, which are not needed any more afterwards. */
LIMPID_API limpid_status limpid_network_load_bytes(const void* bytes, size_t count, limpid_network** network);
LIMPID_API void limpid_network_release(limpid_network* network);

/* The layers for a picture of height x width pixels, in forward order, as JSON:
 * [{"name", "alias", "channels", "height", "width", "macs", "receptive_field"}, ...]. */
LIMPID_API limpid_status limpid_network_layers(const limpid_network* network, int32_t height, int32_t width,
                                               char** json);

/* The names of the classes, in the order of "logits" and "softmax", as a JSON array of texts. */
LIMPID_API limpid_status limpid_network_labels(const limpid_network* network, char** json);

/* ---- Sessions -------------------------------------------------------------------------------------------------- */

/* Opens passes through a network. The options:
 *   "targets": layers, by any of their names; "mixed4d:pre" is one before its ReLU. Required; may be empty where only
 *              limpid_session_gradient is called.
 *   "start": the layer whose activations the passes begin with; by default the picture.
 *   "backward": whether limpid_session_backward may be called (true).  "push": likewise (false).
 *   "linear": products with the network as a linear map, for expanded weights: biases are zero, ReLUs the identity,
 *             max-pools means, LRN its derivative at zero. limpid_session_backward then needs no forward pass, takes the
 *             input's extents from `gradient`, and is all there is (false).
 *   "subtract_mean": false feeds the network values of 0 to 255 as they are (true).
 *   "unit": what derivatives by the picture are taken by: "picture", its values in [0, 1], or "network", 255 times
 *           smaller, as `limpid gradient` writes them ("picture").
 *   "device": "auto", "cpu", "cuda" or "cuda:N" ("auto").  "precision": "auto", "fp32", "tf32", "fp16" or "bf16".
 *   "threads": host threads, 0 for all cores (0). */
LIMPID_API limpid_status limpid_session_create(const limpid_network* network, const char* options,
                                               limpid_session** session);
LIMPID_API void limpid_session_release(limpid_session* session);

/* Images, channels, height and width of target number `target` for so many images of height x width (with a start
 * layer: positions of its map), which is planned if it was not yet. */
LIMPID_API limpid_status limpid_session_target_shape(limpid_session* session, int32_t target, int32_t batch,
                                                     int32_t height, int32_t width, int64_t* shape);

/* Computes the targets. `input`: images x 3 x height x width, RGB in [0, 1], or with a start layer images x its
 * channels x its map. `outputs`: `count` tensors, one a target in their order; null for one that is not wanted; a count
 * of 0, with `outputs` null, for none. The first call of a size plans it; those after it allocate nothing. */
LIMPID_API limpid_status limpid_session_forward(limpid_session* session, const DLTensor* input,
                                                DLTensor* const* outputs, size_t count);

/* The vector-Jacobian product at the input of the last forward pass: `gradient`, of the input's shape, of the sum over
 * all targets of <cotangent, target>. `cotangents`: one a target; null for zeros. */
LIMPID_API limpid_status limpid_session_backward(limpid_session* session, const DLTensor* const* cotangents,
                                                 size_t count, DLTensor* gradient);

/* The Jacobian-vector product there: how the targets change along `tangent`, of the input's shape. */
LIMPID_API limpid_status limpid_session_push(limpid_session* session, const DLTensor* tangent,
                                             DLTensor* const* outputs, size_t count);

/* The value of an objective, as `limpid gradient` takes it ("mixed4a:11"), for each of the `count` images of the input,
 * and its gradient. The last forward pass stays as it was. */
LIMPID_API limpid_status limpid_session_gradient(limpid_session* session, const DLTensor* input,
                                                 const char* objective, double* values, size_t count,
                                                 DLTensor* gradient);

/* ---- Renders --------------------------------------------------------------------------------------------------- */

/* Called after each of `steps` steps, from the thread that renders; other than 0 ends the render there. */
typedef int32_t (*limpid_progress)(void* user, int32_t step, int32_t steps, double objective);

/* Renders one picture into `picture`, height x width x 3, RGB in [0, 1]. `job`: a job as in jobs.json,
 * {"objective": "mixed4a:11", "size": 224, "steps": 512, ...}; one that names files (photos, masks, priors, vectors) is
 * LIMPID_USAGE, for none are read here. `compute`: {"device", "precision", "threads"} as of a session, or null.
 * `progress` may be null. */
LIMPID_API limpid_status limpid_render(const limpid_network* network, const char* job, const char* compute,
                                       limpid_progress progress, void* user, DLTensor* picture);

#ifdef __cplusplus
}
#endif

#endif
