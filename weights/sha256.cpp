#include "weights/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <memory>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "weights/file_bytes.h"

namespace limpid {

namespace {

/// Throws Error{runtime} naming `what` where OpenSSL cannot do its work.
class Digest {
 public:
  explicit Digest(std::string what) : what_(std::move(what)) {
    require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }

  void add(std::string_view bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }

  std::string hexadecimal() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  void require(bool good) const {
    if (!good) fail_runtime("OpenSSL cannot compute the SHA-256 of {}", what_);
  }

  std::string what_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
};

}  // namespace

std::string sha256_of_file(const std::filesystem::path& path) {
  check_readable(path);
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_read(path, errno);
  Digest digest(fmt::format("'{}'", path.string()));
  std::string block(1U << 20U, '\0');
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    digest.add(std::string_view(block).substr(0, static_cast<std::size_t>(file.gcount())));
  }
  if (file.bad()) fail_read(path, errno);
  return digest.hexadecimal();
}

std::string sha256_of_bytes(std::string_view bytes) {
  Digest digest("bytes in memory");
  digest.add(bytes);
  return digest.hexadecimal();
}

}  // namespace limpid
