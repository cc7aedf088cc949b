#include "weights/npz_importer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/core/dtype.h"
#include "kernels/core/error.h"
#include "weights/families.h"
#include "weights/layer_shapes.h"
#include "weights/npy_header.h"
#include "weights/validate.h"
#include "weights/zip_archive.h"

namespace limpid {
namespace {

constexpr std::uint64_t kMaxClasses = 1U << 16U;

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

template <class T>
std::vector<T> read_elements(Array& array, std::uint64_t count) {
  std::vector<T> elements(count);
  array.entry.read(elements.data(), elements.size() * sizeof(T));
  array.entry.expect_end();
  return elements;
}

template <class T, class Widen>
std::vector<float> read_as(Array& array, std::uint64_t count, Widen widen) {
  const std::vector<T> elements = read_elements<T>(array, count);
  std::vector<float> values(count);
  std::transform(elements.begin(), elements.end(), values.begin(), widen);
  return values;
}

/// The array's values in fp32. Its shape, of `count` elements, has been checked.
std::vector<float> read_floats(Array& array, std::uint64_t count) {
  const std::string& descr = array.header.descr;
  if (descr == "<f2") return read_as<f16>(array, count, [](f16 value) { return to_f32(value); });
  if (descr == "<f4") return read_elements<float>(array, count);
  if (descr == "<f8")
    return read_as<double>(array, count, [](double value) { return static_cast<float>(value); });
  fail_input("{} is of type '{}'; '<f2', '<f4' and '<f8' are read", array.what, descr);
}

void append_utf8(std::string& text, char32_t code) {
  const auto put = [&](char32_t byte) {
    text.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
  };
  const auto tail = [&](unsigned shift) { put(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    put(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Reads an array of numpy's fixed-width unicode strings ("<U12": 12 code points of four bytes, padded with
/// zeros).
std::vector<std::string> read_strings(Array array) {
  const std::string& descr = array.header.descr;
  std::size_t width = 0;
  if (descr.starts_with("<U") && descr.size() <= 6 &&
      std::all_of(descr.begin() + 2, descr.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    for (const char digit : descr.substr(2)) width = width * 10 + static_cast<std::size_t>(digit - '0');
  }
  if (width == 0 || width > kMaxLabelSize || array.header.shape.size() != 1 ||
      array.header.shape[0] > kMaxClasses) {
    fail_input("{} of type '{}' and shape {} is no row of strings of up to {} characters", array.what, descr,
               format_shape(array.header.shape), kMaxLabelSize);
  }
  const auto codes = read_elements<char32_t>(array, array.header.shape[0] * width);
  std::vector<std::string> strings;
  for (std::size_t begin = 0; begin < codes.size(); begin += width) {
    std::string& text = strings.emplace_back();
    for (std::size_t i = begin; i < begin + width && codes[i] != 0; ++i) {
      if (codes[i] > 0x10FFFF || (codes[i] >= 0xD800 && codes[i] < 0xE000)) {
        fail_input("{} holds a character that is not Unicode", array.what);
      }
      append_utf8(text, codes[i]);
    }
  }
  return strings;
}

/// Reads an array of one string.
std::string read_text(Array array) {
  const std::string what = array.what;
  const std::vector<std::string> strings = read_strings(std::move(array));
  if (strings.size() != 1) fail_input("{} holds {} strings where one belongs", what, strings.size());
  return strings[0];
}

/// The archive's arrays that have not been used yet.
class ArrayNames {
 public:
  ArrayNames(const ZipArchive& archive, std::string origin) : origin_(std::move(origin)) {
    constexpr std::string_view suffix = ".npy";
    for (const std::string& name : archive.names()) {
      if (!name.ends_with(suffix)) fail_input("{}: '{}' is not an .npy array", origin_, name);
      names_.insert(name.substr(0, name.size() - suffix.size()));
    }
  }

  /// Takes the layer's array under either of its names, and returns which.
  std::string take(const LayerSpec& spec, std::string_view suffix) {
    for (const std::string_view base : {std::string_view(spec.caffe), std::string_view(spec.name)}) {
      const std::string name = fmt::format("{}{}", base, suffix);
      if (names_.erase(name) > 0) return name;
    }
    fail_input("{}: the array '{}{}' of layer '{}' is missing", origin_, spec.caffe, suffix, spec.name);
  }

  bool take(const std::string& name) { return names_.erase(name) > 0; }

  void expect_none_left() const {
    if (!names_.empty()) fail_input("{}: the array '{}' belongs to no layer", origin_, *names_.begin());
  }

 private:
  std::string origin_;
  std::set<std::string> names_;
};

ConvLayer read_layer(const LayerSpec& spec, Array filter, Array bias, LayerShapes& shapes) {
  std::vector<std::uint64_t> shape = filter.header.shape;
  if (spec.name == "logits" && shape.size() == 2) shape.insert(shape.end(), {1, 1});
  ConvLayer layer;
  layer.name = spec.name;
  layer.k = shapes.check(spec, spec.name, shape, bias.header.shape);
  layer.c = static_cast<int>(shape[1]);
  layer.size = spec.size;
  layer.filter = read_floats(filter, shape[0] * shape[1] * shape[2] * shape[3]);
  layer.bias = read_floats(bias, bias.header.shape[0]);
  return layer;
}

}  // namespace

Model import_npz(const std::filesystem::path& path) {
  const std::string origin = path.string();
  const ZipArchive archive(path);
  ArrayNames names(archive, origin);

  Model model = empty_model(family("limpid_default"));
  model.provenance.source = path.filename().string();
  LayerShapes shapes(origin);
  for (const LayerSpec& spec : inception_layers()) {
    Array filter = open_array(archive, origin, names.take(spec, "_w"));
    Array bias = open_array(archive, origin, names.take(spec, "_b"));
    model.layers.push_back(read_layer(spec, std::move(filter), std::move(bias), shapes));
  }
  if (names.take("classes")) model.classes = read_strings(open_array(archive, origin, "classes"));
  if (names.take("training")) model.provenance.training = read_text(open_array(archive, origin, "training"));
  names.expect_none_left();
  validate(model, origin);
  return model;
}

}  // namespace limpid
