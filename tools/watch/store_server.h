// The page of a store that is watched.
#pragma once

#include <memory>
#include <string>

#include "tools/watch/watched_store.h"

namespace limpid {

/// As LocalServer has it; nothing can be sent to it:
///
///   GET  (nothing)          the page; watch.css, store.js
///   GET  events             Server-Sent Events: `tiles` {"title", "jobs", "tiles": [{"job", "objective", "value",
///                           "failure"}], "warning"} where one of them is new, the first with all tiles there are; `end`
///   GET  thumbnail/N.jpg, tile/N.png
class StoreServer {
 public:
  /// Listens; port 0 is any that is free. Throws Error{usage} where it is taken. The store must outlive this.
  StoreServer(WatchedStore& store, int port, const std::string& title);
  StoreServer(const StoreServer&) = delete;
  StoreServer& operator=(const StoreServer&) = delete;
  ~StoreServer();

  /// With the token.
  const std::string& address() const;

 private:
  class Running;
  std::unique_ptr<Running> running_;
};

}  // namespace limpid
