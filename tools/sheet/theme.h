// The colours of a sheet, from its background.
#pragma once

#include "tools/sheet/rgb8.h"

namespace limpid {

struct Theme {
  SheetColour background;
  SheetColour text;
  SheetColour faint;   ///< Values, legends.
  SheetColour empty;   ///< In place of a picture that is not there.
  SheetColour failed;  ///< Says that a job failed.
};

/// Light text on dark backgrounds, dark text on light ones.
Theme make_theme(SheetColour background);

}  // namespace limpid
