#include "weights/file_kind.h"

#include <algorithm>
#include <array>

#include "kernels/core/error.h"
#include "weights/edit_distance.h"

namespace limpid {
namespace {

using namespace std::string_view_literals;

/// A kind of file that has these bytes at this place.
struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view kind;
};

constexpr std::string_view kPicture = "a picture";
constexpr std::string_view kPickle =
    "a pickle of Python, which is a program and is not run: in Python, torch.save(model.state_dict(), "
    "'new.pth') "
    "makes a file that can be read";

constexpr std::array kSignatures = {
    Signature{0, "version https://git-lfs.github.com/spec"sv,
              "a Git LFS pointer, which stands for a file: fetch that with `git lfs pull`"},
    Signature{0, "\x1f\x8b"sv, "packed by gzip: unpack it first"},
    Signature{0, "BZh"sv, "packed by bzip2: unpack it first"},
    Signature{0,
              "\xfd"
              "7zXZ\0"sv,
              "packed by xz: unpack it first"},
    Signature{0, "\x28\xb5\x2f\xfd"sv, "packed by zstd: unpack it first"},
    Signature{0, "7z\xbc\xaf\x27\x1c"sv, "packed by 7z: unpack it first"},
    Signature{0, "Rar!"sv, "packed by rar: unpack it first"},
    Signature{257, "ustar"sv, "a tar archive: unpack it first"},
    Signature{0, "\x80\x02"sv, kPickle},
    Signature{0, "\x80\x03"sv, kPickle},
    Signature{0, "\x80\x04"sv, kPickle},
    Signature{0, "\x80\x05"sv, kPickle},
    Signature{0, "\x89PNG\r\n\x1a\n"sv, kPicture},
    Signature{0, "\xff\xd8\xff"sv, kPicture},
    Signature{0, "GIF8"sv, kPicture},
    Signature{8, "WEBP"sv, kPicture},
    Signature{0, "II*\0"sv, kPicture},
    Signature{0, "MM\0*"sv, kPicture},
    Signature{0, "%PDF"sv, "a PDF document"},
    Signature{0, "MATLAB "sv, "a MAT-file of MATLAB, which limpid does not read"},
    Signature{0, "\x93NUMPY"sv, "one array of numpy; those of all layers in an .npz are read"},
    Signature{4, "TFL3"sv, "a network of TensorFlow Lite, which limpid does not read"},
    Signature{0, "GGUF"sv, "a GGUF file, which limpid does not read"},
    Signature{0,
              "\x7f"
              "ELF"sv,
              "a program"},
};

/// In lower case, without a byte order mark and white space before it.
std::string beginning_of_text(std::string_view bytes) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  std::string text(bytes);
  std::transform(text.begin(), text.end(), text.begin(), lower_case);
  return text;
}

bool is_text(std::string_view bytes) {
  return std::none_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  });
}

std::string_view kind_of_text(std::string_view bytes) {
  const std::string text = beginning_of_text(bytes);
  for (const std::string_view start : {"<!doctype html", "<html", "<head", "<body"}) {
    if (text.starts_with(start)) {
      return "an HTML page, perhaps a login or an error that was saved in place of the file: download it "
             "again";
    }
  }
  if (text.starts_with('<')) return "XML, perhaps an error that was saved in place of the file";
  for (const std::string_view part : {"layer {", "layer{", "layers {", "layers{"}) {
    if (text.find(part) != std::string::npos)
      return "Caffe's text that describes a network, without its weights";
  }
  if (text.starts_with('{') || text.starts_with('[')) return "JSON, which holds no weights";
  return "text, which holds no weights";
}

}  // namespace

std::string foreign_kind(std::string_view first_bytes) {
  for (const Signature& signature : kSignatures) {
    if (first_bytes.size() < signature.offset) continue;
    if (first_bytes.substr(signature.offset).starts_with(signature.bytes)) return std::string(signature.kind);
  }
  if (is_text(first_bytes.substr(0, kFileKindStart))) return std::string(kind_of_text(first_bytes));
  return {};
}

void refuse_foreign(std::string_view first_bytes, const std::filesystem::path& path) {
  if (const std::string kind = foreign_kind(first_bytes); !kind.empty()) {
    fail_input("{}: this is {}", path.string(), kind);
  }
}

void fail_unknown_format(const std::filesystem::path& path) {
  fail_input("{}: no file of a kind that limpid reads: it is told by what is in it, and may be a {}",
             path.string(), kReadFormats);
}

}  // namespace limpid
