// How a picture that was steered came about, and that again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/grid/json_field.h"
#include "engine/job/render_job.h"
#include "engine/pictures/png.h"

namespace limpid {

/// {"limpid": version, "weights": checksum, "files": {name: checksum}, "job": the options, "steering": [{"step", "set"},
/// ...], "steps_done"}: what decides the picture of the job as it is, on one kind of device and precision. Where the job
/// went back to a snapshot, what came after it is no part of this.
JsonField::Json steering_log(RenderJob& job, const std::string& weights, const FileChecksums& files);

/// Options of a job as JSON, with the files it names read and, where `files` has their checksums, compared.
/// Throws Error{input}.
JobOptions read_job(const JsonField& json, const Model& model, const ComputeOptions& compute,
                    JobFileReader& reader, const FileChecksums& files = {});

struct LoggedChange {
  int step = 0;
  std::string set;  ///< JSON, as `RenderJob::parse_steering` takes it.
};

struct SteeringLog {
  JobOptions options;
  std::vector<LoggedChange> changes;  ///< In the order of their steps.
  int steps_done = 0;
};

/// Reads what `steering_log` makes; `name` is that of the text in messages. Throws Error{input} for a log that is
/// damaged, of other weights or of files that have changed.
SteeringLog read_steering_log(std::string_view text, const std::string& name, const Model& model,
                              const ComputeOptions& compute, JobFileReader& reader);

/// Takes the job, which has had no update, to where the log ends, one update at a time and each change at its step;
/// earlier where `go_on`, asked after each, says so. Throws Error{input} naming the change that the job refuses.
void replay(const SteeringLog& log, const std::string& name, RenderJob& job,
            const std::function<bool(const RenderJob&)>& go_on);

/// What a picture says of itself: `origin`, the step where it is not the last, and the changes where there were any.
PictureTexts steered_texts(PictureTexts origin, const JsonField::Json& log);

}  // namespace limpid
