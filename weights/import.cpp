#include "weights/import.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "kernels/core/error.h"
#include "weights/caffe_importer.h"
#include "weights/file_bytes.h"
#include "weights/file_kind.h"
#include "weights/hdf5_file.h"
#include "weights/input_rule.h"
#include "weights/labels.h"
#include "weights/npz_importer.h"
#include "weights/onnx_importer.h"
#include "weights/pth_importer.h"
#include "weights/safetensors_file.h"
#include "weights/safetensors_importer.h"
#include "weights/sha256.h"
#include "weights/tensorflow_importer.h"
#include "weights/validate.h"
#include "weights/zip_archive.h"

namespace limpid {
namespace {

constexpr std::string_view kZipSignature = "PK\x03\x04";

/// Labels that lie beside a .caffemodel, if they fit: a folder may hold lists of other networks too.
std::vector<std::string> neighbouring_labels(const std::filesystem::path& path, int classes) {
  const std::filesystem::path neighbour = path.parent_path() / "synset_words.txt";
  std::error_code error;
  if (!std::filesystem::exists(neighbour, error)) return {};
  std::vector<std::string> labels = read_labels(neighbour);
  if (labels.size() != static_cast<std::size_t>(classes)) labels.clear();
  return labels;
}

Model import_caffe(const std::filesystem::path& path, const ImportOptions& options, ImportReport& report) {
  Model model = import_caffemodel(path, &report);
  if (!options.labels) model.classes = neighbouring_labels(path, model.class_count());
  return model;
}

Model import_zip(const std::filesystem::path& path, const ImportOptions& options, ImportReport& report) {
  const ZipArchive archive(path);
  if (is_pth(archive)) return import_pth(path, options.family, &report);
  const std::vector<std::string> names = archive.names();
  const bool any_array =
      std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.ends_with(".npy"); });
  if (!any_array) {
    fail_input(
        "{}: a zip archive of neither numpy's arrays nor PyTorch's tensors; unpack it if it holds weights",
        path.string());
  }
  return import_npz(path, options.family, &report);
}

bool is_zip(std::string_view first_bytes) {
  return first_bytes.starts_with(kZipSignature);
}

/// A format of weights.
struct Format {
  bool (*is)(std::string_view first_bytes);
  bool certain;     ///< Whether `is` tells it from every other kind of file; else `refuse_foreign` is asked.
  bool any_family;  ///< Whether the file leaves it to the user which family's rules hold.
  bool settles_input;  ///< Whether `read` makes the input that is asked for.
  Model (*read)(const std::filesystem::path& path, const ImportOptions& options, ImportReport& report);
};

using Path = std::filesystem::path;

/// Those that are certain before those that are guessed; what is none of them is a .caffemodel, or nothing.
constexpr std::array kFormats = {
    Format{is_hdf5, true, false, false,
           [](const Path& path, const ImportOptions&, ImportReport&) { return read_model(path); }},
    Format{is_zip, true, true, false, import_zip},
    Format{is_safetensors, true, true, false,
           [](const Path& path, const ImportOptions& options, ImportReport& report) {
             return import_safetensors(path, options.family, &report);
           }},
    Format{is_onnx, false, true, true,
           [](const Path& path, const ImportOptions& options, ImportReport& report) {
             return import_onnx(path, options.family, &report, options.input);
           }},
    Format{is_graph_def, false, false, false,
           [](const Path& path, const ImportOptions&, ImportReport& report) {
             return import_graph_def(path, &report);
           }},
    Format{[](std::string_view) { return true; }, false, false, false, import_caffe},
};

/// Gives the model the input that was asked for, and tells what was assumed of it otherwise.
void settle_input(Model& model, const ImportOptions& options, const std::filesystem::path& path,
                  bool is_settled, ImportReport& report) {
  if (report.input_rule.empty()) {
    if (!options.input.empty())
      fail_usage("{}: it says itself what its input is; leave out --input", path.string());
    return;
  }
  if (!options.input.empty()) {
    const InputRule& asked = input_rule(options.input);
    if (!is_settled) replace_input(model, input_rule(report.input_rule), asked, path.string());
    report.input_rule = asked.name;
    return;
  }
  std::string assumption = describe_input(input_rule(report.input_rule));
  if (model.provenance.family == "torchvision_googlenet" && report.input_rule == "half") {
    assumption +=
        ", which is what transform_input=True makes, as torchvision's published weights have it; --input imagenet is "
        "for False";
  }
  report.assumed.push_back(std::move(assumption));
}

}  // namespace

Model import_model(const std::filesystem::path& path, const ImportOptions& options, ImportReport* report) {
  const std::string start = read_bytes(path, kFileKindStart);
  refuse_legacy_pth(start, path);
  const Format& format =
      *std::ranges::find_if(kFormats, [&](const Format& known) { return known.is(start); });
  if (!format.certain) refuse_foreign(start, path);
  if (!options.family.empty() && !format.any_family) {
    fail_usage("{}: its format says which family it is; leave out --family", path.string());
  }
  if (!options.input.empty()) input_rule(options.input);
  ImportReport told;
  Model model = format.read(path, options, told);
  settle_input(model, options, path, format.settles_input, told);
  if (!is_hdf5(start) && model.provenance.sha256.empty()) model.provenance.sha256 = sha256_of_file(path);
  if (options.labels) {
    model.classes = read_labels(*options.labels);
    validate(model, options.labels->string());
  }
  if (report != nullptr) *report = std::move(told);
  return model;
}

}  // namespace limpid
