#include "engine/grid/tile_checksum.h"

#include <openssl/evp.h>

#include <bit>
#include <memory>
#include <span>

#include "kernels/core/error.h"

namespace limpid {

static_assert(std::endian::native == std::endian::little, "the store's files are little endian");

TileChecksum tile_checksum(const StoredTile& tile) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  const auto add = [&](const auto& values) {
    const auto bytes = std::as_bytes(std::span(values));
    good = good && EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1;
  };
  const std::array<std::int64_t, 5> head = {tile.job, tile.height, tile.width,
                                            static_cast<std::int64_t>(tile.objective.size()),
                                            static_cast<std::int64_t>(tile.failure.size())};
  add(head);
  add(tile.objective);
  add(tile.rgb);
  add(tile.failure);
  add(tile.parameters);
  TileChecksum checksum{};
  unsigned size = 0;
  if (!good || EVP_DigestFinal_ex(context.get(), checksum.data(), &size) != 1 || size != checksum.size()) {
    fail_runtime("OpenSSL cannot compute a tile's SHA-256");
  }
  return checksum;
}

}  // namespace limpid
