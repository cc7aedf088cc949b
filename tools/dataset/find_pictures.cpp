#include "tools/dataset/find_pictures.h"

#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "engine/pictures/image_file.h"
#include "engine/pictures/picture_limits.h"
#include "kernels/core/error.h"
#include "tools/dataset/archive.h"
#include "tools/dataset/drawn_pictures.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

class PictureFinder {
 public:
  using Visit = std::function<void(std::size_t, Image, const std::string&)>;

  PictureFinder(const IndexReader& index, std::span<const std::size_t> rows, const Visit& visit)
      : index_(index), visit_(visit) {
    std::map<std::size_t, std::vector<std::size_t>> numbers;
    for (std::size_t number = 0; number < rows.size(); ++number) numbers[rows[number]].push_back(number);
    for (auto& [row, of_row] : numbers) {
      const PictureRecord& picture = index.units().pictures()[row];
      const Wanted wanted{std::move(of_row), picture.digest};
      if (is_drawn(picture.path.file)) {
        drawn_.emplace_back(picture.path, wanted);
      } else if (picture.path.member.empty()) {
        alone_.emplace_back(picture.path.file, wanted);
      } else {
        archives_[picture.path.file].emplace(picture.path.member, wanted);
      }
    }
  }

  void find() {
    for (const auto& [path, wanted] : drawn_) guarded(wanted, [&] { draw(path, wanted); });
    for (const auto& [file, wanted] : alone_) guarded(wanted, [&] { find_file(file, wanted); });
    for (auto& [archive, members] : archives_) find_members(archive, members);
  }

 private:
  struct Wanted {
    std::vector<std::size_t> numbers;  ///< In `rows`; a picture may be wanted more than once.
    Sha256Digest digest;
  };
  using Members = std::multimap<std::string, Wanted>;

  /// The index may have been moved: then a path counts from here too.
  std::string path_of(const std::string& file) const {
    std::string path = path_from_here(file, index_.folder(), index_.manifest());
    std::error_code error;
    return !std::filesystem::exists(path, error) && std::filesystem::exists(file, error) ? file : path;
  }

  /// What is wrong with one picture is no reason not to have the others.
  template <class Action>
  void guarded(const Wanted& wanted, const Action& action) {
    try {
      action();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::runtime) throw;
      lack(wanted, error.what());
    }
  }

  void lack(const Wanted& wanted, const std::string& failure) {
    for (const std::size_t number : wanted.numbers) visit_(number, {}, failure);
  }

  void give(const std::string& bytes, const std::string& name, const Wanted& wanted) {
    if (sha256_digest(bytes) != wanted.digest)
      fail_input("'{}' is not the picture it was when the index was built", name);
    const Image image = decode_image(bytes, name);
    for (const std::size_t number : wanted.numbers) visit_(number, image, "");
  }

  void draw(const PicturePath& path, const Wanted& wanted) {
    const DrawnPicture drawn = drawn_picture(path).value();
    const Image image = procedural_picture(drawn.seed, drawn.number, index_.manifest().size).image;
    for (const std::size_t number : wanted.numbers) visit_(number, image, "");
  }

  void find_file(const std::string& file, const Wanted& wanted) {
    const std::string path = path_of(file);
    check_picture_bytes(check_readable(path), path);
    give(read_bytes(path), path, wanted);
  }

  void find_members(const std::string& archive, Members& members) {
    const std::string path = path_of(archive);
    const auto is_wanted = [&](const std::string& name) { return members.contains(name); };
    const auto take = [&](const ArchiveMember& member) {
      const auto wanted = members.find(member.name);
      const Wanted one = wanted->second;
      // Of members of one name, any may be the picture.
      if (sha256_digest(member.bytes) == one.digest || members.count(member.name) == 1) {
        members.erase(wanted);
        guarded(one, [&] { give(member.bytes, path + ", " + member.name, one); });
      }
      return !members.empty();
    };
    std::string failure = fmt::format("'{}' no longer has it", path);
    try {
      visit_archive(path, is_wanted, take);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::runtime) throw;
      failure = error.what();
    }
    for (const auto& [name, wanted] : members) lack(wanted, failure);
  }

  const IndexReader& index_;
  const Visit& visit_;
  std::vector<std::pair<PicturePath, Wanted>> drawn_;
  std::vector<std::pair<std::string, Wanted>> alone_;
  std::map<std::string, Members> archives_;
};

}  // namespace

void find_pictures(
    const IndexReader& index, std::span<const std::size_t> rows,
    const std::function<void(std::size_t number, Image image, const std::string& failure)>& visit) {
  PictureFinder(index, rows, visit).find();
}

}  // namespace limpid
