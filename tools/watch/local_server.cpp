#include "tools/watch/local_server.h"

#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "kernels/core/error.h"
#include "tools/watch/assets.h"

namespace limpid {
namespace {

using Request = httplib::Request;
using Response = httplib::Response;

/// Of this machine alone.
constexpr const char* kHost = "127.0.0.1";

/// Viewers and what they ask for beside their events.
constexpr std::size_t kThreads = LocalServer::kMostViewers + 32;

/// Of any body. Handlers have limits of their own; a body is read only of who has the token.
constexpr std::size_t kMostOfAny = std::size_t{64} << 20U;

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

std::string too_long(std::uint64_t most) {
  return fmt::format("the body is longer than {} bytes", most);
}

}  // namespace

void refuse(Response& response, int status, std::string_view line) {
  response.status = status;
  response.set_content(std::string(line) + "\n", "text/plain; charset=utf-8");
}

std::string server_event(std::string_view name, std::string_view data) {
  return fmt::format("event: {}\ndata: {}\n\n", name, data);
}

LocalServer::LocalServer() : folder_(fmt::format("/{}/", random_token())) {
  limit();
  guard();
}

LocalServer::~LocalServer() {
  stop();
}

void LocalServer::get(const std::string& name, httplib::Server::Handler handler) {
  server_.Get(folder_ + name, std::move(handler));
}

void LocalServer::post(const std::string& name, std::uint64_t most_bytes, httplib::Server::Handler handler) {
  server_.Post(folder_ + name,
               [most_bytes, handler = std::move(handler)](const Request& request, Response& response) {
                 if (request.body.size() > most_bytes) return refuse(response, 413, too_long(most_bytes));
                 handler(request, response);
               });
}

void LocalServer::get_asset(const std::string& name, std::string_view asset) {
  const auto assets = watch_assets();
  const WatchAsset& found = *std::ranges::find(assets, asset, &WatchAsset::name);
  get(name, [&found](const Request&, Response& response) {
    response.set_content(found.bytes.data(), found.bytes.size(), std::string(found.type));
  });
}

void LocalServer::listen(int port) {
  const int bound = port == 0                           ? server_.bind_to_any_port(kHost)
                    : server_.bind_to_port(kHost, port) ? port
                                                        : -1;
  if (bound < 0) fail_usage("port {} of {} cannot be had; --port 0 takes any that is free", port, kHost);
  address_ = fmt::format("http://{}:{}{}", kHost, bound, folder_);
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  while (!server_.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void LocalServer::stop() {
  if (!thread_.joinable()) return;
  server_.stop();
  thread_.join();
}

void LocalServer::limit() {
  server_.set_payload_max_length(kMostOfAny);
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
void LocalServer::guard() {
  server_.set_pre_routing_handler([this](const Request& request, Response& response) {
    using Handled = httplib::Server::HandlerResponse;
    const std::string host = request.get_header_value("Host");
    const std::string_view path = request.path;
    if (!is_own(host) ||
        (request.has_header("Origin") && request.get_header_value("Origin") != "http://" + host) ||
        !same_text(path.substr(0, folder_.size()), folder_)) {
      refuse(response, 403, "this address is for the page that limpid watch printed");
    } else if (request.has_header("Transfer-Encoding")) {
      refuse(response, 411, "a body needs a Content-Length");
    } else {
      return Handled::Unhandled;
    }
    return Handled::Handled;
  });
  server_.set_error_handler([](const Request&, Response& response) {
    if (!response.body.empty()) return;
    refuse(response, response.status,
           response.status == 413   ? too_long(kMostOfAny)
           : response.status == 404 ? std::string("there is nothing of this name")
                                    : std::string("the request is damaged"));
  });
  server_.set_exception_handler([](const Request&, Response& response, std::exception_ptr) {
    refuse(response, 500, "the request failed");
  });
}

}  // namespace limpid
