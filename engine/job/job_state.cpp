#include "engine/job/job_state.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

static_assert(std::endian::native == std::endian::little, "states are written as memory has them");

constexpr std::string_view kMagic = "limpidjb";
/// 2: the device is its model, without its place among the devices.
constexpr std::uint64_t kVersion = 2;
constexpr std::size_t kDigest = 64;
constexpr std::size_t kHeader = 8 + 8 + 8 + kDigest;

class Writer {
 public:
  void text(std::string_view text) { raw(text.data(), text.size()); }
  void number(std::uint64_t value) { raw(&value, sizeof(value)); }
  template <class T>
  void values(const std::vector<T>& values) {
    number(values.size());
    raw(values.data(), values.size() * sizeof(T));
  }

  std::vector<std::byte> take() { return std::move(bytes_); }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  void raw(const void* data, std::size_t size) {
    const auto* from = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
  }

  std::vector<std::byte> bytes_;
};

/// Reads what is there, and nothing beyond it.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}

  std::string_view rest() const { return rest_; }

  std::string_view text(std::uint64_t size) {
    if (size > rest_.size()) fail_input("{} is cut off", kJobState);
    const std::string_view text = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return text;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, text(sizeof(value)).data(), sizeof(value));
    return value;
  }
  template <class T>
  void values(std::vector<T>& values) {
    const std::uint64_t count = number();
    if (count > rest_.size() / sizeof(T)) fail_input("{} is cut off", kJobState);
    values.resize(count);
    const std::string_view bytes = text(count * sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::vector<std::byte> to_bytes(const JobState& state) {
  const std::string record = state.record.dump();
  Writer content;
  content.text(record);
  for_each_part(state.slot, [&](const char*, const auto& values) { content.values(values); });
  Writer whole;
  whole.text(kMagic);
  whole.number(kVersion);
  whole.number(record.size());
  whole.text(sha256_of_bytes(content.view()));
  whole.text(content.view());
  return whole.take();
}

JobState state_from_bytes(std::span<const std::byte> bytes) {
  Reader reader(bytes);
  if (bytes.size() < kHeader || reader.text(kMagic.size()) != kMagic)
    fail_input("{}: these bytes are none, or are cut off", kJobState);
  const std::uint64_t version = reader.number();
  if (version != kVersion)
    fail_input("{} is of version {} of the layout, and this program reads version {}", kJobState, version,
               kVersion);
  const std::uint64_t record = reader.number();
  const std::string_view digest = reader.text(kDigest);
  if (sha256_of_bytes(reader.rest()) != digest)
    fail_input("{} is damaged: its checksum is another", kJobState);
  JobState state;
  state.record = JsonField::parse(reader.text(record), kJobState);
  for_each_part(state.slot, [&](const char*, auto& values) { reader.values(values); });
  if (!reader.rest().empty()) fail_input("{} goes on after its end", kJobState);
  const JsonField field(state.record, kJobState, "");
  state.slot.steps_done = static_cast<int>(field.member("step").integer(0, kMostSteps));
  return state;
}

}  // namespace limpid
