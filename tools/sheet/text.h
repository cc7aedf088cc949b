// Text in pictures.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/sheet/rgb8.h"

namespace limpid {

/// The embedded font at one size. Text is UTF-8; what is not, and characters the font lacks, show as its
/// "missing" box. Control characters show as spaces.
class Font {
 public:
  /// `pixels` is the distance from the top of the tallest letters to the bottom of the deepest.
  explicit Font(float pixels);
  Font(Font&&) noexcept;
  ~Font();

  int ascent() const;       ///< Pixels from the baseline to the top of a line.
  int line_height() const;  ///< Pixels from the top of a line to its bottom.

  /// Pixels from the start of the text to its end.
  int width(std::string_view text) const;

  /// The text, or as much of it as fits into `pixels` with an ellipsis; empty where not even that fits.
  std::string fit(std::string_view text, int pixels) const;

  /// The same, but with the end of the text behind the ellipsis.
  std::string fit_end(std::string_view text, int pixels) const;

  /// Draws one line whose top left corner is (y, x).
  void draw(Rgb8& canvas, int y, int x, std::string_view text, SheetColour colour) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace limpid
