// What is said where something is refused.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "kernels/core/error.h"

namespace limpid::test {

/// The message of an Error{usage} or Error{input} that the call throws, one line; or that there was none.
inline std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  return "no error";
}

}  // namespace limpid::test
