// A store of tiles that others fill, for those who look at it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/grid/manifest.h"
#include "engine/grid/tile_index.h"

namespace limpid {

/// A tile that has appeared.
struct SeenTile {
  std::int64_t job = 0;
  std::string objective;
  double value = 0;     ///< Of the objective at the end.
  std::string failure;  ///< Empty where there is a picture.
};

/// Reads the store and nothing more: whoever fills it does not notice. `run` is one thread's, all else any thread's.
class WatchedStore {
 public:
  /// Of a thumbnail, at most.
  static constexpr int kThumbnailSide = 128;

  /// How far a viewer has read.
  struct Mark {
    std::uint64_t version = 0;
    std::size_t tiles = 0;
  };

  struct News {
    bool fresh = false;           ///< Whether anything below is new.
    std::int64_t jobs = 0;        ///< Of the manifest.
    std::vector<SeenTile> tiles;  ///< In the order in which they appeared, after those that were known.
    std::string warning;          ///< The last one, of damage that is there now; empty mostly.
    bool ended = false;
  };

  /// Throws Error{input} where there is no store.
  explicit WatchedStore(std::filesystem::path folder);

  /// Looks for new tiles until `stop` says so, once a second, and no more than a tenth of the time.
  void run(const std::function<bool()>& stop);

  /// Looks once.
  void look();

  /// Takes the tiles that are new of files that were found sound. False where one could not be read, for its file was
  /// merged into another meanwhile: it comes with a later look.
  bool take(const TileIndex& files);

  /// What came after the mark, which moves on; waits up to `patience` for something to come.
  News wait(Mark& mark, std::chrono::milliseconds patience);
  void end();

  /// A JPEG of a tile, at most kThumbnailSide a side; null where there is none.
  std::shared_ptr<const std::string> thumbnail(std::int64_t job) const;
  /// A PNG of all of it; none where there is none. Looks again where its file has gone. Throws Error{input} for a store that
  /// was damaged since.
  std::optional<std::string> picture(std::int64_t job);

 private:
  using Signature = std::pair<std::uintmax_t, std::filesystem::file_time_type>;

  void look_at_folder();
  void look_at_manifest();
  void look_at_file(const TileFileName& name);
  std::optional<std::string> picture_in_files(std::int64_t job) const;

  std::filesystem::path folder_;
  std::mutex reading_;  ///< Held while files are read.
  std::unique_ptr<const Manifest> manifest_;
  std::string digest_;
  std::map<std::string, std::pair<Signature, std::unique_ptr<TileIndex>>> files_;
  std::set<std::int64_t> seen_;

  mutable std::mutex mutex_;  ///< Of what viewers take.
  std::condition_variable news_;
  std::int64_t jobs_ = 0;
  std::vector<SeenTile> tiles_;
  std::map<std::int64_t, std::shared_ptr<const std::string>> thumbnails_;
  std::string warning_;
  std::uint64_t version_ = 1;  ///< Of all that viewers take.
  bool ended_ = false;
};

}  // namespace limpid
