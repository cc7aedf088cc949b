/* limpid's C interface: networks, passes through them, renders, and jobs and grids, which are renders that are pulled.
 *
 * Every function returns a status, LIMPID_OK or why not; limpid_last_error() then says in one line what was wrong and
 * what to do. Nothing is printed, thrown or ended. A null pointer where one is needed is LIMPID_USAGE, and the line
 * names it. What a function gives out through a pointer is set only where it returns LIMPID_OK, and null otherwise.
 *
 * Handles may be released in any order, null is ignored: a session, job or grid keeps what it needs of its network. A network
 * may be used by any number of threads at once. A session, a job or a grid is for one thread at a time; two at once are
 * LIMPID_USAGE. Only limpid_job_cancel and limpid_grid_cancel may come from any. In a child of fork() networks work, and
 * sessions and jobs on the CPU; one on a GPU, and a grid that was opened before, is LIMPID_RUNTIME there.
 *
 * Tensors are DLTensor of DLPack: fp32 (kDLFloat, 32 bits, 1 lane) in host memory (kDLCPU, kDLCUDAHost) with any strides;
 * of a session on a GPU also fp32, fp16 or bf16 in its memory (kDLCUDA of its number, kDLCUDAManaged), all of one call on the
 * host or all there. The caller owns them; nothing of them is kept after a call, or, on a GPU, once the stream has passed it.
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
  LIMPID_CANCELLED =
      5 /* The callback, or a function that cancels, ended the work; a job's picture is as it was then. */
};

typedef struct limpid_network limpid_network;
typedef struct limpid_session limpid_session;
typedef struct limpid_job limpid_job;
typedef struct limpid_grid limpid_grid;

/* "0.2.0+1a2b3c4", or "0.2.0" where the sources were no repository of their own. Never null. */
LIMPID_API const char* limpid_version(void);

/* What a status means, in a few words. Never null. */
LIMPID_API const char* limpid_status_text(limpid_status status);

/* Of this thread's last call that failed, one line; empty before any did. Valid until the thread's next failure. */
LIMPID_API const char* limpid_last_error(void);

/* Frees a text that a function gave out. */
LIMPID_API void limpid_text_release(char* text);

/* Frees bytes that a function gave out. */
LIMPID_API void limpid_bytes_release(void* bytes);

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
 *             max-pools means, LRN its derivative at zero. limpid_session_backward and limpid_session_push then need no
 *             forward pass, which there is not, and take the input's extents from `gradient` and `tangent` (false).
 *   "relu_gradient": how gradients pass ReLUs, as in renders: "plain", the derivative; "leaky", a tenth of them where a
 *                    ReLU is off; "redirected" and "unmasked", where the derivative is zero everywhere, those that are
 *                    above zero, or all. <cotangent, target> and objectives are taken as what is ascended. Not for
 *                    limpid_session_push, nor with "linear" ("plain").
 *   "subtract_mean": false feeds the network 255 times the input, without the mean taken off (true).
 *   "unit": what derivatives by the picture are taken by: "picture", its values in [0, 1], or "network", 255 times
 *           smaller, as `limpid gradient` writes them ("picture").
 *   "translation_exact": whether equal patches of a picture give equal activations, so that max-pools meet true ties in
 *                        the flat regions of a photo; false lets forward passes use the faster convolutions of renders,
 *                        which round by place in the map (true).
 *   "device": "auto", "cpu", "cuda" or "cuda:N" ("auto").  "precision": "auto", "fp32", "tf32", "fp16" or "bf16".
 *   "threads": host threads, 0 for all cores (0). */
LIMPID_API limpid_status limpid_session_create(const limpid_network* network, const char* options,
                                               limpid_session** session);
LIMPID_API void limpid_session_release(limpid_session* session);

/* Images, channels, height and width of target number `target` for so many images of height x width (with a start
 * layer: positions of its map), which is planned if it was not yet. */
LIMPID_API limpid_status limpid_session_target_shape(limpid_session* session, int32_t target, int32_t batch,
                                                     int32_t height, int32_t width, int64_t* shape);

/* Where a session computes, as in a tensor's "device": kDLCPU and 0, or kDLCUDA and the number of its GPU. */
LIMPID_API limpid_status limpid_session_device(const limpid_session* session, int32_t* type, int32_t* number);

/* The stream, a cudaStream_t of the session's GPU, that passes run on from now on, until it is set again; it must last as long
 * as they do. With tensors of the GPU they then do not wait for the host, nor the host for them: what they read must be there,
 * and what they write may be used, in the stream's order; the memory must last until then. But limpid_session_gradient
 * waits, for its values, and so does the first pass of each kind (forward, backward, push) and size, which chooses algorithms.
 * The calling thread's current device stays what it was. Passes on one stream wait for those given before on another.
 * Null, as at first: a stream of the session's own, which waits for what the default stream was given before; calls return when
 * all is done. Set a stream again when a handle comes to stand for another one: in another thread for 2, or of a stream made anew.
 * 1 and 2, as pointers, are CUDA's own names of the default stream and of the thread's.
 * On a stream that somebody captures passes are recorded, operation by operation: of tensors of the GPU alone, and after a
 * pass of the same kind and size outside a capture; else LIMPID_USAGE. Graphs go through the session's memory: it must outlive
 * them, and keeps what they need of it until it is released. In which order replays run beside other passes of the session is the
 * caller's to see to. LIMPID_USAGE on the CPU. */
LIMPID_API limpid_status limpid_session_set_stream(limpid_session* session, void* stream);

/* Computes the targets. `input`: images x 3 x height x width, RGB in [0, 1], or with a start layer images x its
 * channels x its map. `outputs`: `count` tensors, one a target in their order; null for one that is not wanted; a count
 * of 0, with `outputs` null, for none. The first call of a size plans it; those after it allocate nothing. What is
 * written has a place for each value: a stride of 0 along more than one is LIMPID_USAGE, here and below. */
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

/* ---- Pictures in files ------------------------------------------------------------------------------------------- */

/* Reads a PNG, JPEG, WebP, BMP, GIF (its first picture) or PSD (of 8 bits) file, told by its content, as `limpid` does: height x
 * width x 3, fp32, RGB in [0, 1], upright as EXIF says, on white where it is transparent, in sRGB where it has a profile. A
 * relative path begins where the process is. The tensor is the caller's: picture->deleter(picture) frees it, from any thread.
 * LIMPID_INPUT for a file that is missing, damaged, no picture or too large: 256 MiB, 16384 pixels a side, 100 million in all. */
LIMPID_API limpid_status limpid_read_picture(const char* path, DLManagedTensor** picture);

/* Writes a picture, height x width x 3 or, with a straight alpha, 4, values in [0, 1] and clipped to it, 8 bits each: PNG, JPEG
 * (over white) or WebP (without loss), as the name ends in .png, .jpg, .jpeg or .webp. What had the name is replaced by the
 * whole file, or left. LIMPID_USAGE for another ending, a name that cannot be written, or more than 16384 pixels a side;
 * LIMPID_RUNTIME where the disk is full or fails. */
LIMPID_API limpid_status limpid_write_picture(const char* path, const DLTensor* picture);

/* ---- Renders --------------------------------------------------------------------------------------------------- */

/* The options that a job may have beside "objective" and "watch", as JSON: {"options": [{"name": its field, "flags": the program's, "kind",
 * "group", "values", "default", "help", "param": what it is for}, ...], "presets": the names that "preset" may be}. */
LIMPID_API limpid_status limpid_render_options(char** json);

/* Height, width and channels of the picture that limpid_render makes of a job: 3, or 4 where it has "alpha". */
LIMPID_API limpid_status limpid_render_shape(const limpid_network* network, const char* job, int64_t* shape);

/* Of these, height and width. */
LIMPID_API limpid_status limpid_render_size(const limpid_network* network, const char* job, int32_t* height,
                                            int32_t* width);

/* Called after each of `steps` steps, from the thread that renders; other than 0 ends the render there. */
typedef int32_t (*limpid_progress)(void* user, int32_t step, int32_t steps, double objective);

/* Renders one picture into `picture`, height x width x 3, RGB in [0, 1]; of a job with "alpha" also height x width x 4, RGBA,
 * where the colours are straight, not multiplied by the alpha. `job`: a job as in jobs.json, {"objective": "mixed4a:11",
 * "size": 224, "steps": 512, ...}. Files that it names, in "init", "mask", "prior" and in objectives, are read as `limpid grid`
 * does, relative names from where the process is: pictures as limpid_read_picture takes them, brought to the job's size as its
 * "fit" says; vectors as .npy or HDF5; of a prior the spectrum, while its colours are given by "colours". `compute`: {"device", "precision", "threads"} as of a session, or null. `progress` may
 * be null. */
LIMPID_API limpid_status limpid_render(const limpid_network* network, const char* job, const char* compute,
                                       limpid_progress progress, void* user, DLTensor* picture);

/* ---- Jobs ------------------------------------------------------------------------------------------------------ */

/* Begins a render that is pulled. `options`: a job as limpid_render takes it, without "restarts", and
 *   "steerable": true plans all channels of the objective's layers, so that limpid_job_set may change to any (false).
 *   "targets": layers, as of a session, whose gradients the caller gives at every step; they add to that of the objective,
 *              which may then be left out ([]).
 * `compute` as of limpid_render. However it is pulled, the picture is limpid_render's with the same options, to the bit. */
LIMPID_API limpid_status limpid_job_create(const limpid_network* network, const char* options,
                                           const char* compute, limpid_job** job);
LIMPID_API void limpid_job_release(limpid_job* job);

/* Takes up to `count` updates: fewer where the job has its "steps", has reached a plateau ("patience") or is cancelled,
 * which is LIMPID_CANCELLED. `steps_done`: how many it has had in all. `objective`: the value that the last of them began
 * with, NaN before the first, 0 where there is no objective. Either may be null; both are given with LIMPID_CANCELLED too.
 * LIMPID_RUNTIME where a value is not finite or there is no gradient to begin with; every step after it fails likewise.
 * Of a job with targets this is LIMPID_USAGE. The first call allocates; those after it do not, but for oneDNN's own table of
 * arguments and views of a peer's ("lucid: ..."), which change size. */
LIMPID_API limpid_status limpid_job_step(limpid_job* job, int32_t count, int32_t* steps_done,
                                         double* objective);

/* Height, width and channels of its picture, as of limpid_render_shape. */
LIMPID_API limpid_status limpid_job_shape(limpid_job* job, int64_t* shape);

/* The picture as it is, as limpid_render gives it; images of a job stand side by side. */
LIMPID_API limpid_status limpid_job_image(limpid_job* job, DLTensor* picture);

/* Changes the job from its next update on: {"objective", "learning_rate", "transforms", "noise", "view_strength"}, each or
 * none. "objective": other weights, positions and channels of the terms there are, or fewer terms. "transforms": without
 * operations that the job did not begin with. "noise": the deviation of their noise(...), 0 to 10. "view_strength": 0 to
 * 1, how far they go. What would need a new plan is LIMPID_USAGE; after an error nothing has changed. */
LIMPID_API limpid_status limpid_job_set(limpid_job* job, const char* changes);

/* Images, planes and values of one plane of what the job optimises: of "spectral" height x (width / 2 + 1) x 2 coefficients
 * (real, imaginary part), of "pixel" height x width values, each plane by row; the other kinds' are as the page of their
 * stores says. With "shared", those of each divisor follow. */
LIMPID_API limpid_status limpid_job_parameters_shape(limpid_job* job, int64_t* shape);

/* What the job optimises, as it is, into a tensor of that shape. */
LIMPID_API limpid_status limpid_job_parameters(limpid_job* job, DLTensor* parameters);

/* Others in their place, from the next update on. What the optimiser keeps of earlier gradients stays, and so do pixels that
 * "mask" fixes. "steering" does not tell of it, while limpid_job_save has it. LIMPID_USAGE for another shape and for a value
 * that is not finite; nothing has changed then. */
LIMPID_API limpid_status limpid_job_set_parameters(limpid_job* job, const DLTensor* parameters);

/* The job as JSON: {"job": its options, "height", "width" of its picture, "steps_done", "steps", "cancelled", "steering":
 * [{"step", "set"}, ...]}. A job of the same options that is given every "set" once it has had "step" updates makes the
 * same bytes. */
LIMPID_API limpid_status limpid_job_describe(limpid_job* job, char** json);

/* Ends the job for good, after the update under way (on a GPU: those it was given, at most 32). From any thread, also
 * while another one steps; the job must not be released meanwhile. Image and state can still be had. */
LIMPID_API limpid_status limpid_job_cancel(limpid_job* job);

/* Everything the job goes on from, as bytes for limpid_bytes_release; and a job that goes on from such bytes, on the same
 * weights; the files it names must be there still. Its pictures are, to the bit, those of a job that never stopped. Bytes that
 * are damaged, cut off or of other weights are LIMPID_INPUT; another device (another model of GPU, CPU in place of GPU) or
 * precision than the job had is LIMPID_USAGE; a job that has failed is LIMPID_RUNTIME, as every step after that. */
LIMPID_API limpid_status limpid_job_save(limpid_job* job, void** bytes, size_t* count);
LIMPID_API limpid_status limpid_job_restore(const limpid_network* network, const void* bytes, size_t count,
                                            const char* compute, limpid_job** job);

/* Views, channels, height and width of target number `target`: the job's images, each as often as it has "draws". */
LIMPID_API limpid_status limpid_job_target_shape(limpid_job* job, int32_t target, int64_t* shape);

/* The activations of a target for the picture as it is, at the view of the next update, into a tensor of that shape. */
LIMPID_API limpid_status limpid_job_activations(limpid_job* job, int32_t target, DLTensor* values);

/* One update along the gradient of the sum over all targets of <cotangent, target>, and of the objective. `cotangents`:
 * one a target, of its shape; null for zeros. The rest as of limpid_job_step. */
LIMPID_API limpid_status limpid_job_step_with(limpid_job* job, const DLTensor* const* cotangents,
                                              size_t count, int32_t* steps_done, double* objective);

/* ---- Grids ----------------------------------------------------------------------------------------------------- */

/* Opens a grid: many renders, made side by side as `limpid grid` makes them, whose finished pictures, tiles,
 * are pulled. `jobs`: the text of a jobs.json, [{"objective": "mixed4a:11", "seed": 3, ...}, ...] or {"defaults": {...},
 * "jobs": [...]}, a job as limpid_render takes it, without "alpha" and "output_size"; a text in place of a job is a target as
 * of `limpid grid`, "mixed4a", "mixed4a:0-99" or "all", a job for each of its channels; a job that is there twice is made
 * once. Files that jobs name are read here.
 * `options` may be null:
 *   "store": a folder, such as "mixed4a.limpid", that keeps the tiles as `limpid grid` does: it is made, or, where it is
 *            there for the same jobs, weights, device and precision, gone on with; what it has is not made again. By default
 *            none, and what is not pulled is lost.
 *   "keep_parameters": whether the store also has what was optimised (false).
 *   "batch": pictures that take a step together, 0 for as many as serve the device (0). On a GPU the last bits of tiles
 *            depend on it, and a store keeps the batch that it was begun with.
 *   "device", "precision", "threads": as of a session.
 *   "devices": several in place of "device", of one model, that share the work: ["cuda:0", "cuda:1"].
 * LIMPID_USAGE or LIMPID_INPUT name the job that is wrong; LIMPID_USAGE for a store of something else, or that somebody
 * writes to. Work begins with the first limpid_grid_next, on threads of the grid's own. */
LIMPID_API limpid_status limpid_grid_open(const limpid_network* network, const char* jobs,
                                          const char* options, limpid_grid** grid);

/* Waits for the next tile: first those that the store had, by their place in the list, then others as they are finished,
 * each once. `json`, for limpid_text_release: {"job": its place in the list, "objective", "seed", "value": the objective of
 * the final picture, "curve": its values before each update and after the last, "failure"}; of a job that failed "value" is
 * null and "failure" the line that says why, and the others go on. `picture`: height x width x 3, fp32, RGB in [0, 1] of
 * eight bits a value, as a store keeps it, for its deleter to free; null for a job that failed. `picture` may be null where
 * none is wanted. LIMPID_OK with `json` null once all were given. A tile that was given is on disk where there is a store;
 * the last one makes one file of them all. At most 8 tiles are made ahead of who pulls them, and one for each that is under
 * way. LIMPID_CANCELLED after limpid_grid_cancel; what else ends the work (no device, a full disk) is told once the tiles
 * finished before are given, and at every call after that. A tile that cannot be brought to disk is LIMPID_USAGE or
 * LIMPID_RUNTIME, and given by a later call that can. */
LIMPID_API limpid_status limpid_grid_next(limpid_grid* grid, char** json, DLManagedTensor** picture);

/* Ends the work for good: renders under way stop after their update (on a GPU after at most 32) and leave no tile; a store
 * keeps what is finished. From any thread, also while another one waits; the grid must not be closed meanwhile. */
LIMPID_API limpid_status limpid_grid_cancel(limpid_grid* grid);

/* Cancels what is not finished, waits for that, and frees the grid. The store stays, for another limpid_grid_open or `limpid
 * grid --resume` to go on with. */
LIMPID_API void limpid_grid_close(limpid_grid* grid);

#ifdef __cplusplus
}
#endif

#endif
