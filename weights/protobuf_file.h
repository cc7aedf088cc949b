// Files that are one protobuf message.
#pragma once

#include <google/protobuf/message_lite.h>

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace limpid {

/// The fields of a message that take memory of their own when it is parsed: messages and strings.
struct MessageFields {
  struct Field {
    int number;
    const MessageFields* message;  ///< What the field's messages hold; nullptr for strings.
  };
  std::vector<Field> fields;
};

/// Parses the file into `message` and returns true, or false where the bytes are no message of that schema;
/// what could be read is in `message` then.
///
/// A parsed message of a few bytes takes a hundred. Before it is parsed, the messages and strings in `fields`
/// are counted, and a file of more than any network has is refused: no file takes more than a small multiple
/// of its size, plus a fixed amount. Throws Error{input} naming the file for one that cannot be read, is
/// larger than protobuf allows, or has too many fields; `format` is what the file should be ("a
/// .caffemodel").
bool parse_protobuf(const std::filesystem::path& path, const MessageFields& fields, std::string_view format,
                    google::protobuf::MessageLite& message);

}  // namespace limpid
