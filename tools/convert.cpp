// limpid convert: weights of another program into limpid's own file.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/output_file.h"
#include "weights/file_kind.h"
#include "weights/hdf5_file.h"
#include "weights/import.h"

namespace limpid {
namespace {

struct ConvertOptions {
  std::string source;
  std::string destination;
  std::string labels;
  std::string family;
  std::string input;
  bool half = false;
};

void convert(const ConvertOptions& options) {
  std::error_code error;
  if (std::filesystem::equivalent(options.source, options.destination, error))
    fail_usage("'{}' is what is read and what is to be written: name another file", options.destination);
  check_writable(options.destination);
  ImportOptions given{std::nullopt, options.family, options.input};
  if (!options.labels.empty()) given.labels = options.labels;
  ImportReport report;
  const Model model = import_model(options.source, given, &report);
  write_model(model, options.destination, options.half ? StoredType::f16 : StoredType::f32);
  say(stdout, "{}: {}, {} classes{}\n", options.destination, model.provenance.family, model.class_count(),
      model.classes.empty() ? " without labels (give --labels)" : "");
  for (const std::string& assumption : report.assumed) {
    say(stdout, "  assumed, for the file does not say: {}\n", assumption);
  }
  if (!report.unused.empty()) {
    say(stdout, "  left out, for limpid has no use for them: {}\n", fmt::join(report.unused, ", "));
  }
}

}  // namespace

void add_convert_command(CLI::App& program) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App* command = program.add_subcommand("convert", "Convert weights to limpid's HDF5 file");
  command->add_option("source", options->source, fmt::format("{}; recognised by content", kReadFormats))
      ->required()
      ->type_name("FILE");
  command->add_option("-o,--output,destination", options->destination, "HDF5 file to write")
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
          "inception5h, limpid_default, torchvision_googlenet or plain_googlenet; default: by the layers' widths")
      ->type_name("NAME");
  command
      ->add_option(
          "--input", options->input,
          "What the network is fed, for a file that does not say: caffe (BGR, 0..255 minus 104, 117, 123), "
          "tensorflow (RGB, 0..255 minus 117), imagenet (RGB, 0..1 minus mean over deviation: torchvision's "
          "networks with transform_input=False), half ((RGB - 0.5) / 0.5), unit (0..1) or raw (0..255); "
          "default: the family's, which is said")
      ->type_name("NAME");
  command->add_flag("--half", options->half, "Store 16-bit floats: half the size, about three digits");
  command->footer(
      "What a file does not say, such as its network's input, is assumed as its family has it, and printed. A label "
      "file is UTF-8, or UTF-16 with its mark.\n\n"
      "Examples:\n  limpid convert bvlc_googlenet.caffemodel bvlc.h5 --labels synset_words.txt\n"
      "  limpid convert tuned.pth tuned.h5 --input imagenet");
  command->callback([options] { convert(*options); });
}

}  // namespace limpid
