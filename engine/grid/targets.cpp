#include "engine/grid/targets.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <string>
#include <utility>

#include "engine/network/layers.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// A target's text, taken apart.
struct TargetText {
  std::string_view sign;      ///< "-" or empty.
  std::string_view layer;     ///< As written.
  std::string_view channels;  ///< As written.
  bool names_channels = false;
  bool pre_relu = false;
  std::string_view position;  ///< From the '@' on.
};

/// Text up to `separator`, which is taken away with it.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

TargetText take_apart(std::string_view rest) {
  TargetText text;
  if (rest.starts_with('-')) {
    text.sign = rest.substr(0, 1);
    rest.remove_prefix(1);
  }
  const std::size_t at = std::min(rest.find('@'), rest.size());
  text.position = rest.substr(at);
  rest = rest.substr(0, at);
  const bool ends_in_colon = rest.ends_with(':');
  text.layer = take_until(rest, ':');
  if (text.layer.empty()) fail_usage("it begins with no layer; write for example mixed4a or mixed4a:0-99");
  while (!rest.empty()) {
    const std::string_view word = take_until(rest, ':');
    if (word == "pre" && !text.pre_relu) {
      text.pre_relu = true;
    } else if (!text.names_channels) {
      text.channels = word;
      text.names_channels = true;
    } else {
      fail_usage("'{}' follows channels that are given already", word);
    }
  }
  if (ends_in_colon) fail_usage("nothing follows its last ':'; write for example mixed4a:0-99");
  return text;
}

/// Whether the text is made of what lists of channels are made of.
bool is_list(std::string_view text) {
  return text.find_first_not_of("0123456789,-") == std::string_view::npos;
}

int read_channel(std::string_view word, std::string_view layer, int count) {
  int channel = -1;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), channel);
  const bool number = !word.empty() && end == word.data() + word.size() && word.front() != '-';
  if (!number)
    fail_usage("'{}' is no channel: write for example {}:0-{} or {}:3,7", word, layer, count - 1, layer);
  if (error != std::errc() || channel >= count) {
    fail_usage("{} has no channel {}: channels are 0 to {}", layer, word, count - 1);
  }
  return channel;
}

/// "3,7,11-20".
std::vector<int> read_list(std::string_view list, std::string_view layer, int count) {
  std::vector<int> channels;
  // A list that ends in a comma has an empty part behind it.
  for (bool more = true; more;) {
    more = list.find(',') != std::string_view::npos;
    std::string_view part = take_until(list, ',');
    const bool range = part.find('-', 1) != std::string_view::npos;
    const std::string_view whole = part;
    const int first = read_channel(range ? take_until(part, '-') : part, layer, count);
    const int last = range ? read_channel(part, layer, count) : first;
    if (last < first) fail_usage("range {} is empty: write {}-{}", whole, last, first);
    for (int channel = first; channel <= last; ++channel) channels.push_back(channel);
  }
  return channels;
}

/// parse_objective, whose messages begin with the text that the caller of expand_target names already.
Objective parse(const std::string& text, const Model& model) {
  try {
    return parse_objective(text, model);
  } catch (const Error& error) {
    const std::string prefix = fmt::format("objective '{}', character ", text);
    const std::string message = error.what();
    const std::size_t reason =
        message.starts_with(prefix) ? message.find(": ", prefix.size()) : std::string::npos;
    throw Error(error.kind(), reason == std::string::npos ? message : message.substr(reason + 2));
  }
}

std::string objective_text(const TargetText& text, std::string_view channel) {
  return fmt::format("{}{}:{}{}{}", text.sign, text.layer, channel, text.pre_relu ? ":pre" : "",
                     text.position);
}

std::vector<Objective> expand_layer(const TargetText& text, const Model& model) {
  const std::string layer = require_layer(model, text.layer).layer;
  const bool classes = has_classes(model, layer);
  if (text.names_channels && classes && !is_list(text.channels)) {
    return {parse(objective_text(text, text.channels), model)};
  }
  const int count = channel_count(model, layer);
  std::vector<int> channels(static_cast<std::size_t>(count));
  std::iota(channels.begin(), channels.end(), 0);
  if (text.names_channels) channels = read_list(text.channels, layer, count);

  // What is left to be wrong is wrong for every channel alike.
  std::vector<Objective> objectives(channels.size(),
                                    parse(objective_text(text, std::to_string(channels.front())), model));
  for (std::size_t i = 0; i < channels.size(); ++i) objectives[i].terms.front().channel = channels[i];
  return objectives;
}

}  // namespace

std::vector<Objective> expand_target(std::string_view target, const Model& model) {
  TargetText text = take_apart(target);
  if (text.layer != "all") return expand_layer(text, model);
  if (text.names_channels) fail_usage("'all' is every channel of its layers and takes no channels");

  std::vector<Objective> objectives;
  for (const std::string& layer : model.network.trunk_layers()) {
    text.layer = layer;
    const std::vector<Objective> of_layer = expand_layer(text, model);
    objectives.insert(objectives.end(), of_layer.begin(), of_layer.end());
  }
  return objectives;
}

std::vector<RenderOptions> jobs_of_target(std::string_view target, const RenderOptions& common,
                                          const Model& model) {
  std::vector<RenderOptions> jobs;
  for (Objective& objective : expand_target(target, model)) {
    jobs.push_back(common);
    jobs.back().objective = std::move(objective);
  }
  return jobs;
}

}  // namespace limpid
