#include "tools/watch/watch_server.h"

#include <httplib.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <exception>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "kernels/core/error.h"
#include "tools/watch/assets.h"

namespace limpid {
namespace {

using Json = JsonField::Json;
using Request = httplib::Request;
using Response = httplib::Response;
using std::chrono::milliseconds;

/// Of this machine alone.
constexpr const char* kHost = "127.0.0.1";

/// Viewers and what they ask for beside their events.
constexpr std::size_t kThreads = WatchServer::kMostViewers + 32;

/// Between events of one viewer: no screen shows more.
constexpr milliseconds kBreath{25};
/// Without news a line is sent all the same, for that is how a viewer who is gone is noticed.
constexpr milliseconds kPatience{1000};

std::string random_token() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    fail_runtime("the system gives no random numbers for the page's address");
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

/// Takes as long for any text of the right length.
bool same_text(std::string_view text, std::string_view expected) {
  if (text.size() != expected.size()) return false;
  int difference = 0;
  for (std::size_t i = 0; i < text.size(); ++i) difference |= text[i] ^ expected[i];
  return difference == 0;
}

/// Whether a Host is this machine by its own name or address, at any port: a tunnel's end may have another. Names that
/// others made lead here (DNS rebinding) are none of these.
bool is_own(std::string_view host) {
  const std::string_view name = host.substr(0, host.find(':'));
  return name == kHost || name == "localhost";
}

void refuse(Response& response, int status, std::string_view line) {
  response.status = status;
  response.set_content(std::string(line) + "\n", "text/plain; charset=utf-8");
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

std::string event(const char* name, const Json& data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data.dump());
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
    if (news.controls) text += fmt::format("event: objective\ndata: {}\n\n", *news.controls);
    if (news.fresh) text += event("step", step_event(news, job_.board().pins()));
    if (news.status.frame != frame_) {
      frame_ = news.status.frame;
      text += event("frame", {{"frame", frame_}});
    }
    if (news.ended) text += event("end", Json::object());
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
  Running(WatchedJob& job, int port, Texts texts)
      : job_(job), texts_(std::move(texts)), folder_("/" + random_token() + "/") {
    limit();
    guard();
    serve_page();
    serve_events();
    serve_pictures();
    serve_results();
    take_requests();
    bind(port);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::sleep_for(milliseconds(1));
  }

  ~Running() {
    job_.board().end();
    server_.stop();
    thread_.join();
  }

  const std::string& address() const { return address_; }

 private:
  void limit() {
    server_.set_payload_max_length(kMostBytes);
    server_.set_read_timeout(5);
    server_.set_write_timeout(5);
    server_.set_keep_alive_timeout(1);
    // In place of SO_REUSEPORT, under which two servers would share a port, and requests go to either.
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };  // The server deletes it.
    server_.set_default_headers(
        {{"Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
         {"X-Content-Type-Options", "nosniff"},
         {"Referrer-Policy", "no-referrer"},
         {"Cache-Control", "no-store"}});
  }

  /// Before anything else of a request is looked at, its body included.
  void guard() {
    server_.set_pre_routing_handler([this](const Request& request, Response& response) {
      using Handled = httplib::Server::HandlerResponse;
      const std::string host = request.get_header_value("Host");
      const std::string_view path = request.path;
      if (!is_own(host) ||
          (request.has_header("Origin") && request.get_header_value("Origin") != "http://" + host) ||
          !same_text(path.substr(0, folder_.size()), folder_)) {
        refuse(response, 403, "this address is for the page that limpid watch printed");
        return Handled::Handled;
      }
      if (request.has_header("Transfer-Encoding")) {
        refuse(response, 411, "a body needs a Content-Length");
        return Handled::Handled;
      }
      return Handled::Unhandled;
    });
    server_.set_error_handler([](const Request&, Response& response) {
      if (!response.body.empty()) return;
      refuse(response, response.status,
             response.status == 413   ? fmt::format("the body is longer than {} bytes", kMostBytes)
             : response.status == 404 ? std::string("there is nothing of this name")
                                      : std::string("the request is damaged"));
    });
    server_.set_exception_handler([](const Request&, Response& response, std::exception_ptr) {
      refuse(response, 500, "the request failed");
    });
  }

  void bind(int port) {
    const int bound = port == 0                           ? server_.bind_to_any_port(kHost)
                      : server_.bind_to_port(kHost, port) ? port
                                                          : -1;
    if (bound < 0) fail_usage("port {} of {} cannot be had; --port 0 takes any that is free", port, kHost);
    address_ = fmt::format("http://{}:{}{}", kHost, bound, folder_);
  }

  void serve_page() {
    for (const WatchAsset& asset : watch_assets()) {
      server_.Get(folder_ + std::string(asset.name), [&asset](const Request&, Response& response) {
        response.set_content(asset.bytes.data(), asset.bytes.size(), std::string(asset.type));
      });
    }
  }

  void serve_events() {
    server_.Get(folder_ + "events", [this](const Request&, Response& response) {
      const auto viewer = std::make_shared<Viewer>(job_, viewers_);
      if (viewers_ > kMostViewers) return refuse(response, 503, "there are too many viewers");
      job_.mailbox().want();
      response.set_chunked_content_provider(
          "text/event-stream", [viewer](std::size_t, httplib::DataSink& sink) { return viewer->send(sink); });
    });
  }

  void serve_pictures() {
    server_.Get(folder_ + R"(frame/\d{1,9}\.png)", [this](const Request&, Response& response) {
      const auto frame = job_.mailbox().newest();
      if (frame == nullptr) return refuse(response, 404, "there is no picture yet");
      response.set_content(*encoded(*frame), "image/png");
      job_.mailbox().want();
    });
    server_.Get(folder_ + R"(pin/(\d{1,9})\.png)", [this](const Request& request, Response& response) {
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
    }
    return encoded_;
  }

  void serve_results() {
    const auto serve = [this](const char* name, const char* type,
                              std::function<std::string(const WatchAnswer&)> bytes) {
      server_.Get(folder_ + name, [this, type, bytes](const Request&, Response& response) {
        const WatchAnswer answer = job_.ask(WatchAction::result);
        if (!answer.error.empty()) return refuse(response, 400, answer.error);
        response.set_content(bytes(answer), type);
      });
    };
    serve("picture.png", "image/png",
          [this](const WatchAnswer& answer) { return encode_png(*answer.image, texts_(answer.log)); });
    serve("log.json", "application/json",
          [](const WatchAnswer& answer) { return answer.log.dump(2) + "\n"; });
    serve("job.json", "application/json",
          [](const WatchAnswer& answer) { return answer.log["job"].dump(2) + "\n"; });
  }

  void take_requests() {
    constexpr std::pair<const char*, WatchAction> kActions[] = {
        {"set", WatchAction::set},   {"run", WatchAction::run}, {"pause", WatchAction::pause},
        {"step", WatchAction::step}, {"pin", WatchAction::pin}, {"rewind", WatchAction::rewind}};
    for (const auto& [name, action] : kActions) {
      server_.Post(folder_ + name, [this, action = action](const Request& request, Response& response) {
        const WatchAnswer answer = job_.ask(action, request.body);
        if (!answer.error.empty()) return refuse(response, 400, answer.error);
        response.set_content(Json{{"step", answer.step}}.dump(), "application/json");
      });
    }
  }

  WatchedJob& job_;
  Texts texts_;
  std::string folder_, address_;
  std::atomic<int> viewers_ = 0;
  std::mutex encoding_;
  int encoded_number_ = 0;
  std::shared_ptr<const std::string> encoded_;
  httplib::Server server_;
  std::thread thread_;
};

WatchServer::WatchServer(WatchedJob& job, int port, Texts texts)
    : running_(std::make_unique<Running>(job, port, std::move(texts))) {}

WatchServer::~WatchServer() = default;

const std::string& WatchServer::address() const {
  return running_->address();
}

}  // namespace limpid
