#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "tests/weights/state_dict_writer.h"
#include "tests/weights/support.h"
#include "weights/import.h"
#include "weights/pickle_reader.h"
#include "weights/pth_importer.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

using namespace testing;  // limpid::testing, which holds what the formats' tests share.

class Pth : public ::testing::Test {
 protected:
  Model import_entries(const Entries& entries, ImportReport* report = nullptr) {
    write_zip(path_, entries);
    return import_pth(path_, "", report);
  }

  template <class Change>
  void expect_refused(std::initializer_list<std::string_view> parts, const Change& change) {
    Entries entries = pth_entries(tensors_, "FloatStorage");
    change(entries);
    write_zip(path_, entries);
    expect_input_error(parts, [&] { import_pth(path_); });
  }

  static Model expected_model() {
    Model model = narrow_model("inception5h");
    model.provenance.source = "model.pth";
    return model;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.pth";
  Model model_ = expected_model();
  StateDict tensors_ = lucent_state_dict(model_);
};

TEST_F(Pth, ReadsEveryTypeAndNaming) {
  for (const char* type : {"HalfStorage", "BFloat16Storage", "FloatStorage", "DoubleStorage"}) {
    SCOPED_TRACE(type);
    expect_equal(import_entries(pth_entries(tensors_, type)), model_);
    expect_equal(import_entries(pth_entries(captum_state_dict(model_), type)), model_);
  }
}

TEST_F(Pth, IsRecognisedAmongArchivesAndRecordsItsChecksum) {
  write_zip(path_, pth_entries(tensors_, "FloatStorage"));
  Model expected = model_;
  expected.provenance.sha256 = sha256_of_file(path_);
  expect_equal(import_model(path_), expected);
}

TEST_F(Pth, OlderOnesDoNotSayTheirByteOrder) {
  Entries entries = pth_entries(tensors_, "FloatStorage");
  entries.erase("model/byteorder");
  expect_equal(import_entries(entries), model_);
  expect_refused({"model.pth", "big-endian"}, [](Entries& changed) { changed["model/byteorder"] = "big"; });
}

TEST_F(Pth, ReportsAuxiliaryHeadsAndBatchCounters) {
  StateDict tensors = captum_state_dict(model_);
  tensors.push_back({"aux2.fc1.weight", {1, 1}, {1}});
  Entries entries = pth_entries(tensors, "FloatStorage");
  ImportReport report;
  expect_equal(import_entries(entries, &report), model_);
  EXPECT_EQ(report.unused, std::vector<std::string>{"aux2.* (1)"});
}

TEST_F(Pth, ReadsViewsOfAnyStride) {
  // conv2d0's filter, 2 x 3 x 7 x 7, is kept channels last behind three other numbers, and shares the storage
  // with its bias, every other number.
  const StateTensor& filter = tensors_[0];
  std::vector<float> storage = {1, 2, 3};
  for (std::size_t k = 0; k < 2; ++k) {
    for (std::size_t position = 0; position < 49; ++position) {
      for (std::size_t c = 0; c < 3; ++c) storage.push_back(filter.values[(k * 3 + c) * 49 + position]);
    }
  }
  storage.insert(storage.end(), {tensors_[1].values[0], -1, tensors_[1].values[1]});
  StateDict rest(tensors_.begin() + 2, tensors_.end());
  Entries entries = pth_entries(rest, "FloatStorage");
  Pickle pickle = Pickle::begin().ordered_dict();
  pickle.op("(");
  const std::uint64_t count = storage.size();
  pickle.text(filter.name).tensor("FloatStorage", "all", count, 3, {2, 3, 7, 7}, {147, 1, 21, 3});
  pickle.op("u(").text(tensors_[1].name).tensor("FloatStorage", "all", count, count - 3, {2}, {2}).op("u");
  int key = 0;
  for (const StateTensor& tensor : rest) {
    pickle.text(tensor.name);
    pickle.tensor("FloatStorage", std::to_string(key++), tensor.values.size(), 0, tensor.shape,
                  row_strides(tensor.shape));
    pickle.op("s");
  }
  entries["model/data.pkl"] = pickle.end();
  entries["model/data/all"] = elements("FloatStorage", storage);
  expect_equal(import_entries(entries), model_);
}

TEST_F(Pth, AsksForNoMoreMemoryThanTheLargestModelTakes) {
  const StateTensor& filter = tensors_[0];
  Entries entries = pth_entries(StateDict(tensors_.begin() + 1, tensors_.end()), "FloatStorage");
  Pickle pickle = Pickle::begin().ordered_dict();
  pickle.op("(")
      .text(filter.name)
      .tensor("FloatStorage", "large", 100'000'000, 0, {2, 3, 7, 7}, {147, 49, 7, 1});
  int key = 0;
  for (auto tensor = tensors_.begin() + 1; tensor != tensors_.end(); ++tensor) {
    pickle.text(tensor->name);
    pickle.tensor("FloatStorage", std::to_string(key++), tensor->values.size(), 0, tensor->shape,
                  row_strides(tensor->shape));
  }
  entries["model/data.pkl"] = pickle.op("u").end();
  // It would be read, were it not for its size.
  entries["model/data/large"] = std::string(1000, '\0');
  write_zip(path_, entries);
  expect_input_error({filter.name, "100000000 others"}, [&] { import_pth(path_); });
}

TEST_F(Pth, FindsTheStateDictOfATrainingProgram) {
  for (const char* name : {"state_dict", "model", "model_state_dict"}) {
    Entries entries = pth_entries(tensors_, "FloatStorage");
    const std::string inner = entries["model/data.pkl"];
    Pickle pickle = Pickle::begin().op("}");
    pickle.text("epoch").number(-70000).op("s").text("loss").op("G").op(std::string(8, '\0')).op("s");
    pickle.text("steps").op("\x8a\x05").op(std::string("\0\0\0\0\x01", 5)).op("s").text("best").op("Ns");
    pickle.text("optimizer")
        .op("}")
        .text("groups")
        .op("]K\x01"
            "a(K\x02K\x03"
            "ess");
    // The dict itself, without its beginning and end.
    pickle.text(name).op(inner.substr(2, inner.size() - 3)).op("s");
    entries["model/data.pkl"] = pickle.end();
    expect_equal(import_entries(entries), model_);
  }
}

TEST_F(Pth, TakesParametersAsTheTensorsTheyAre) {
  Entries entries = pth_entries({tensors_.begin() + 1, tensors_.end()}, "FloatStorage");
  const StateTensor& first = tensors_[0];
  std::string& bytes = entries["model/data.pkl"];
  Pickle parameter{""};
  parameter.text(first.name).global("torch._utils", "_rebuild_parameter").op("(");
  parameter.tensor("FloatStorage", "first", first.values.size(), 0, first.shape, row_strides(first.shape));
  parameter.op("\x88").ordered_dict().op("tR");
  const std::size_t mark = bytes.find('(', bytes.find(")R"));
  bytes.insert(mark + 1, parameter.bytes);
  entries["model/data/first"] = elements("FloatStorage", first.values);
  expect_equal(import_entries(entries), model_);
}

TEST_F(Pth, SaysWhatToDoAboutTheOldFormat) {
  write_text(path_, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.");
  expect_input_error(
      {"before version 1.6", "torch.save(torch.load('model.pth', weights_only=True), 'new.pth')"},
      [&] { import_model(path_); });
  expect_input_error({"before version 1.6"}, [&] { import_pth(path_); });
}

TEST_F(Pth, NamesWhatIsMissing) {
  expect_refused({"'model/data/7'"}, [](Entries& entries) { entries.erase("model/data/7"); });
  expect_refused({"'conv2d2_pre_relu_conv.bias'", "declares 2 values of 4 bytes but holds 7"},
                 [](Entries& entries) { entries["model/data/5"].pop_back(); });
  expect_refused({"'model/data/5'", "9 bytes"}, [](Entries& entries) { entries["model/data/5"] += 'x'; });
  expect_refused({"without a pickle"}, [](Entries& entries) { entries.erase("model/data.pkl"); });
  tensors_.pop_back();
  expect_refused({"'softmax2_pre_activation_matmul.bias'", "missing"}, [](Entries&) {});
}

TEST_F(Pth, RefusesEntriesThatOverlap) {
  // A megabyte that does not compress, and in the central directory two entries that both lie there.
  std::mt19937 random(5);
  std::string noise(std::size_t{1} << 20U, '\0');
  for (char& byte : noise) byte = static_cast<char>(random());
  write_zip(path_, {{"x/data.pkl", noise}, {"x/data/0", "1"}});
  std::string bytes = read_text(path_);
  const std::size_t first = bytes.find("PK\x01\x02"), second = bytes.find("PK\x01\x02", first + 1);
  ASSERT_NE(second, std::string::npos);
  // Method, sizes, checksum (bytes 10 to 27) and the local header's place (42 to 45).
  bytes.replace(second + 10, 18, bytes.substr(first + 10, 18));
  bytes.replace(second + 42, 4, bytes.substr(first + 42, 4));
  write_text(path_, bytes);
  expect_input_error({"model.pth", "entries are larger than the file"}, [&] { import_pth(path_); });
}

TEST_F(Pth, RefusesWholeNumbersForWeights) {
  expect_refused({"'conv2d0_pre_relu_conv.weight'", "whole numbers"}, [](Entries& entries) {
    std::string& pickle = entries["model/data.pkl"];
    pickle.replace(pickle.find("FloatStorage"), 12, "LongStorage\n")
        .erase(pickle.find("LongStorage\n") + 11, 1);
  });
}

TEST_F(Pth, SurvivesCutsAndFlippedBytes) {
  const Entries good = pth_entries(tensors_, "FloatStorage");
  std::mt19937 random(4);
  for (int i = 0; i < 400; ++i) {
    Entries entries = good;
    std::string& pickle = entries["model/data.pkl"];
    if (i % 2 == 0) pickle[random() % pickle.size()] = static_cast<char>(random());
    if (i % 2 == 1) pickle.resize(random() % pickle.size());
    write_zip(path_, entries);
    try {
      import_pth(path_);
      EXPECT_EQ(i % 2, 0) << "a cut file was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
    }
  }
}

// ---- Pickles alone ----------------------------------------------------------------------------------------

std::vector<PickledTensor> read(const std::string& pickle) {
  return read_pickled_state_dict(pickle, "data.pkl");
}

void expect_refused(std::initializer_list<std::string_view> parts, const std::string& pickle) {
  SCOPED_TRACE(pickle.substr(0, 80));
  expect_input_error(parts, [&] { read(pickle); });
}

/// A state dict of one tensor of a storage of 6 elements.
std::string one_tensor(std::uint64_t offset, const std::vector<std::uint64_t>& shape,
                       const std::vector<std::uint64_t>& stride) {
  Pickle pickle = Pickle::begin().op("}").text("a");
  return pickle.tensor("FloatStorage", "0", 6, offset, shape, stride).op("s").end();
}

TEST(PickledStateDict, DescribesItsTensors) {
  const auto tensors = read(one_tensor(1, {2, 2}, {1, 3}));
  ASSERT_EQ(tensors.size(), 1U);
  EXPECT_EQ(tensors[0].name, "a");
  EXPECT_EQ(tensors[0].storage, "0");
  EXPECT_EQ(tensors[0].type, ElementType::f32);
  EXPECT_EQ(tensors[0].storage_count, 6U);
  EXPECT_EQ(tensors[0].offset, 1U);
  EXPECT_EQ(tensors[0].shape, (std::vector<std::uint64_t>{2, 2}));
  EXPECT_EQ(tensors[0].stride, (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(read(one_tensor(5, {}, {})).size(), 1U);
  EXPECT_EQ(read(one_tensor(6, {0, 9}, {1, 1})).size(), 1U);
  EXPECT_TRUE(read(Pickle::begin().op("}").end()).empty());
}

TEST(PickledStateDict, RefusesViewsThatLeaveTheirStorage) {
  expect_refused({"'a' of shape 7", "storage of 6"}, one_tensor(0, {7}, {1}));
  expect_refused({"beyond its storage"}, one_tensor(1, {6}, {1}));
  expect_refused({"beyond its storage"}, one_tensor(0, {2, 3}, {3, 2}));
  expect_refused({"beyond its storage"}, one_tensor(6, {}, {}));
  expect_refused({"beyond its storage"}, one_tensor(0, {2}, {0x7fffffff}));
  expect_refused({"beyond its storage"}, one_tensor(0, {2, 2}, {1}));
  // Elements that repeat: a small file could stand for a large tensor.
  expect_refused({"beyond its storage"}, one_tensor(0, {3, 3}, {0, 1}));
  expect_refused({"beyond its storage"},
                 one_tensor(0, std::vector<std::uint64_t>(9, 0x7fffffff), std::vector<std::uint64_t>(9, 0)));
  expect_refused({"no number from 0 on"}, one_tensor(0, {0xffffffff}, {1}));
}

TEST(PickledStateDict, TensorsMayNotShareElements) {
  const TemporaryFolder folder;
  Pickle pickle = Pickle::begin().op("}");
  for (const char* name : {"a", "b"}) {
    pickle.text(name).tensor("FloatStorage", "0", 6, 0, {4}, {1}).op("s");
  }
  write_zip(folder / "x.pth", {{"x/data.pkl", pickle.end()}, {"x/data/0", std::string(24, '\0')}});
  expect_input_error({"'b' shares its storage"}, [&] { import_pth(folder / "x.pth"); });
}

TEST(PickledStateDict, RefusesFunctionsByName) {
  const auto call = [](const char* module, const char* name) {
    return Pickle::begin().global(module, name).op("(").text("true").op("tR").end();
  };
  expect_refused({"refused", "'os.system'"}, call("os", "system"));
  expect_refused({"refused", "'builtins.eval'"}, call("builtins", "eval"));
  expect_refused({"refused", "'torch.nn.Module'", "state_dict()"}, call("torch.nn", "Module"));
  expect_refused({"refused", "'torch._utils._rebuild_tensor'"}, call("torch._utils", "_rebuild_tensor"));
  expect_refused({"refused", "'torch.UntypedStorage'"}, call("torch", "UntypedStorage"));
  expect_refused({"refused", "'torch.hub.FloatStorage'"}, call("torch.hub", "FloatStorage"));
  expect_refused({"refused", "'numpy.core.multiarray.scalar'"}, call("numpy.core.multiarray", "scalar"));
}

TEST(PickledStateDict, RefusesInstructionsByName) {
  const std::vector<std::pair<std::string, const char*>> refused = {
      {"ios\nsystem\n", "INST"},
      {"o", "OBJ"},
      {"\x81", "NEWOBJ"},
      {"\x92", "NEWOBJ_EX"},
      {"\x93", "STACK_GLOBAL"},
      {"\x82\x01", "EXT1"},
      {"0", "POP"},
      {"2", "DUP"},
      {"S'x'\n", "STRING"},
      {"I1\n", "INT"},
      {"P1\n", "PERSID"},
      {"B\1\0\0\0x", "BINBYTES"},
      {"\x8b\1\0\0\0\1", "LONG4"},
      {"\x8c\1x", "SHORT_BINUNICODE"},
  };
  for (const auto& [code, name] : refused) {
    expect_refused({"refused", std::string("instruction ") + name + " "}, Pickle::begin().op(code).end());
  }
  for (const char* unknown : {"\xff", "\x01", "z", "\x99"}) {
    expect_refused({"damaged"}, Pickle::begin().op(unknown).end());
  }
  expect_refused({"protocol 4; torch.save writes 2"}, "\x80\x04}.");
  expect_refused({"not a pickle of protocol 2"}, "(dp0\n.");
  expect_refused({"damaged"}, Pickle::begin().op("\x80\x02}").end());
}

TEST(PickledStateDict, RefusesWhatNoWriterWrites) {
  const auto body = [](const char* code) { return Pickle::begin().op(code).end(); };
  for (const char* code : {
           "",       "t",     "u",     "R",   "Q",       "b",       "s",    "}s",      "}K\1s",
           "}(K\1u", "]K\1s", "}K\1a", "(}",  "}}",      "K\1(KaQ", "}(b",  "((t",     "}(K\1K\1K\1u",
           "K\1q\0", "h\1",   "}}b(",  "NNR", "K\1K\1R", "K\1b",    "\x85", "K\1\x86",
       }) {
    expect_input_error({}, [&] { read(body(code)); });
  }
  expect_refused({"holds no state dict"}, body("K\1"));
  expect_refused({"'a' is not a tensor"}, Pickle::begin().op("}").text("a").number(1).op("s").end());
  expect_refused({"key of the state dict"}, Pickle::begin().op("}").number(1).number(1).op("s").end());
  expect_refused({"damaged"}, Pickle::begin().global("torch", "FloatStorage").op(")R").end());
  expect_refused({"damaged"}, Pickle::begin().global("collections", "OrderedDict").op("K\1\x85R").end());
  expect_refused({"damaged"}, Pickle::begin().global("torch._utils", "_rebuild_tensor_v2").op(")R").end());
  expect_refused({"cut short"},
                 "\x80\x02X\xff\xff\xff\xff"
                 "abc");
  expect_refused({"cut short"},
                 "\x80\x02"
                 "cos");
  expect_refused({"a number of 9 bytes"}, Pickle::begin()
                                              .op("\x8a\x09"
                                                  "123456789")
                                              .end());
}

TEST(PickledStateDict, NeitherNestingNorCirclesNorNumbersExhaustIt) {
  const std::size_t many = kMaxPickledObjects;
  const auto repeated = [&](const std::string& code) {
    std::string text;
    for (std::size_t i = 0; i <= many; ++i) text += code;
    return text;
  };
  // Tuples in tuples; containers; marks; one object pushed again and again.
  for (const char* code : {"\x85", "}", "(", "h\x01", "K\x01"}) {
    expect_refused({"more than 262144 objects"}, "\x80\x02Nq\x01" + repeated(code) + ".");
  }
  std::string remember = "\x80\x02N";
  for (std::uint32_t i = 0; i <= many; ++i) {
    remember += 'r';
    for (unsigned shift = 0; shift < 32; shift += 8) remember += static_cast<char>((i >> shift) & 0xFFU);
  }
  expect_refused({"more than 262144 objects"}, remember + ".");
  // A deep nest just within the limit is taken apart without recursion; so is a list that holds itself.
  std::string nested = "\x80\x02}X\x01" + std::string("\0\0\0x", 4) + "N";
  for (std::size_t i = 0; i < many - 10; ++i) nested += '\x85';
  expect_refused({"'x' is not a tensor"}, nested + "s.");
  expect_refused({"'x' is not a tensor"}, "\x80\x02}X\x01" + std::string("\0\0\0x", 4) +
                                              "]q\x01h\x01"
                                              "as.");
  expect_refused({"damaged"},
                 "\x80\x02]q\x01h\x01"
                 "ah\x01R.");
}

}  // namespace
}  // namespace limpid
