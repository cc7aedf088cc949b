// Measurements as text, as JSON and as a picture.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/step.h"

namespace limpid::bench {

/// A case, and what came of it.
struct Row {
  StepCase what;
  Precision precision = Precision::fp32;
  StepMeasurement measured;

  /// Images times steps in a second, at that time for a step of the batch.
  double rate(double step_seconds) const { return what.batch / step_seconds; }
  double median_rate() const { return rate(measured.step_seconds.median); }
};

/// What a device was found to do at best, at one precision.
struct Ceilings {
  Precision precision = Precision::fp32;
  Card card;
};

struct Report {
  Machine machine;
  std::string device;
  std::string weights;
  std::vector<Ceilings> ceilings;
  std::vector<Row> rows;
};

/// Steps of a picture, where times for one are quoted.
inline constexpr int kStepsPerImage = 512;

// Parts of a text report, each whole lines on standard output.
void print_ceilings(const Ceilings& ceilings);
void print_row_header();
void print_row(const Row& row);
void print_operations(const Row& row);
void print_reached(const Row& row, double value);

nlohmann::ordered_json report_json(const Report& report);

/// The operations of every row and their floors; see plot_svg.
std::string report_svg(const Report& report);

}  // namespace limpid::bench
