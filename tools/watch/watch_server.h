// The page of a job that is watched, and what it asks for, over HTTP on this machine's own address.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/grid/json_field.h"
#include "engine/pictures/png.h"
#include "tools/watch/watched_job.h"

namespace limpid {

/// As LocalServer has it:
///
///   GET  (nothing)        the page; watch.js, watch.css
///   GET  events           Server-Sent Events: `objective` (what can be changed), `step` (with new points of the curve and
///                         the snapshots), `frame` (there is a newer picture), `end`
///   GET  frame/N.png      the newest picture
///   GET  pin/N.png        that of a snapshot
///   GET  picture.png, log.json, job.json, animation.webp   what there is to keep; the last is of what was looked at, and
///                         there is no job.json where the job starts from a picture that was painted or dropped
///   POST set, begin, run, pause, step, pin, rewind   see WatchAction; answers {"step": N}
///   POST photo, mask      a picture file
///
/// 400 with one line for what the job refuses; 503 where there are LocalServer::kMostViewers.
class WatchServer {
 public:
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
