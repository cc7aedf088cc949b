// Which weights are used when the user names none.
#pragma once

#include <filesystem>
#include <optional>

namespace limpid {

/// The weights file to use: `given`; else $LIMPID_WEIGHTS; else what tools/get-weights put into the user's
/// cache directory ($XDG_CACHE_HOME/limpid or ~/.cache/limpid: bvlc_googlenet.h5, then inception5h.h5); else
/// default.h5 in share/limpid of liblimpid, then of the program; in another project that builds limpid, of its sources.
///
/// A `given` name without a folder that is not in the current one may be that of a file at those places: so a
/// recorded `--weights default.h5` works anywhere. Otherwise `given` and $LIMPID_WEIGHTS are returned whether or not
/// they exist: the reader's error names them. Throws Error{input} listing what was tried when nothing is found.
std::filesystem::path locate_weights(const std::optional<std::filesystem::path>& given = std::nullopt);

/// The user's cache directory for limpid; empty when neither $XDG_CACHE_HOME nor $HOME is set.
std::filesystem::path cache_directory();

}  // namespace limpid
