// The page of a job that is watched, and what it asks for, over HTTP on this machine's own address.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/grid/json_field.h"
#include "engine/pictures/png.h"
#include "tools/watch/watched_job.h"

namespace limpid {

/// Under http://127.0.0.1:PORT/TOKEN/, the token 128 random bits:
///
///   GET  (nothing)        the page; watch.js, watch.css
///   GET  events           Server-Sent Events: `objective` (what can be changed), `step` (with new points of the curve and
///                         the snapshots), `frame` (there is a newer picture), `end`
///   GET  frame/N.png      the newest picture
///   GET  pin/N.png        that of a snapshot
///   GET  picture.png, log.json, job.json   what there is to keep
///   POST set, run, pause, step, pin, rewind   see WatchAction; answers {"step": N}
///
/// 403 for another token, for a Host that is not this machine's own name and for an Origin that is not the Host; 400 with
/// one line for what the job refuses; 411 and 413 for bodies of no or too much length; 503 where there are kMostViewers.
class WatchServer {
 public:
  static constexpr int kMostViewers = 64;
  static constexpr int kMostBytes = 1 << 16;

  /// What a picture says of itself, by its log.
  using Texts = std::function<PictureTexts(const JsonField::Json& log)>;

  /// Listens; port 0 is any that is free. Throws Error{usage} where it is taken. The job must outlive this.
  WatchServer(WatchedJob& job, int port, Texts texts);
  WatchServer(const WatchServer&) = delete;
  WatchServer& operator=(const WatchServer&) = delete;
  /// After `WatchedJob::run`: ends what is under way.
  ~WatchServer();

  /// With the token.
  const std::string& address() const;

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

}  // namespace limpid
