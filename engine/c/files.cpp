// In liblimpid the functions that read files are these. They stand before the archives that have those of the same names,
// so that the linker takes neither these archives' members nor HDF5 and the pictures' libraries, of which the members are
// made.
#include "engine/c/files.h"

#include <dlfcn.h>
#include <pthread.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/version.h"
#include "kernels/core/error.h"
#include "kernels/core/own_library.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

constexpr const char* kLibrary = "liblimpid_files.so";

const c::Files& files() {
  static const OwnLibrary library = open_own_library(kLibrary);
  if (library.handle == nullptr)
    fail_runtime("limpid's part that reads files does not load: {}", library.why_not);
  auto* const entry = reinterpret_cast<c::FilesEntry*>(dlsym(library.handle, c::kFilesEntry));
  const c::Files* found = entry == nullptr ? nullptr : entry(version().c_str());
  if (found == nullptr) fail_runtime("{} is of another version of limpid than {}", kLibrary, version());
  return *found;
}

template <class Result, class... Parameters, class... Arguments>
Result call(Result (*c::Files::*function)(Parameters...), const Arguments&... arguments) {
  return (files().*function)(arguments...);
}

/// HDF5 need not be built for threads: one reads at a time, and nobody while the process forks, whose child would wait for
/// a reader that it does not have.
std::mutex reading;
const int registered =
    pthread_atfork([] { reading.lock(); }, [] { reading.unlock(); }, [] { reading.unlock(); });

template <class Result, class... Parameters, class... Arguments>
Result read(Result (*c::Files::*function)(Parameters...), const Arguments&... arguments) {
  static_cast<void>(registered);
  const std::lock_guard lock(reading);
  return call(function, arguments...);
}

/// A store of the library that reads files, whose functions are called one at a time, as all that reads.
class LockedStore final : public GridStore {
 public:
  explicit LockedStore(std::unique_ptr<GridStore> store) : store_(std::move(store)) {}
  ~LockedStore() override {
    const std::lock_guard lock(reading);
    store_.reset();
  }

  const Manifest& manifest() const override { return store_->manifest(); }
  std::filesystem::path folder_of_files() const override { return store_->folder_of_files(); }
  std::filesystem::path algorithms_file() const override { return store_->algorithms_file(); }
  std::set<std::int64_t> finished() const override {
    const std::lock_guard lock(reading);
    return store_->finished();
  }
  StoredTile read(std::int64_t job) const override {
    const std::lock_guard lock(reading);
    return store_->read(job);
  }
  std::vector<std::string> warnings() const override {
    const std::lock_guard lock(reading);
    return store_->warnings();
  }
  void put(StoredTile tile) override {
    const std::lock_guard lock(reading);
    store_->put(std::move(tile));
  }
  void flush() override {
    const std::lock_guard lock(reading);
    store_->flush();
  }
  void close() override {
    const std::lock_guard lock(reading);
    store_->close();
  }
  void conclude() override {
    const std::lock_guard lock(reading);
    store_->conclude();
  }

 private:
  std::unique_ptr<GridStore> store_;
};

}  // namespace

Model read_model(const Hdf5Source& source) {
  return read(&c::Files::read_model, source);
}

Prior read_prior(const std::filesystem::path& path) {
  return read(&c::Files::read_prior, path);
}

std::shared_ptr<const Decoder> read_decoder(const std::filesystem::path& path) {
  return read(&c::Files::read_decoder, path);
}

std::shared_ptr<const FeatureVectors> read_feature_vectors(const std::string& path, int channels) {
  return read(&c::Files::read_feature_vectors, path, channels);
}

Image read_image(const std::filesystem::path& path, const PictureNotes& notes, PictureColours colours) {
  return read(&c::Files::read_image, path, notes, colours);
}

void write_image(const std::filesystem::path& path, const Image& image, const PictureTexts& texts) {
  call(&c::Files::write_image, path, image, texts);
}

std::unique_ptr<GridStore> open_folder_store(const std::filesystem::path& folder, const Manifest& manifest,
                                             const std::string& writer) {
  return std::make_unique<LockedStore>(read(&c::Files::open_folder_store, folder, manifest, writer));
}

std::string sha256_of_bytes(std::string_view bytes) {
  return call(&c::Files::sha256_of_bytes, bytes);
}

std::string sha256_of_file(const std::filesystem::path& path) {
  return call(&c::Files::sha256_of_file, path);
}

}  // namespace limpid
