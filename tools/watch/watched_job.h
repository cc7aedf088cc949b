// A job that goes on while others look at it and change it.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/grid/json_field.h"
#include "engine/job/render_job.h"
#include "engine/pictures/picture_files.h"
#include "tools/watch/attached_pictures.h"
#include "tools/watch/frame_mailbox.h"
#include "tools/watch/steering_log.h"
#include "tools/watch/watch_board.h"

namespace limpid {

enum class WatchAction {
  set,    ///< A change as JSON, as the job's steering takes it.
  begin,  ///< A change as JSON that needs another plan: another job goes on from the picture's parameters.
  photo,  ///< The bytes of a picture file: another job goes on from it.
  /// Those of a mask: another job goes on from the picture as a file has it, in [0, 1] and steps of 1 / 255, and what is
  /// white in the mask stays so. One that is black all over frees everything; it does nothing where nothing is masked.
  mask,
  run,     ///< Goes on.
  pause,   ///< Stops until `run`.
  step,    ///< {"count": N}: N updates, then a pause.
  pin,     ///< Keeps the state as it is, to go back to.
  rewind,  ///< {"pin": N}: back to a state that was kept, and a pause; what came after it is dropped.
  result,  ///< The picture as it is, with the log that makes it.
};

struct WatchAnswer {
  std::string error;  ///< Why it was refused, one line; empty where it was not.
  int step = 0;       ///< Updates there had been.
  /// Of `result`.
  std::shared_ptr<const Image> image = {};
  JsonField::Json log = {};
  bool attached = false;  ///< Whether the job starts from pictures that the log has, and no file.
};

/// A picture that is watched, and the jobs it is of, one after the other. The job is touched by the thread in `run` alone;
/// others ask, and read the board and the mailbox. Steps on the board count those of all jobs.
class WatchedJob {
 public:
  static constexpr int kMostPins = 64;
  static constexpr int kMostCount = 1'000'000;
  /// Of one picture that is dropped or painted.
  static constexpr std::size_t kMostPictureBytes = std::size_t{32} << 20U;

  /// Plans, allocates and starts the first. `options` hold the files they name. Throws what RenderJob throws.
  WatchedJob(std::shared_ptr<const Model> model, const JobOptions& options);

  /// Updates the job and answers, until `stop` says so, which is asked after every pull of updates (about 20 ms, or one
  /// update) and ten times a second while the job rests. Where an update fails, the job rests there, and can go back.
  void run(const std::function<bool()>& stop);

  /// From any thread but that of `run`: takes effect between two updates, and waits for that.
  WatchAnswer ask(WatchAction action, const std::string& body = {});

  /// The same of the job's own thread, or while `run` does not go on.
  WatchAnswer answer(WatchAction action, const std::string& body);

  RenderJob& job() { return *job_; }
  WatchBoard& board() { return board_; }
  FrameMailbox& mailbox() { return mailbox_; }

 private:
  struct Request {
    WatchAction action;
    std::string body;
    std::promise<WatchAnswer> promise;
  };
  struct Pin {
    int id = 0;
    std::vector<std::byte> state;
    EarlierJobs earlier;
    int steps_before = 0;
  };

  int steps_done() const { return steps_before_ + job_->steps_done(); }
  bool attached() const;
  bool resting() const;
  void advance();
  void show();
  void publish();
  void answer_requests();
  void finish();
  void act(WatchAction action, const std::string& body, WatchAnswer& answer);
  std::string prepared(WatchAction action, const std::string& body) const;
  WatchAnswer answer_prepared(WatchAction action, const std::string& body);
  void show_controls();
  void begin(const JsonField::Json& changes, const JsonField::Json& pictures);
  void begin_masked(const std::string& png);
  void pin();
  void rewind(int id);

  std::shared_ptr<const Model> model_;
  std::string weights_;  ///< Their checksum.
  int height_ = 0, width_ = 0;
  std::set<std::string> held_files_;  ///< Those the first job named: later ones may name them again.
  FileChecksums checksums_;
  PictureFiles files_;
  AttachedPictures pictures_;
  EarlierJobs earlier_;
  int steps_before_ = 0;  ///< Updates of earlier jobs.
  std::unique_ptr<RenderJob> job_;
  std::vector<Pin> pins_;
  bool paused_ = false;
  int steps_asked_ = 0;  ///< Updates to take although there is a pause.
  int pull_ = 1;         ///< Updates to take before the next look at what is asked.
  bool changed_ = true;  ///< Whether the picture is another than the mailbox has.
  int frames_ = 0;
  std::string failure_;

  WatchBoard board_;
  FrameMailbox mailbox_;
  std::mutex mutex_;
  std::condition_variable asked_;
  std::vector<Request> requests_;
  bool ended_ = false;
};

}  // namespace limpid
