#include "weights/protobuf_file.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

/// protobuf counts bytes in an int.
constexpr std::uint64_t kMaxFileSize = std::numeric_limits<int>::max();

/// A graph of InceptionV1 has some ten thousand.
constexpr std::size_t kMaxFields = 1U << 17U;

/// Adds the messages and strings up to the stream's limit to `count`; stops where the bytes are no message or
/// `count` is beyond all measure.
bool count_fields(CodedInputStream& stream, const MessageFields& shape, std::size_t& count) {
  while (const std::uint32_t tag = stream.ReadTag()) {
    const int number = WireFormatLite::GetTagFieldNumber(tag);
    const auto known =
        std::find_if(shape.fields.begin(), shape.fields.end(),
                     [&](const MessageFields::Field& field) { return field.number == number; });
    const bool is_counted = known != shape.fields.end() &&
                            WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (!is_counted) {
      if (!WireFormatLite::SkipField(&stream, tag)) return false;
      continue;
    }
    if (++count > kMaxFields) return false;
    int size = 0;
    if (!stream.ReadVarintSizeAsInt(&size)) return false;
    if (known->message == nullptr) {
      if (!stream.Skip(size)) return false;
      continue;
    }
    const auto [limit, depth_left] = stream.IncrementRecursionDepthAndPushLimit(size);
    if (depth_left < 0 || !count_fields(stream, *known->message, count)) return false;
    if (!stream.DecrementRecursionDepthAndPopLimit(limit)) return false;
  }
  return true;
}

}  // namespace

bool parse_protobuf(const std::filesystem::path& path, const MessageFields& fields, std::string_view format,
                    google::protobuf::MessageLite& message) {
  if (check_readable(path) > kMaxFileSize) {
    fail_input("{}: larger than {} bytes: no {} of InceptionV1", path.string(), kMaxFileSize, format);
  }
  const std::string bytes = read_bytes(path);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  std::size_t count = 0;
  CodedInputStream stream(data, size);
  count_fields(stream, fields, count);
  if (count > kMaxFields) {
    fail_input("{}: more than {} messages and strings: no {} of InceptionV1", path.string(), kMaxFields,
               format);
  }
  return message.ParseFromArray(data, size);
}

}  // namespace limpid
