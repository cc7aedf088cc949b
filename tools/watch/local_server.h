// A page of this machine's own, over HTTP: who is let in, and how little is taken from them.
#pragma once

#include <httplib.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

namespace limpid {

/// One line of text with this status.
void refuse(httplib::Response& response, int status, std::string_view line);

/// An event of Server-Sent Events; `data` has no line feeds.
std::string server_event(std::string_view name, std::string_view data);

/// Listens on 127.0.0.1 under http://127.0.0.1:PORT/TOKEN/, the token 128 random bits.
///
/// 403 for another token, for a Host that is not this machine's own name and for an Origin that is not the Host; 411 and 413
/// for bodies of no or too much length; 404 for what has no handler.
class LocalServer {
 public:
  static constexpr int kMostViewers = 64;
  static constexpr std::uint64_t kMostBytes = 1 << 16;

  LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  ~LocalServer();  ///< Stops.

  /// Handlers by the name in the page's folder, a regular expression. To be set before `listen`.
  void get(const std::string& name, httplib::Server::Handler handler);
  /// Of a POST, whose body has at most so many bytes.
  void post(const std::string& name, std::uint64_t most_bytes, httplib::Server::Handler handler);
  /// A file that the program carries, by its own name or another.
  void get_asset(const std::string& name, std::string_view asset);

  /// Begins to answer; port 0 is any that is free. Throws Error{usage} where it is taken.
  void listen(int port);

  /// Ends what is under way. Handlers that wait must have been told before.
  void stop();

  /// With the token, once it listens.
  const std::string& address() const { return address_; }

 private:
  void limit();
  void guard();

  std::string folder_, address_;
  httplib::Server server_;
  std::thread thread_;
};

}  // namespace limpid
