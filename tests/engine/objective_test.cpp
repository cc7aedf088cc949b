// The text form of objectives.
#include "engine/objective/objective.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/objective/terms.h"
#include "kernels/core/error.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

const Model& model() {
  static const Model instance = [] {
    Model m = synthetic_model("bvlc_googlenet", 1);
    m.classes[281] = "tabby, tabby cat";
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

TEST(Objective, ReadsEveryForm) {
  const Objective channel = parse_objective("mixed4a:11", model());
  EXPECT_EQ(channel.kind, ObjectiveKind::channel);
  EXPECT_EQ(channel.layer, "mixed4a");
  EXPECT_EQ(channel.channel, 11);
  EXPECT_FALSE(channel.pre_relu);
  EXPECT_EQ(channel.weight, 1);

  const Objective neuron = parse_objective("-mixed4d:139:pre@7,3", model());
  EXPECT_EQ(neuron.kind, ObjectiveKind::neuron);
  EXPECT_TRUE(neuron.pre_relu);
  EXPECT_EQ(neuron.weight, -1);
  ASSERT_TRUE(neuron.position);
  EXPECT_EQ(neuron.position->y, 7);
  EXPECT_EQ(neuron.position->x, 3);

  EXPECT_FALSE(parse_objective("mixed4a:11@c", model()).position);
  EXPECT_EQ(parse_objective("mixed4a", model()).kind, ObjectiveKind::layer);
  EXPECT_EQ(parse_objective("logits:281", model()).channel, 281);
  EXPECT_EQ(parse_objective("logits:tabby", model()).channel, 281);
  EXPECT_EQ(parse_objective("softmax:tabby cat", model()).channel, 281);
  EXPECT_EQ(parse_objective("inception_4a/output:11", model()).layer, "mixed4a");
  EXPECT_EQ(parse_objective("mixed4a:pre:11", model()).channel, 11);
}

TEST(Objective, PrintsWhatItReads) {
  for (const char* text :
       {"mixed4a:11", "-mixed4a:11", "mixed4d:139:pre", "mixed3b:211@14,14", "mixed3b:211:pre@c", "mixed4c",
        "mixed4c:pre", "logits:207", "softmax:207", "conv2d0:63"}) {
    EXPECT_EQ(to_string(parse_objective(text, model())), text);
  }
}

TEST(Objective, SaysWhatIsWrong) {
  EXPECT_EQ(message_of("mixed4x:11"),
            "objective 'mixed4x:11': unknown layer 'mixed4x': did you mean 'mixed4a'? ('limpid layers' lists "
            "them all)");
  EXPECT_EQ(message_of(""), "objective '': it begins with no layer; write for example mixed4a:11");
  EXPECT_EQ(message_of("mixed4a:512"),
            "objective 'mixed4a:512': mixed4a has no channel 512: channels are 0 to 511");
  EXPECT_EQ(message_of("mixed4a:99999999999"),
            "objective 'mixed4a:99999999999': mixed4a has no channel 99999999999: channels are 0 to 511");
  EXPECT_EQ(message_of("mixed4a:-1"),
            "objective 'mixed4a:-1': '-1' is no channel: give a number from 0 to 511");
  EXPECT_EQ(message_of("mixed4a:1:2"),
            "objective 'mixed4a:1:2': '2' follows a channel that is given already");
  EXPECT_EQ(message_of("mixed4a@1,2"),
            "objective 'mixed4a@1,2': '@' needs a channel before it, as in mixed4a:11@7,7");
  EXPECT_EQ(message_of("mixed4a:1@2"),
            "objective 'mixed4a:1@2': '@2' is no position: write @y,x or @c for the centre");
  EXPECT_EQ(message_of("mixed4a:1@2,x"),
            "objective 'mixed4a:1@2,x': 'x' is no coordinate: write @y,x with whole numbers from 0");
  EXPECT_EQ(message_of("logits:281:pre"),
            "objective 'logits:281:pre': logits has no ReLU, so ':pre' means nothing there");
  EXPECT_EQ(
      message_of("logits:unicorn"),
      "objective 'logits:unicorn': no class is labelled 'unicorn': give a label or a number from 0 to 999");
}

TEST(Objective, RefusesAPositionOutsideTheMap) {
  PlanTarget target;
  target.channels = ChannelMap::range(0, 512);
  target.logical_channels = 512;
  target.h = 14;
  target.w = 9;
  const Objective inside = parse_objective("mixed4a:11@13,8", model());
  EXPECT_EQ(term_of(inside, target).y, 13);
  const Objective centre = parse_objective("mixed4a:11@c", model());
  EXPECT_EQ(term_of(centre, target).y, 7);
  EXPECT_EQ(term_of(centre, target).x, 4);
  EXPECT_THROW(term_of(parse_objective("mixed4a:11@14,0", model()), target), Error);
  EXPECT_THROW(term_of(parse_objective("mixed4a:11@0,9", model()), target), Error);
}

}  // namespace
}  // namespace limpid
