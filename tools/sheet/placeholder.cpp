#include "tools/sheet/placeholder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "tools/sheet/canvas.h"
#include "tools/sheet/text.h"

namespace limpid {
namespace {

/// Words put into lines no wider than `width`; the last of at most `most` lines ends in an ellipsis where
/// words are left.
std::vector<std::string> wrap(const Font& font, std::string_view text, int width, int most) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const std::string longer = line.empty() ? std::string(word) : fmt::format("{} {}", line, word);
    if (!line.empty() && font.width(longer) > width) {
      if (static_cast<int>(lines.size()) + 1 >= most) {
        lines.push_back(font.fit(fmt::format("{} {}", line, text), width));
        return lines;
      }
      lines.push_back(font.fit(line, width));
      line = word;
    } else {
      line = longer;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty() && static_cast<int>(lines.size()) < most) lines.push_back(font.fit(line, width));
  return lines;
}

}  // namespace

void draw_placeholder(Rgb8& canvas, const Rect& place, const Tile& tile, const Theme& theme) {
  fill(canvas, place, theme.empty);
  const int shorter = std::min(place.height, place.width);
  const Font font(static_cast<float>(std::lround(std::clamp(shorter * 0.12, 11.0, 26.0))));
  const int padding = std::max(2, shorter / 16);
  const int width = place.width - 2 * padding;
  const int room = (place.height - 2 * padding) / font.line_height();
  if (room < 1 || width < font.line_height()) return;

  const bool failed = tile.status == TileStatus::failed;
  std::vector<std::string> lines = wrap(font, failed ? "failed" : "not rendered", width, room);
  const std::size_t heading = lines.size();
  if (failed && room > 1) {
    const std::vector<std::string> reason = wrap(font, tile.failure, width, room - 1);
    lines.insert(lines.end(), reason.begin(), reason.end());
  }
  int y = place.y + (place.height - static_cast<int>(lines.size()) * font.line_height()) / 2;
  for (std::size_t i = 0; i < lines.size(); ++i, y += font.line_height()) {
    const int x = place.x + (place.width - font.width(lines[i])) / 2;
    font.draw(canvas, y, x, lines[i], failed && i < heading ? theme.failed : theme.faint);
  }
}

}  // namespace limpid
