#include "tools/dataset/merge_indexes.h"

#include <memory>
#include <system_error>

#include "engine/grid/durable_file.h"
#include "kernels/core/error.h"
#include "tools/dataset/index_folder.h"
#include "tools/dataset/index_schema.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
namespace is = index_schema;

/// The path of a picture as one of an index whose relative paths begin in the working directory.
PicturePath from_working_directory(const IndexReader& index, const PicturePath& path) {
  return {path_from_here(path.file, index.folder(), index.manifest()), path.member};
}

}  // namespace

std::size_t merge_indexes(const std::vector<fs::path>& folders, const fs::path& to) {
  std::vector<std::unique_ptr<IndexReader>> indexes;
  std::vector<const UnitFile*> files;
  for (const fs::path& folder : folders) {
    const auto& index = indexes.emplace_back(std::make_unique<IndexReader>(folder));
    files.push_back(&index->files().front());
    const std::string found =
        difference(indexes.front()->manifest(), index->manifest(),
                   fmt::format("'{}'", folders.front().string()), fmt::format("in '{}'", folder.string()));
    if (!found.empty()) fail_usage("'{}' cannot be merged: {}", folder.string(), found);
  }
  std::error_code error;
  if (fs::exists(to, error)) fail_usage("'{}' is there already: choose another name", to.string());
  IndexManifest manifest = indexes.front()->manifest();
  manifest.folder = fs::relative(fs::current_path(), fs::absolute(to)).string();

  // It appears as a whole.
  Temporary folder(Temporary::Kind::folder, to);
  write_atomically(folder.path() / is::kManifestName, index_manifest_text(manifest));
  const UnitFileKind kind{settings_digest(manifest), manifest.layers};
  join_unit_files(folder.path() / is::kUnitsName, kind, files,
                  [&](std::size_t file, const PictureRecord& picture) {
                    return from_working_directory(*indexes[file], picture.path);
                  });
  const std::size_t pictures = UnitFile(folder.path() / is::kUnitsName, kind).pictures().size();
  folder.publish();
  return pictures;
}

}  // namespace limpid
