#include "engine/image/transforms.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "kernels/ops/transform_list.h"

namespace limpid {
namespace {

constexpr int kMostCount = 65535;
constexpr int kMostTimes = 1000;

/// Values that a range of magnifications holds, and zeros that a range of degrees holds on top: lucid's.
constexpr std::uint32_t kScales = 11;
constexpr std::uint32_t kMoreZeros = 5;

constexpr std::array<float, 6> kHomography = {3, 2.5F, 2.5F, 0.01F, 0.0001F, 2};

/// What stands between a transform's brackets.
enum class Form { pad, whole, values, deviations, probability, box };

struct Rule {
  std::string_view name;
  TransformKind kind;
  Form form;
  float least, most;  ///< Of its values.
};

constexpr std::array kRules = {
    Rule{"pad", TransformKind::pad, Form::pad, 0, 1},
    Rule{"jitter", TransformKind::jitter, Form::whole, 0, kLargestSide},
    Rule{"scale", TransformKind::scale, Form::values, 0.01F, 100},
    Rule{"rotate", TransformKind::rotate, Form::values, -360, 360},
    Rule{"shear", TransformKind::shear, Form::values, -80, 80},
    Rule{"homography", TransformKind::homography, Form::deviations, 0, 1000},
    Rule{"flip", TransformKind::flip, Form::probability, 0, 1},
    Rule{"crop", TransformKind::crop, Form::box, 1, kLargestSide},
    Rule{"blur", TransformKind::blur, Form::values, 0, 64},
    Rule{"noise", TransformKind::noise, Form::values, 0, 10},
    Rule{"contrast", TransformKind::contrast, Form::values, 0, 10},
    Rule{"brightness", TransformKind::brightness, Form::values, 0, 10},
    Rule{"saturation", TransformKind::saturation, Form::values, 0, 10},
    Rule{"hue", TransformKind::hue, Form::values, -360, 360},
};

/// What a list in a peer's style begins with.
constexpr std::array<std::pair<ViewStyle, std::string_view>, 3> kStyles = {{
    {ViewStyle::lucid, "lucid"},
    {ViewStyle::lucent, "lucent"},
    {ViewStyle::captum, "captum"},
}};

/// The rule that a transform was made by.
const Rule& rule_of(TransformKind kind) {
  if (kind == TransformKind::reflect_pad) kind = TransformKind::pad;
  if (kind == TransformKind::centre_crop) kind = TransformKind::crop;
  return *std::find_if(kRules.begin(), kRules.end(), [&](const Rule& rule) { return rule.kind == kind; });
}

bool is_whole(float value) {
  return value == std::floor(value);
}

/// Whether a range a..b of this transform, without a count, is so many values rather than all between.
bool counts_by_itself(TransformKind kind, const Values& values) {
  return kind == TransformKind::scale ||
         (kind == TransformKind::rotate && is_whole(values.first) && is_whole(values.last));
}

/// What the device draws from.
std::vector<ValueRange> ranges_of(TransformKind kind, const std::vector<Values>& choices) {
  std::vector<ValueRange> ranges;
  for (const Values& values : choices) {
    ValueRange range{values.first, values.last, static_cast<std::uint32_t>(values.count),
                     static_cast<std::uint32_t>(values.times), values.geometric ? 1U : 0U};
    if (values.first == values.last) {
      range.count = 1;
    } else if (values.count == 0 && counts_by_itself(kind, values)) {
      range.count =
          kind == TransformKind::scale ? kScales : static_cast<std::uint32_t>(values.last - values.first) + 1;
    }
    ranges.push_back(range);
    const bool more_zeros = kind == TransformKind::rotate && choices.size() == 1 && values.count == 0 &&
                            range.count > 1 && values.first <= 0 && values.last >= 0;
    if (more_zeros) ranges.push_back({0, 0, 1, kMoreZeros, 0});
  }
  return ranges;
}

Values number(float value) {
  return {value, value, 0, 1, false};
}

/// Reads a list of transforms from left to right.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Transforms parse() {
    skip_spaces();
    read_style();
    if (text_.substr(at_).starts_with("none") && text_.find_first_not_of(' ', at_ + 4) == text_.npos) {
      return result_;
    }
    do {
      transform();
      if (at_ < text_.size() && text_[at_] != ' ') fail(at_, "a space and another transform, or the end");
      skip_spaces();
    } while (at_ < text_.size());
    return result_;
  }

 private:
  [[noreturn]] void refuse(std::size_t at, const std::string& why) const {
    fail_usage("transforms '{}': at character {}: {}", text_, at + 1, why);
  }

  [[noreturn]] void fail(std::size_t at, const std::string& expected) const {
    const std::string_view rest = text_.substr(std::min(at, text_.size()));
    if (rest.empty()) refuse(at, fmt::format("expected {}, not the end", expected));
    // A word whole, anything else by its one character.
    const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return !is_word(c); });
    const auto length = std::max<std::size_t>(static_cast<std::size_t>(end - rest.begin()), 1);
    refuse(at, fmt::format("expected {}, not '{}'", expected, rest.substr(0, length)));
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
  static bool is_word(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.'; }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_spaces() {
    while (peek() == ' ') ++at_;
  }
  bool take(char c) {
    skip_spaces();
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void require(char c, const char* expected) {
    if (!take(c)) fail(at_, expected);
  }

  void read_style() {
    for (const auto& [style, name] : kStyles) {
      if (!text_.substr(at_).starts_with(fmt::format("{}:", name))) continue;
      at_ += name.size() + 1;
      result_.style = style;
      skip_spaces();
      return;
    }
  }

  void transform() {
    const std::size_t start = at_;
    while (is_letter(peek())) ++at_;
    const std::string_view name = text_.substr(start, at_ - start);
    const auto rule =
        std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.name == name; });
    if (rule == kRules.end() || !is_there(rule->kind)) {
      std::vector<std::string_view> names;
      for (const Rule& r : kRules) {
        if (is_there(r.kind)) names.push_back(r.name);
      }
      fail(start, fmt::format("a transform ({})", fmt::join(names, ", ")));
    }
    if (result_.list.size() == TransformList::kMostTransforms) {
      refuse(start, fmt::format("a list has at most {} transforms", TransformList::kMostTransforms));
    }
    Transform transform{rule->kind, {}};
    arguments(*rule, transform);
    check_pads(transform.kind, start);
    ranges_ += transform.kind == TransformKind::crop || transform.kind == TransformKind::centre_crop
                   ? 4
                   : ranges_of(transform.kind, transform.arguments).size();
    if (ranges_ > TransformList::kMostRanges) {
      refuse(start, fmt::format("a list has at most {} values and ranges", TransformList::kMostRanges));
    }
    result_.list.push_back(std::move(transform));
  }

  /// Whether the list's style has such a transform.
  bool is_there(TransformKind kind) const {
    constexpr std::array kStaged = {TransformKind::pad, TransformKind::jitter, TransformKind::scale,
                                    TransformKind::rotate};
    return !result_.staged() || std::find(kStaged.begin(), kStaged.end(), kind) != kStaged.end();
  }

  void check_pads(TransformKind kind, std::size_t start) const {
    if (result_.staged()) return;
    if (kind != TransformKind::pad && kind != TransformKind::reflect_pad) return;
    for (const Transform& earlier : result_.list) {
      if (earlier.kind == kind) refuse(start, "a list has one pad of each kind");
      if (earlier.kind == TransformKind::pad)
        refuse(start, "a mirrored pad goes before the pad of one value");
    }
  }

  void arguments(const Rule& rule, Transform& transform) {
    const bool bare = peek() != '(';
    if (bare && rule.form == Form::deviations) {
      for (const float deviation : kHomography) transform.arguments.push_back(number(deviation));
      return;
    }
    if (bare && rule.form == Form::probability) {
      transform.arguments = {number(0.5F)};
      return;
    }
    require('(', "'('");
    switch (rule.form) {
      case Form::pad:
        pad(rule, transform);
        break;
      case Form::whole:
        transform.arguments = {number(static_cast<float>(whole(0, kLargestSide)))};
        break;
      case Form::values:
        values(rule, transform.arguments);
        break;
      case Form::deviations:
        for (std::size_t i = 0; i < kHomography.size(); ++i) {
          if (i > 0) require(',', "',' and another of six deviations");
          transform.arguments.push_back(number(real(rule.least, rule.most)));
        }
        break;
      case Form::probability:
        transform.arguments = {number(real(rule.least, rule.most))};
        break;
      case Form::box:
        box(transform);
        break;
    }
    require(')', closing(rule.form));
  }

  static const char* closing(Form form) {
    switch (form) {
      case Form::values:
        return "')', or ',' and another value";
      case Form::pad:
      case Form::box:
        return "',' or ')'";
      default:
        return "')'";
    }
  }

  void pad(const Rule& rule, Transform& transform) {
    transform.arguments = {number(static_cast<float>(whole(0, kLargestSide)))};
    if (!take(',')) {
      transform.arguments.push_back(number(0.5F));
      return;
    }
    skip_spaces();
    if (take("reflect")) {
      transform.kind = TransformKind::reflect_pad;
    } else {
      transform.arguments.push_back(number(real(rule.least, rule.most, " or 'reflect'")));
    }
  }

  void box(Transform& transform) {
    const int height = whole(1, kLargestSide);
    const int width = take("x") ? whole(1, kLargestSide) : height;
    transform.arguments = {number(static_cast<float>(height)), number(static_cast<float>(width))};
    if (!take(',')) return;
    skip_spaces();
    if (!take("centre")) fail(at_, "'centre'");
    transform.kind = TransformKind::centre_crop;
  }

  void values(const Rule& rule, std::vector<Values>& choices) {
    std::optional<std::size_t> endless;  // Where a range should have said how many values it holds.
    do {
      choices.push_back(choice(rule));
      const Values& v = choices.back();
      if (!endless && v.count == 0 && v.first != v.last && !counts_by_itself(rule.kind, v)) endless = at_;
    } while (take(','));
    const bool several = choices.size() > 1 || choices.front().times > 1;
    if (several && endless) fail(*endless, "'/' and a count: among several values a range holds so many");
  }

  Values choice(const Rule& rule) {
    Values v;
    skip_spaces();
    const std::size_t start = at_;
    const std::optional<float> times = scan();
    if (times && take('*')) {
      if (!is_whole(*times) || *times < 1 || *times > kMostTimes) {
        fail(start, fmt::format("a whole number from 1 to {} before '*'", kMostTimes));
      }
      v.times = static_cast<int>(*times);
    } else {
      at_ = start;
    }
    v.first = v.last = real(rule.least, rule.most);
    if (!take("..")) return v;
    const std::size_t end = at_;
    v.last = real(rule.least, rule.most);
    if (!(v.last >= v.first)) fail(end, fmt::format("a number of at least {}", v.first));
    const std::size_t sign = at_;
    v.geometric = take("^");
    if (v.geometric || take("/")) v.count = whole(2, kMostCount);
    if (v.geometric && v.first <= 0) fail(sign, "'/': values of one ratio begin above 0");
    if (v.first == v.last) v = {v.first, v.last, 0, v.times, false};
    return v;
  }

  int whole(int least, int most) {
    skip_spaces();
    const std::size_t start = at_;
    while (is_digit(peek())) ++at_;
    int value = -1;
    const auto result = std::from_chars(text_.data() + start, text_.data() + at_, value);
    if (result.ec != std::errc() || value < least || value > most || peek() == '.') {
      fail(start, fmt::format("a whole number from {} to {}", least, most));
    }
    return value;
  }

  float real(float least, float most, const char* otherwise = "") {
    skip_spaces();
    const std::size_t start = at_;
    const std::optional<float> value = scan();
    if (!value || !(*value >= least && *value <= most)) {
      fail(start, fmt::format("a number from {} to {}{}", least, most, otherwise));
    }
    return *value;
  }

  /// A number, which ends before "..".
  std::optional<float> scan() {
    const std::size_t start = at_;
    if (peek() == '-') ++at_;
    const std::size_t digits = at_;
    while (is_digit(peek())) ++at_;
    if (peek() == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      ++at_;
      while (is_digit(peek())) ++at_;
    }
    if (at_ > digits && (peek() == 'e' || peek() == 'E')) {
      ++at_;
      if (peek() == '-' || peek() == '+') ++at_;
      while (is_digit(peek())) ++at_;
    }
    float value = 0;
    const auto result = std::from_chars(text_.data() + start, text_.data() + at_, value);
    if (result.ec == std::errc() && result.ptr == text_.data() + at_ && std::isfinite(value)) return value;
    at_ = start;
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t ranges_ = 0;
  Transforms result_;
};

std::string text_of(const Values& v) {
  std::string text = v.times == 1 ? "" : fmt::format("{}*", v.times);
  text += fmt::format("{}", v.first);
  if (v.first != v.last) text += fmt::format("..{}", v.last);
  if (v.count != 0) text += fmt::format("{}{}", v.geometric ? '^' : '/', v.count);
  return text;
}

std::string text_of(const Transform& transform) {
  const Rule& rule = rule_of(transform.kind);
  const std::vector<Values>& arguments = transform.arguments;
  if (transform.kind == TransformKind::flip && arguments.front().first == 0.5F) return "flip";
  if (rule.form == Form::box) {
    const float height = arguments[0].first, width = arguments[1].first;
    return fmt::format("crop({}{}{})", height, height == width ? "" : fmt::format("x{}", width),
                       transform.kind == TransformKind::centre_crop ? ",centre" : "");
  }
  std::vector<std::string> parts;
  for (const Values& v : arguments) parts.push_back(text_of(v));
  if (transform.kind == TransformKind::reflect_pad) parts.push_back("reflect");
  return fmt::format("{}({})", rule.name, fmt::join(parts, ","));
}

/// Extents of what the transforms so far leave of a picture.
struct Canvas {
  int height, width;

  /// What the next transform leaves.
  void apply(const Transform& transform, const Canvas& network) {
    if (rule_of(transform.kind).form == Form::box) *this = network;
    if (rule_of(transform.kind).form != Form::pad) return;
    const int pixels = static_cast<int>(transform.arguments.front().first);
    height += 2 * pixels;
    width += 2 * pixels;
  }
};

ValueRange number_range(float value) {
  return {value, value, 1, 1, 0};
}

/// Offsets of a box along one dimension of the canvas, from its centre: whole steps from edge to edge.
ValueRange offsets(float box, int canvas, bool centre) {
  const float room = static_cast<float>(canvas) - box;
  if (centre) return number_range(0);
  return {-room / 2, room / 2, static_cast<std::uint32_t>(room) + 1, 1, 0};
}

}  // namespace

Transforms parse_transforms(std::string_view text) {
  return Parser(text).parse();
}

std::string to_string(const Transforms& transforms) {
  std::vector<std::string> parts;
  for (const auto& [style, name] : kStyles) {
    if (style == transforms.style) parts.push_back(fmt::format("{}:", name));
  }
  if (transforms.list.empty()) parts.emplace_back("none");
  for (const Transform& transform : transforms.list) parts.push_back(text_of(transform));
  return fmt::format("{}", fmt::join(parts, " "));
}

Transforms default_transforms() noexcept {
  static const Transforms list =
      parse_transforms("pad(12,0.5) jitter(8) scale(0.9..1.1) rotate(-10..10) jitter(4)");
  return list;
}

std::vector<ValueRange> value_ranges(const Transform& transform) {
  return ranges_of(transform.kind, transform.arguments);
}

void check_composed(const Transforms& transforms, int height, int width) {
  Canvas canvas{height, width};
  for (const Transform& transform : transforms.list) {
    const int first = static_cast<int>(transform.arguments.front().first);
    if (transform.kind == TransformKind::reflect_pad && first >= std::min(height, width)) {
      fail_usage("{} mirrors more than there is: a picture of {}x{} can be mirrored by at most {} pixels",
                 text_of(transform), height, width, std::min(height, width) - 1);
    }
    if (rule_of(transform.kind).form == Form::box) {
      const int second = static_cast<int>(transform.arguments[1].first);
      if (first > canvas.height || second > canvas.width) {
        fail_usage("{} is larger than the {}x{} pixels it is cut from (a pad before it makes them more)",
                   text_of(transform), canvas.height, canvas.width);
      }
    }
    canvas.apply(transform, {height, width});
  }
}

TransformNeeds needs_of(const Transforms& transforms) {
  TransformNeeds needs;
  if (transforms.staged()) return needs;
  for (const Transform& transform : transforms.list) {
    switch (transform.kind) {
      case TransformKind::blur:
        needs.blur = true;
        break;
      case TransformKind::reflect_pad:
      case TransformKind::homography:
      case TransformKind::noise:
      case TransformKind::contrast:
      case TransformKind::brightness:
      case TransformKind::saturation:
      case TransformKind::hue:
        needs.views = true;
        break;
      default:
        break;
    }
  }
  return needs;
}

TransformList device_list(const Transforms& transforms, int height, int width) {
  TransformList list;
  Canvas canvas{height, width};
  std::int32_t ranges = 0;
  for (const Transform& transform : transforms.list) {
    const std::vector<Values>& arguments = transform.arguments;
    const float first = arguments.front().first;
    std::vector<ValueRange> own;
    switch (rule_of(transform.kind).form) {
      case Form::pad:
        if (transform.kind == TransformKind::reflect_pad) {
          list.reflect = static_cast<std::int32_t>(first);
        } else {
          list.fill = arguments[1].first;
        }
        break;
      case Form::whole:
        own = {{-std::floor(first / 2), std::ceil(first / 2), static_cast<std::uint32_t>(first) + 1, 1, 0}};
        break;
      case Form::box: {
        const bool centre = transform.kind == TransformKind::centre_crop;
        const float box_width = arguments[1].first;
        own = {number_range(box_width / static_cast<float>(width)),
               number_range(first / static_cast<float>(height)), offsets(box_width, canvas.width, centre),
               offsets(first, canvas.height, centre)};
        break;
      }
      default:
        own = ranges_of(transform.kind, arguments);
    }
    canvas.apply(transform, {height, width});
    const auto count = static_cast<std::int32_t>(own.size());
    list.entries[list.count++] = {transform.kind, ranges, count};
    std::copy(own.begin(), own.end(), list.ranges + ranges);
    ranges += count;
  }
  if (transforms.seen) {
    // From the network's pixels to the picture's, as a crop in the middle is.
    const auto ratio = [](int from, int to) {
      return to > 1 ? static_cast<float>(from - 1) / static_cast<float>(to - 1) : 1.0F;
    };
    list.entries[list.count++] = {TransformKind::centre_crop, ranges, 4};
    list.ranges[ranges] = number_range(ratio(width, (*transforms.seen)[1]));
    list.ranges[ranges + 1] = number_range(ratio(height, (*transforms.seen)[0]));
    list.ranges[ranges + 2] = list.ranges[ranges + 3] = number_range(0);
  }
  return list;
}

}  // namespace limpid
