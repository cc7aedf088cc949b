// Stands between the program and the system's file operations, and lets one of them go wrong.
#pragma once

namespace limpid::testing {

enum class Fault {
  none,
  death,      ///< The process ends before the operation; a write is done by half.
  full_disk,  ///< The operation fails once with "no space left on device"; a write is done by half.
  io_error,   ///< The same with "input/output error".
  kill,       ///< SIGKILL before the operation; a write is done by half.
  hang_up,    ///< SIGHUP before the operation, which is then done.
  terminate,  ///< SIGTERM, likewise.
  interrupt,  ///< SIGINT, likewise.
};

/// The operation after `operations` others will meet the fault.
void set_fault(Fault fault, int operations);

/// Operations since `set_fault`.
int operations_done();

/// The time that a file of tiles is opened or any file read by offset, after `operations` others, fails with
/// `error` (of errno); none where it is 0.
void set_read_fault(int error, int operations);

/// Such times since `set_read_fault`.
int reads_done();

/// For those who stand before more operations: counts one; true when it is the one to go wrong.
bool goes_wrong();

/// Does not return where the process is to die; else what a failing call returns.
int go_wrong();

}  // namespace limpid::testing
