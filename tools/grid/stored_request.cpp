#include "tools/grid/stored_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "engine/grid/job_json.h"
#include "engine/options/option_table.h"
#include "kernels/core/error.h"
#include "weights/locate.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;
using Json = JsonField::Json;

/// The field of a job that an option sets.
std::string field_of(const std::string& option) {
  const std::span<const OptionRow> rows = option_table();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const OptionRow& one) { return one.long_flag() == option; });
  return row == rows.end() ? std::string() : std::string(row->key);
}

/// The fields in which a job with these options differs from one without any: what a preset says.
std::vector<std::string> fields_said(const Json& asked) {
  RenderOptions plain;
  plain.objective = channel_objective("conv2d0", 0);
  const Json usual = job_to_json(plain);
  std::vector<std::string> fields = {"transforms"};
  for (auto it = asked.begin(); it != asked.end(); ++it) {
    if (it.key() != "objective" && (!usual.contains(it.key()) || usual.at(it.key()) != it.value())) {
      fields.push_back(it.key());
    }
  }
  return fields;
}

std::string text_of(const Json& job, const std::string& field) {
  return job.contains(field) ? job.at(field).dump(-1, ' ', false, Json::error_handler_t::replace)
                             : "the default";
}

}  // namespace

bool names_store(const std::string& name) {
  const fs::path folder = name;
  return (folder.has_filename() ? folder : folder.parent_path()).extension() == ".limpid";
}

fs::path weights_of_store(const Manifest& manifest, const fs::path& store) {
  const WeightsIdentity& weights = manifest.weights;
  if (!weights.file.empty()) {
    try {
      const fs::path folder = manifest.folder.empty() ? fs::path() : store / manifest.folder;
      return find_recorded_file(weights.file, weights.sha256, folder).path;
    } catch (const Error&) {
      // They may have become the usual ones.
    }
  }
  try {
    const fs::path usual = locate_weights();
    if (sha256_of_file(usual) == weights.sha256) return usual;
  } catch (const Error&) {
    // There are none.
  }
  fail_input("'{}' was begun with the weights '{}' (SHA-256 {}...), which are not there: say with --weights",
             store.string(), weights.file.empty() ? weights.name : weights.file,
             weights.sha256.substr(0, 12));
}

std::string name_in_store(const std::string& name, const Manifest& manifest, const fs::path& store) {
  if (fs::path(name).is_absolute()) return name;
  // Stores that do not say look only in the working directory.
  if (manifest.folder.empty()) return fs::absolute(name).string();
  const fs::path folder = fs::weakly_canonical(fs::absolute(store) / manifest.folder);
  const fs::path from_there = fs::current_path().lexically_relative(folder);
  return from_there == "." ? name : (from_there / name).lexically_normal().string();
}

void check_options_of_store(const std::vector<std::string>& given, const RenderOptions& options,
                            const Manifest& manifest) {
  RenderOptions any = options;
  any.objective = channel_objective("conv2d0", 0);
  const Json asked = job_to_json(any);
  for (const std::string& option : given) {
    const std::vector<std::string> fields =
        option == "--preset" ? fields_said(asked) : std::vector{field_of(option)};
    for (std::size_t i = 0; i < manifest.jobs.size(); ++i) {
      const Json stored = job_to_json(manifest.jobs[i]);
      for (const std::string& field : fields) {
        const std::string in_store = text_of(stored, field);
        const std::string wanted = text_of(asked, field);
        if (in_store == wanted) continue;
        fail_usage("{}: {} of job {} ({}) is {} in the store, {} asked for; --resume needs the store alone",
                   option, field, i, to_string(manifest.jobs[i].objective), in_store, wanted);
      }
    }
  }
}

}  // namespace limpid
