// limpid classify: what the network takes a photo for.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/fit_image.h"
#include "engine/limpid.hpp"
#include "engine/pictures/image_file.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"
#include "tools/command.h"
#include "tools/compute_options.h"
#include "tools/notes.h"
#include "weights/labels.h"

namespace limpid {
namespace {

constexpr int kDefaultTop = 5;

struct ClassifyOptions {
  std::vector<std::string> photos;
  std::optional<int> top;
  bool json = false;
  std::string mean = "model";
  std::string labels;
  std::string weights;
  ComputeOptions compute;
};

struct Prediction {
  int index = 0;
  float probability = 0;
};

/// The `count` most probable classes, the lower index first among equals.
std::vector<Prediction> most_probable(const std::vector<float>& probabilities, int count) {
  std::vector<Prediction> predictions(probabilities.size());
  for (std::size_t i = 0; i < predictions.size(); ++i)
    predictions[i] = {static_cast<int>(i), probabilities[i]};
  const auto better = [](const Prediction& a, const Prediction& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.index < b.index;
  };
  std::partial_sort(predictions.begin(), predictions.begin() + count, predictions.end(), better);
  predictions.resize(static_cast<std::size_t>(count));
  return predictions;
}

void replace_labels(Model& model, const std::string& path) {
  std::vector<std::string> labels = read_labels(path);
  if (std::ssize(labels) != model.class_count()) {
    fail_input("'{}' has {} labels, but the network has {} classes", path, labels.size(),
               model.class_count());
  }
  model.classes = std::move(labels);
}

std::string label(const Model& model, int index) {
  return model.classes.empty() ? fmt::format("class {}", index)
                               : model.classes[static_cast<std::size_t>(index)];
}

void print_predictions_table(const Model& model, const std::string& photo,
                             const std::vector<Prediction>& predictions) {
  print_out("{}\n", photo);
  for (const Prediction& prediction : predictions) {
    print_out("  {:.4f}  {:>4}  {}\n", prediction.probability, prediction.index,
              label(model, prediction.index));
  }
}

void print_predictions_object(const Model& model, const std::string& photo,
                              const std::vector<Prediction>& predictions) {
  nlohmann::ordered_json top = nlohmann::ordered_json::array();
  for (const Prediction& prediction : predictions) {
    top.push_back({{"class", prediction.index},
                   {"label", label(model, prediction.index)},
                   {"probability", prediction.probability}});
  }
  print_json({{"image", photo}, {"top", std::move(top)}});
}

/// Returns the exit code: a photo that cannot be read costs no other its answer.
int classify_photos(const ClassifyOptions& options) {
  Model model = load_weights(options.weights);
  if (!options.labels.empty()) replace_labels(model, options.labels);
  const int top = options.top.value_or(std::min(kDefaultTop, model.class_count()));
  if (top < 1 || top > model.class_count()) {
    fail_usage("--top {} is out of range: the network has {} classes, so 1..{}", top, model.class_count(),
               model.class_count());
  }
  int code = 0;
  for (const std::string& photo : options.photos) {
    bool is_read = false;
    try {
      const Image image = fit_to_network(read_image(photo, note), model.input.size);
      is_read = true;
      const auto result =
          most_probable(classify(model, image, options.mean == "model", options.compute), top);
      (options.json ? print_predictions_object : print_predictions_table)(model, photo, result);
    } catch (const Error& error) {
      if (is_read && error.kind() != ErrorKind::input) throw;
      print_error("limpid classify", error.what());
      code = std::max(code, error.exit_code());
    }
  }
  return code;
}

}  // namespace

void add_classify_command(CLI::App& program) {
  auto options = std::make_shared<ClassifyOptions>();
  CLI::App* command = program.add_subcommand("classify", "Most probable classes of photos");
  command->add_option("photos", options->photos, kPhotoFiles)->required()->type_name("FILE");
  command->add_option("--top", options->top, "Number of classes to print")
      ->default_str(std::to_string(kDefaultTop))
      ->type_name("N");
  command->add_flag("--json", options->json,
                    "One object per photo and line: {image, top: [{class, label, probability}]}");
  command
      ->add_option("--mean", options->mean,
                   "`model` subtracts the mean the network was trained with; `none` feeds raw 0..255 values")
      ->check(CLI::IsMember({"model", "none"}))
      ->capture_default_str();
  command->add_option("--labels", options->labels, "Text file whose line i names class i")->type_name("FILE");
  add_weights_option(*command, options->weights);
  add_compute_options(*command, options->compute);
  command->footer(
      "A photo of exactly the network's size is taken as it is; of any other, the largest centred square is "
      "resampled to it. One that cannot be read is named on standard error and costs no other its answer; "
      "the exit code is then 2, or 1 where only the system kept it from being read.\n\n"
      "Example:\n  limpid classify --top 3 dog.jpg cat.png");
  command->callback([options] {
    if (const int code = classify_photos(*options); code != 0) throw ExitCode{code};
  });
}

}  // namespace limpid
