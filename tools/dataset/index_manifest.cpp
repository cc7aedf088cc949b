#include "tools/dataset/index_manifest.h"

#include <climits>
#include <system_error>

#include "engine/grid/json_field.h"
#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/core/names.h"
#include "tools/dataset/index_schema.h"
#include "weights/file_bytes.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace is = index_schema;
using Json = JsonField::Json;

std::string text_of(const Json& json) {
  // A file name may be no UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json layer_json(const ExampleLayer& layer) {
  return {{"name", layer.name},
          {"channels", layer.channels},
          {"map", {layer.height, layer.width}},
          {"field", {layer.field.size, layer.field.step, layer.field.start}}};
}

ExampleLayer layer_from(const JsonField& json) {
  const auto number = [&](const char* name, std::size_t i, int least) {
    const JsonField list = json.member(name);
    if (list.size() <= i) list.fail("more numbers");
    return static_cast<int>(list.element(i).integer(least, INT_MAX));
  };
  return {json.member("name").string(),
          static_cast<int>(json.member("channels").integer(1, INT_MAX)),
          number("map", 0, 1),
          number("map", 1, 1),
          {number("field", 0, 1), number("field", 1, 1), number("field", 2, INT_MIN)}};
}

IndexManifest manifest_from(const JsonField& root) {
  const std::int64_t version = root.member(is::kVersion).integer(0, INT_MAX);
  if (version != is::kIndexVersion) {
    fail_input("{}: an index of version {}; this program reads and writes version {}", root.file(), version,
               is::kIndexVersion);
  }
  IndexManifest manifest;
  manifest.program_version = root.member("program").string();
  const JsonField weights = root.member("weights");
  manifest.weights = {weights.member("sha256").string(), weights.member("family").string(),
                      weights.member("name").string(), weights.member("file").string()};
  manifest.device = root.member("device").string();
  manifest.precision = root.member("precision").string();
  manifest.size = static_cast<int>(root.member("size").integer(1, kLargestSide));
  const std::optional<Fit> fit = named<Fit>(root.member("fit").string());
  if (!fit) root.member("fit").fail("crop, pad or stretch");
  manifest.fit = *fit;
  manifest.reading = is::kFirstReading;
  if (root.value().contains(is::kReading))
    manifest.reading = static_cast<int>(root.member(is::kReading).integer(is::kFirstReading + 1, INT_MAX));
  manifest.folder = root.member("folder").string();
  const JsonField layers = root.member("layers");
  for (std::size_t i = 0; i < layers.size(); ++i) manifest.layers.push_back(layer_from(layers.element(i)));
  return manifest;
}

}  // namespace

std::string index_manifest_text(const IndexManifest& manifest) {
  std::string text = "{\n";
  const auto add = [&](std::string_view name, const Json& value) {
    text += fmt::format("  \"{}\": {},\n", name, text_of(value));
  };
  add(is::kVersion, is::kIndexVersion);
  add("program", manifest.program_version);
  add("weights", {{"sha256", manifest.weights.sha256},
                  {"family", manifest.weights.family},
                  {"name", manifest.weights.name},
                  {"file", manifest.weights.file}});
  add("device", manifest.device);
  add("precision", manifest.precision);
  add("size", manifest.size);
  add("fit", name_of(manifest.fit));
  if (manifest.reading != is::kFirstReading) add(is::kReading, manifest.reading);
  add("folder", manifest.folder);
  text += "  \"layers\": [";
  std::string_view separator = "\n";
  for (const ExampleLayer& layer : manifest.layers) {
    text += fmt::format("{}    {}", separator, text_of(layer_json(layer)));
    separator = ",\n";
  }
  return text + "\n  ]\n}\n";
}

IndexManifest read_index_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / is::kManifestName;
  std::error_code error;
  if (std::filesystem::status(file, error).type() == std::filesystem::file_type::not_found) {
    fail_input("'{}' is no index of examples: it has no {}; `limpid examples build` makes one",
               folder.string(), is::kManifestName);
  }
  const Json document = JsonField::parse(read_bytes(file), file.string());
  return manifest_from(JsonField(document, file.string(), ""));
}

std::string settings_digest(const IndexManifest& manifest) {
  Json settings = {manifest.weights.sha256, manifest.device, manifest.precision, manifest.size,
                   name_of(manifest.fit)};
  if (manifest.reading != is::kFirstReading) settings.push_back(manifest.reading);
  for (const ExampleLayer& layer : manifest.layers) settings.push_back(layer_json(layer));
  return sha256_of_bytes(text_of(settings));
}

std::string difference(const IndexManifest& stored, const IndexManifest& asked, const std::string& in_store,
                       const std::string& here) {
  const auto differ = [&](std::string_view what, const auto& one, const auto& other) {
    return fmt::format("{}: {} in {}, {} {}", what, one, in_store, other, here);
  };
  if (stored.weights.sha256 != asked.weights.sha256) {
    const auto shown = [](const WeightsIdentity& weights) {
      return fmt::format("{} ({}, SHA-256 {}...)", weights.name, weights.family,
                         weights.sha256.substr(0, 12));
    };
    return differ("weights", shown(stored.weights), shown(asked.weights));
  }
  if (stored.device != asked.device) return differ("device", stored.device, asked.device);
  if (stored.precision != asked.precision) return differ("precision", stored.precision, asked.precision);
  if (stored.size != asked.size) return differ("size", stored.size, asked.size);
  if (stored.fit != asked.fit) return differ("fit", name_of(stored.fit), name_of(asked.fit));
  if (stored.reading != asked.reading)
    return differ("how pictures are read (2: by their colour profiles)", stored.reading, asked.reading);
  if (stored.layers != asked.layers) {
    const auto names = [](const IndexManifest& manifest) {
      std::string text;
      for (const ExampleLayer& layer : manifest.layers)
        text += fmt::format("{}{}", text.empty() ? "" : ",", layer.name);
      return text;
    };
    return differ("layers", names(stored), names(asked));
  }
  return {};
}

}  // namespace limpid
