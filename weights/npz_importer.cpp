#include "weights/npz_importer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "weights/families.h"
#include "weights/layer_shapes.h"
#include "weights/named_tensors.h"
#include "weights/npy_header.h"
#include "weights/rules_json.h"
#include "weights/state_dict.h"
#include "weights/utf8.h"
#include "weights/validate.h"
#include "weights/zip_archive.h"

namespace limpid {
namespace {

constexpr std::uint64_t kMaxClasses = 1U << 16U;
constexpr const char* kClasses = "classes";
constexpr const char* kTraining = "training";

/// Characters of the rules: a few strings of the schema's size, every character of which may be escaped.
constexpr std::size_t kMaxRules = 99'999;

/// An array of the archive whose header has been read and whose data comes next.
struct Array {
  ZipEntry entry;
  NpyHeader header;
  std::string what;  ///< Names it in errors.
};

/// Adds the array's name to the bare reasons of the header parser.
template <class Parse>
auto named(const std::string& what, const Parse& parse) {
  try {
    return parse();
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("{}: {}", what, error.what()));
  }
}

Array open_array(const ZipArchive& archive, const std::string& origin, const std::string& name) {
  Array array{archive.open(name + ".npy"), {}, fmt::format("{}: array '{}'", origin, name)};
  std::array<char, kNpyPreambleMax> start{};
  array.entry.read(start.data(), start.size());
  const std::string_view preamble_bytes(start.data(), start.size());
  const NpyPreamble preamble = named(array.what, [&] { return parse_npy_preamble(preamble_bytes); });

  // A version 1 preamble is shorter than what was read: the rest already belongs to the text.
  std::string text(preamble_bytes.substr(preamble.size));
  const std::size_t read = text.size();
  if (preamble.header_size < read) fail_input("{}: its header is cut short", array.what);
  text.resize(preamble.header_size);
  array.entry.read(text.data() + read, text.size() - read);
  array.header = named(array.what, [&] { return parse_npy_header(text); });
  if (array.header.fortran_order && array.header.shape.size() > 1) {
    fail_input("{} is in Fortran order; only C order is read", array.what);
  }
  return array;
}

/// The array's bytes, all of them. Nothing is allocated for data that is not there.
std::string read_data(Array& array, std::uint64_t size) {
  array.entry.expect_left(size);
  std::string bytes(size, '\0');
  array.entry.read(bytes.data(), bytes.size());
  array.entry.expect_end();
  return bytes;
}

/// The array's values in fp32. Its shape, of `count` elements, has been checked.
std::vector<float> read_floats(Array& array, std::uint64_t count) {
  static constexpr std::array<std::pair<std::string_view, ElementType>, 3> types = {{
      {"<f2", ElementType::f16},
      {"<f4", ElementType::f32},
      {"<f8", ElementType::f64},
  }};
  for (const auto& [descr, type] : types) {
    if (array.header.descr != descr) continue;
    return widen(read_data(array, count * size_of(type)), type, count, array.what);
  }
  const std::string& descr = array.header.descr;
  if ((descr == "<i4" || descr == "<i8") && count == 1) {
    return widen_whole(read_data(array, descr == "<i4" ? 4 : 8), array.what);
  }
  fail_input("{} is of type '{}'; '<f2', '<f4' and '<f8' are read", array.what, descr);
}

/// Reads an array of numpy's fixed-width unicode strings ("<U12": 12 code points of four bytes, padded with
/// zeros) of up to `longest` characters.
std::vector<std::string> read_strings(Array array, std::size_t longest) {
  const std::string& descr = array.header.descr;
  std::size_t width = 0;
  if (descr.starts_with("<U") && descr.size() <= 7 &&
      std::all_of(descr.begin() + 2, descr.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    for (const char digit : descr.substr(2)) width = width * 10 + static_cast<std::size_t>(digit - '0');
  }
  if (width == 0 || width > longest || array.header.shape.size() != 1 ||
      array.header.shape[0] > kMaxClasses) {
    fail_input("{} of type '{}' and shape {} is no row of strings of up to {} characters", array.what, descr,
               format_shape(array.header.shape), longest);
  }
  // One at a time: most of them is padding.
  std::vector<char32_t> codes(width);
  std::vector<std::string> strings;
  for (std::uint64_t row = 0; row < array.header.shape[0]; ++row) {
    array.entry.read(codes.data(), codes.size() * sizeof(char32_t));
    std::string& text = strings.emplace_back();
    for (std::size_t i = 0; i < width && codes[i] != 0; ++i) {
      if (codes[i] > 0x10FFFF || (codes[i] >= 0xD800 && codes[i] < 0xE000)) {
        fail_input("{} holds a character that is not Unicode", array.what);
      }
      append_utf8(text, codes[i]);
    }
  }
  array.entry.expect_end();
  return strings;
}

/// Reads an array of one string.
std::string read_text(const ZipArchive& archive, const std::string& origin, const char* name,
                      std::size_t most) {
  const std::vector<std::string> text = read_strings(open_array(archive, origin, name), most);
  if (text.size() != 1) fail_input("{}: array '{}' is not one string", origin, name);
  return text[0];
}

}  // namespace

NamedTensors npz_tensors(const ZipArchive& archive, const std::string& origin) {
  constexpr std::string_view suffix = ".npy";
  NamedTensors tensors(origin);
  for (const std::string& entry : archive.names()) {
    if (!entry.ends_with(suffix)) fail_input("{}: '{}' is not an .npy array", origin, entry);
    const std::string name = entry.substr(0, entry.size() - suffix.size());
    if (name == kClasses || name == kTraining || name == kRulesName) continue;
    FileTensor tensor{name, open_array(archive, origin, name).header.shape, {}};
    tensor.values = [&archive, origin, name](std::uint64_t count) {
      Array array = open_array(archive, origin, name);
      return read_floats(array, count);
    };
    tensors.add(std::move(tensor));
  }
  return tensors;
}

namespace {

std::string entry_of(const char* name) {
  return fmt::format("{}.npy", name);
}

/// A model without layers: with the rules that `limpid export` wrote, or those of a family.
Model rules_of(const ZipArchive& archive, const std::string& origin, const std::vector<ConvLayer>& layers,
               std::string_view family_name, ImportReport& report) {
  if (!archive.has(entry_of(kRulesName))) {
    const Family& chosen = choose_family(family_name, layers, origin);
    tell_family(chosen, report);
    return empty_model(chosen);
  }
  if (!family_name.empty()) fail_usage("{}: it says itself which family it is; leave out --family", origin);
  return rules_from_json(read_text(archive, origin, kRulesName, kMaxRules),
                         fmt::format("{}: array '{}'", origin, kRulesName));
}

}  // namespace

namespace {

/// The model of arrays that are named as `write_npz` names them, or with Caffe's names.
Model model_of_arrays(NamedTensors tensors, const ZipArchive& archive, const std::string& origin,
                      std::string_view family_name, ImportReport& report) {
  std::vector<ConvLayer> layers;
  LayerShapes shapes(origin);
  for (const LayerSpec& spec : inception_layers()) {
    const auto take = [&](const char* suffix) {
      return tensors.expect({spec.caffe + suffix, spec.name + suffix}, spec.name);
    };
    const FileTensor filter = take("_w");
    layers.push_back(make_layer(spec, filter, take("_b"), shapes));
  }
  tensors.expect_none_left();
  Model model = rules_of(archive, origin, layers, family_name, report);
  model.layers = std::move(layers);
  return model;
}

}  // namespace

Model import_npz(const std::filesystem::path& path, std::string_view family_name, ImportReport* report) {
  const std::string origin = path.string();
  const ZipArchive archive(path);
  NamedTensors tensors = npz_tensors(archive, origin);
  ImportReport told;
  Model model = has_layer_names(tensors)
                    ? model_of_state_dict(std::move(tensors), origin, family_name, std::nullopt, &told)
                    : model_of_arrays(std::move(tensors), archive, origin, family_name, told);
  if (model.provenance.source.empty()) model.provenance.source = path.filename().string();
  if (archive.has(entry_of(kClasses))) {
    model.classes = read_strings(open_array(archive, origin, kClasses), kMaxLabelSize);
  }
  if (archive.has(entry_of(kTraining))) {
    model.provenance.training = read_text(archive, origin, kTraining, kMaxLabelSize);
  }
  validate(model, origin);
  if (report != nullptr) *report = std::move(told);
  return model;
}

}  // namespace limpid
