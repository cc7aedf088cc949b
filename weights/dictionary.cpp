#include "weights/dictionary.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "kernels/core/error.h"
#include "weights/dictionary_settings.h"
#include "weights/tensor_file.h"

namespace limpid {
namespace {

/// Values of one tensor, and features: above any dictionary of this network, so that a small file asks for no more.
constexpr std::uint64_t kMostValues = kMostParameters;
constexpr std::uint64_t kMostFeatures = 1U << 20U;

struct Matrix {
  std::uint64_t rows = 0, columns = 0;
  std::vector<float> values;
};

Matrix transposed(const Matrix& matrix) {
  Matrix result{matrix.columns, matrix.rows, std::vector<float>(matrix.values.size())};
  for (std::uint64_t row = 0; row < matrix.rows; ++row) {
    for (std::uint64_t column = 0; column < matrix.columns; ++column) {
      result.values[column * matrix.rows + row] = matrix.values[row * matrix.columns + column];
    }
  }
  return result;
}

double norm(const float* values, std::uint64_t count) {
  double sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) sum += double{values[i]} * double{values[i]};
  return std::sqrt(sum);
}

/// Reads one file. Every method throws Error{input} naming it.
class DictionaryReader {
 public:
  DictionaryReader(const std::filesystem::path& path, const DictionaryOptions& options)
      : path_(path), origin_(path.string()), options_(options), file_(path), tensors_(file_.tensors()) {}

  Dictionary read() {
    refuse_deeper_encoders();
    if (tensors_.has("W_enc")) {
      read_sae_lens();
    } else if (tensors_.has("dictionary._weights")) {
      read_overcomplete();
    } else if (tensors_.has("encoder.weight")) {
      read_dictionary_learning();
    } else if (tensors_.names().size() == 1) {
      read_vectors();
    } else {
      fail_input(
          "{}: its tensors ({}, ...) are of no known dictionary: those of sae-lens, overcomplete and "
          "dictionary-learning are known, W_enc, b_enc, W_dec and b_dec, and one array of vectors",
          origin_, tensors_.names().empty() ? "none" : tensors_.names().front());
    }
    apply_activation();
    check_finite();
    check_rest();
    return std::move(result_);
  }

 private:
  // ---- Tensors ----------------------------------------------------------------------------------------------------

  std::vector<float> values(const FileTensor& tensor, std::uint64_t count) const {
    return tensor.values(count);
  }

  Matrix matrix(std::initializer_list<std::string_view> names) {
    const std::optional<FileTensor> tensor = tensors_.take(names);
    if (!tensor) fail_input("{}: '{}' is missing", origin_, *names.begin());
    const std::vector<std::uint64_t>& shape = tensor->shape;
    if (shape.size() != 2 || shape[0] < 1 || shape[1] < 1 || shape[0] > kMostFeatures ||
        shape[1] > kMostFeatures || shape[0] * shape[1] > kMostValues) {
      fail_input("{}: '{}' is {}, and no matrix of features and channels", origin_, tensor->name,
                 format_shape(shape));
    }
    return {shape[0], shape[1], values(*tensor, shape[0] * shape[1])};
  }

  /// A row of `count` numbers, or nothing.
  std::optional<std::vector<float>> row(std::initializer_list<std::string_view> names, std::uint64_t count,
                                        const char* what) {
    const std::optional<FileTensor> tensor = tensors_.take(names);
    if (!tensor) return {};
    if (tensor->shape != std::vector{count}) {
      fail_input("{}: '{}' is {} where there are {} {}", origin_, tensor->name, format_shape(tensor->shape),
                 count, what);
    }
    return values(*tensor, count);
  }

  std::vector<float> expect_row(std::string_view name, std::uint64_t count, const char* what) {
    std::optional<std::vector<float>> found = row({name}, count, what);
    if (!found) fail_input("{}: '{}' is missing", origin_, name);
    return *std::move(found);
  }

  /// A number on its own, or nothing.
  std::optional<float> number(std::string_view name) {
    const FileTensor* tensor = tensors_.find(name);
    if (tensor == nullptr || !(tensor->shape.empty() || tensor->shape == std::vector<std::uint64_t>{1}))
      return {};
    return tensors_.take({name})->values(1).front();
  }

  // ---- Layouts ----------------------------------------------------------------------------------------------------

  /// Of the layouts that have some.
  void read_settings() {
    if (file_.is_numpy()) return;
    settings_ = read_dictionary_settings(path_);
    result_.settings = settings_.file;
    result_.hook = settings_.hook;
  }

  /// An encoder of which a part was left is another one.
  void check_rest() {
    for (std::string& name : tensors_.names()) {
      if (name.starts_with("encoder.") && !name.ends_with("num_batches_tracked")) {
        fail_input("{}: '{}' is of an encoder that is not known", origin_, name);
      }
      result_.unread.push_back(std::move(name));
    }
  }

  void refuse_deeper_encoders() const {
    for (const std::string& name : tensors_.names()) {
      const bool is_gated = name == "r_mag" || name == "b_gate" || name == "gate_bias" || name == "b_mag";
      if (is_gated || name.starts_with("encoder.mlp_blocks") || name.starts_with("encoder.cnn") ||
          name.starts_with("encoder.attention")) {
        fail_input("{}: '{}' is of an encoder that is more than one linear map and a ReLU, TopK or JumpReLU",
                   origin_, name);
      }
    }
  }

  void read_sae_lens() {
    read_settings();
    const bool is_jump_class = settings_.architecture == "JumpReluAutoEncoder";
    result_.layout = is_jump_class ? "dictionary-learning" : "sae-lens";
    take_encoder(transposed(matrix({"W_enc"})));
    result_.encoder.conv.bias = expect_row("b_enc", features(), "features");
    take_decoder(matrix({"W_dec"}), "W_dec");
    const std::vector<float> centre = expect_row("b_dec", channels(), "channels");
    bool subtracts = settings_.subtracts_b_dec.value_or(!is_jump_class && options_.subtracts_b_dec);
    if (!settings_.subtracts_b_dec && !is_jump_class) {
      assume(subtracts ? "b_dec is subtracted first" : "b_dec is not subtracted");
    }
    if (settings_.scales_by_decoder_norm) scale_by_decoder_norm();
    if (subtracts) fold(centre);
    refuse_architectures();
    const std::optional<int> kept = count("k");
    take_gate(kept ? kept : settings_.kept, thresholds("threshold"));
  }

  void read_dictionary_learning() {
    read_settings();
    result_.layout = "dictionary-learning";
    take_encoder(matrix({"encoder.weight"}));
    result_.encoder.conv.bias = expect_row("encoder.bias", features(), "features");
    if (tensors_.has("decoder.weight"))
      take_decoder(transposed(matrix({"decoder.weight"})), "decoder.weight");
    // One with a bias in its decoder subtracts nothing first.
    if (const auto centre = row({"bias", "b_dec"}, channels(), "channels")) fold(*centre);
    const std::optional<int> own = count("k"), kept = own ? own : settings_.kept;
    const std::optional<float> threshold = number("threshold");
    const bool is_batch = settings_.architecture.find("BatchTopK") != std::string::npos;
    if (kept && is_batch && options_.activation.empty()) {
      if (!threshold || *threshold < 0) {
        fail_input("{}: a batch TopK without a threshold, which training sets; its TopK counts over a batch",
                   origin_);
      }
      take_gate({}, std::vector<float>(features(), *threshold));
      return;
    }
    if (kept && settings_.architecture.empty() && options_.activation.empty())
      assume("TopK of each position, not of a batch");
    take_gate(kept, {});
  }

  void read_overcomplete() {
    result_.layout = "overcomplete";
    if (tensors_.has("Q")) {
      fail_input("{}: 'Q' quantises what is encoded, which a layer of the network does not do", origin_);
    }
    Matrix dictionary = matrix({"dictionary._weights"});
    assume_lengths(dictionary);
    const float multiplier = number("dictionary.multiplier").value_or(0);
    for (float& value : dictionary.values) value *= std::exp(multiplier);
    if (tensors_.has("encoder.final_block.0.weight")) {
      take_encoder(matrix({"encoder.final_block.0.weight"}));
      result_.encoder.conv.bias = expect_row("encoder.final_block.0.bias", features(), "features");
      fold_normalisation();
    } else {
      const bool tied = !tensors_.has("encoder.weight");
      if (tied) assume("a tied encoder: the dictionary itself");
      take_encoder(tied ? dictionary : matrix({"encoder.weight"}));
      const auto bias = row({"encoder.bias"}, features(), "features");
      result_.encoder.conv.bias = bias ? *bias : std::vector<float>(features());
    }
    take_decoder(std::move(dictionary), "dictionary._weights");
    std::vector<float> exponents = thresholds("thresholds");
    for (float& value : exponents) value = std::exp(value);
    // Equal to the threshold is kept there: the next number below it is the one that is not.
    for (float& value : exponents) value = std::nextafter(value, -std::numeric_limits<float>::infinity());
    if (exponents.empty() && options_.activation.empty()) {
      assume("ReLU alone; a TopK is in no file of this layout (--activation topk:32)");
    }
    take_gate({}, std::move(exponents));
  }

  void read_vectors() {
    result_.layout = "vectors";
    const std::string name = tensors_.names().front();
    FileTensor tensor = *tensors_.take({name});
    if (tensor.shape.size() == 1) tensor.shape.insert(tensor.shape.begin(), 1);
    tensors_.add(std::move(tensor));
    Matrix vectors = matrix({name});
    take_encoder(vectors);
    take_decoder(std::move(vectors), name);
    result_.encoder.conv.bias.assign(features(), 0);
    result_.encoder.relu = false;
    if (options_.activation.empty()) assume("no ReLU behind vectors");
  }

  // ---- Parts ------------------------------------------------------------------------------------------------------

  std::uint64_t features() const { return static_cast<std::uint64_t>(result_.encoder.conv.k); }
  std::uint64_t channels() const { return static_cast<std::uint64_t>(result_.inputs); }
  float* encoder_row(std::uint64_t feature) {
    return result_.encoder.conv.filter.data() + feature * channels();
  }

  /// Which rule a dictionary's rows are normalised by, if any, is in no file.
  void assume_lengths(const Matrix& dictionary) {
    constexpr double tolerance = 1e-3;
    for (std::uint64_t row = 0; row < dictionary.rows; ++row) {
      const double length = norm(dictionary.values.data() + row * dictionary.columns, dictionary.columns);
      if (std::abs(length - 1) <= tolerance) continue;
      return assume("the dictionary's rows as they are, not scaled to length 1");
    }
  }

  void assume(std::string what) { result_.assumed.push_back(std::move(what)); }

  /// Features x channels.
  void take_encoder(Matrix encoder) {
    ConvLayer& conv = result_.encoder.conv;
    conv.k = static_cast<int>(encoder.rows);
    conv.c = result_.inputs = static_cast<int>(encoder.columns);
    conv.filter = std::move(encoder.values);
    result_.encoder.relu = true;
  }

  void take_decoder(Matrix decoder, const std::string& name) {
    if (decoder.rows != features() || decoder.columns != channels()) {
      fail_input("{}: '{}' has {} features of {} channels, and the encoder {} of {}", origin_, name,
                 decoder.rows, decoder.columns, features(), channels());
    }
    result_.decoder = std::move(decoder.values);
  }

  /// What is subtracted from the inputs, into the bias.
  void fold(const std::vector<float>& centre) {
    for (std::uint64_t feature = 0; feature < features(); ++feature) {
      const float* weights = encoder_row(feature);
      double sum = result_.encoder.conv.bias[feature];
      for (std::uint64_t c = 0; c < channels(); ++c) sum -= double{weights[c]} * double{centre[c]};
      result_.encoder.conv.bias[feature] = static_cast<float>(sum);
    }
  }

  void scale(std::uint64_t feature, double factor, double shift) {
    float* weights = encoder_row(feature);
    for (std::uint64_t c = 0; c < channels(); ++c) weights[c] = static_cast<float>(weights[c] * factor);
    float& bias = result_.encoder.conv.bias[feature];
    bias = static_cast<float>(double{bias} * factor + shift);
  }

  void scale_by_decoder_norm() {
    for (std::uint64_t feature = 0; feature < features(); ++feature) {
      scale(feature, norm(result_.decoder.data() + feature * channels(), channels()), 0);
    }
  }

  /// A batch normalisation behind the encoder, by the statistics of its training.
  void fold_normalisation() {
    const auto part = [&](const char* name) {
      return row({std::string("encoder.final_block.1.") + name}, features(), "features");
    };
    const auto weight = part("weight"), bias = part("bias");
    const auto mean = part("running_mean"), variance = part("running_var");
    if (!weight && !bias && !mean && !variance) return;
    if (!mean || !variance) {
      fail_input(
          "{}: 'encoder.final_block.1' normalises each position, which a layer of the network does not do",
          origin_);
    }
    constexpr double epsilon = 1e-5;  // PyTorch's.
    for (std::uint64_t i = 0; i < features(); ++i) {
      const double factor = (weight ? double{(*weight)[i]} : 1) / std::sqrt(double{(*variance)[i]} + epsilon);
      scale(i, factor, (bias ? double{(*bias)[i]} : 0) - double{(*mean)[i]} * factor);
    }
  }

  void refuse_architectures() const {
    const bool own_activation = options_.activation.empty();
    for (const std::string& name :
         {settings_.architecture, own_activation ? settings_.activation : std::string()}) {
      const bool known = (name == "batchtopk" && !own_activation) || name.empty() || name == "standard" ||
                         name == "topk" || name == "jumprelu" || name == "relu" ||
                         name == "JumpReluAutoEncoder";
      if (!known) {
        fail_input("{}: '{}' is not read: standard, topk and jumprelu with ReLU or TopK are", settings_.file,
                   name);
      }
    }
  }

  std::optional<int> count(std::string_view name) {
    const std::optional<float> found = number(name);
    if (!found) return {};
    return *found >= 1 && *found <= static_cast<float>(kMostFeatures) ? static_cast<int>(*found) : 0;
  }

  /// A threshold a feature, or one for all; empty where there is none.
  std::vector<float> thresholds(const char* name) {
    if (const std::optional<float> one = number(name)) return std::vector<float>(features(), *one);
    return row({name}, features(), "features").value_or(std::vector<float>());
  }

  /// What the file says of the activation.
  void take_gate(std::optional<int> kept, std::vector<float> threshold) {
    const bool is_top_k = settings_.architecture == "topk" || settings_.activation == "topk";
    if (is_top_k && !kept && options_.activation.empty()) {
      fail_input("{}: a TopK that does not say how many it keeps; --activation topk:32 does", settings_.file);
    }
    if (settings_.architecture == "jumprelu" && threshold.empty() && options_.activation.empty()) {
      fail_input("{}: 'threshold' is missing, which a JumpReLU has", origin_);
    }
    if (kept && threshold.empty()) {
      result_.encoder.gated = {ReluGate::top_k, *kept};
    } else if (!threshold.empty()) {
      result_.encoder.gated = {ReluGate::threshold, 0};
      result_.encoder.conv.threshold = std::move(threshold);
    }
  }

  /// What the user says of it.
  void apply_activation() {
    const std::string_view text = options_.activation;
    if (text.empty()) return;
    constexpr std::string_view top_k = "topk:";
    int kept = 0;
    if (text.starts_with(top_k)) {
      const char* end = text.data() + text.size();
      const auto [last, error] = std::from_chars(text.data() + top_k.size(), end, kept);
      if (error != std::errc() || last != end || kept < 1) kept = 0;
    }
    if (text != "linear" && text != "relu" && kept == 0) {
      fail_usage("an activation '{}' is not known: linear, relu and topk:32 are", text);
    }
    result_.encoder.relu = text != "linear";
    result_.encoder.conv.threshold.clear();
    result_.encoder.gated = kept > 0 ? ReluNode{ReluGate::top_k, kept} : ReluNode{};
  }

  void check_finite() const {
    const auto check = [&](const std::vector<float>& values, const char* what) {
      const auto wrong =
          std::find_if_not(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
      if (wrong == values.end()) return;
      fail_input("{}: a value of the {} is {}, at {} of {}", origin_, what, *wrong, wrong - values.begin(),
                 values.size());
    };
    check(result_.encoder.conv.filter, "encoder");
    check(result_.encoder.conv.bias, "encoder's bias");
    check(result_.encoder.conv.threshold, "thresholds");
    check(result_.decoder, "decoder");
  }

  std::filesystem::path path_;
  std::string origin_;
  const DictionaryOptions& options_;
  DictionarySettings settings_;
  TensorFile file_;
  NamedTensors tensors_;
  Dictionary result_;
};

}  // namespace

Dictionary read_dictionary(const std::filesystem::path& path, const DictionaryOptions& options) {
  return DictionaryReader(path, options).read();
}

}  // namespace limpid
