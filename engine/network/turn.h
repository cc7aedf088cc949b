// What has a device is for one thread at a time, and for the process that opened it; two at once are told.
#pragma once

#include <atomic>
#include <cstdint>

#include "kernels/core/process.h"

namespace limpid {

class Device;

/// Who holds something.
struct Turns {
  std::uint32_t process = process_number();  ///< That opened the device.
  std::atomic<std::uint64_t> holder = 0;     ///< 0, or one more than the process whose call holds it.
};

/// Holds something for one call.
class Turn {
 public:
  /// Throws Error{usage} where another call holds it; Error{runtime} where its GPU is that of the process which was forked
  /// to make this one, or a call held it there then. `what` names it: "session".
  Turn(Turns& turns, Device& device, const char* what);
  ~Turn() { turns_.holder.store(0, std::memory_order_release); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Turns& turns_;
};

}  // namespace limpid
