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
#include "tools/watch/attached_pictures.h"

namespace limpid {

/// What a picture came from before the job it is of now: a change that needs another plan makes another job of it. Each has
/// the fields "job", "steering" and "steps_done".
using EarlierJobs = std::vector<JsonField::Json>;

/// The job as it is, as one of those.
JsonField::Json as_earlier(RenderJob& job, const AttachedPictures& pictures);

/// {"limpid": version, "weights": checksum, "files": {name: checksum}, "earlier": [...], "job": the options, "steering":
/// [{"step", "set"}, ...], "steps_done", "pictures": {name: base64}}: what decides the picture of the job as it is, on one
/// kind of device and precision; "earlier" and "pictures" where there are any. Where the job went back to a snapshot, what
/// came after it is no part of this.
JsonField::Json steering_log(RenderJob& job, const EarlierJobs& earlier, const AttachedPictures& pictures,
                             const std::string& weights, const FileChecksums& files);

/// Options of a job as JSON, with the files it names read and, where `files` has their checksums, compared.
/// Throws Error{input}.
JobOptions read_job(const JsonField& json, const Model& model, const ComputeOptions& compute,
                    JobFileReader& reader, const FileChecksums& files = {});

/// A job that goes on from where another is, by a plan of its own: from its parameters, or from a photo where the options
/// name another one than those of `before`. Throws what RenderJob throws.
std::unique_ptr<RenderJob> job_after(const std::shared_ptr<const Model>& model, const JobOptions& options,
                                     RenderJob& before);

struct LoggedChange {
  int step = 0;
  std::string set;  ///< JSON, as `RenderJob::parse_steering` takes it.
};

struct LoggedJob {
  JobOptions options;
  std::vector<LoggedChange> changes;  ///< In the order of their steps.
  int steps_done = 0;
  std::string path;  ///< Of its fields in the log, for messages: empty, or "earlier[0].".
};

/// The jobs of a picture, at least one, in the order in which it had them.
using SteeringLog = std::vector<LoggedJob>;

/// Reads what `steering_log` makes; `name` is that of the text in messages. The log's pictures become `pictures`, which must
/// live as long as jobs of these options. Throws Error{input} for a log that is damaged, of other weights or of files that
/// have changed.
SteeringLog read_steering_log(std::string_view text, const std::string& name, const Model& model,
                              const ComputeOptions& compute, JobFileReader& reader,
                              AttachedPictures& pictures);

struct Replayed {
  std::unique_ptr<RenderJob> job;
  EarlierJobs earlier;
};

/// Makes the picture of a log again, one update at a time and each change at its step; `go_on`, asked after each update
/// with the job and how many updates there were before it, ends it earlier. `pictures` are those of the log. Throws
/// Error{input} naming the change that a job refuses.
Replayed replay(const SteeringLog& log, const std::string& name, const std::shared_ptr<const Model>& model,
                const AttachedPictures& pictures, const std::function<bool(RenderJob&, int)>& go_on);

/// What a picture says of itself. Of one job: `origin`, its command among them, "Step" where that is not the last, and
/// "Steering" where there were changes. Of several: what is begun by that command, and "Jobs", a list of them all in their
/// order, each with the fields "job", "steering" and "steps_done"; their pictures by name alone.
PictureTexts steered_texts(PictureTexts origin, const JsonField::Json& log);

}  // namespace limpid
