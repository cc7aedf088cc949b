// What a store says of itself, so that nobody has to say it again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/grid/manifest.h"

namespace limpid {

/// Whether an entry names a store, "mixed4a.limpid" or "mixed4a.limpid/", not a target or a list of jobs.
bool names_store(const std::string& name);

/// The weights that the tiles of a store are made with: the file they were read from, looked up as files of
/// jobs are (job_files.h), or else those used by default where they are the same. Throws Error{input} naming the
/// weights where neither is there.
std::filesystem::path weights_of_store(const Manifest& manifest, const std::filesystem::path& store);

/// How a store that is added to names a file that is called `name` from the working directory: from the folder that
/// the store looks names up in, wherever whoever adds to it works.
std::string name_in_store(const std::string& name, const Manifest& manifest,
                          const std::filesystem::path& store);

/// Throws Error{usage} naming the first of these options of `limpid grid` ("--steps") that asks for another
/// picture than a job of the store is: `asked` is what all options together say.
void check_options_of_store(const std::vector<std::string>& given, const RenderOptions& asked,
                            const Manifest& manifest);

}  // namespace limpid
