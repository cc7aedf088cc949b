// limpid atlas collect: one vector of a layer out of each of many pictures.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/core/names.h"
#include "kernels/core/streams.h"
#include "tools/atlas/atlas_commands.h"
#include "tools/atlas/collect_vectors.h"
#include "tools/compute_options.h"
#include "tools/dataset/build_progress.h"
#include "tools/dataset/find_pictures.h"
#include "tools/dataset/index_schema.h"
#include "tools/dataset/index_weights.h"
#include "tools/dataset/picture_options.h"
#include "tools/dataset/picture_stream.h"
#include "tools/output_file.h"
#include "tools/signals.h"
#include "weights/hdf5_file.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCollect = "limpid atlas collect";

struct CollectArguments {
  std::vector<std::string> sources;
  int procedural = 0;
  std::string layer = "mixed4d", output, weights, seed = "0";
  std::string fit;  ///< Empty where it was not said.
  int size = 0, batch = 8;
  bool no_classes = false, quiet = false;
  ComputeOptions compute;
};

/// The index that is the only source, where that is one: a folder of pictures comes before an index of its name.
std::unique_ptr<const IndexReader> index_asked(const CollectArguments& arguments) {
  if (arguments.sources.size() != 1 || arguments.procedural > 0) return nullptr;
  const std::string& source = arguments.sources.front();
  const fs::path folder = fs::exists(source) ? fs::path(source) : known_index(source);
  if (!fs::exists(folder / index_schema::kManifestName)) return nullptr;
  if (arguments.size > 0) fail_usage("--size is that of the index, '{}'", folder.string());
  if (!arguments.fit.empty()) fail_usage("--fit is that of the index, '{}'", folder.string());
  return std::make_unique<const IndexReader>(folder);
}

/// Pictures that cannot be read, or are beyond the network's numbers, are named and passed over.
class CollectedPictures {
 public:
  CollectedPictures(const std::shared_ptr<const Model>& model, CollectOptions options, bool quiet)
      : collector_(model, passing_over(std::move(options))),
        progress_(kCollect, choose_progress_style(quiet, false)) {}

  const VectorCollector& collector() const { return collector_; }

  void take(const Sha256Digest& digest, const Image& picture, const PicturePath& path) {
    collector_.add(digest, picture, to_string(path));
    ++taken_;
    progress_.pictures(taken_, taken_);
  }

  /// The last one is kept back: where no picture is found, it is why.
  void pass_over(std::string failure, ErrorKind kind = ErrorKind::input) {
    if (failure_) progress_.passed_over(failure_->what());
    failure_.emplace(kind, std::move(failure));
  }

  Atlas close() {
    Atlas atlas = collector_.take();
    if (atlas.pictures.empty() && collector_.silent() == 0 && failure_) throw Error(*failure_);
    if (failure_) progress_.passed_over(failure_->what());
    progress_.close();
    return atlas;
  }

 private:
  CollectOptions passing_over(CollectOptions options) {
    options.not_finite = [this](const std::string& name) {
      pass_over(fmt::format("{}: what the network makes of it is not finite; try --precision fp32", name),
                ErrorKind::runtime);
    };
    return options;
  }

  VectorCollector collector_;
  BuildProgress progress_;
  std::size_t taken_ = 0;
  std::optional<Error> failure_;
};

void collect_from_index(const IndexReader& index, CollectedPictures& pictures,
                        const std::atomic<bool>& stop) {
  const IndexManifest& manifest = index.manifest();
  const std::vector<PictureRecord>& known = index.units().pictures();
  constexpr std::size_t together = 256;
  for (std::size_t first = 0; first < known.size() && !stop; first += together) {
    std::vector<std::size_t> rows;
    for (std::size_t row = first; row < std::min(first + together, known.size()); ++row) rows.push_back(row);
    find_pictures(index, rows, [&](std::size_t number, Image image, const std::string& failure) {
      if (stop) return;
      if (!failure.empty()) return pictures.pass_over(failure);
      const PictureRecord& record = known[rows[number]];
      pictures.take(record.digest, fit_image(std::move(image), manifest.size, manifest.size, manifest.fit),
                    index.path(record));
    });
  }
}

void collect_from_files(const CollectArguments& arguments, std::uint64_t seed, int size,
                        CollectedPictures& pictures, const std::atomic<bool>& stop) {
  if (arguments.sources.empty() && arguments.procedural == 0)
    fail_usage("nothing to look at: name folders of pictures, an index, or give --procedural 5000");
  std::vector<DatasetFile> files = dataset_files(arguments.sources);
  if (arguments.procedural > 0) {
    DatasetFile& drawn = files.emplace_back();
    drawn.drawn = static_cast<std::size_t>(arguments.procedural);
    drawn.seed = seed;
  }
  StreamOptions options;
  options.size = size;
  if (!arguments.fit.empty()) options.fit = named<Fit>(arguments.fit).value();
  options.threads = HostThreads(arguments.compute.threads).stream().threads();
  PictureStream stream(std::move(files), std::move(options));
  while (!stop) {
    std::optional<StreamedPicture> picture = stream.next();
    if (!picture) break;
    if (!picture->failure.empty()) {
      pictures.pass_over(std::move(picture->failure));
    } else {
      pictures.take(picture->record.digest, picture->image, picture->record.path);
    }
  }
}

void collect_atlas(const CollectArguments& arguments) {
  check_atlas_output(arguments.output);
  CollectOptions options;
  options.layer = arguments.layer;
  options.seed = parse_seed(arguments.seed);
  options.batch = arguments.batch;
  options.classes = !arguments.no_classes;
  options.compute = arguments.compute;
  const std::unique_ptr<const IndexReader> index = index_asked(arguments);
  const fs::path weights =
      index ? weights_of_index(*index, arguments.weights) : weights_file(arguments.weights);
  const auto model = std::make_shared<const Model>(read_model(weights));
  options.size = index ? index->manifest().size : arguments.size > 0 ? arguments.size : model->input.size;

  const StopSignals signals("\nstopping; nothing is written\n");
  CollectedPictures pictures(model, options, arguments.quiet);
  if (index) {
    collect_from_index(*index, pictures, signals.requested());
  } else {
    collect_from_files(arguments, options.seed, options.size, pictures, signals.requested());
  }
  if (signals.requested()) throw ExitCode{signals.exit_code()};
  Atlas atlas = pictures.close();
  const VectorCollector& collector = pictures.collector();
  if (atlas.pictures.empty())
    fail_input("no picture activates {}, at any of {} drawn places", collector.layer(), collector.silent());
  if (collector.silent() > 0)
    say(stderr, "{}: at {} drawn places nothing of {} is active: left out\n", kCollect, collector.silent(),
        collector.layer());
  atlas.weights = {sha256_of_file(weights), model->provenance.family, weights.filename().string(),
                   fs::absolute(weights).string()};
  write_atlas(atlas, arguments.output);
  if (!arguments.quiet)
    say(stdout, "{} vectors of {}: {}\n", atlas.pictures.size(), atlas.layer, arguments.output);
}

void add_pictures_to_collect(CLI::App& command, CollectArguments& arguments) {
  command
      .add_option(
          "sources", arguments.sources,
          "Folders, archives, lists, pictures, as of `limpid examples build`; or an index that it made, alone, whose size and fit are "
          "kept")
      ->type_name("FILE|DIR");
  add_procedural(command, arguments.procedural,
                 "So many pictures that formulas draw, instead of photos or beside them");
  add_network_square(command, arguments.fit, arguments.size);
}

}  // namespace

void add_atlas_collect(CLI::App& atlas) {
  auto arguments = std::make_shared<CollectArguments>();
  CLI::App* command = atlas.add_subcommand("collect", "One vector of a layer out of each of many pictures");
  add_pictures_to_collect(*command, *arguments);
  command->add_option("--layer", arguments->layer, "A name of `limpid layers`")->capture_default_str();
  command->add_option("-o,--output", arguments->output, "The atlas, an .h5")->required()->type_name("FILE");
  command->add_option("--batch", arguments->batch, "Pictures of a pass. It changes no value")
      ->check(CLI::Range(1, kMostBatch))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--seed", arguments->seed, "Of the places, and of the pictures of --procedural")
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--no-classes", arguments->no_classes, "Leave out what the vectors argue for");
  add_weights_option(*command, arguments->weights);
  add_compute_options(*command, arguments->compute);
  command->add_flag("-q,--quiet", arguments->quiet, "No progress and no summary");
  command->footer(
      "Pictures that cannot be read, or of which a value is not finite, are named and left out. The place in a picture is drawn by Philox of the seed, the picture's bytes and the layer, away from the border. What a "
      "vector argues for is the product of the logits' Jacobian in that picture with the vector at its place: `effects`, vectors x classes.\n\n"
      "Examples:\n"
      "  limpid atlas collect photos --layer mixed4d -o atlas.h5\n"
      "  limpid atlas collect birds.limpidx --layer mixed4d -o atlas.h5\n"
      "  limpid atlas collect --procedural 8000 -o atlas.h5");
  command->callback([arguments] { collect_atlas(*arguments); });
}

}  // namespace limpid
