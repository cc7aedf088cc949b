#include "tools/watch/watch_server.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <thread>
#include <utility>

#include "tools/animation/animation.h"
#include "tools/watch/frame_history.h"
#include "tools/watch/local_server.h"

namespace limpid {
namespace {

using Json = JsonField::Json;
using Request = httplib::Request;
using Response = httplib::Response;
using std::chrono::milliseconds;

/// Between events of one viewer: no screen shows more.
constexpr milliseconds kBreath{25};
/// Without news a line is sent all the same, for that is how a viewer who is gone is noticed.
constexpr milliseconds kPatience{1000};

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json step_event(const WatchNews& news, const std::vector<WatchPin>& pins) {
  const WatchStatus& status = news.status;
  Json json = {{"step", status.step},       {"steps", status.steps},   {"value", number(status.value)},
               {"paused", status.paused},   {"over", status.over},     {"failure", status.failure},
               {"restarts", news.restarts}, {"points", Json::array()}, {"pins", Json::array()}};
  for (const CurvePoint& point : news.points) json["points"].push_back({point.step, number(point.value)});
  for (const WatchPin& pin : pins)
    json["pins"].push_back({{"id", pin.id}, {"step", pin.step}, {"value", number(pin.value)}});
  return json;
}

/// One viewer's events.
class Viewer {
 public:
  Viewer(WatchedJob& job, std::atomic<int>& viewers) : job_(job), viewers_(viewers) { ++viewers_; }
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;
  ~Viewer() { --viewers_; }

  bool send(httplib::DataSink& sink) {
    std::this_thread::sleep_for(kBreath);
    const WatchNews news = job_.board().wait(mark_, kPatience);
    std::string text;
    if (news.controls) text += server_event("objective", *news.controls);
    if (news.fresh) text += server_event("step", step_event(news, job_.board().pins()).dump());
    if (news.status.frame != frame_) {
      frame_ = news.status.frame;
      text += server_event("frame", Json{{"frame", frame_}}.dump());
    }
    if (news.ended) text += server_event("end", "{}");
    if (text.empty()) text = ":\n\n";
    if (!sink.write(text.data(), text.size())) return false;
    if (news.ended) sink.done();
    return true;
  }

 private:
  WatchedJob& job_;
  std::atomic<int>& viewers_;
  WatchBoard::Mark mark_;
  int frame_ = 0;
};

}  // namespace

class WatchServer::Running {
 public:
  Running(WatchedJob& job, int port, Texts texts) : job_(job), texts_(std::move(texts)) {
    server_.get_asset("", "index.html");
    for (const char* name : {"watch.css", "watch.js"}) server_.get_asset(name, name);
    serve_events();
    serve_pictures();
    serve_results();
    take_requests();
    server_.listen(port);
  }

  ~Running() {
    job_.board().end();
    server_.stop();
  }

  const std::string& address() const { return server_.address(); }

 private:
  void serve_events() {
    server_.get("events", [this](const Request&, Response& response) {
      const auto viewer = std::make_shared<Viewer>(job_, viewers_);
      if (viewers_ > LocalServer::kMostViewers) return refuse(response, 503, "there are too many viewers");
      job_.mailbox().want();
      response.set_chunked_content_provider(
          "text/event-stream", [viewer](std::size_t, httplib::DataSink& sink) { return viewer->send(sink); });
    });
  }

  void serve_pictures() {
    server_.get(R"(frame/\d{1,9}\.png)", [this](const Request&, Response& response) {
      const auto frame = job_.mailbox().newest();
      if (frame == nullptr) return refuse(response, 404, "there is no picture yet");
      response.set_content(*encoded(*frame), "image/png");
      job_.mailbox().want();
    });
    server_.get(R"(pin/(\d{1,9})\.png)", [this](const Request& request, Response& response) {
      const int id = std::stoi(request.matches[1]);
      for (const WatchPin& pin : job_.board().pins()) {
        if (pin.id == id) return response.set_content(encode_png(*pin.image), "image/png");
      }
      refuse(response, 404, "there is no such snapshot");
    });
  }

  /// Of several viewers of one picture the first encodes it.
  std::shared_ptr<const std::string> encoded(const WatchFrame& frame) {
    const std::lock_guard lock(encoding_);
    if (encoded_number_ != frame.number) {
      encoded_ = std::make_shared<const std::string>(encode_png(frame.image));
      encoded_number_ = frame.number;
      history_.add(frame.step, frame.image);
    }
    return encoded_;
  }

  void serve_results() {
    const auto serve = [this](const char* name, const char* type,
                              std::function<std::string(const WatchAnswer&)> bytes) {
      server_.get(name, [this, type, bytes](const Request&, Response& response) {
        const WatchAnswer answer = job_.ask(WatchAction::result);
        if (!answer.error.empty()) return refuse(response, 400, answer.error);
        response.set_content(bytes(answer), type);
      });
    };
    serve("picture.png", "image/png",
          [this](const WatchAnswer& answer) { return encode_png(*answer.image, texts_(answer.log)); });
    server_.get("animation.webp", [this](const Request&, Response& response) {
      const FrameHistory::Kept kept = history_.kept();
      if (kept.frames.empty()) return refuse(response, 404, "no picture has been looked at yet");
      response.set_content(encode_webp_animation({kept.height, kept.width}, kept.frames), "image/webp");
    });
    serve("log.json", "application/json",
          [](const WatchAnswer& answer) { return answer.log.dump(2) + "\n"; });
    server_.get("job.json", [this](const Request&, Response& response) {
      const WatchAnswer answer = job_.ask(WatchAction::result);
      if (!answer.error.empty()) return refuse(response, 400, answer.error);
      if (answer.attached)
        return refuse(response, 400,
                      "the job starts from a picture that is no file: save the log, which has it");
      response.set_content(answer.log["job"].dump(2) + "\n", "application/json");
    });
  }

  void take_requests() {
    struct Action {
      const char* name;
      WatchAction action;
      std::uint64_t most_bytes = LocalServer::kMostBytes;
    };
    constexpr std::uint64_t kPicture = WatchedJob::kMostPictureBytes;
    constexpr Action kActions[] = {{"set", WatchAction::set},
                                   {"begin", WatchAction::begin},
                                   {"photo", WatchAction::photo, kPicture},
                                   {"mask", WatchAction::mask, kPicture},
                                   {"run", WatchAction::run},
                                   {"pause", WatchAction::pause},
                                   {"step", WatchAction::step},
                                   {"pin", WatchAction::pin},
                                   {"rewind", WatchAction::rewind}};
    for (const auto& [name, action, most_bytes] : kActions) {
      server_.post(name, most_bytes, [this, action = action](const Request& request, Response& response) {
        const WatchAnswer answer = job_.ask(action, request.body);
        if (!answer.error.empty()) return refuse(response, 400, answer.error);
        response.set_content(Json{{"step", answer.step}}.dump(), "application/json");
      });
    }
  }

  WatchedJob& job_;
  Texts texts_;
  std::atomic<int> viewers_ = 0;
  std::mutex encoding_;
  int encoded_number_ = 0;
  std::shared_ptr<const std::string> encoded_;
  FrameHistory history_;
  LocalServer server_;
};

WatchServer::WatchServer(WatchedJob& job, int port, Texts texts)
    : running_(std::make_unique<Running>(job, port, std::move(texts))) {}

WatchServer::~WatchServer() = default;

const std::string& WatchServer::address() const {
  return running_->address();
}

}  // namespace limpid
