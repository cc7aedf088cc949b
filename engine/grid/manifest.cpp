#include "engine/grid/manifest.h"

#include <utility>

#include "engine/grid/job_json.h"
#include "engine/image/image_kinds.h"
#include "engine/options/image_options.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "weights/append_layer.h"
#include "weights/inception_v1.h"
#include "weights/topology.h"

namespace limpid {
namespace {

using Json = JsonField::Json;

std::string dump(const Json& json) {
  // A file name may be no UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A network with room for any channel. The objectives of a manifest were checked against the model they are
/// for when it was written; looking at a store must not take that model.
const Model& widest_model() {
  static const Model model = [] {
    Model widest;
    widest.network = inception_v1({});
    constexpr int any_channel = 1 << 24;
    for (const LayerSpec& spec : inception_layers()) {
      widest.layers.push_back({spec.name, any_channel, 0, spec.size, {}, {}});
    }
    return widest;
  }();
  return model;
}

/// With room for appended layers too.
Model widest_model(const std::map<std::string, bool>& appended) {
  Model model = widest_model();
  for (const auto& [name, relu] : appended) {
    AppendedLayer layer;
    layer.reads = model.layers.front().name;
    layer.relu = relu;
    layer.conv = {name, model.layers.front().k, 0, 1, {}, {}};
    append_nodes(model.network, layer);
    model.layers.push_back(std::move(layer.conv));
  }
  return model;
}

/// What stores begun by former versions may not have.
std::string optional_text(const JsonField& object, const std::string& name) {
  return object.value().contains(name) ? object.member(name).string() : std::string();
}

/// Names the first member in which two jobs differ, its value in either written out; empty when none does.
std::string difference(const Json& stored, const Json& asked, const std::string& where) {
  const auto differ = [&](const std::string& name, const std::string& in_store, const std::string& wanted) {
    return fmt::format("{} of {}: {} in the store, {} asked for", name, where, in_store, wanted);
  };
  // What is as usual need not be there.
  constexpr const char* kAbsent = "the default";
  for (auto it = stored.begin(); it != stored.end(); ++it) {
    if (!asked.contains(it.key())) return differ(it.key(), dump(*it), kAbsent);
    const Json& other = asked.at(it.key());
    if (it.value() == other) continue;
    if (it.value().is_object() && other.is_object()) return it.key() + "." + difference(*it, other, where);
    return differ(it.key(), dump(*it), dump(other));
  }
  for (auto it = asked.begin(); it != asked.end(); ++it) {
    if (!stored.contains(it.key())) return differ(it.key(), kAbsent, dump(*it));
  }
  return {};
}

}  // namespace

std::map<std::string, bool> appended_names(const Model& model) {
  std::map<std::string, bool> names;
  for (ValueId id = widest_model().network.size(); id < model.network.size(); ++id) {
    if (const std::string& name = model.network.node(id).name; !name.empty())
      names[name] = model.network.has_relu(id);
  }
  return names;
}

std::size_t kept_parameters(const Manifest& manifest, const RenderOptions& job) {
  if (!manifest.keep_parameters) return 0;
  const std::int64_t parameters = parameter_layout(image_form(job), job.height, job.width).total();
  return static_cast<std::size_t>(job.images * parameters);
}

std::string manifest_text(const Manifest& manifest) {
  std::string text = "{\n";
  const auto add = [&](std::string_view name, const Json& value) {
    text += fmt::format("  \"{}\": {},\n", name, dump(value));
  };
  add("limpid_store", kStoreVersion);
  add("program", manifest.program_version);
  Json weights = {{"sha256", manifest.weights.sha256},
                  {"family", manifest.weights.family},
                  {"name", manifest.weights.name}};
  if (!manifest.weights.file.empty()) weights["file"] = manifest.weights.file;
  add("weights", weights);
  if (!manifest.folder.empty()) add("folder", manifest.folder);
  if (!manifest.files.empty()) add("files", manifest.files);
  add("device", manifest.device);
  add("precision", manifest.precision);
  if (manifest.batch > 0) add("batch", manifest.batch);
  add("keep_parameters", manifest.keep_parameters);
  if (!manifest.earlier.empty()) add("earlier", manifest.earlier);
  if (!manifest.appended.empty()) add("appended", manifest.appended);
  text += "  \"jobs\": [";
  std::string_view separator = "\n";
  for (const RenderOptions& job : manifest.jobs) {
    text += fmt::format("{}    {}", separator, dump(job_to_json(job)));
    separator = ",\n";
  }
  return text + "\n  ]\n}\n";
}

Manifest parse_manifest(std::string_view text, const std::string& file) {
  const Json document = JsonField::parse(text, file);
  const JsonField root(document, file, "");
  const std::int64_t version = root.member("limpid_store").integer(0, INT32_MAX);
  if (version != kStoreVersion) {
    fail_input("{}: a store of version {}; this program reads and writes version {}", file, version,
               kStoreVersion);
  }
  Manifest manifest;
  manifest.program_version = root.member("program").string();
  const JsonField weights = root.member("weights");
  manifest.weights = {weights.member("sha256").string(), weights.member("family").string(),
                      weights.member("name").string(), optional_text(weights, "file")};
  manifest.folder = optional_text(root, "folder");
  if (document.contains("files")) {
    root.member("files").for_each_member([&](const std::string& name, const JsonField& checksum) {
      manifest.files[name] = checksum.string();
    });
  }
  manifest.device = root.member("device").string();
  manifest.precision = root.member("precision").string();
  if (document.contains("batch")) {
    manifest.batch = static_cast<int>(root.member("batch").integer(1, kMostBatch));
  }
  // Stores begun before there was a choice do not have the field.
  manifest.keep_parameters = document.contains("keep_parameters") && root.member("keep_parameters").boolean();
  if (document.contains("earlier")) {
    const JsonField earlier = root.member("earlier");
    for (std::size_t i = 0; i < earlier.size(); ++i) manifest.earlier.push_back(earlier.element(i).string());
  }
  if (document.contains("appended")) {
    root.member("appended").for_each_member([&](const std::string& name, const JsonField& relu) {
      manifest.appended[name] = relu.boolean();
    });
  }
  const Model widest = widest_model(manifest.appended);
  const JsonField jobs = root.member("jobs");
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    manifest.jobs.push_back(job_from_json(jobs.element(i), widest));
  }
  return manifest;
}

std::string compare(const Manifest& stored, const Manifest& asked) {
  const auto differ = [](std::string_view what, const auto& in_store, const auto& wanted) {
    return fmt::format("{}: {} in the store, {} asked for", what, in_store, wanted);
  };
  if (stored.weights.sha256 != asked.weights.sha256 || stored.weights.family != asked.weights.family) {
    const auto shown = [](const WeightsIdentity& weights) {
      return fmt::format("{} ({}, SHA-256 {}...)", weights.name, weights.family,
                         weights.sha256.substr(0, 12));
    };
    return differ("weights", shown(stored.weights), shown(asked.weights));
  }
  if (stored.device != asked.device) return differ("device", stored.device, asked.device);
  if (stored.precision != asked.precision) return differ("precision", stored.precision, asked.precision);
  if (stored.keep_parameters != asked.keep_parameters) {
    return differ("keep_parameters", stored.keep_parameters, asked.keep_parameters);
  }
  if (stored.jobs.size() != asked.jobs.size()) return differ("jobs", stored.jobs.size(), asked.jobs.size());
  for (const auto& [name, checksum] : asked.files) {
    const auto found = stored.files.find(name);
    if (found == stored.files.end() || found->second == checksum) continue;
    return differ(fmt::format("'{}'", name), "SHA-256 " + found->second.substr(0, 12) + "...",
                  checksum.substr(0, 12) + "...");
  }
  for (std::size_t i = 0; i < stored.jobs.size(); ++i) {
    const std::string where = fmt::format("job {} ({})", i, to_string(stored.jobs[i].objective));
    const std::string found = difference(job_to_json(stored.jobs[i]), job_to_json(asked.jobs[i]), where);
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace limpid
