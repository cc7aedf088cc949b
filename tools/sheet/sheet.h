// Sheets and sprite sheets in files.
#pragma once

#include <filesystem>
#include <vector>

#include "tools/sheet/sheet_options.h"

namespace limpid {

/// Throws Error{usage} unless the name ends as a sheet's may and its folder can be written to: asked before
/// a store is read.
void check_sheet_output(const std::filesystem::path& path);

/// Writes one picture, PNG, JPEG or WebP by the extension: the whole file or nothing. Memory holds one row of
/// tiles (WebP: the picture). Throws Error{usage} as `check_sheet_output`, for options out of range, where
/// there is no tile and for a sheet too large for one picture; and what reading a tile throws.
void write_sheet(const TileSet& set, const SheetOptions& options, const std::filesystem::path& path);

/// Longest side of a sprite sheet: what graphics processors of phones take as one texture.
inline constexpr int kMaxSpriteSide = 4096;

/// Writes the finished tiles without labels, title and gaps, and beside each picture what lies where (see
/// tiles_json.h), with its extension ".json". What does not fit into one picture goes into several,
/// "a-1.png", "a-2.png". Columns are chosen unless given; the sheet's order holds. Returns the names of the
/// pictures. Throws as `write_sheet`.
std::vector<std::filesystem::path> write_sprites(const TileSet& set, const SheetOptions& options,
                                                 const std::filesystem::path& path);

}  // namespace limpid
