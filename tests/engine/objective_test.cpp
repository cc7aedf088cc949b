// The text form of objectives.
#include "engine/objective/objective.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/objective/terms.h"
#include "kernels/core/error.h"
#include "weights/synthetic.h"

namespace limpid::objective_test {
namespace {

const Model& model() {
  static const Model instance = [] {
    Model m = synthetic_model("bvlc_googlenet", 1);
    m.classes[281] = "tabby, tabby cat";
    m.classes[5] = "black-and-tan coonhound";
    m.classes[134] = m.classes[517] = "crane";
    return m;
  }();
  return instance;
}

std::string message_of(const std::string& text) {
  try {
    parse_objective(text, model());
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    return e.what();
  }
  return "no error";
}

/// The only term of a text.
ObjectiveTerm term(const std::string& text) {
  const Objective objective = parse_objective(text, model());
  EXPECT_EQ(objective.terms.size(), 1U);
  return objective.terms.front();
}

TEST(Objective, ReadsLayersChannelsAndNeurons) {
  const ObjectiveTerm channel = term("mixed4a:11");
  EXPECT_EQ(channel.kind, TermKind::channel);
  EXPECT_EQ(channel.layer, "mixed4a");
  EXPECT_EQ(channel.channel, 11);
  EXPECT_FALSE(channel.pre_relu);
  EXPECT_EQ(channel.weight, 1);

  const ObjectiveTerm neuron = term("-mixed4d:139:pre@7,3");
  EXPECT_EQ(neuron.kind, TermKind::channel);
  EXPECT_TRUE(neuron.pre_relu);
  EXPECT_EQ(neuron.weight, -1);
  ASSERT_TRUE(neuron.position);
  EXPECT_EQ(neuron.position->y, 7);
  EXPECT_EQ(neuron.position->x, 3);

  EXPECT_TRUE(term("mixed4a:11@c").position->is_centre());
  EXPECT_FALSE(channel.position) << "the whole map";
  EXPECT_EQ(term("mixed4a").kind, TermKind::layer);
  EXPECT_EQ(term("logits:281").channel, 281);
  EXPECT_EQ(term("logits:tabby").channel, 281);
  EXPECT_EQ(term("softmax:tabby cat").channel, 281);
  EXPECT_EQ(term("logits:tabby, tabby cat").channel, 281);
  EXPECT_EQ(term("logits:black-and-tan coonhound").channel, 5) << "a hyphen is no minus";
  EXPECT_EQ(term("inception_4a/output:11").layer, "mixed4a");
  EXPECT_EQ(term("mixed4a:pre:11").channel, 11);
}

TEST(Objective, ReadsOtherProgramsNamesAndPreOnEitherSideOfThePosition) {
  EXPECT_EQ(to_string(term("mixed4a_pre_relu:476")), "mixed4a:476:pre");
  EXPECT_EQ(to_string(term("mixed4a_3x3_pre_relu_conv:5:pre")), "mixed4a_3x3:5:pre");
  EXPECT_EQ(to_string(term("inception4a.branch1:5")), "mixed4a_1x1:5");
  EXPECT_EQ(to_string(term("Mixed4a:11")), "mixed4a:11");
  EXPECT_EQ(to_string(term("labels:229")), "softmax:229");
  EXPECT_EQ(to_string(term("fc:3")), "logits:3");
  EXPECT_EQ(to_string(term("mixed4a:11@7,3:pre")), to_string(term("mixed4a:11:pre@7,3")));
  EXPECT_EQ(to_string(term("mixed4a:11@c:pre")), to_string(term("mixed4a:11:pre@c")));
  EXPECT_TRUE(term("mixed4a:11@7,3:pre").pre_relu);
  EXPECT_TRUE(term("diversity(mixed4a_pre_relu)").pre_relu);
}

TEST(Objective, ReadsSums) {
  const Objective sum =
      parse_objective(" 0.5*mixed4a:11 + logits:tabby - 0.1 * tv - l1(centre=0.25)", model());
  ASSERT_EQ(sum.terms.size(), 4U);
  EXPECT_EQ(sum.terms[0].weight, 0.5F);
  EXPECT_EQ(sum.terms[0].channel, 11);
  EXPECT_EQ(sum.terms[1].weight, 1);
  EXPECT_EQ(sum.terms[1].channel, 281);
  EXPECT_EQ(sum.terms[2].kind, TermKind::total_variation);
  EXPECT_EQ(sum.terms[2].weight, -0.1F);
  EXPECT_EQ(sum.terms[3].kind, TermKind::l1);
  EXPECT_EQ(sum.terms[3].centre, 0.25F);
  EXPECT_EQ(sum.leading().channel, 11);
  EXPECT_EQ(parse_objective("-0.1*tv + mixed4a:3", model()).leading().channel, 3);
  EXPECT_EQ(sum.scaled(-2).terms[2].weight, 0.2F);
}

TEST(Objective, ReadsMixtures) {
  const Objective mix = parse_objective("2*mix(mixed4a:476, mixed4b:460:pre, t=0.25)", model());
  ASSERT_EQ(mix.terms.size(), 2U);
  EXPECT_EQ(mix.terms[0].weight, 1.5F);
  EXPECT_EQ(mix.terms[1].weight, 0.5F);
  EXPECT_EQ(mix.terms[1].layer, "mixed4b");
  EXPECT_TRUE(mix.terms[1].pre_relu);
  const Objective ramp = parse_objective("mix(mixed4a:476, mixed4a:460)", model());
  EXPECT_EQ(ramp.terms[0].ramp, Ramp::falling);
  EXPECT_EQ(ramp.terms[1].ramp, Ramp::rising);
}

/// Hands out what a test put there.
class GivenFiles final : public ObjectiveFiles {
 public:
  std::shared_ptr<const Image> photo(const std::string& path) override {
    asked.push_back(path);
    return std::make_shared<Image>(Image{2, 3, std::vector<float>(18)});
  }
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) override {
    asked.push_back(path);
    auto vectors = std::make_shared<FeatureVectors>();
    vectors->height = path == "patch.npy" ? 2 : 1;
    vectors->channels = channels;
    vectors->values.assign(static_cast<std::size_t>(vectors->height * channels), 1.0F);
    return vectors;
  }
  std::vector<std::string> asked;
};

TEST(Objective, ReadsDirectionsAndPhotos) {
  GivenFiles files;
  const Objective direction = parse_objective("dir(mixed4a:pre, my - v.npy, cossim=2)@7,6", model(), &files);
  EXPECT_EQ(direction.terms[0].kind, TermKind::direction);
  EXPECT_TRUE(direction.terms[0].pre_relu);
  EXPECT_EQ(direction.terms[0].cosine_power, 2);
  EXPECT_EQ(direction.terms[0].position->x, 6);
  EXPECT_EQ(direction.terms[0].vectors->channels, 512);
  EXPECT_EQ(parse_objective("patch(mixed4a, patch.npy)", model(), &files).terms[0].vectors->height, 2);
  const Objective style = parse_objective("style(photo.jpg, conv2d2, mixed3a)", model(), &files);
  ASSERT_EQ(style.terms.size(), 2U);
  EXPECT_EQ(style.terms[1].layer, "mixed3a");
  EXPECT_NE(style.terms[1].photo, nullptr);
  EXPECT_EQ(files.asked, (std::vector<std::string>{"my - v.npy", "patch.npy", "photo.jpg"}));
  EXPECT_EQ(parse_objective("match(a.jpg, mixed3b)", model()).terms[0].photo, nullptr) << "not read";
}

TEST(Objective, NamesOfFilesMayBeQuoted) {
  struct Quoted {
    const char* text;
    const char* file;
    const char* canonical;
  };
  const Quoted cases[] = {
      {R"(match("photo (1).jpg", mixed3b))", "photo (1).jpg", R"(match("photo (1).jpg", mixed3b))"},
      {R"(match('photo (1).jpg' , mixed3b))", "photo (1).jpg", R"(match("photo (1).jpg", mixed3b))"},
      {R"(match("photo.jpg", mixed3b))", "photo.jpg", "match(photo.jpg, mixed3b)"},
      {R"(match("a,b=c.png", mixed3b))", "a,b=c.png", R"(match("a,b=c.png", mixed3b))"},
      {R"(match(" x ", mixed3b))", " x ", R"(match(" x ", mixed3b))"},
      {R"(match(it's.png, mixed3b))", "it's.png", "match(it's.png, mixed3b)"},
      {R"(match('it''s), "so".png', mixed3b))", "it's), \"so\".png",
       R"(match("it's), ""so"".png", mixed3b))"},
      {R"(match("""", mixed3b))", "\"", R"(match("""", mixed3b))"},
      {R"(dir(mixed4a, "random:7"))", "random:7", R"(dir(mixed4a, "random:7"))"},
      {R"(mix(match("a (1).png", mixed3b), mixed4a:1, t=0))", "a (1).png",
       R"(match("a (1).png", mixed3b) + 0*mixed4a:1)"},
      {R"(mixed4a:1 - distance("a - b (2).png") + tv)", "a - b (2).png",
       R"(mixed4a:1 - distance("a - b (2).png") + tv)"},
  };
  for (const Quoted& quoted : cases) {
    SCOPED_TRACE(quoted.text);
    GivenFiles files;
    const Objective objective = parse_objective(quoted.text, model(), &files);
    EXPECT_EQ(files.asked, std::vector<std::string>{quoted.file});
    const std::string canonical = to_string(objective);
    EXPECT_EQ(canonical, quoted.canonical);
    EXPECT_EQ(to_string(parse_objective(canonical, model(), &files)), canonical);
    EXPECT_EQ(files.asked.back(), quoted.file);
  }
}

TEST(Objective, ARandomDirectionIsItsSeedsAlone) {
  EXPECT_EQ(term("dir(mixed4a, random:7)").random, 7U);
  const std::vector<float> seven = random_direction(7, 511)->values;
  ASSERT_EQ(seven.size(), 511U);
  EXPECT_EQ(seven, random_direction(7, 511)->values);
  EXPECT_NE(seven, random_direction(8, 511)->values);
  double squares = 0;
  for (const float value : seven) squares += double{value} * double{value};
  EXPECT_NEAR(squares, 1, 1e-5);
}

TEST(Objective, PrintsWhatItReads) {
  for (const char* text : {"mixed4a:11",
                           "-mixed4a:11",
                           "mixed4d:139:pre",
                           "mixed3b:211@14,14",
                           "mixed3b:211:pre@c",
                           "mixed4c",
                           "mixed4c:pre",
                           "logits:207",
                           "softmax:207",
                           "conv2d0:63",
                           "0.5*mixed4a:11 + mixed4b:3 - 0.1*tv",
                           "-mixed4a:11 - mixed4a:12",
                           "mix(mixed4a:476, mixed4a:460)",
                           "3*mix(mixed4a:476, mixed4a:460) - blur",
                           "dir(mixed4a, v.npy)",
                           "dir(mixed4a:pre, random:7, cossim=2)@7,6",
                           "dir(mixed4a, random:7)@c",
                           "cosine(mixed4a, v.npy)",
                           "cosine(mixed4a:pre, random:7)@7,6",
                           "cosine(mixed4a, v.npy)@c",
                           "patch(mixed4a, p.h5)",
                           "match(photo.jpg, mixed3b)",
                           "caricature(my photo.jpg, mixed4c, cossim=1.5)",
                           "style(a.jpg, conv2d2) + style(a.jpg, mixed3a)",
                           "mixed4a:3 + 100*diversity(mixed4a)",
                           "mixed4a:3 + align(mixed4a)",
                           "mixed4a:1 - l1 - 0.5*l2(centre=0.25)",
                           "mixed4a:1 - boundary - boundary(frame=8, centre=0.25)",
                           "mixed4a:1 - distance(a.jpg)",
                           "mixed4a:11 - 0.5*alpha"}) {
    EXPECT_EQ(to_string(parse_objective(text, model())), text);
  }
  EXPECT_EQ(to_string(parse_objective("mix(mixed4a:1, mixed4a:2, t=0.25)", model())),
            "0.75*mixed4a:1 + 0.25*mixed4a:2");
}

struct WrongText {
  const char* text;
  int character;
  const char* message;
};

TEST(Objective, SaysWhatIsWrongAndWhere) {
  const WrongText cases[] = {
      {"mixed4x:11", 1, "unknown layer 'mixed4x': did you mean 'mixed4a'? ('limpid layers' lists them all)"},
      {"", 1, "a term was expected, such as mixed4a:11"},
      {"mixed4a:1 + ", 13, "a term was expected, such as mixed4a:11"},
      {"mixed4a:512", 9, "mixed4a has no channel 512: channels are 0 to 511"},
      {"mixed4a:99999999999", 9, "mixed4a has no channel 99999999999: channels are 0 to 511"},
      {"mixed4a:-1", 9, "'-1' is no channel: give a number from 0 to 511"},
      {"mixed4a:1+mixed4b:2", 9,
       "'1+mixed4b' is no channel: give a number from 0 to 511; a sum has spaces around its + and -"},
      {"mixed4a:1:2", 11, "'2' follows a channel that is given already"},
      {"mixed4a@1,2", 8, "'@' needs a channel before it, as in mixed4a:11@7,7"},
      {"mixed4a:1@2", 10, "'@2' is no position: write @y,x or @c for the centre"},
      {"mixed4a:1@2,x", 13, "'x' is no coordinate: write @y,x with whole numbers from 0"},
      {"logits:281:pre", 1, "logits has no ReLU, so ':pre' means nothing there"},
      {"logits:unicorn", 8, "no class is labelled 'unicorn': give a label or a number from 0 to 999"},
      {"mixed4a/11", 1, "unknown layer 'mixed4a/11': did you mean 'mixed4a:11'?"},
      {"mixed4a[11]", 1, "unknown layer 'mixed4a[11]': did you mean 'mixed4a:11'?"},
      {"mixed4a 11", 1, "unknown layer 'mixed4a 11': did you mean 'mixed4a:11'?"},
      {"mixed4a(11)", 1, "a channel is written mixed4a:11, without parentheses"},
      {"mixed4a:1@2,3:4", 15, "'4' follows a channel that is given already"},
      {"logits:1@0,0:pre", 1, "logits has no ReLU, so ':pre' means nothing there"},
      {"logits:crane", 8, "'crane' names several classes: 'crane' (134), 'crane' (517)"},
      {"0.5mixed4a:1", 1, "a weight is a number and a '*', as in 0.5*mixed4a:11"},
      {"mixed4a:1 + tvv", 13, "unknown layer 'tvv': did you mean"},
      {"tv", 1, "no term reads a layer; add one, such as mixed4a:11"},
      {"0*mixed4a:1 - 0*tv", 1, "every weight is zero, so there is nothing to maximise"},
      {"mixed4a:1 - mixed4a:1", 1, "the weights of equal terms sum to zero, so there is nothing to maximise"},
      {"mixed4a:1 + 0.5*mixed4b:3 - 0.5*mixed4b:3 - mixed4a:1", 1,
       "the weights of equal terms sum to zero, so there is nothing to maximise"},
      {"dirr(mixed4a, v.npy)", 1, "there is no function 'dirr'; there are mix, dir, patch"},
      {"mixed4a:1 + dir(mixed4a)", 13, "write dir(mixed4a, v.npy)"},
      {"dir(mixed4a:3, random:1)", 5, "a layer as a whole was expected, without a channel"},
      {"dir(mixed4a, random:x)", 14, "write random: and a whole number"},
      {"dir(mixed4a, random:1, cosim=2)", 24, "there is no 'cosim' here: write dir(mixed4a"},
      {"cosine(mixed4a, random:1, cossim=2)", 27, "there is no 'cossim' here: write cosine(mixed4a, v.npy)"},
      {"cosine(mixed4a)", 1, "write cosine(mixed4a, v.npy), with a file of .npy or .h5, or random:7; @7,7"},
      {"dir(mixed4a, random:1, cossim=two)", 31, "'two' is no number"},
      {"dir(mixed4a, random:1", 22, "')' was expected"},
      {"mix(mixed4a:1)", 14, "',' was expected: write mix(mixed4a:476, mixed4a:460, t=0.3)"},
      {"mix(mixed4a:1, mixed4a:2, t=2)", 27, "t=, a number from 0 to 1, was expected"},
      {"match(, mixed4a)", 7, "an argument was expected: write match(photo.jpg, mixed3b)"},
      {"match(photo (1).jpg, mixed4a)", 1,
       "write match(photo.jpg, mixed3b), with quotes around names such as \"photo (1).jpg\""},
      {"match(\"a.jpg, mixed4a)", 7, "the quote is not closed"},
      {"match(\"a.jpg\" b, mixed4a)", 15, "')' was expected"},
      {"match(\"\", mixed4a)", 9, "an argument was expected"},
      {"match(a.jpg, \"mixed4a\")", 15, "a layer was expected, without quotes"},
      {"mixed4a:1 - distance", 13, "write distance(photo.jpg)"},
      {"mixed4a:1 - tv(3)", 13, "write tv, without arguments"},
      {"mixed4a:1 - alpha(3)", 13, "write alpha, without arguments"},
      {"alpha", 1, "no term reads a layer; add one, such as mixed4a:11"},
      {"mixed4a:1 - boundary(frame=0.5)", 28, "frame is a whole number from 1 to 8192"},
  };
  for (const WrongText& wrong : cases) {
    const std::string expected = "objective '" + std::string(wrong.text) + "', character " +
                                 std::to_string(wrong.character) + ": " + wrong.message;
    EXPECT_EQ(message_of(wrong.text).substr(0, expected.size()), expected);
  }
}

TEST(Objective, RefusesAPositionOutsideTheMap) {
  PlanTarget target;
  target.channels = ChannelMap::range(0, 512);
  target.logical_channels = 512;
  target.h = 14;
  target.w = 9;
  const ObjectiveTerm inside = term("mixed4a:11@13,8");
  EXPECT_EQ(term_of(inside, target).y, 13);
  const ObjectiveTerm centre = term("mixed4a:11@c");
  EXPECT_EQ(term_of(centre, target).y, 7);
  EXPECT_EQ(term_of(centre, target).x, 4);
  EXPECT_THROW(term_of(term("mixed4a:11@14,0"), target), Error);
  EXPECT_THROW(term_of(term("mixed4a:11@0,9"), target), Error);
}

}  // namespace
}  // namespace limpid::objective_test
