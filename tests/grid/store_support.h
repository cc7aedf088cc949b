// What the tests of the store share: a manifest, tiles that follow from it, folders to compare.
#pragma once

#include <map>
#include <set>
#include <string>

#include "engine/grid/tile_store.h"
#include "tests/weights/support.h"

namespace limpid::testing {

/// Jobs of two sizes and of several numbers of steps.
Manifest small_manifest(int jobs = 12);

/// The same for a store that keeps parameters; of both kinds, so that rows of one group differ in length.
Manifest manifest_with_parameters(int jobs = 12);

/// The tile that job always has. Every seventh failed.
StoredTile tile_of(const Manifest& manifest, std::int64_t job);

/// Does what a grid does: opens the store, makes what is missing, merges and joins.
void fill_store(const std::filesystem::path& folder, const Manifest& manifest,
                const std::string& writer = "w");

/// Name and content of every file in the folder.
std::map<std::string, std::string> contents(const std::filesystem::path& folder);

/// 0, 1, ..., count - 1.
std::set<std::int64_t> all_jobs(const Manifest& manifest);

/// Every finished tile is the one its job has.
void expect_tiles_true(const TileReader& reader);

}  // namespace limpid::testing
