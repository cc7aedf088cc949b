#include "tools/watch/store_server.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "kernels/core/error.h"
#include "tools/watch/local_server.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;
using Request = httplib::Request;
using Response = httplib::Response;

/// Without news a line is sent all the same, for that is how a viewer who is gone is noticed.
constexpr std::chrono::milliseconds kStorePatience{1000};

std::string tiles_event(const WatchedStore::News& news, const std::string& title) {
  Json json = {{"title", title}, {"jobs", news.jobs}, {"tiles", Json::array()}, {"warning", news.warning}};
  for (const SeenTile& tile : news.tiles) {
    json["tiles"].push_back({{"job", tile.job},
                             {"objective", tile.objective},
                             {"value", std::isfinite(tile.value) ? Json(tile.value) : Json(nullptr)},
                             {"failure", tile.failure}});
  }
  return server_event("tiles", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// One viewer's events.
class StoreViewer {
 public:
  StoreViewer(WatchedStore& store, std::string title, std::atomic<int>& viewers)
      : store_(store), title_(std::move(title)), viewers_(viewers) {
    ++viewers_;
  }
  StoreViewer(const StoreViewer&) = delete;
  StoreViewer& operator=(const StoreViewer&) = delete;
  ~StoreViewer() { --viewers_; }

  bool send(httplib::DataSink& sink) {
    const WatchedStore::News news = store_.wait(mark_, kStorePatience);
    std::string text;
    if (news.fresh) text = tiles_event(news, title_);
    if (news.ended) text += server_event("end", "{}");
    if (text.empty()) text = ":\n\n";
    if (!sink.write(text.data(), text.size())) return false;
    if (news.ended) sink.done();
    return true;
  }

 private:
  WatchedStore& store_;
  std::string title_;
  std::atomic<int>& viewers_;
  WatchedStore::Mark mark_;
};

}  // namespace

class StoreServer::Running {
 public:
  Running(WatchedStore& store, int port, const std::string& title) : store_(store) {
    server_.get_asset("", "store.html");
    for (const char* name : {"watch.css", "store.js"}) server_.get_asset(name, name);
    server_.get("events", [this, title](const Request&, Response& response) {
      const auto viewer = std::make_shared<StoreViewer>(store_, title, viewers_);
      if (viewers_ > LocalServer::kMostViewers) return refuse(response, 503, "there are too many viewers");
      response.set_chunked_content_provider(
          "text/event-stream", [viewer](std::size_t, httplib::DataSink& sink) { return viewer->send(sink); });
    });
    serve_tiles();
    server_.listen(port);
  }

  ~Running() {
    store_.end();
    server_.stop();
  }

  const std::string& address() const { return server_.address(); }

 private:
  void serve_tiles() {
    server_.get(R"(thumbnail/(\d{1,9})\.jpg)", [this](const Request& request, Response& response) {
      const auto bytes = store_.thumbnail(std::stoll(request.matches[1]));
      if (bytes == nullptr) return refuse(response, 404, "there is no such tile yet");
      response.set_content(*bytes, "image/jpeg");
    });
    server_.get(R"(tile/(\d{1,9})\.png)", [this](const Request& request, Response& response) {
      try {
        const std::optional<std::string> bytes = store_.picture(std::stoll(request.matches[1]));
        if (!bytes) return refuse(response, 404, "there is no such tile yet");
        response.set_content(*bytes, "image/png");
      } catch (const Error& error) {
        refuse(response, 503, error.what());
      }
    });
  }

  WatchedStore& store_;
  std::atomic<int> viewers_ = 0;
  LocalServer server_;
};

StoreServer::StoreServer(WatchedStore& store, int port, const std::string& title)
    : running_(std::make_unique<Running>(store, port, title)) {}

StoreServer::~StoreServer() = default;

const std::string& StoreServer::address() const {
  return running_->address();
}

}  // namespace limpid
