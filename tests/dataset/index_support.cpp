#include "tests/dataset/index_support.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <utility>

#include "engine/pictures/image_file.h"
#include "engine/pictures/png.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;

class Listener final : public BuildObserver {
 public:
  Listener(IndexBuild& build, std::size_t stop_after, std::atomic<bool>& stop)
      : build_(build), stop_after_(stop_after), stop_(stop) {}
  void pictures(std::size_t looked_at, std::size_t) override {
    if (stop_after_ > 0 && looked_at >= stop_after_) stop_ = true;
  }
  void passed_over(const std::string& message) override { build_.passed_over.push_back(message); }

 private:
  IndexBuild& build_;
  std::size_t stop_after_;
  std::atomic<bool>& stop_;
};

}  // namespace

std::shared_ptr<const Model> index_model() {
  static const auto model = std::make_shared<const Model>(narrow_model("bvlc_googlenet"));
  return model;
}

Image noise_picture(unsigned seed) {
  std::mt19937 random(seed);
  const int height = 30 + static_cast<int>(random() % 40), width = 30 + static_cast<int>(random() % 40);
  Image image{height, width, {}};
  std::array<float, 300> grid{};
  for (float& value : grid) value = static_cast<float>(random() % 256) / 255;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c)
        image.rgb.push_back(grid[static_cast<std::size_t>((y / 8 * 10 + x / 8) * 3 + c)]);
    }
  }
  return image;
}

std::vector<std::string> write_pictures(const fs::path& folder) {
  fs::create_directories(folder / "below");
  std::vector<std::string> paths;
  for (unsigned i = 0; i < 17; ++i) {
    const fs::path path =
        folder / (i % 3 == 0 ? "below" : ".") / fmt::format("{}.{}", i, i % 5 == 1 ? "jpg" : "png");
    const fs::path png =
        path.extension() == ".jpg" && i >= 14 ? fs::path(path).replace_extension(".png") : path;
    // Pictures that no value tells apart: only the bytes of their files do.
    write_image(png.lexically_normal(), noise_picture(std::min(i, 14U)), {{"Comment", fmt::format("{}", i)}});
    paths.push_back(png.lexically_normal().string());
  }
  return paths;
}

std::string tar_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string tar;
  for (const auto& [name, bytes] : files) {
    std::string header(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, fmt::format("{:011o}", bytes.size()));
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    put(148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
    tar += header + bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
  }
  return tar + std::string(1024, '\0');
}

IndexBuild build(const std::vector<std::string>& sources, const fs::path& index,
                 const IndexBuildOptions& options, std::size_t stop_after) {
  const auto model = index_model();
  IndexManifest manifest;
  manifest.program_version = "0";
  manifest.weights = {std::string(64, 'a'), "bvlc_googlenet", "narrow.h5", "narrow.h5"};
  manifest.device = "cpu";
  manifest.precision = "fp32";
  manifest.size = kIndexSide;
  manifest.reading = options.reading;
  manifest.layers = example_layers(*model, options.layers, kIndexSide);
  manifest.folder = fs::relative(fs::current_path(), fs::absolute(index)).string();

  IndexBuild result;
  std::atomic<bool> stop = false;
  Listener listener(result, stop_after, stop);
  IndexWriter writer(index, manifest, options.resume);
  result.warnings = writer.warnings();
  StreamOptions stream{options.shard, kIndexSide, manifest.fit, options.threads};
  result.report = build_index(model, manifest, dataset_files(sources), std::move(stream),
                              {options.batch, options.strict, {"cpu", Precision::fp32, options.threads}},
                              writer, listener, stop);
  return result;
}

}  // namespace limpid::testing
