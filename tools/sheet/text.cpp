#include "tools/sheet/text.h"

#include <stb/stb_truetype.h>

#include <cmath>
#include <vector>

#include "kernels/core/error.h"
#include "tools/sheet/canvas.h"
#include "tools/sheet/embedded_font.h"

namespace limpid {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::string_view kEllipsis = "\u2026";

/// The character that begins at `index`, which moves behind it.
char32_t next_character(std::string_view text, std::size_t& index) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(index++);
  if (first < 0x80) return first < 0x20 || first == 0x7F ? U' ' : first;
  const int following = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  if (first < 0xC2 || first > 0xF4) return kReplacement;
  char32_t character = first & (0x3FU >> following);
  for (int i = 0; i < following; ++i) {
    if (index == text.size() || (byte(index) & 0xC0U) != 0x80U) return kReplacement;
    character = character << 6U | (byte(index++) & 0x3FU);
  }
  return character;
}

}  // namespace

struct Font::State {
  stbtt_fontinfo font{};
  float scale = 0;
  int ascent = 0;
  int line_height = 0;

  /// Calls `visit(glyph, x)` with each glyph of the text and its place; returns where the text ends.
  template <class Visit>
  float set(std::string_view text, float x, const Visit& visit) const {
    int previous = 0;
    for (std::size_t index = 0; index < text.size();) {
      const int glyph = stbtt_FindGlyphIndex(&font, static_cast<int>(next_character(text, index)));
      if (previous != 0) x += scale * static_cast<float>(stbtt_GetGlyphKernAdvance(&font, previous, glyph));
      visit(glyph, x);
      int advance = 0;
      int bearing = 0;
      stbtt_GetGlyphHMetrics(&font, glyph, &advance, &bearing);
      x += scale * static_cast<float>(advance);
      previous = glyph;
    }
    return x;
  }

  void draw_glyph(Rgb8& canvas, int glyph, float x, int baseline, SheetColour colour) const {
    const float whole = std::floor(x);
    const float shift = x - whole;
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;
    stbtt_GetGlyphBitmapBoxSubpixel(&font, glyph, scale, scale, shift, 0, &left, &top, &right, &bottom);
    const int width = right - left;
    const int height = bottom - top;
    if (width <= 0 || height <= 0) return;
    std::vector<std::uint8_t> coverage(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    stbtt_MakeGlyphBitmapSubpixel(&font, coverage.data(), width, height, width, scale, scale, shift, 0,
                                  glyph);
    const std::uint8_t* value = coverage.data();
    for (int row = 0; row < height; ++row) {
      for (int column = 0; column < width; ++column) {
        blend(canvas, baseline + top + row, static_cast<int>(whole) + left + column, colour, *value++);
      }
    }
  }
};

Font::Font(float pixels) : state_(std::make_unique<State>()) {
  if (stbtt_InitFont(&state_->font, embedded_font().data(), 0) == 0) {
    fail_runtime("the font inside this program is damaged");
  }
  state_->scale = stbtt_ScaleForPixelHeight(&state_->font, pixels);
  int ascent = 0;
  int descent = 0;
  int line_gap = 0;
  stbtt_GetFontVMetrics(&state_->font, &ascent, &descent, &line_gap);
  state_->ascent = static_cast<int>(std::ceil(state_->scale * static_cast<float>(ascent)));
  state_->line_height =
      state_->ascent + static_cast<int>(std::ceil(-state_->scale * static_cast<float>(descent)));
}

Font::Font(Font&&) noexcept = default;
Font::~Font() = default;

int Font::ascent() const {
  return state_->ascent;
}

int Font::line_height() const {
  return state_->line_height;
}

int Font::width(std::string_view text) const {
  return static_cast<int>(std::ceil(state_->set(text, 0, [](int, float) {})));
}

std::string Font::fit(std::string_view text, int pixels) const {
  if (width(text) <= pixels) return std::string(text);
  std::string best;
  for (std::size_t index = 0; index < text.size();) {
    std::string candidate = std::string(text.substr(0, index)).append(kEllipsis);
    if (width(candidate) > pixels) break;
    best = std::move(candidate);
    next_character(text, index);
  }
  return best;
}

std::string Font::fit_end(std::string_view text, int pixels) const {
  if (width(text) <= pixels) return std::string(text);
  for (std::size_t index = 0; index < text.size();) {
    next_character(text, index);
    std::string candidate = std::string(kEllipsis).append(text.substr(index));
    if (width(candidate) <= pixels) return candidate;
  }
  return {};
}

void Font::draw(Rgb8& canvas, int y, int x, std::string_view text, SheetColour colour) const {
  const int baseline = y + state_->ascent;
  state_->set(text, static_cast<float>(x),
              [&](int glyph, float place) { state_->draw_glyph(canvas, glyph, place, baseline, colour); });
}

}  // namespace limpid
