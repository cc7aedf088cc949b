#include "tools/watch/attached_pictures.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <system_error>

#include "engine/pictures/base64.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

/// What of a job comes from pictures that are attached.
constexpr const char* kPictureOptions[] = {"init", "mask"};

void rename_pictures(Json& job, const std::function<std::string(const std::string&)>& renamed) {
  for (const char* option : kPictureOptions) {
    const auto found = job.find(option);
    if (found == job.end()) continue;
    Json& name = found->is_object() ? (*found)["file"] : *found;
    if (name.is_string()) name = renamed(name.get<std::string>());
  }
}

/// A descriptor of a file that has these bytes and no place. Throws Error{runtime}.
int memory_file(const std::string& name, const std::string& bytes) {
  const int descriptor = ::memfd_create(name.c_str(), MFD_CLOEXEC);
  std::size_t written = 0;
  while (descriptor >= 0 && written < bytes.size()) {
    const ssize_t count = ::write(descriptor, bytes.data() + written, bytes.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  if (descriptor >= 0 && written == bytes.size()) return descriptor;
  const std::string reason = std::generic_category().message(errno);
  if (descriptor >= 0) ::close(descriptor);
  fail_runtime("cannot keep '{}' in memory: {}", name, reason);
}

}  // namespace

AttachedPictures::~AttachedPictures() {
  shrink(0);
}

void AttachedPictures::shrink(std::size_t count) {
  for (; kept_.size() > count; kept_.pop_back()) ::close(kept_.back().descriptor);
}

const AttachedPictures::Kept* AttachedPictures::named(const std::string& name) const {
  const auto found = std::ranges::find(kept_, name, &Kept::name);
  return found == kept_.end() ? nullptr : &*found;
}

const AttachedPictures::Kept* AttachedPictures::at(const std::string& path) const {
  const auto found = std::ranges::find(kept_, path, &Kept::path);
  return found == kept_.end() ? nullptr : &*found;
}

bool AttachedPictures::holds(const std::string& path) const {
  return at(path) != nullptr;
}

std::string AttachedPictures::add(const std::string& kind, const std::string& bytes) {
  for (int number = 1;; ++number) {
    const std::string name = fmt::format("{}-{}.png", kind, number);
    if (named(name) == nullptr && !files_.contains(name)) return add_named(name, bytes);
  }
}

std::string AttachedPictures::add_named(const std::string& name, const std::string& bytes) {
  if (named(name) != nullptr) fail_input("the picture '{}' is there twice", name);
  if (kept_.size() >= kMost) fail_usage("{} pictures were painted and dropped, which is the most", kMost);
  const int descriptor = memory_file(name, bytes);
  const std::string path = fmt::format("/proc/self/fd/{}", descriptor);
  kept_.push_back({name, descriptor, path, bytes});
  return path;
}

Json AttachedPictures::with_names(Json job) const {
  rename_pictures(job, [&](const std::string& file) {
    const Kept* kept = at(file);
    return kept == nullptr ? file : kept->name;
  });
  return job;
}

Json AttachedPictures::with_paths(Json job) const {
  rename_pictures(job, [&](const std::string& file) {
    const Kept* kept = named(file);
    return kept == nullptr ? file : kept->path;
  });
  return job;
}

Json AttachedPictures::named_in(const std::string& text) const {
  Json pictures = Json::object();
  for (const Kept& kept : kept_) {
    if (text.find('"' + kept.name + '"') != std::string::npos) pictures[kept.name] = to_base64(kept.bytes);
  }
  return pictures;
}

}  // namespace limpid
