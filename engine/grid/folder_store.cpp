#include "engine/grid/folder_store.h"

#include <utility>

#include "engine/grid/store_folder.h"
#include "kernels/core/error.h"

namespace limpid {

namespace fs = std::filesystem;

FolderStore::FolderStore(fs::path folder, const std::string& writer, Writes writes,
                         std::shared_ptr<const WriterLock> hold)
    : hold_(std::move(hold)), folder_(std::move(folder)), writer_(folder_, writer), reader_(folder_) {
  if (writes == Writes::in_a_thread) thread_.emplace(writer_);
}

FolderStore::~FolderStore() {
  try {
    close();
  } catch (...) {
    // Who cares for the error has called close().
  }
}

fs::path FolderStore::folder_of_files() const {
  return manifest().folder.empty() ? fs::path() : folder_ / manifest().folder;
}

fs::path FolderStore::algorithms_file() const {
  return folder_ / kAlgorithmsName;
}

void FolderStore::put(StoredTile tile) {
  thread_ ? thread_->put(std::move(tile)) : writer_.append(std::move(tile));
}

void FolderStore::flush() {
  if (!thread_) writer_.flush();
}

void FolderStore::close() {
  thread_ ? thread_->close() : writer_.flush();
}

void FolderStore::conclude() {
  consolidate();
  join_writers(folder_);
}

std::unique_ptr<GridStore> open_folder_store(const fs::path& folder, const Manifest& manifest,
                                             const std::string& writer) {
  StoreOpening opening = open_store(folder, manifest);
  try {
    return std::make_unique<FolderStore>(folder, writer, FolderStore::Writes::at_once, opening.hold);
  } catch (const Error&) {
    opening.hold.reset();
    if (opening.created) remove_empty_store(folder);
    throw;
  }
}

}  // namespace limpid
