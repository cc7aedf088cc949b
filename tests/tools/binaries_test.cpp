// What is built runs no library that lies in the current folder, and is linked so that a fault of ours is
// hard to use.
#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;

/// A file's bytes, of which only those that are looked at are read: sanitized programs are large.
class Mapped {
 public:
  explicit Mapped(const fs::path& path) : size_(fs::file_size(path)) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    data_ = ::mmap(nullptr, std::max<std::size_t>(size_, 1), PROT_READ, MAP_PRIVATE, file, 0);
    ::close(file);
    if (data_ == MAP_FAILED) throw std::runtime_error("cannot map " + path.string());
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  ~Mapped() { ::munmap(data_, std::max<std::size_t>(size_, 1)); }

  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  std::size_t size_;
  void* data_;
};

/// The dynamic section of a program or library.
struct Dynamic {
  std::vector<std::string> search_paths;  ///< Each RUNPATH and RPATH, elements joined by colons.
  bool relro = false, binds_now = false;
};

template <class T>
T at(std::string_view file, std::size_t offset) {
  T value;
  if (offset + sizeof value > file.size()) throw std::runtime_error("a table beyond the end of the file");
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

std::vector<Elf64_Phdr> program_headers(std::string_view file) {
  const auto header = at<Elf64_Ehdr>(file, 0);
  std::vector<Elf64_Phdr> headers;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    headers.push_back(at<Elf64_Phdr>(file, header.e_phoff + i * header.e_phentsize));
  }
  return headers;
}

Dynamic read_dynamic(std::string_view file) {
  Dynamic dynamic;
  const std::vector<Elf64_Phdr> headers = program_headers(file);
  const auto offset_of = [&](Elf64_Addr address) {
    for (const Elf64_Phdr& h : headers) {
      if (h.p_type == PT_LOAD && address >= h.p_vaddr && address < h.p_vaddr + h.p_filesz)
        return address - h.p_vaddr + h.p_offset;
    }
    throw std::runtime_error("an address in no segment");
  };
  std::vector<Elf64_Dyn> entries;
  for (const Elf64_Phdr& h : headers) {
    dynamic.relro |= h.p_type == PT_GNU_RELRO;
    if (h.p_type != PT_DYNAMIC) continue;
    for (std::size_t i = 0; i < h.p_filesz / sizeof(Elf64_Dyn); ++i) {
      entries.push_back(at<Elf64_Dyn>(file, h.p_offset + i * sizeof(Elf64_Dyn)));
    }
  }
  std::size_t strings = 0;
  for (const Elf64_Dyn& entry : entries) {
    if (entry.d_tag == DT_STRTAB) strings = offset_of(entry.d_un.d_ptr);
    dynamic.binds_now |= entry.d_tag == DT_BIND_NOW ||
                         (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_BIND_NOW) != 0) ||
                         (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_NOW) != 0);
  }
  for (const Elf64_Dyn& entry : entries) {
    if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH) {
      dynamic.search_paths.emplace_back(file.data() + strings + entry.d_un.d_val);
    }
  }
  return dynamic;
}

/// Every program and library of the build.
std::vector<fs::path> binaries() {
  std::vector<fs::path> found;
  for (const char* folder : {LIMPID_BIN_FOLDER, LIMPID_LIB_FOLDER}) {
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, none)) {
      if (entry.is_regular_file() && Mapped(entry.path()).bytes().starts_with(ELFMAG)) {
        found.push_back(entry.path());
      }
    }
  }
  return found;
}

/// An element that is empty or relative means the current folder.
bool is_absolute(const std::string& path) {
  std::istringstream elements(path + ":");
  for (std::string element; std::getline(elements, element, ':');) {
    if (!element.starts_with('/') && !element.starts_with("$ORIGIN")) return false;
  }
  return true;
}

TEST(Binaries, TakeNoLibraryFromTheCurrentFolder) {
  EXPECT_FALSE(is_absolute("/usr/lib:")) << "the test itself";
  EXPECT_FALSE(is_absolute("/usr/lib::/lib"));
  EXPECT_FALSE(is_absolute("lib"));
  const std::vector<fs::path> all = binaries();
  ASSERT_GE(all.size(), 2U);
  for (const fs::path& binary : all) {
    for (const std::string& path : read_dynamic(Mapped(binary).bytes()).search_paths) {
      EXPECT_TRUE(is_absolute(path)) << binary << ": " << path;
    }
  }
}

TEST(Binaries, AreBoundAndSealedBeforeTheyRun) {
  for (const fs::path& binary : binaries()) {
    const Dynamic dynamic = read_dynamic(Mapped(binary).bytes());
    EXPECT_TRUE(dynamic.relro) << binary;
    EXPECT_TRUE(dynamic.binds_now) << binary;
  }
}

}  // namespace
}  // namespace limpid::testing
