// limpid prior: what a set of pictures has in common, for renders to start from.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/fit_image.h"
#include "engine/image/prior_file.h"
#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/notes.h"
#include "tools/output_file.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

constexpr int kLeastSize = 2, kLargestSize = 4096;

struct PriorArguments {
  std::string folder;
  std::string output;
  int size = 512;
  bool quiet = false;
};

/// The pictures of a folder, by name.
std::vector<fs::path> pictures_in(const fs::path& folder) {
  if (!fs::is_directory(folder)) fail_input("'{}' is not a folder", folder.string());
  static const std::set<std::string> kExtensions = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".psd"};
  std::vector<fs::path> pictures;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file() && kExtensions.contains(lower_extension(entry.path())))
      pictures.push_back(entry.path());
  }
  if (pictures.empty()) fail_input("there is no picture, such as a .png or .jpg, in '{}'", folder.string());
  std::ranges::sort(pictures);
  return pictures;
}

/// The statistics of those that can be read; the others are named and removed from `pictures`. Throws the
/// last one's error where all are bad.
ColourStatistics statistics_of(std::vector<fs::path>& pictures, int size) {
  ColourStatistics colours;
  std::vector<fs::path> good;
  for (const fs::path& path : pictures) {
    try {
      colours.add(fit_to_network(read_image(path, note), size));
      good.push_back(path);
    } catch (const Error& error) {
      const bool last_hope = good.empty() && &path == &pictures.back();
      if (last_hope) throw;
      print_error("limpid prior", std::string(error.what()) + ": left out");
    }
  }
  pictures = std::move(good);
  return colours;
}

/// Twice through the pictures, for spectra are taken along the axes that the colours of all decide. Returns
/// the exit code.
int fit_prior(const PriorArguments& arguments) {
  if (arguments.size < kLeastSize || arguments.size > kLargestSize) {
    fail_usage("--size {} is out of range: {} to {} pixels", arguments.size, kLeastSize, kLargestSize);
  }
  check_writable(arguments.output);
  std::vector<fs::path> pictures = pictures_in(arguments.folder);
  const std::size_t asked = pictures.size();
  const ColourStatistics colours = statistics_of(pictures, arguments.size);
  Prior prior;
  prior.colours = colours.basis();
  prior.pictures = static_cast<int>(pictures.size());
  prior.height = prior.width = arguments.size;
  const auto covariance = colours.covariance();
  for (std::size_t i = 0; i < 9; ++i)
    prior.covariance[i / 3][i % 3] = static_cast<float>(covariance[i / 3][i % 3]);
  MagnitudeStatistics magnitudes(prior.colours, prior.height, prior.width);
  for (const fs::path& path : pictures) magnitudes.add(fit_to_network(read_image(path), arguments.size));
  prior.magnitude = magnitudes.mean();
  write_prior(prior, arguments.output);
  if (!arguments.quiet) {
    say(stdout, "colours and spectra of {} picture{} at {}x{}: {}\n", prior.pictures,
        prior.pictures == 1 ? "" : "s", prior.height, prior.width, arguments.output);
  }
  return pictures.size() == asked ? 0 : 2;
}

}  // namespace

void add_prior_command(CLI::App& program) {
  auto arguments = std::make_shared<PriorArguments>();
  CLI::App* command = program.add_subcommand("prior", "Colours and spectra of pictures of your own");
  command->require_subcommand(1);
  CLI::App* fit = command->add_subcommand(
      "fit", "Fit the colour covariance and the mean spectrum magnitude of a folder's pictures");
  fit->add_option("folder", arguments->folder, "Folder of pictures")->required()->type_name("DIR");
  fit->add_option("-o,--output", arguments->output, "HDF5 file, for --colour and --prior")
      ->required()
      ->type_name("FILE");
  fit->add_option("--size", arguments->size,
                  "Side to which the largest centred square of each picture is resampled")
      ->capture_default_str()
      ->type_name("PIXELS");
  fit->add_flag("-q,--quiet", arguments->quiet, "No summary");
  fit->footer(
      "A picture that cannot be read is named on standard error and left out; the exit code is then 2.\n\n"
      "Examples:\n"
      "  limpid prior fit photos -o prior.h5\n"
      "  limpid render mixed4a:11 --colour prior.h5\n"
      "  limpid render mixed4a:11 --param maco --prior prior.h5");
  fit->callback([arguments] {
    if (const int code = fit_prior(*arguments); code != 0) throw ExitCode{code};
  });
}

}  // namespace limpid
