// Names of pictures in a gallery: the end of their permanent addresses.
#pragma once

#include <string>
#include <vector>

#include "engine/limpid.hpp"

namespace limpid {

/// What a picture is of: its objective without the sign, "mixed4a:11" for -mixed4a:11 too. Pictures of one
/// subject are siblings.
std::string subject(const RenderOptions& options);

/// A unique name for each job: its objective, "mixed4a:11"; "mixed4a:11~3" with the seed where several share
/// the objective; "mixed4a:11~3~2" for the second of those that share the seed too.
std::vector<std::string> picture_keys(const std::vector<RenderOptions>& jobs);

}  // namespace limpid
