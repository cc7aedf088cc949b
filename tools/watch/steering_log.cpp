#include "tools/watch/steering_log.h"

#include <optional>
#include <utility>

#include "engine/job/job_options_json.h"
#include "engine/network/tensor_view.h"
#include "engine/pictures/base64.h"
#include "engine/version.h"
#include "kernels/core/error.h"
#include "tools/origin.h"
#include "weights/model_digest.h"

namespace limpid {

using Json = JsonField::Json;

namespace {

/// The photo that the job started from; empty for noise. The same one dropped again has another name.
std::string start_of(const RenderJob& job) {
  const auto& photo = job.options().start.photo;
  return photo == nullptr ? std::string() : photo->file;
}

/// One job of a log.
LoggedJob read_logged_job(const JsonField& fields, const std::string& path, const Model& model,
                          const ComputeOptions& compute, JobFileReader& reader, const FileChecksums& files,
                          const AttachedPictures& pictures) {
  LoggedJob logged;
  logged.path = path;
  const JsonField::Json job = pictures.with_paths(fields.member("job").value());
  logged.options = read_job({job, fields.file(), path + "job"}, model, compute, reader, files);
  logged.steps_done = static_cast<int>(fields.member("steps_done").integer(0, logged.options.render.steps));
  const JsonField steering = fields.member("steering");
  int least = 0;
  for (std::size_t i = 0; i < steering.size(); ++i) {
    const JsonField change = steering.element(i);
    least = static_cast<int>(change.member("step").integer(least, logged.steps_done));
    logged.changes.push_back({least, change.member("set").value().dump()});
  }
  return logged;
}

void read_pictures(const JsonField& log, AttachedPictures& pictures) {
  if (!log.value().contains("pictures")) return;
  log.member("pictures").for_each_member([&](const std::string& name, const JsonField& text) {
    const std::optional<std::string> bytes = from_base64(text.string());
    if (!bytes) text.fail("a file in base64");
    pictures.add_named(name, *bytes);
  });
}

/// The updates and changes of one job. Whether `go_on` had nothing against it.
bool run_logged_job(const LoggedJob& logged, const std::string& name, RenderJob& job,
                    const std::function<bool()>& go_on) {
  const auto run_to = [&](int step) {
    while (job.steps_done() < step && !job.over()) {
      job.step(1);
      if (!go_on()) return false;
    }
    return true;
  };
  for (std::size_t i = 0; i < logged.changes.size(); ++i) {
    const LoggedChange& change = logged.changes[i];
    if (!run_to(change.step)) return false;
    const std::string where = fmt::format("{}steering[{}]", logged.path, i);
    try {
      job.set(job.parse_steering(change.set, fmt::format("{}: {}.set", name, where)));
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::usage) fail_input("{}: {}: {}", name, where, error.what());
      throw;
    }
  }
  return run_to(logged.steps_done);
}

}  // namespace

Json as_earlier(RenderJob& job, const AttachedPictures& pictures) {
  const Json described = Json::parse(job.describe());
  return {{"job", pictures.with_names(described["job"])},
          {"steering", described["steering"]},
          {"steps_done", described["steps_done"]}};
}

Json steering_log(RenderJob& job, const EarlierJobs& earlier, const AttachedPictures& pictures,
                  const std::string& weights, const FileChecksums& files) {
  Json log = {{"limpid", version()}, {"weights", weights}, {"files", Json::object()}};
  for (const auto& [name, sha256] : files) log["files"][name] = sha256;
  if (!earlier.empty()) log["earlier"] = earlier;
  log.update(as_earlier(job, pictures));
  Json named = pictures.named_in(log.dump());
  if (!named.empty()) log["pictures"] = std::move(named);
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

std::unique_ptr<RenderJob> job_after(const std::shared_ptr<const Model>& model, const JobOptions& options,
                                     RenderJob& before) {
  auto job = std::make_unique<RenderJob>(model, options);
  const std::string start = start_of(*job);
  if (!start.empty() && start != start_of(before)) return job;
  const Extents extents = before.parameter_extents();
  std::vector<float> values(static_cast<std::size_t>(extents[0] * extents[1] * extents[2] * extents[3]));
  const TensorView<float> view = dense_view(values.data(), extents);
  before.parameters(view);
  job->set_parameters(view);
  return job;
}

SteeringLog read_steering_log(std::string_view text, const std::string& name, const Model& model,
                              const ComputeOptions& compute, JobFileReader& reader,
                              AttachedPictures& pictures) {
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
  read_pictures(log, pictures);
  SteeringLog jobs;
  if (parsed.contains("earlier")) {
    const JsonField earlier = log.member("earlier");
    for (std::size_t i = 0; i < earlier.size(); ++i) {
      jobs.push_back(read_logged_job(earlier.element(i), fmt::format("earlier[{}].", i), model, compute,
                                     reader, files, pictures));
    }
  }
  jobs.push_back(read_logged_job(log, "", model, compute, reader, files, pictures));
  return jobs;
}

Replayed replay(const SteeringLog& log, const std::string& name, const std::shared_ptr<const Model>& model,
                const AttachedPictures& pictures, const std::function<bool(RenderJob&, int)>& go_on) {
  Replayed replayed;
  std::unique_ptr<RenderJob>& job = replayed.job;
  int before = 0;
  for (const LoggedJob& logged : log) {
    if (job == nullptr) {
      job = std::make_unique<RenderJob>(model, logged.options);
    } else {
      replayed.earlier.push_back(as_earlier(*job, pictures));
      job = job_after(model, logged.options, *job);
    }
    if (!run_logged_job(logged, name, *job, [&] { return go_on(*job, before); })) break;
    before += logged.steps_done;
  }
  return replayed;
}

PictureTexts steered_texts(PictureTexts origin, const Json& log) {
  if (log.contains("earlier")) {
    for (auto& [name, text] : origin) {
      if (name == kCommandText) name = "Begun by";
    }
    Json jobs = log["earlier"];
    jobs.push_back({{"job", log["job"]}, {"steering", log["steering"]}, {"steps_done", log["steps_done"]}});
    origin.emplace_back("Jobs", jobs.dump());
    return origin;
  }
  const int done = log["steps_done"].get<int>();
  if (done != log["job"]["steps"].get<int>()) origin.emplace_back("Step", std::to_string(done));
  if (!log["steering"].empty()) origin.emplace_back("Steering", log["steering"].dump());
  return origin;
}

}  // namespace limpid
