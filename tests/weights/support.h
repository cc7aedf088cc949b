// What the tests of the weights formats share: a temporary folder, models to compare, errors to catch.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "kernels/core/error.h"
#include "weights/inception_v1.h"
#include "weights/model.h"

namespace limpid::testing {

/// A fresh folder that goes when the test does.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "limpid-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// Number of entries in the folder.
  std::ptrdiff_t entries() const {
    return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path path_;
};

inline void write_text(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Runs `action`, which must fail with a one-line Error of the kind whose message has each of `parts`, and
/// must print nothing.
template <class Action>
void expect_error(ErrorKind kind, std::initializer_list<std::string_view> parts, const Action& action) {
  ::testing::internal::CaptureStderr();
  std::optional<Error> caught;
  try {
    action();
  } catch (const Error& error) {
    caught = error;
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ASSERT_TRUE(caught) << "no error was thrown";
  const std::string message = caught->what();
  EXPECT_EQ(caught->kind(), kind) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  for (const std::string_view part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
  }
}

template <class Action>
void expect_input_error(std::initializer_list<std::string_view> parts, const Action& action) {
  expect_error(ErrorKind::input, parts, action);
}

/// A synthetic model whose layers are as narrow as the topology allows, and whose values are multiples of 1/8
/// between -4 and 4: every stored type holds them exactly.
Model narrow_model(std::string_view family);

/// A narrow model with a first layer of 2,000 channels that are zero, as the second layer's filter is, and a
/// thousand labelled classes: what deflate makes very small.
Model pruned_model(std::string_view family);

/// Compares everything, the values bit for bit.
void expect_equal(const Model& a, const Model& b);

/// The folder of real data named by LIMPID_TEST_DATA; empty when it is not set.
std::filesystem::path test_data();

/// Changes the rules of a model's InceptionV1.
template <class Change>
void change_rules(Model& model, const Change& change) {
  InceptionRules rules = rules_of(model.network);
  change(rules);
  model.network = inception_v1(rules);
}

}  // namespace limpid::testing
