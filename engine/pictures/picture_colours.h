// What a reader of pictures makes of their colours.
#pragma once

namespace limpid {

enum class PictureColours {
  srgb,    ///< Those of sRGB, by the file's colour profile where it has one.
  stored,  ///< The file's numbers, whatever its profile says of them: for what is no picture, as masks.
};

}  // namespace limpid
