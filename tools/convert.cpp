// limpid convert: weights of another program into limpid's own file.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "tools/command.h"
#include "tools/output_file.h"
#include "weights/hdf5_file.h"
#include "weights/import.h"

namespace limpid {
namespace {

struct ConvertOptions {
  std::string source;
  std::string destination;
  std::string labels;
  std::string family;
  bool half = false;
};

void convert(const ConvertOptions& options) {
  check_writable(options.destination);
  ImportOptions given{std::nullopt, options.family};
  if (!options.labels.empty()) given.labels = options.labels;
  ImportReport report;
  const Model model = import_model(options.source, given, &report);
  write_model(model, options.destination, options.half ? StoredType::f16 : StoredType::f32);
  fmt::print("{}: {}, {} classes{}\n", options.destination, model.provenance.family, model.class_count(),
             model.classes.empty() ? " without labels (give --labels)" : "");
  if (!report.unused.empty()) {
    fmt::print("  left out, for limpid has no use for them: {}\n", fmt::join(report.unused, ", "));
  }
}

}  // namespace

void add_convert_command(CLI::App& program) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App* command = program.add_subcommand("convert", "Convert weights to limpid's HDF5 file");
  command
      ->add_option("source", options->source,
                   ".caffemodel, .pb, .onnx, .npz, .safetensors, .pth or .h5; recognised by content")
      ->required()
      ->type_name("FILE");
  command->add_option("destination", options->destination, "HDF5 file to write")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--labels", options->labels,
                   "Text file whose line i names class i; default: synset_words.txt beside a .caffemodel")
      ->type_name("FILE");
  command
      ->add_option(
          "--family", options->family,
          "Whose rules (padding, normalisation, input) hold, for a file that does not say: bvlc_googlenet, "
          "inception5h, limpid_default or torchvision_googlenet; default: by the layers' widths")
      ->type_name("NAME");
  command->add_flag("--half", options->half, "Store 16-bit floats: half the size, about three digits");
  command->footer("Example:\n  limpid convert bvlc_googlenet.caffemodel bvlc.h5 --labels synset_words.txt");
  command->callback([options] { convert(*options); });
}

}  // namespace limpid
