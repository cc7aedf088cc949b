// Indexes: every value and every band against plain loops over the files; the same bytes however they came about; what is
// damaged costs itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/image/fit_image.h"
#include "engine/pictures/image_file.h"
#include "engine/session/queries.h"
#include "tests/dataset/index_support.h"
#include "tests/weights/support.h"
#include "tools/dataset/find_pictures.h"
#include "tools/dataset/merge_indexes.h"
#include "tools/dataset/unit_examples.h"
#include "weights/sha256.h"

namespace limpid::testing {
namespace {

namespace fs = std::filesystem;

class Index : public ::testing::Test {
 protected:
  Index() : paths_(write_pictures(folder_ / "photos")) {}

  std::string photos() const { return (folder_ / "photos").string(); }
  std::string units(const std::string& index) const { return read_text(folder_ / index / "units.h5"); }

  const TemporaryFolder folder_;
  const std::vector<std::string> paths_;
};

/// A picture of a unit, by plain loops.
struct PlainExample {
  std::string digest;
  float mean = 0, max = 0;
  int place = 0;
  std::uint64_t hash = 0;
};

/// Statistics of every unit of a layer on a file.
std::vector<PlainExample> plain_examples(const std::string& path, const ExampleLayer& layer) {
  const Model& model = *index_model();
  const std::string bytes = read_text(path);
  const Image image = fit_to_network(read_image(path), kIndexSide);
  const Activations after = activations(model, image, layer.name),
                    before = activations(model, image, layer.name, true);
  const std::size_t count = after.values.size() / static_cast<std::size_t>(after.channels);
  std::vector<PlainExample> units;
  for (std::size_t channel = 0; channel * count < after.values.size(); ++channel) {
    PlainExample unit{sha256_of_bytes(bytes)};
    std::vector<double> sums(8);
    for (std::size_t p = 0; p < count; ++p) {
      const float value = after.values[channel * count + p];
      sums[p % 8] += static_cast<double>(before.values[channel * count + p]);
      if (p > 0 && value <= unit.max) continue;
      unit.max = value;
      unit.place = static_cast<int>(p);
    }
    double sum = 0;
    for (const double part : sums) sum += part;
    unit.mean = static_cast<float>(sum / static_cast<double>(count));
    unit.hash = UnitHash(5, layer.name, static_cast<int>(channel))(sha256_digest(bytes));
    units.push_back(unit);
  }
  return units;
}

/// The k largest or smallest: value, then hash.
std::vector<PlainExample> extremes(std::vector<PlainExample> all, bool largest, std::size_t k) {
  std::sort(all.begin(), all.end(), [&](const PlainExample& a, const PlainExample& b) {
    if (a.mean != b.mean) return largest ? a.mean > b.mean : a.mean < b.mean;
    return a.hash < b.hash;
  });
  all.resize(std::min(k, all.size()));
  return all;
}

/// A sample of the quarter nearest to zero on one side, by the smallest hashes; then by value.
std::vector<PlainExample> slight_ones(const std::vector<PlainExample>& all, bool positive, std::size_t k) {
  std::vector<PlainExample> side;
  for (const PlainExample& one : all) {
    if (positive ? one.mean > 0 : one.mean < 0) side.push_back(one);
  }
  const auto nearer = [&](const PlainExample& a, const PlainExample& b) {
    return std::abs(a.mean) < std::abs(b.mean);
  };
  std::sort(side.begin(), side.end(), nearer);
  if (side.empty()) return side;
  const float edge = std::abs(side[(side.size() + 3) / 4 - 1].mean);
  std::erase_if(side, [&](const PlainExample& one) { return std::abs(one.mean) > edge; });
  std::sort(side.begin(), side.end(), [](const auto& a, const auto& b) { return a.hash < b.hash; });
  side.resize(std::min(k, side.size()));
  return extremes(side, positive, k);
}

TEST_F(Index, EveryBandOfEveryUnitIsThatOfPlainLoops) {
  const IndexBuild built = build({photos()}, folder_ / "a.limpidx");
  EXPECT_EQ(built.report.pictures, paths_.size());
  const IndexReader index(folder_ / "a.limpidx");
  const std::vector<ExampleLayer>& layers = index.manifest().layers;
  ExampleRequest request{parse_bands("max,min,high,low"), 5, ExampleValue::mean, 5};
  std::size_t ties = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    std::vector<std::vector<PlainExample>> of_files;
    for (const std::string& path : paths_) of_files.push_back(plain_examples(path, layers[l]));
    for (int channel = 0; channel < layers[l].channels; ++channel) {
      std::vector<PlainExample> all;
      std::set<float> means;
      for (const auto& of_file : of_files) {
        all.push_back(of_file[static_cast<std::size_t>(channel)]);
        means.insert(all.back().mean);
      }
      ties += all.size() - means.size();
      const auto found = unit_examples(index, {l, channel}, request);
      const std::vector<std::vector<PlainExample>> expected = {
          extremes(all, true, 5), extremes(all, false, 5), slight_ones(all, true, 5),
          slight_ones(all, false, 5)};
      for (std::size_t band = 0; band < 4; ++band) {
        SCOPED_TRACE(fmt::format("{}:{} {}", layers[l].name, channel, request.bands[band].name));
        ASSERT_EQ(found[band].size(), expected[band].size());
        for (std::size_t i = 0; i < found[band].size(); ++i) {
          const Example& one = found[band][i];
          EXPECT_EQ(to_string(index.units().pictures()[one.picture].digest), expected[band][i].digest);
          EXPECT_EQ(one.value, expected[band][i].mean);
          EXPECT_EQ(one.place, expected[band][i].place);
          EXPECT_EQ(index.units().column(l, channel).max[one.picture], expected[band][i].max);
        }
      }
    }
  }
  EXPECT_GE(ties, 2U) << "the equal pictures are a tie of every unit";
}

TEST_F(Index, BytesDependOnThePicturesAlone) {
  build({photos()}, folder_ / "a.limpidx");
  build({photos()}, folder_ / "threads.limpidx", {.batch = 7, .threads = 2});
  build({photos()}, folder_ / "one.limpidx", {.batch = 1});
  std::vector<std::string> shuffled = paths_;
  std::reverse(shuffled.begin(), shuffled.end());
  std::rotate(shuffled.begin(), shuffled.begin() + 5, shuffled.end());
  shuffled.push_back(shuffled.front());
  const IndexBuild with_copy = build(shuffled, folder_ / "shuffled.limpidx");
  EXPECT_EQ(with_copy.report.copies, 1U);
  for (const char* name : {"threads.limpidx", "one.limpidx", "shuffled.limpidx"})
    EXPECT_EQ(units(name), units("a.limpidx")) << name;
}

TEST_F(Index, MergedShardsAreTheWhole) {
  build({photos()}, folder_ / "a.limpidx");
  std::vector<fs::path> shards;
  std::size_t pictures = 0;
  for (int i = 1; i <= 3; ++i) {
    shards.push_back(folder_ / fmt::format("{}.limpidx", i));
    pictures += build({photos()}, shards.back(), {.shard = {i, 3}}).report.pictures;
  }
  EXPECT_EQ(pictures, paths_.size());
  std::swap(shards[0], shards[2]);
  EXPECT_EQ(merge_indexes(shards, folder_ / "all.limpidx"), paths_.size());
  EXPECT_EQ(units("all.limpidx"), units("a.limpidx"));
  EXPECT_EQ(read_text(folder_ / "all.limpidx/manifest.json"), read_text(folder_ / "a.limpidx/manifest.json"));
  // What overlaps is there once.
  EXPECT_EQ(merge_indexes({shards[0], folder_ / "a.limpidx"}, folder_ / "again.limpidx"), paths_.size());
  EXPECT_EQ(units("again.limpidx"), units("a.limpidx"));
}

TEST_F(Index, OtherWorkIsNotMerged) {
  build({photos()}, folder_ / "a.limpidx");
  build({photos()}, folder_ / "b.limpidx", {.layers = {"conv2d0"}});
  expect_error(ErrorKind::usage, {"b.limpidx", "layers: conv2d0,conv2d2,mixed3a,mixed4d in", "conv2d0 in"},
               [&] {
                 merge_indexes({folder_ / "a.limpidx", folder_ / "b.limpidx"}, folder_ / "all.limpidx");
               });
  expect_error(ErrorKind::usage, {"b.limpidx", "already"},
               [&] { merge_indexes({folder_ / "a.limpidx"}, folder_ / "b.limpidx"); });
  expect_input_error({"c.limpidx", "no index of examples"},
                     [&] { merge_indexes({folder_ / "c.limpidx"}, folder_ / "all.limpidx"); });
  EXPECT_FALSE(fs::exists(folder_ / "all.limpidx"));
}

TEST_F(Index, FolderListAndArchiveGiveTheSame) {
  build({photos()}, folder_ / "folder.limpidx");
  std::string list;
  std::vector<std::pair<std::string, std::string>> members = {{"labels.json", "{}"}};
  for (const std::string& path : paths_) {
    list += fs::path(path).lexically_relative(folder_.path()).string() + "\r\n\n";
    members.emplace_back("shard/" + fs::path(path).filename().string(), read_text(path));
  }
  write_text(folder_ / "list.txt", list);
  write_text(folder_ / "photos.tar", tar_of(members));
  EXPECT_EQ(build({(folder_ / "list.txt").string()}, folder_ / "list.limpidx").report.pictures,
            paths_.size());
  EXPECT_EQ(build({(folder_ / "photos.tar").string()}, folder_ / "tar.limpidx").report.pictures,
            paths_.size());
  EXPECT_EQ(units("list.limpidx"), units("folder.limpidx"));

  const IndexReader folder(folder_ / "folder.limpidx"), tar(folder_ / "tar.limpidx");
  const std::vector<ExampleLayer>& layers = folder.manifest().layers;
  ASSERT_EQ(tar.units().pictures().size(), paths_.size());
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const PictureRecord &one = folder.units().pictures()[i], &other = tar.units().pictures()[i];
    EXPECT_EQ(one.digest, other.digest);
    EXPECT_EQ(one.height, other.height);
    EXPECT_EQ(one.width, other.width);
    EXPECT_EQ(other.path.member, "shard/" + fs::path(one.path.file).filename().string());
  }
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    for (int channel = 0; channel < layers[layer].channels; ++channel)
      EXPECT_EQ(folder.units().column(layer, channel), tar.units().column(layer, channel));
  }
}

TEST_F(Index, PicturesAreFoundAgain) {
  std::vector<std::pair<std::string, std::string>> members;
  for (std::size_t i = 0; i < 6; ++i) members.emplace_back(fmt::format("{}.png", i), read_text(paths_[i]));
  write_text(folder_ / "some.tar", tar_of(members));
  const std::vector<std::string> files(paths_.begin() + 6, paths_.end());
  std::vector<std::string> sources = files;
  sources.push_back((folder_ / "some.tar").string());
  build(sources, folder_ / "a.limpidx");
  const IndexReader index(folder_ / "a.limpidx");
  // Twice each.
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < paths_.size(); ++i) rows.insert(rows.end(), {i, paths_.size() - 1 - i});
  std::map<std::size_t, std::string> failures;
  std::size_t seen = 0;
  const auto look = [&](std::size_t number, Image image, const std::string& failure) {
    ++seen;
    const PictureRecord& record = index.units().pictures()[rows[number]];
    if (!failure.empty()) {
      failures[rows[number]] = failure;
    } else {
      EXPECT_EQ(image.height, record.height);
      EXPECT_EQ(image.width, record.width);
    }
  };
  find_pictures(index, rows, look);
  EXPECT_EQ(seen, rows.size());
  EXPECT_TRUE(failures.empty());

  fs::remove(files[0]);
  write_text(files[1], read_text(files[2]));
  members.pop_back();
  write_text(folder_ / "some.tar", tar_of(members));
  find_pictures(index, rows, look);
  ASSERT_EQ(failures.size(), 3U);
  std::string all;
  for (const auto& [row, failure] : failures) all += failure + "\n";
  EXPECT_NE(all.find(files[0]), std::string::npos) << all;
  EXPECT_NE(all.find("not the picture it was"), std::string::npos) << all;
  EXPECT_NE(all.find("no longer has it"), std::string::npos) << all;
}

TEST_F(Index, GoesOnWhereItWasStopped) {
  build({photos()}, folder_ / "whole.limpidx");
  const IndexBuild first = build({photos()}, folder_ / "a.limpidx", {}, 4);
  EXPECT_FALSE(first.report.finished);
  EXPECT_EQ(first.report.looked_at, 4U);
  expect_input_error({"a.limpidx", "not finished", "--resume"},
                     [&] { const IndexReader read(folder_ / "a.limpidx"); });
  expect_error(ErrorKind::usage, {"a.limpidx", "already", "--resume"},
               [&] { build({photos()}, folder_ / "a.limpidx"); });
  const IndexReader whole(folder_ / "whole.limpidx", UnfinishedIndex::taken);
  EXPECT_TRUE(whole.finished());
  // Looked at as it is, it is what an index of its pictures alone would be.
  const auto expect_part_of_whole = [&](std::size_t files, std::size_t pictures) {
    const IndexReader part(folder_ / "a.limpidx", UnfinishedIndex::taken);
    EXPECT_FALSE(part.finished());
    EXPECT_EQ(part.files().size(), files);
    ASSERT_EQ(part.units().pictures().size(), pictures);
    const auto& all = whole.units().pictures();
    const UnitColumn of_part = part.units().column(2, 3), of_whole = whole.units().column(2, 3);
    for (std::size_t row = 0; row < pictures; ++row) {
      const auto same = std::ranges::find(all, part.units().pictures()[row].digest, &PictureRecord::digest);
      ASSERT_NE(same, all.end());
      const auto there = static_cast<std::size_t>(same - all.begin());
      EXPECT_EQ(of_part.mean[row], of_whole.mean[there]);
      EXPECT_EQ(of_part.max[row], of_whole.max[there]);
      EXPECT_EQ(of_part.place[row], of_whole.place[there]);
    }
  };
  expect_part_of_whole(1, 4);
  expect_error(ErrorKind::usage,
               {"a.limpidx", "other work", "layers: conv2d0,conv2d2,mixed3a,mixed4d", "conv2d0 asked for"},
               [&] { build({photos()}, folder_ / "a.limpidx", {.resume = true, .layers = {"conv2d0"}}); });
  build({photos()}, folder_ / "a.limpidx", {.resume = true}, 4);
  expect_part_of_whole(2, 8);
  // Damage of a segment costs its pictures, which are looked at again.
  const fs::path path = folder_ / "a.limpidx/segment-000001.h5";
  const IndexManifest manifest = read_index_manifest(folder_ / "a.limpidx");
  const std::vector<float> means =
      UnitFile(path, {settings_digest(manifest), manifest.layers}).column(3, 1).mean;
  std::string segment = read_text(path);
  const std::size_t at = segment.find(raw_bytes(means));
  ASSERT_NE(at, std::string::npos);
  segment[at + 5] = static_cast<char>(segment[at + 5] ^ 1);
  write_text(path, segment);
  const IndexBuild last = build({photos()}, folder_ / "a.limpidx", {.resume = true});
  ASSERT_EQ(last.warnings.size(), 1U);
  EXPECT_NE(last.warnings[0].find("damaged-segment-000001.h5"), std::string::npos) << last.warnings[0];
  EXPECT_EQ(last.report.looked_at, paths_.size() - 4);
  EXPECT_TRUE(last.report.finished);
  EXPECT_EQ(units("a.limpidx"), units("whole.limpidx"));
  EXPECT_EQ(build({photos()}, folder_ / "a.limpidx", {.resume = true}).report.looked_at, 0U);
  EXPECT_EQ(units("a.limpidx"), units("whole.limpidx"));
}

/// Whoever builds the index joins files and removes them between the two times that a reader looks.
TEST_F(Index, FilesThatWereJoinedMeanwhileAreLookedForAgain) {
  build({photos()}, folder_ / "i.limpidx");
  const IndexManifest manifest = read_index_manifest(folder_ / "i.limpidx");
  const UnitFileKind kind{settings_digest(manifest), manifest.layers};
  const fs::path there = folder_ / "i.limpidx" / "units.h5",
                 gone = folder_ / "i.limpidx" / "segment-000000.h5";
  int times = 0;
  const auto files = open_unit_files(kind, [&] {
    return ++times == 1 ? std::vector{there, gone} : std::vector{there};
  });
  EXPECT_EQ(times, 2);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files.front().pictures().size(), paths_.size());
  // What goes on being named and cannot be read is an error.
  EXPECT_THROW(open_unit_files(kind, [&] { return std::vector{there, gone}; }), Error);
}

/// Values of pictures that were read otherwise are others: they are shown, and never mixed.
TEST_F(Index, OfAnOlderReadingIsShownAndNotContinued) {
  build({photos()}, folder_ / "old.limpidx", {.layers = {"conv2d0"}, .reading = 1});
  build({photos()}, folder_ / "new.limpidx", {.layers = {"conv2d0"}});
  EXPECT_EQ(read_text(folder_ / "old.limpidx/manifest.json").find("reading"), std::string::npos);
  EXPECT_EQ(IndexReader(folder_ / "old.limpidx").manifest().reading, 1);
  EXPECT_EQ(IndexReader(folder_ / "old.limpidx").files().front().pictures().size(), paths_.size());
  EXPECT_EQ(IndexReader(folder_ / "new.limpidx").manifest().reading, kPictureReading);
  const std::initializer_list<std::string_view> said = {"how pictures are read", "colour profiles", "1 in ",
                                                        ", 2 "};
  expect_error(ErrorKind::usage, said,
               [&] { build({photos()}, folder_ / "old.limpidx", {.resume = true, .layers = {"conv2d0"}}); });
  expect_error(ErrorKind::usage, said, [&] {
    merge_indexes({folder_ / "old.limpidx", folder_ / "new.limpidx"}, folder_ / "all.limpidx");
  });
  EXPECT_EQ(merge_indexes({folder_ / "old.limpidx"}, folder_ / "all.limpidx"), paths_.size());
  EXPECT_EQ(IndexReader(folder_ / "all.limpidx").manifest().reading, 1);
  // As it was before there was a number of it.
  IndexManifest bare;
  bare.weights.sha256 = "ab";
  bare.device = "cpu";
  bare.precision = "fp32";
  bare.size = 224;
  bare.reading = 1;
  EXPECT_EQ(settings_digest(bare), sha256_of_bytes(R"(["ab","cpu","fp32",224,"crop"])"));
}

TEST_F(Index, GrowsByWhatItLacks) {
  build({photos()}, folder_ / "whole.limpidx");
  const std::vector<std::string> some(paths_.begin(), paths_.begin() + 9);
  build(some, folder_ / "a.limpidx");
  EXPECT_EQ(build({photos()}, folder_ / "a.limpidx", {.resume = true}).report.looked_at, paths_.size() - 9);
  EXPECT_EQ(units("a.limpidx"), units("whole.limpidx"));
}

TEST_F(Index, WhatCannotBeReadIsNamedAndPassedOver) {
  build({photos()}, folder_ / "sound.limpidx");
  const std::string sound = read_text(paths_[2]);
  write_text(folder_ / "photos/cut.png", sound.substr(0, sound.size() / 2));
  write_text(folder_ / "photos/text.jpg", "no picture at all");
  std::string corrupt = sound;
  corrupt[corrupt.size() / 2] = static_cast<char>(corrupt[corrupt.size() / 2] ^ 0x40);
  write_text(folder_ / "photos/corrupt.png", corrupt);
  write_text(folder_ / "photos/notes.md", "not looked at");
  write_text(folder_ / "photos/._2.png", "nor this");
  const IndexBuild built = build({photos()}, folder_ / "a.limpidx");
  EXPECT_EQ(built.report.pictures, paths_.size());
  EXPECT_EQ(built.report.passed_over, 3U);
  ASSERT_EQ(built.passed_over.size(), 3U);
  std::string all;
  for (const std::string& message : built.passed_over) all += message + "\n";
  for (const char* name : {"cut.png", "text.jpg", "corrupt.png"})
    EXPECT_NE(all.find(name), std::string::npos) << all;
  EXPECT_EQ(units("a.limpidx"), units("sound.limpidx"));
  expect_input_error({"photos/"}, [&] { build({photos()}, folder_ / "strict.limpidx", {.strict = true}); });
}

TEST_F(Index, AnArchiveThatIsCutShortGivesWhatItHas) {
  std::vector<std::pair<std::string, std::string>> members;
  for (const std::string& path : paths_)
    members.emplace_back(fs::path(path).filename().string(), read_text(path));
  const std::string tar = tar_of(members);
  // In the seventh member's header, in its bytes, and in the zeros behind them.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < 6; ++i) begin += 512 + (members[i].second.size() + 511) / 512 * 512;
  const std::size_t bytes = members[6].second.size();
  ASSERT_NE((bytes + 1) % 512, 0U);
  for (const std::size_t at : {begin + 100, begin + 512 + bytes / 2, begin + 512 + bytes + 1}) {
    SCOPED_TRACE(at - begin);
    write_text(folder_ / "cut.tar", tar.substr(0, at));
    const IndexBuild built = build({(folder_ / "cut.tar").string()}, folder_ / fmt::format("{}.limpidx", at));
    EXPECT_EQ(built.report.pictures, 6U);
    ASSERT_EQ(built.passed_over.size(), 1U);
    EXPECT_NE(built.passed_over[0].find("cut.tar' is damaged"), std::string::npos) << built.passed_over[0];
  }
}

TEST_F(Index, DamageIsAnErrorThatNamesTheFile) {
  build({photos()}, folder_ / "a.limpidx", {.layers = {"conv2d0"}});
  const std::string sound = units("a.limpidx");
  const IndexReader read(folder_ / "a.limpidx");
  const UnitColumn first = read.units().column(0, 0), second = read.units().column(0, 1);
  int refused = 0;
  // A prime, so that all kinds of bytes are met.
  for (std::size_t at = 0; at < sound.size(); at += 61) {
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_text(folder_ / "a.limpidx/units.h5", damaged);
    try {
      const IndexReader index(folder_ / "a.limpidx");
      // What is read is what was written.
      EXPECT_EQ(index.units().pictures(), read.units().pictures()) << at;
      EXPECT_EQ(index.units().column(0, 0), first) << at;
      EXPECT_EQ(index.units().column(0, 1), second) << at;
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(error.kind(), ErrorKind::input) << at;
      EXPECT_NE(std::string(error.what()).find("units.h5"), std::string::npos) << error.what();
    }
  }
  EXPECT_GT(refused, 20);
}

/// By a writer of its own, whose checksums hold.
TEST_F(Index, APlaceOutsideTheMapIsRefused) {
  build({photos()}, folder_ / "a.limpidx", {.layers = {"mixed4d"}});
  const IndexReader index(folder_ / "a.limpidx");
  const UnitFileKind kind{settings_digest(index.manifest()), index.manifest().layers};
  const ExampleLayer& layer = index.manifest().layers[0];
  const fs::path path = folder_ / "units.h5";
  for (const int beyond : {-1, 0}) {
    write_unit_file(path, kind, index.units().pictures(), [&](std::size_t, int channel) {
      UnitColumn column = index.units().column(0, channel);
      column.place[3] = static_cast<std::uint16_t>(layer.height * layer.width + beyond);
      return column;
    });
    const UnitFile file(path, kind);
    if (beyond < 0) {
      EXPECT_EQ(file.column(0, 1).place[3], layer.height * layer.width - 1);
    } else {
      expect_input_error({"units.h5' is damaged", "mixed4d:1", "position"}, [&] { file.column(0, 1); });
    }
  }
}

TEST_F(Index, AFileMayBeNamedAsADrawnPicture) {
  const std::string name = "procedural:2:0.png";
  write_text(folder_ / name, read_text(paths_[0]));
  write_text(folder_ / "list.txt", name + "\n");
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  build({"list.txt"}, "a.limpidx");
  build({name}, "b.limpidx");
  for (const char* folder : {"a.limpidx", "b.limpidx"}) {
    const IndexReader index(folder);
    ASSERT_EQ(index.units().pictures().size(), 1U);
    EXPECT_EQ(to_string(index.units().pictures()[0].digest), sha256_of_bytes(read_text(paths_[0])));
    find_pictures(index, std::vector<std::size_t>{0},
                  [](std::size_t, const Image&, const std::string& failure) { EXPECT_EQ(failure, ""); });
  }
  fs::current_path(before);
}

}  // namespace
}  // namespace limpid::testing
