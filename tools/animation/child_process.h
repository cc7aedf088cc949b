// Another program that is fed through its standard input.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace limpid {

/// The executable file of this name in the folders of PATH; empty where there is none.
std::filesystem::path find_program(const std::string& name);

/// A program of which nothing is seen but what it says when it fails.
class ChildProcess {
 public:
  /// The descriptor under which it finds `output`.
  static constexpr int kOutput = 3;

  /// It is in a process group of its own, so that a Ctrl-C is ours to answer. Throws Error{runtime} where it
  /// cannot be started.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments, int output);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();  ///< Ends it where it is.

  /// Bytes to its standard input; waits until it has room. False once it reads no more.
  bool write(std::span<const std::uint8_t> bytes);

  /// Closes its standard input and waits for its end. Whether it ended well.
  bool finish();

  /// The last line it wrote to its standard error; empty where it wrote none.
  std::string complaint() const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::unique_ptr<std::FILE, Close> errors_;
  int input_ = -1;
  pid_t process_ = -1;
};

}  // namespace limpid
