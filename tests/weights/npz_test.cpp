#include <gtest/gtest.h>
#include <zip.h>

#include <cstring>
#include <map>
#include <random>

#include "kernels/core/dtype.h"
#include "tests/weights/support.h"
#include "weights/npy_header.h"
#include "weights/npz_importer.h"
#include "weights/topology.h"

namespace limpid {
namespace {

using testing::expect_equal;
using testing::expect_input_error;
using testing::narrow_model;
using testing::read_text;
using testing::TemporaryFolder;
using testing::write_text;

/// Contents of an archive by entry name.
using Entries = std::map<std::string, std::string>;

/// An .npy file of format 1.0 (or 2.0) with the header numpy would write.
std::string npy(const std::string& descr, const std::string& shape, std::string_view data, int version = 1) {
  std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  const std::size_t preamble = version == 1 ? 10 : 12;
  header.append(63 - (preamble + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xFFU);
  bytes += static_cast<char>(header.size() >> 8U);
  if (version == 2) bytes += std::string(2, '\0');
  return bytes + header + std::string(data);
}

template <class T, class Convert>
std::string bytes_of(const std::vector<float>& values, Convert convert) {
  std::string bytes(values.size() * sizeof(T), '\0');
  for (std::size_t i = 0; i < values.size(); ++i) {
    const T value = convert(values[i]);
    std::memcpy(&bytes[i * sizeof(T)], &value, sizeof(T));
  }
  return bytes;
}

std::string data_as(const std::string& descr, const std::vector<float>& values) {
  if (descr == "<f2") return bytes_of<f16>(values, [](float x) { return from_f32<f16>(x); });
  if (descr == "<f4") return bytes_of<float>(values, [](float x) { return x; });
  return bytes_of<double>(values, [](float x) { return double{x}; });
}

std::string shape_of(const ConvLayer& layer) {
  const std::string matrix = std::to_string(layer.k) + ", " + std::to_string(layer.c);
  if (layer.name == "logits") return matrix;
  return matrix + ", " + std::to_string(layer.size) + ", " + std::to_string(layer.size);
}

/// The model as numpy would save it, under Caffe's names or the canonical ones.
Entries to_entries(const Model& model, const std::string& descr = "<f4", bool caffe_names = true) {
  Entries entries;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const ConvLayer& layer = model.layers[i];
    const std::string& name = caffe_names ? inception_layers()[i].caffe : layer.name;
    entries[name + "_w.npy"] = npy(descr, shape_of(layer), data_as(descr, layer.filter));
    entries[name + "_b.npy"] = npy(descr, std::to_string(layer.k) + ",", data_as(descr, layer.bias));
  }
  return entries;
}

void write_zip(const std::filesystem::path& path, const Entries& entries) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  ASSERT_NE(archive, nullptr);
  for (const auto& [name, bytes] : entries) {
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    ASSERT_GE(zip_file_add(archive, name.c_str(), source, 0), 0);
  }
  ASSERT_EQ(zip_close(archive), 0);
}

class NpzImporter : public ::testing::Test {
 protected:
  Model import_entries(const Entries& entries) {
    write_zip(path_, entries);
    return import_npz(path_);
  }

  template <class Change>
  void expect_refused(std::initializer_list<std::string_view> parts, const Change& change) {
    Entries entries = to_entries(model_);
    change(entries);
    write_zip(path_, entries);
    expect_input_error(parts, [&] { import_npz(path_); });
  }

  static Model expected_model() {
    Model model = narrow_model("limpid_default");
    model.provenance.source = "model.npz";
    return model;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.npz";
  Model model_ = expected_model();
};

TEST_F(NpzImporter, ReadsEveryTypeAndBothNamings) {
  for (const char* descr : {"<f2", "<f4", "<f8"}) {
    for (const bool caffe_names : {true, false}) {
      SCOPED_TRACE(::testing::Message() << descr << ", Caffe's names " << caffe_names);
      expect_equal(import_entries(to_entries(model_, descr, caffe_names)), model_);
    }
  }
}

TEST_F(NpzImporter, ReadsLabelsAsUtf8) {
  Entries entries = to_entries(model_);
  // Three strings of five characters, padded with zeros; the last holds one beyond 16 bits.
  const std::u32string codes = {U'c', U'a', U't', 0, 0, U'c', U'a', U'f', 0xE9, 0x20AC, 0x1F600, 0, 0, 0, 0};
  const std::string_view bytes(reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(char32_t));
  entries["classes.npy"] = npy("<U5", "3,", bytes);
  EXPECT_EQ(import_entries(entries).classes,
            (std::vector<std::string>{"cat", "caf\xc3\xa9\xe2\x82\xac", "\xf0\x9f\x98\x80"}));
}

TEST_F(NpzImporter, ReadsHowTheWeightsWereTrained) {
  Entries entries = to_entries(model_);
  const std::u32string codes = U"seed 1";
  const std::string_view bytes(reinterpret_cast<const char*>(codes.data()), codes.size() * sizeof(char32_t));
  entries["training.npy"] = npy("<U6", "1,", bytes);
  EXPECT_EQ(import_entries(entries).provenance.training, "seed 1");
  expect_refused({"'training'", "2 strings where one belongs"},
                 [&](Entries& refused) { refused["training.npy"] = npy("<U3", "2,", bytes); });
}

TEST_F(NpzImporter, ReadsVersion2Headers) {
  Entries entries = to_entries(model_);
  entries["conv2/3x3_reduce_b.npy"] = npy("<f4", "2,", data_as("<f4", model_.layers[1].bias), 2);
  expect_equal(import_entries(entries), model_);
}

TEST_F(NpzImporter, NamesTheMissingAndTheSurplusArray) {
  expect_refused({"'inception_4e/5x5_b'", "'mixed4e_5x5'", "missing"},
                 [](Entries& entries) { entries.erase("inception_4e/5x5_b.npy"); });
  expect_refused({"'loss1/conv_w' belongs to no layer"},
                 [](Entries& entries) { entries["loss1/conv_w.npy"] = npy("<f4", "1,", "1234"); });
  expect_refused({"'readme.txt' is not an .npy array"},
                 [](Entries& entries) { entries["readme.txt"] = "x"; });
}

TEST_F(NpzImporter, NamesTheWrongShapeAndType) {
  expect_refused({"'conv2d1'", "2x2x3x3", "Kx2x1x1"}, [](Entries& entries) {
    entries["conv2/3x3_reduce_w.npy"] = npy("<f4", "2, 2, 3, 3", std::string(144, '\0'));
  });
  expect_refused({"'conv2/3x3_reduce_b'", "type '<i4'"},
                 [](Entries& entries) { entries["conv2/3x3_reduce_b.npy"] = npy("<i4", "2,", "12345678"); });
  expect_refused({"'conv2/3x3_reduce_b'", "type '>f4'"},
                 [](Entries& entries) { entries["conv2/3x3_reduce_b.npy"] = npy(">f4", "2,", "12345678"); });
  expect_refused({"'classes'", "<i4"},
                 [](Entries& entries) { entries["classes.npy"] = npy("<i4", "1,", "1234"); });
  expect_refused({"'classes'", "U99999"},
                 [](Entries& entries) { entries["classes.npy"] = npy("<U99999", "3,", ""); });
  expect_refused({"Fortran order"}, [](Entries& entries) {
    std::string& array = entries["conv1/7x7_s2_w.npy"];
    array.replace(array.find("False"), 5, "True ");
  });
}

TEST_F(NpzImporter, ComparesDataWithTheShape) {
  expect_refused({"conv1/7x7_s2_b", "cut short"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"].pop_back(); });
  expect_refused({"conv1/7x7_s2_b", "longer"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"] += 'x'; });
  expect_refused({"conv1/7x7_s2_b", "cut short"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"] = "x"; });
}

TEST_F(NpzImporter, AllocatesNothingForShapesWithoutData) {
  expect_refused({"'conv2d0'", "output channels"}, [](Entries& entries) {
    entries["conv1/7x7_s2_w.npy"] = npy("<f4", "18446744073709551615, 3, 7, 7", "");
  });
  expect_refused({"header"}, [](Entries& entries) {
    entries["conv1/7x7_s2_w.npy"] = npy("<f4", "99999999999999999999, 3, 7, 7", "");
  });
}

TEST_F(NpzImporter, RefusesHeadersNumpyWouldNotWrite) {
  expect_refused({"'conv1/7x7_s2_b'", "not an .npy array"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"] = std::string(100, 'x'); });
  expect_refused({"'conv1/7x7_s2_b'", "version 9"},
                 [](Entries& entries) { entries["conv1/7x7_s2_b.npy"][6] = '\x09'; });
  for (const char* text : {"", "{", "{'descr'", "{'descr': '<f4", "{'shape': (2", "{'shape': (2 3)}",
                           "{'other': 1}", "{'fortran_order': Maybe}", "[]"}) {
    expect_input_error({"header"}, [&] { parse_npy_header(text); });
  }
}

TEST_F(NpzImporter, RefusesNaN) {
  expect_refused({"'conv2d1'", "bias[0]", "nan"}, [](Entries& entries) {
    entries["conv2/3x3_reduce_b.npy"] =
        npy("<f4", "2,", data_as("<f4", {std::numeric_limits<float>::quiet_NaN(), 0}));
  });
}

TEST_F(NpzImporter, RefusesACutOrForeignFile) {
  write_zip(path_, to_entries(model_));
  const std::string bytes = read_text(path_);
  for (const std::size_t size : {bytes.size() - 1, bytes.size() / 2, std::size_t{10}}) {
    write_text(path_, bytes.substr(0, size));
    expect_input_error({"model.npz", "damaged or cut short"}, [&] { import_npz(path_); });
  }
  write_text(path_, "");
  expect_input_error({"is empty"}, [&] { import_npz(path_); });
  expect_input_error({"does not exist"}, [&] { import_npz(folder_ / "missing.npz"); });
}

TEST_F(NpzImporter, SurvivesFlippedBytes) {
  write_zip(path_, to_entries(model_));
  const std::string good = read_text(path_);
  std::mt19937 random(4);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    write_text(path_, bytes);
    try {
      import_npz(path_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
    }
  }
}

}  // namespace
}  // namespace limpid
