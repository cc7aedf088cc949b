// Files that are no weights, under a weights file's name.
#include "weights/file_kind.h"

#include <gtest/gtest.h>

#include "tests/weights/caffe_writer.h"
#include "tests/weights/graph_def_writer.h"
#include "tests/weights/onnx_writer.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/import.h"
#include "weights/zip_writer.h"

namespace limpid {
namespace {

using namespace std::string_literals;
using testing::expect_input_error;
using testing::narrow_model;
using testing::TemporaryFolder;
using testing::write_text;

struct Foreign {
  std::string bytes;
  const char* kind;
};

std::vector<Foreign> foreign_files() {
  std::string tar(600, '\0');
  tar.replace(0, 5, "w.pth").replace(257, 5, "ustar");
  return {
      {"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 52147035\n", "Git LFS"},
      {"<!DOCTYPE html><html><head><title>Sign in</title></head></html>", "HTML"},
      {"\xef\xbb\xbf\n  <HTML>", "HTML"},
      {"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "XML"},
      {"\x1f\x8b\x08\0\0"s, "gzip"},
      {"BZh91AY&SY", "bzip2"},
      {"\xfd"
       "7zXZ\0\0"s,
       "xz"},
      {"\x28\xb5\x2f\xfd\x04", "zstd"},
      {tar, "tar archive"},
      {"\x80\x02}q\0."s, "pickle"},
      {"\x80\x05\x95", "pickle"},
      {"\x89PNG\r\n\x1a\n\0\0"s, "a picture"},
      {"\xff\xd8\xff\xe0", "a picture"},
      {"%PDF-1.7", "PDF"},
      {"MATLAB 5.0 MAT-file"s + std::string(200, '\0'), "MAT-file"},
      {"\x93NUMPY\x01\0v\0"s, "one array of numpy"},
      {"\x1c\0\0\0TFL3"s, "TensorFlow Lite"},
      {"name: \"GoogleNet\"\nlayer { name: \"data\" type: \"Input\" }\n", "without its weights"},
      {"{\"error\": \"not found\"}", "JSON"},
      {"404: Not Found", "text"},
  };
}

TEST(FileKind, EveryForeignFileIsToldWhatItIs) {
  const TemporaryFolder folder;
  for (const Foreign& foreign : foreign_files()) {
    write_text(folder / "weights", foreign.bytes);
    expect_input_error({"weights: this is ", foreign.kind}, [&] { import_model(folder / "weights"); });
    expect_input_error({"weights: not an HDF5 file: this is ", foreign.kind},
                       [&] { read_model(folder / "weights"); });
  }
}

TEST(FileKind, WeightsAreNoForeignFile) {
  const Model model = narrow_model("inception5h");
  EXPECT_EQ(foreign_kind(testing::to_onnx(model).SerializeAsString().substr(0, kFileKindStart)), "");
  EXPECT_EQ(foreign_kind(testing::to_graph_def(model).SerializeAsString().substr(0, kFileKindStart)), "");
  EXPECT_EQ(
      foreign_kind(
          testing::to_caffe(narrow_model("bvlc_googlenet")).SerializeAsString().substr(0, kFileKindStart)),
      "");
}

TEST(FileKind, OtherArchivesAreNoArrays) {
  const TemporaryFolder folder;
  ZipWriter archive;
  archive.add("a.txt", "hello");
  archive.save(folder / "weights.zip");
  expect_input_error({"weights.zip", "neither numpy's arrays nor PyTorch's tensors"},
                     [&] { import_model(folder / "weights.zip"); });
}

}  // namespace
}  // namespace limpid
