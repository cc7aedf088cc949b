#include "tools/watch/steering_log.h"

#include <utility>

#include "engine/job/job_options_json.h"
#include "engine/version.h"
#include "kernels/core/error.h"
#include "weights/model_digest.h"

namespace limpid {

using Json = JsonField::Json;

Json steering_log(RenderJob& job, const std::string& weights, const FileChecksums& files) {
  Json described = Json::parse(job.describe());
  Json log = {{"limpid", version()}, {"weights", weights}, {"files", Json::object()}};
  for (const auto& [name, sha256] : files) log["files"][name] = sha256;
  for (const char* part : {"job", "steering", "steps_done"}) log[part] = std::move(described[part]);
  return log;
}

JobOptions read_job(const JsonField& json, const Model& model, const ComputeOptions& compute,
                    JobFileReader& reader, const FileChecksums& files) {
  JobOptions options = job_options_from_json(json, model);
  JobFileLoader loader(model, reader, files);
  loader.load(options.render);
  options.files = loader.checksums();
  options.render.compute = compute;
  check_job_options(options, model);
  return options;
}

SteeringLog read_steering_log(std::string_view text, const std::string& name, const Model& model,
                              const ComputeOptions& compute, JobFileReader& reader) {
  const Json parsed = JsonField::parse(text, name);
  const JsonField log(parsed, name, "");
  const std::string weights = log.member("weights").string(), here = digest_of(model);
  if (weights != here) {
    log.member("weights").reject(
        fmt::format("the log is of other weights: their tensors and rules have SHA-256 {}..., not {}...",
                    weights.substr(0, 12), here.substr(0, 12)));
  }
  FileChecksums files;
  log.member("files").for_each_member(
      [&](const std::string& file, const JsonField& sha256) { files[file] = sha256.string(); });
  SteeringLog result;
  result.options = read_job(log.member("job"), model, compute, reader, files);
  const int steps = result.options.render.steps;
  result.steps_done = static_cast<int>(log.member("steps_done").integer(0, steps));
  const JsonField steering = log.member("steering");
  int least = 0;
  for (std::size_t i = 0; i < steering.size(); ++i) {
    const JsonField change = steering.element(i);
    least = static_cast<int>(change.member("step").integer(least, result.steps_done));
    result.changes.push_back({least, change.member("set").value().dump()});
  }
  return result;
}

void replay(const SteeringLog& log, const std::string& name, RenderJob& job,
            const std::function<bool(const RenderJob&)>& go_on) {
  const auto run_to = [&](int step) {
    while (job.steps_done() < step && !job.over()) {
      job.step(1);
      if (!go_on(job)) return false;
    }
    return true;
  };
  for (std::size_t i = 0; i < log.changes.size(); ++i) {
    const LoggedChange& change = log.changes[i];
    if (!run_to(change.step)) return;
    try {
      job.set(job.parse_steering(change.set, fmt::format("{}: steering[{}].set", name, i)));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::usage) fail_input("{}: steering[{}]: {}", name, i, error.what());
      throw;
    }
  }
  run_to(log.steps_done);
}

PictureTexts steered_texts(PictureTexts origin, const Json& log) {
  const int done = log["steps_done"].get<int>();
  if (done != log["job"]["steps"].get<int>()) origin.emplace_back("Step", std::to_string(done));
  if (!log["steering"].empty()) origin.emplace_back("Steering", log["steering"].dump());
  return origin;
}

}  // namespace limpid
