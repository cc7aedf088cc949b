#include "weights/locate.h"

#include <gtest/gtest.h>

#include "tests/weights/support.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;
using testing::write_text;

/// Sets an environment variable, or unsets it, until the end of the test.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() { set(before_ ? before_->c_str() : nullptr); }

 private:
  void set(const char* value) const {
    if (value == nullptr) {
      ::unsetenv(name_);
    } else {
      ::setenv(name_, value, 1);
    }
  }

  const char* name_;
  std::optional<std::string> before_;
};

/// Nothing given, an empty cache.
class Locate : public ::testing::Test {
 protected:
  fs::path in_cache(const char* name) const {
    fs::create_directories(folder_ / "limpid");
    write_text(folder_ / "limpid" / name, "x");
    return folder_ / "limpid" / name;
  }

  TemporaryFolder folder_;
  ScopedVariable weights_{"LIMPID_WEIGHTS", nullptr};
  ScopedVariable cache_{"XDG_CACHE_HOME", folder_.path().c_str()};
};

TEST_F(Locate, TakesWhatIsGivenFirst) {
  const ScopedVariable variable("LIMPID_WEIGHTS", "other.h5");
  EXPECT_EQ(locate_weights("mine.h5"), "mine.h5");
}

TEST_F(Locate, FindsABareNameWhereWeightsLie) {
  EXPECT_EQ(locate_weights("inception5h.h5"), "inception5h.h5");
  const fs::path inception5h = in_cache("inception5h.h5");
  EXPECT_EQ(locate_weights("inception5h.h5"), inception5h);
  EXPECT_EQ(locate_weights("./inception5h.h5"), "./inception5h.h5");
  EXPECT_NE(locate_weights("default.h5"), "default.h5");
}

TEST_F(Locate, TakesTheVariableNext) {
  in_cache("bvlc_googlenet.h5");
  const ScopedVariable variable("LIMPID_WEIGHTS", "other.h5");
  EXPECT_EQ(locate_weights(), "other.h5");
}

TEST_F(Locate, PrefersBvlcInTheCache) {
  const fs::path inception5h = in_cache("inception5h.h5");
  EXPECT_EQ(locate_weights(), inception5h);
  const fs::path bvlc = in_cache("bvlc_googlenet.h5");
  EXPECT_EQ(locate_weights(), bvlc);
}

TEST_F(Locate, EndsWithTheShippedDefault) {
  EXPECT_EQ(locate_weights().filename(), "default.h5");
}

TEST_F(Locate, CacheFollowsTheXdgRules) {
  EXPECT_EQ(cache_directory(), folder_ / "limpid");
  const ScopedVariable home("HOME", "/home/somebody");
  const ScopedVariable relative("XDG_CACHE_HOME", "relative");
  EXPECT_EQ(cache_directory(), "/home/somebody/.cache/limpid");
  const ScopedVariable homeless("HOME", nullptr);
  EXPECT_EQ(cache_directory(), "");
}

}  // namespace
}  // namespace limpid
