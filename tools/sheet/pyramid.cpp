#include "tools/sheet/pyramid.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "kernels/core/file_errors.h"
#include "tools/sheet/srgb.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

PictureSize half(PictureSize size) {
  return {(size.height + 1) / 2, (size.width + 1) / 2};
}

}  // namespace

PyramidWriter::PyramidWriter(fs::path folder, PictureFormat format, int side, PictureSize size)
    : format_(format), side_(side), light_(static_cast<std::size_t>(size.width) * 3) {
  for (int block = 1;; block *= 2) {
    Level& level = levels_.emplace_back();
    level.size = size;
    level.block = block;
    level.band = Rgb8(std::min(side, size.height), size.width);
    level.sum.resize(level.band.row_bytes());
    if (size == PictureSize{1, 1}) break;
    size = half(size);
  }
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    levels_[i].folder = folder / std::to_string(levels_.size() - 1 - i);
    std::error_code error;
    fs::create_directories(levels_[i].folder, error);
    if (error) fail_write(levels_[i].folder, error.value());
  }
}

void PyramidWriter::write_row(const std::uint8_t* row) {
  Level& sheet = levels_.front();
  const auto& linear = srgb_to_linear();
  std::transform(row, row + light_.size(), light_.begin(), [&](std::uint8_t value) { return linear[value]; });
  std::copy_n(row, light_.size(), sheet.band.row(sheet.rows % side_));
  row_done(sheet);
  reduce(1, light_, 1);
}

void PyramidWriter::reduce(std::size_t index, const std::vector<float>& sums, int rows) {
  if (index == levels_.size()) return;
  Level& level = levels_[index];
  for (std::size_t i = 0; i < sums.size(); ++i) {
    // Pixels 2 x and 2 x + 1 of the level above are pixel x here.
    level.sum[i / 6 * 3 + i % 3] += sums[i];
  }
  level.summed += rows;
  const PictureSize& sheet = levels_.front().size;
  const int expected = std::min(level.block, sheet.height - level.rows * level.block);
  if (level.summed < expected) return;
  encode_row(level);
  row_done(level);
  reduce(index + 1, level.sum, level.summed);
  std::fill(level.sum.begin(), level.sum.end(), 0.0F);
  level.summed = 0;
}

void PyramidWriter::encode_row(Level& level) {
  std::uint8_t* pixel = level.band.row(level.rows % side_);
  const float* sum = level.sum.data();
  for (int x = 0; x < level.size.width; ++x, pixel += 3, sum += 3) {
    // The last pixels of a row or column cover less than a whole block.
    const int columns = std::min(level.block, levels_.front().size.width - x * level.block);
    const float scale = 1 / (static_cast<float>(columns) * static_cast<float>(level.summed));
    for (int c = 0; c < 3; ++c) pixel[c] = linear_to_srgb(sum[c] * scale);
  }
}

void PyramidWriter::row_done(Level& level) {
  ++level.rows;
  const int filled = level.rows % side_ == 0 ? side_ : level.rows % side_;
  if (filled < side_ && level.rows < level.size.height) return;
  for (int column = 0; column * side_ < level.size.width; ++column) {
    write_tile(level, (level.rows - 1) / side_, column, filled);
  }
}

void PyramidWriter::write_tile(const Level& level, int row, int column, int height) const {
  const fs::path path = level.folder / fmt::format("{}_{}.{}", column, row, extension_of(format_));
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wbe"));
  if (!file) fail_write(path, errno);
  const int width = std::min(side_, level.size.width - column * side_);
  const auto writer = make_row_writer(format_, file.get(), path.string(), {height, width});
  for (int y = 0; y < height; ++y) {
    writer->write_row(level.band.row(y) + std::ptrdiff_t{3} * column * side_);
  }
  writer->finish();
  if (std::fflush(file.get()) != 0) fail_write(path, errno);
}

}  // namespace limpid
