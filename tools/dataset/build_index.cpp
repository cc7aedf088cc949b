#include "tools/dataset/build_index.h"

#include <chrono>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// The longest that what was computed waits in memory.
constexpr std::chrono::seconds kFlushInterval(30);

class IndexBuild {
 public:
  IndexBuild(const std::shared_ptr<const Model>& model, const IndexManifest& manifest,
             const BuildOptions& options, IndexWriter& writer, BuildObserver& observer)
      : pass_(model, manifest.layers, manifest.size, options.batch, options.compute),
        units_(unit_count(manifest.layers)),
        strict_(options.strict),
        writer_(writer),
        observer_(observer) {
    report_.pictures = writer.stored_count();
  }

  void run(PictureStream& stream, const std::atomic<bool>& stop) {
    while (!stop) {
      std::optional<StreamedPicture> picture = stream.next();
      if (!picture) break;
      take(std::move(*picture));
      if (images_.size() == static_cast<std::size_t>(pass_.batch())) look();
    }
    look();
  }

  BuildReport finish(bool stopped) {
    report_.finished = !stopped;
    if (stopped) {
      writer_.flush();
    } else {
      if (report_.pictures == 0) fail_input("{}", failure_);
      writer_.finish();
    }
    if (!failure_.empty()) observer_.passed_over(failure_);
    return report_;
  }

 private:
  void take(StreamedPicture picture) {
    if (!picture.failure.empty()) return pass_over(std::move(picture.failure));
    picture.record.path = writer_.path_in_index(std::move(picture.record.path));
    if (!writer_.note(picture.record)) {
      ++report_.copies;
    } else if (!picture.image.rgb.empty()) {
      records_.push_back(std::move(picture.record));
      images_.push_back(std::move(picture.image));
    }
  }

  /// The last one is kept back: where no picture is found, it is why.
  void pass_over(std::string message) {
    ++report_.passed_over;
    if (strict_) fail_input("{}", message);
    if (!failure_.empty()) observer_.passed_over(failure_);
    failure_ = std::move(message);
  }

  void look() {
    if (images_.empty()) return;
    const std::span<const MapStatistics> statistics = pass_.run(images_);
    for (std::size_t i = 0; i < records_.size(); ++i)
      writer_.add(records_[i], statistics.subspan(i * units_, units_));
    report_.pictures += records_.size();
    report_.looked_at += records_.size();
    records_.clear();
    images_.clear();
    if (const auto now = Clock::now(); now - flushed_ >= kFlushInterval) {
      writer_.flush();
      flushed_ = now;
    }
    observer_.pictures(report_.looked_at, report_.pictures);
  }

  using Clock = std::chrono::steady_clock;

  ExamplePass pass_;
  std::size_t units_;
  bool strict_;
  IndexWriter& writer_;
  BuildObserver& observer_;
  std::vector<PictureRecord> records_;
  std::vector<Image> images_;
  std::string failure_;
  BuildReport report_;
  Clock::time_point flushed_ = Clock::now();
};

}  // namespace

BuildReport build_index(const std::shared_ptr<const Model>& model, const IndexManifest& manifest,
                        std::vector<DatasetFile> files, StreamOptions stream_options,
                        const BuildOptions& options, IndexWriter& writer, BuildObserver& observer,
                        const std::atomic<bool>& stop) {
  stream_options.wanted = [&writer](const Sha256Digest& digest) { return !writer.stored(digest); };
  IndexBuild build(model, manifest, options, writer, observer);
  PictureStream stream(std::move(files), std::move(stream_options));
  try {
    build.run(stream, stop);
  } catch (const Error&) {
    writer.flush();
    throw;
  }
  return build.finish(stop);
}

}  // namespace limpid
