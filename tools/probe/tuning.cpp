#include "tools/probe/tuning.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "engine/examples/example_pass.h"
#include "engine/session/session.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Pictures that are computed together.
constexpr std::size_t kProbeBatch = 8;
constexpr int kLargestProbe = 2048;

std::string probe_target_of(const ObjectiveTerm& unit) {
  return unit.layer + (unit.pre_relu ? ":pre" : "");
}

/// A position's coordinate on a map of so many rows or columns.
int placed(int coordinate, int extent, const ObjectiveTerm& unit) {
  const int place = coordinate == Position::kCentre ? extent / 2 : coordinate;
  if (place < 0 || place >= extent)
    fail_usage("'{}' lies outside its map of {} rows and columns", to_string(unit), extent);
  return place;
}

class Probe {
 public:
  Probe(std::shared_ptr<const Model> model, const TuningRequest& request)
      : request_(request), session_(std::move(model), options_of(request)) {
    for (const ObjectiveTerm& unit : request.units) {
      const std::vector<std::string> names = targets_of(request);
      targets_.push_back(
          static_cast<std::size_t>(std::ranges::find(names, probe_target_of(unit)) - names.begin()));
    }
  }

  /// The responses of every unit to pictures side by side in `pixels`.
  void respond(std::span<const float> pixels, std::size_t count,
               std::vector<std::vector<double>>& responses) {
    const std::int64_t side = request_.side;
    std::vector<std::vector<float>> maps;
    std::vector<TensorView<float>> outputs;
    for (int i = 0; i < session_.target_count(); ++i) {
      const Extents e = session_.target_extents(i, static_cast<int>(count), request_.side, request_.side);
      maps.emplace_back(static_cast<std::size_t>(e[0] * e[1] * e[2] * e[3]));
      outputs.push_back(dense_view(maps.back().data(), e));
    }
    session_.forward(
        {pixels.data(), {static_cast<std::int64_t>(count), 3, side, side}, {3 * side * side, 1, 3 * side, 3}},
        outputs);
    for (std::size_t u = 0; u < targets_.size(); ++u) {
      for (std::size_t n = 0; n < count; ++n) {
        const double response = response_of(request_.units[u], outputs[targets_[u]], n);
        if (!std::isfinite(response))
          fail_runtime("the response of {} to {} at {} is not finite", to_string(request_.units[u]),
                       name_of(request_.stimuli.fixed.kind),
                       request_.stimuli.words(request_.stimuli.values(responses[u].size())));
        responses[u].push_back(response);
      }
    }
  }

 private:
  static std::vector<std::string> targets_of(const TuningRequest& request) {
    std::vector<std::string> names;
    for (const ObjectiveTerm& unit : request.units) {
      if (std::ranges::find(names, probe_target_of(unit)) == names.end())
        names.push_back(probe_target_of(unit));
    }
    return names;
  }

  static SessionOptions options_of(const TuningRequest& request) {
    SessionOptions options;
    options.targets = targets_of(request);
    options.backward = false;
    options.compute = request.compute;
    return options;
  }

  double response_of(const ObjectiveTerm& unit, const TensorView<float>& map, std::size_t n) const {
    const auto height = static_cast<int>(map.extents[2]), width = static_cast<int>(map.extents[3]);
    const float* plane = map.at(static_cast<std::int64_t>(n), unit.channel, 0, 0);
    if (unit.position || request_.response == TuningResponse::centre) {
      const Position position = unit.position.value_or(Position{});
      return double{plane[placed(position.y, height, unit) * width + placed(position.x, width, unit)]};
    }
    const std::span<const float> values(plane, static_cast<std::size_t>(height * width));
    if (request_.response == TuningResponse::max) return double{*std::ranges::max_element(values)};
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }

  const TuningRequest& request_;
  Session session_;
  std::vector<std::size_t> targets_;  ///< Of each unit.
};

/// Between -1/2 and 1/2 of a step: where the parabola through three values has its peak.
double parabola_peak(double before, double at, double after) {
  const double bend = before - 2 * at + after;
  return bend < 0 ? std::clamp((before - after) / (2 * bend), -0.5, 0.5) : 0;
}

}  // namespace

std::optional<TuningPeak> Tuning::peak(std::size_t unit) const {
  const std::vector<double>& all = responses[unit];
  if (std::ranges::min(all) == std::ranges::max(all)) return std::nullopt;
  TuningPeak peak;
  peak.stimulus = static_cast<std::size_t>(std::ranges::max_element(all) - all.begin());
  peak.response = all[peak.stimulus];
  peak.values = stimuli.values(peak.stimulus);
  std::size_t stride = 1;
  for (std::size_t i = stimuli.sweeps.size(); i-- > 0;) {
    const Sweep& sweep = stimuli.sweeps[i];
    const std::size_t count = sweep.values.size(), place = peak.stimulus / stride % count;
    const bool inside = place > 0 && place + 1 < count;
    if (inside || sweep.full_turn()) {
      const std::size_t first = peak.stimulus - place * stride;
      peak.values[i] += (sweep.values[1] - sweep.values[0]) *
                        parabola_peak(all[first + (place + count - 1) % count * stride], peak.response,
                                      all[first + (place + 1) % count * stride]);
    }
    stride *= count;
  }
  return peak;
}

Tuning measure_tuning(const std::shared_ptr<const Model>& model, const TuningRequest& request,
                      const std::function<void(std::size_t, std::size_t)>& progress) {
  if (request.side < 1 || request.side > kLargestProbe)
    fail_usage("a size of {} pixels is out of range: 1 to {}", request.side, kLargestProbe);
  const ObjectiveTerm& first = request.units.front();
  const ExampleLayer layer = example_layers(*model, {first.layer}, request.side).front();
  const Position position = first.position.value_or(Position{});
  const auto middle = [&](int coordinate, int extent) {
    const int place = placed(coordinate, extent, first);
    return layer.field.start + place * layer.field.step + layer.field.size / 2.0;
  };
  Tuning tuning{{},
                request.stimuli,
                middle(position.y, layer.height),
                middle(position.x, layer.width),
                request.side,
                std::vector<std::vector<double>>(request.units.size())};
  for (const ObjectiveTerm& unit : request.units) tuning.units.push_back(to_string(unit));
  Probe probe(model, request);
  std::vector<float> pixels;
  for (std::size_t i = 0; i < request.stimuli.size();) {
    pixels.clear();
    std::size_t count = 0;
    for (; count < kProbeBatch && i < request.stimuli.size(); ++count, ++i) {
      const Image picture = draw_stimulus(request.stimuli.at(i), request.side, tuning.y, tuning.x);
      pixels.insert(pixels.end(), picture.rgb.begin(), picture.rgb.end());
    }
    probe.respond(pixels, count, tuning.responses);
    if (progress) progress(i, request.stimuli.size());
  }
  return tuning;
}

}  // namespace limpid
