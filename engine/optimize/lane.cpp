#include "engine/optimize/lane.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/image/network_input.h"
#include "engine/network/cost.h"
#include "engine/optimize/lane_plan.h"
#include "kernels/core/error.h"
#include "kernels/ops/advance_slots.h"

namespace limpid {
namespace {

/// Steps the host may be ahead of a GPU, twice: enough that the device never starves, few enough that Ctrl-C
/// and progress are prompt.
constexpr int kStepsPerFence = 16;

/// Operations of a step in their order, on their way to a program.
class Recording {
 public:
  void add(const std::vector<BoundStepOp>& ops) {
    for (const BoundStepOp& op : ops) add(op.name, op.run, op.uses);
  }
  void add(const std::vector<BoundOp>& ops, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      add(
          ops[i].name, [&op = ops[i]](const Stream& stream) { op.run(stream); }, ops[i].uses);
    }
  }
  void add(const std::vector<BoundOp>& ops) { add(ops, ops.size()); }
  void add(const Recording& other) {
    for (std::size_t i = 0; i < other.tasks_.size(); ++i)
      add(other.tasks_[i].name, other.tasks_[i].run, other.uses_[i]);
  }

  void add(const std::string& name, const StepRun& run, const std::vector<MemoryUse>& uses) {
    tasks_.push_back({name, run, {}});
    uses_.push_back(uses);
  }

  /// Operations as one, which runs them all in an order of its own.
  void add_as_one(const Recording& other, const StepRun& run) {
    std::vector<MemoryUse> uses;
    for (const auto& some : other.uses_) uses.insert(uses.end(), some.begin(), some.end());
    add("network", run, uses);
  }

  std::vector<Task> tasks() const {
    std::vector<Task> tasks = tasks_;
    const std::vector<std::vector<int>> after = dependencies(uses_);
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].after = after[i];
    return tasks;
  }

 private:
  std::vector<Task> tasks_;
  std::vector<std::vector<MemoryUse>> uses_;
};

Lane::Shape shape_of(const std::vector<Task>& tasks) {
  std::vector<std::vector<int>> after;
  for (const Task& task : tasks) after.push_back(task.after);
  return {static_cast<int>(tasks.size()), longest_chain(after)};
}

}  // namespace

Lane::Lane(Backend& backend, const Stream& stream, const Model& model, const LaneSpec& spec)
    : backend_(backend),
      stream_(stream),
      spec_(spec),
      older_(backend.make_fence()),
      newer_(backend.make_fence()) {
  const auto slots = static_cast<std::size_t>(spec.slots);
  jobs_.resize(slots);
  started_.resize(slots);
  steps_done_.resize(slots);
  values_.resize(static_cast<std::size_t>(spec.views() * spec.goals.columns));
  failed_step_.resize(slots);
  first_moved_.resize(static_cast<std::size_t>(spec.all_pictures()));

  if (spec.staged) {
    for (const auto& [sizes, stages] : every_size(*spec.staged, spec.height, spec.width))
      add_route(model, stages);
  } else {
    add_route(model, {});
  }
  route_ = &routes_.begin()->second;

  std::vector<StepBinder::Planned> plans;
  for (const auto& [sizes, route] : routes_) {
    plans.push_back({&route.step->plan, route.network->arena_bytes()});
  }
  binder_ = std::make_unique<StepBinder>(backend, stream, plans);
  for (const auto& [size, network] : networks_) network->place(binder_->network_arena());
  const LaneStep& first = *route_->step;
  memory_ = std::make_unique<LaneMemory>(*binder_, first);
  pictures_ = std::make_unique<LanePictures>(backend, stream, spec_, first, *binder_);
  job_start_ = std::make_unique<JobStart>(backend, stream, spec_, first, *binder_, *pictures_);
  if (spec.goals.penalties > 0) {
    memory_->penalties.upload(
        stream, 0,
        std::vector<PenaltyTerm>(first_moved_.size() * static_cast<std::size_t>(spec.goals.penalties)));
  }
  if (spec.staged) {
    // The last stage's canvas becomes the network's input as it is.
    memory_->maps.upload(stream, 0, std::vector<AffineMap>(static_cast<std::size_t>(spec.views())));
  }
  std::size_t number = 0;
  for (auto& [sizes, route] : routes_) record(route, number++);
}

void Lane::add_route(const Model& model, const std::vector<ViewStage>& stages) {
  Route& route = routes_[sizes_of(stages)];
  const std::array seen = spec_.seen_size();
  const std::pair size =
      stages.empty() ? std::pair{seen[0], seen[1]} : std::pair{stages.back().h, stages.back().w};
  std::unique_ptr<NetworkExecutor>& network = networks_[size];
  if (network == nullptr) {
    network = std::make_unique<NetworkExecutor>(backend_, stream_, model,
                                                plan_of(model, spec_, stages, concurrency_of(backend_)),
                                                spec_.executor, NetworkExecutor::Unplaced());
  }
  const double input_bytes =
      network_input_bytes(network->plan(), {spec_.executor.dtype, backend_.groups_input()});
  route.network = network.get();
  route.step = std::make_unique<LaneStep>(
      plan_step(spec_, input_scaling(model.input), stages, static_cast<std::size_t>(input_bytes)));
}

void Lane::record(Route& route, std::size_t number) {
  using ReluRule = NetworkExecutor::ReluRule;
  NetworkExecutor& network = *route.network;
  const std::vector<BoundStepOp> before = binder_->bind_before(number, route.network);
  const std::vector<BoundStepOp> after = binder_->bind_after(number, route.network);
  using Ops = std::vector<BoundStepOp>;
  const auto record = [&](const Ops& front, const Recording& operations, const StepRun& run,
                          const Ops& back) {
    Recording recording;
    recording.add(front);
    if (network.in_micro_batches()) {
      recording.add_as_one(operations, run);
    } else {
      recording.add(operations);
    }
    recording.add(back);
    return backend_.record(stream_, recording.tasks());
  };
  Recording forward;
  forward.add(network.forward_ops());
  for (const ReluRule rule : {ReluRule::ruled, ReluRule::plain}) {
    const auto program = [rule](StepPrograms& programs) -> std::unique_ptr<Program>& {
      return rule == ReluRule::plain ? programs.plain : programs.ruled;
    };
    Recording backward;
    backward.add(network.backward_ops(rule));
    Recording gradient = forward;
    gradient.add(backward);
    Recording step;
    step.add(before);
    step.add(gradient);
    step.add(after);
    route.step_tasks = step.tasks();
    program(route.whole) = record(
        before, gradient, [&network, rule](const Stream&) { network.gradient(rule); }, after);
    if (!spec_.halved()) continue;
    program(route.second_half) = record(
        {}, backward, [&network, rule](const Stream&) { network.backward(rule); }, after);
  }
  route.shape = shape_of(route.step_tasks);
  if (spec_.halved()) {
    route.first_half = record(before, forward, [&network](const Stream&) { network.forward(); }, {});
  }
  Recording evaluation = forward;
  evaluation.add(network.backward_ops(), network.objective_op_count());
  std::vector<BoundStepOp> penalties;
  if (route.step->penalty_op) penalties.push_back(after[*route.step->penalty_op]);
  route.evaluation = record(
      before, evaluation, [&network](const Stream&) { network.evaluate(); }, penalties);
}

/// Staged views draw on the host, for the sizes of canvases, and so which program runs, hang on what they
/// draw.
void Lane::take_next_route() {
  if (!spec_.staged) return;
  const SlotJob& job = jobs_.front();
  const SlotKey key{job.seed, job.image, static_cast<std::uint32_t>(steps_done_.front())};
  const std::vector<ViewStage> stages =
      stages_of(*spec_.staged, draw_staged(*spec_.staged, key), spec_.height, spec_.width);
  route_ = &routes_.at(sizes_of(stages));
  const auto pictures = static_cast<std::size_t>(spec_.all_pictures());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].kind == ViewStage::Kind::resample) {
      memory_->stage_rules.upload(stream_, i, stages[i].rule);
    } else {
      memory_->stage_maps.upload(stream_, i * pictures, std::vector<AffineMap>(pictures, stages[i].map));
    }
  }
  // Each network has rules of its own, of which the clock moves those of its own steps on.
  const bool ruled = steps_done_.front() < job.redirected_relu;
  set_relu_rules(network(), 0, ruled ? job.relu_gradient : ReluGradient::plain);
}

void Lane::set_relu_rules(NetworkExecutor& network, int slot, ReluGradient rule) {
  const int views = spec_.pictures() * spec_.draws;
  const std::vector<ReluGradient> rules(static_cast<std::size_t>(views), rule);
  backend_.upload(stream_, network.relu_rules() + slot * views, rules.data(),
                  rules.size() * sizeof(ReluGradient));
}

void Lane::start(int slot, const SlotJob& job) {
  const int pictures = spec_.pictures();
  const int first = slot * pictures;
  bind_goals(first, job.goals);
  if (spec_.goals.photos > 0) job_start_->fix_photos(slot, photos_of(job.goals));

  const auto i = static_cast<std::size_t>(slot);
  jobs_[i] = job;
  started_[i] = 1;
  steps_done_[i] = 0;
  std::fill_n(values_.begin() + first * spec_.draws * spec_.goals.columns,
              pictures * spec_.draws * spec_.goals.columns, 0.0);
  failed_step_[i] = 0;
  memory_->failed_step.upload(stream_, i, 0);
  memory_->relu_rules.upload(stream_, i, job.relu_gradient);
  memory_->relu_steps.upload(stream_, i, static_cast<std::uint32_t>(job.redirected_relu));
  set_relu_rules(network(), slot, job.redirected_relu > 0 ? job.relu_gradient : ReluGradient::plain);
  for (int p = first; p < first + pictures; ++p) {
    first_moved_[static_cast<std::size_t>(p)] = 0;
    job_start_->start_picture(p, job, p - first);
  }
}

void Lane::change(int slot, const SlotJob& job) {
  const int pictures = spec_.pictures();
  const int first = slot * pictures;
  const auto i = static_cast<std::size_t>(slot);
  // What is wrong with one network's terms is found before any has them.
  for (const auto& [size, network] : networks_)
    bind_terms(job.goals, network->plan(), {0, spec_.images, first * spec_.draws, spec_.draws});
  bind_goals(first, job.goals);
  for (int p = first; p < first + pictures; ++p) {
    job_start_->set_views(p, job);
    if (job.update.rate != jobs_[i].update.rate) job_start_->set_update(p, job, steps_done_[i]);
  }
  jobs_[i] = job;
}

void Lane::bind_goals(int first, const Goals& goals) {
  for (const auto& [size, network] : networks_) bind_terms_to(*network, first, goals);
  if (spec_.goals.penalties == 0) return;
  for (int i = 0; i < spec_.images; ++i) {
    std::vector<PenaltyTerm> terms = bind_penalties(goals, {i, spec_.images, first, 1});
    terms.resize(static_cast<std::size_t>(spec_.goals.penalties));
    memory_->penalties.upload(stream_, static_cast<std::size_t>((first + i) * spec_.goals.penalties), terms);
  }
}

void Lane::bind_terms_to(NetworkExecutor& network, int first, const Goals& goals) {
  for (int i = 0; i < spec_.images; ++i) {
    for (int draw = 0; draw < spec_.draws; ++draw) {
      const ImagePlace place{i, spec_.images, first * spec_.draws + draw, spec_.draws};
      const std::vector<TargetTerms> terms = bind_terms(goals, network.plan(), place);
      for (std::size_t t = 0; t < terms.size(); ++t) {
        network.set_terms(static_cast<int>(t), place.batch_index(i), terms[t]);
      }
    }
  }
}

void Lane::step() {
  take_next_route();
  route_->whole.run(count_step(), stream_);
  limit_lead();
}

void Lane::look() {
  take_next_route();
  route_->first_half->run(stream_);
}

void Lane::step_on() {
  route_->second_half.run(count_step(), stream_);
  limit_lead();
}

/// Whether the step that begins is one by rules.
bool Lane::count_step() {
  bool ruled = false;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    ruled |= started_[i] != 0 && steps_done_[i] < jobs_[i].redirected_relu;
    ++steps_done_[i];
  }
  return ruled;
}

/// Keeps the host from running ahead of a GPU without bound.
void Lane::limit_lead() {
  if (++steps_since_fence_ < kStepsPerFence) return;
  steps_since_fence_ = 0;
  older_->wait();
  std::swap(older_, newer_);
  newer_->mark(stream_);
}

void Lane::evaluate() {
  take_next_route();
  route_->evaluation->run(stream_);
}

int Lane::steps_done(int slot) const {
  return steps_done_[static_cast<std::size_t>(slot)];
}

void Lane::synchronise() {
  backend_.download(stream_, values_.data(), route_->network->values(), values_.size() * sizeof(double));
  memory_->failed_step.download(stream_, 0, failed_step_);
  memory_->first_moved.download(stream_, 0, first_moved_);
  for (std::size_t i = 0; i < started_.size(); ++i) {
    if (started_[i] == 0) failed_step_[i] = 0;
  }
}

double Lane::value(int slot, int column) const {
  const int rows = spec_.pictures() * spec_.draws;
  return slot_value(values_.data() + slot * rows * spec_.goals.columns, spec_.images, spec_.draws,
                    spec_.goals.columns, column);
}

std::string Lane::describe_failure(int slot, int step) {
  return limpid::describe_failure(jobs_[static_cast<std::size_t>(slot)], step, network().first_non_finite());
}

std::string Lane::describe_silence(int slot, int steps) const {
  return limpid::describe_silence(jobs_[static_cast<std::size_t>(slot)], steps);
}

int Lane::first_moved(int slot) const {
  int first = 0;
  for (int i = 0; i < spec_.images; ++i) {
    const int moved = first_moved_[static_cast<std::size_t>(slot * spec_.pictures() + i)];
    if (moved != 0 && (first == 0 || moved < first)) first = moved;
  }
  return first;
}

void Lane::read_curve(int slot, int column, int first, std::span<double> values) {
  const auto row = static_cast<std::size_t>(slot * spec_.goals.columns + column);
  memory_->curve.download(
      stream_, row * static_cast<std::size_t>(route_->step->curve_steps) + static_cast<std::size_t>(first),
      values);
}

std::vector<double> Lane::curve(int slot, int column) {
  const int done = std::min(steps_done_[static_cast<std::size_t>(slot)], route_->step->curve_steps);
  std::vector<double> values(static_cast<std::size_t>(done));
  read_curve(slot, column, 0, values);
  return values;
}

Image Lane::picture_looked_at(int slot) {
  return pictures_->read_slot(slot);
}

Image Lane::picture(int slot) {
  pictures_->decode_and_fix();
  return pictures_->read_slot(slot);
}

Image Lane::picture_at(int slot, int height, int width) {
  return pictures_->enlarged_slot(slot, height, width);
}

SlotState Lane::state(int slot) {
  const int done = steps_done_[static_cast<std::size_t>(slot)];
  SlotState state = empty_state(spec_, *route_->step, done);
  for_each_place(
      *memory_, spec_, *route_->step, slot, state,
      [&](const auto& array, std::size_t first, auto& values) { array.download(stream_, first, values); });
  for (int column = 0; column < spec_.goals.columns; ++column)
    read_curve(slot, column, 0,
               std::span(state.curve)
                   .subspan(static_cast<std::size_t>(column * done), static_cast<std::size_t>(done)));
  return state;
}

void Lane::resume(int slot, const SlotState& state) {
  const int pictures = spec_.pictures(), done = state.steps_done;
  for_each_place(*memory_, spec_, *route_->step, slot, state,
                 [&](const auto& array, std::size_t first, const auto& values) {
                   array.upload(stream_, first, values);
                 });
  const auto steps = static_cast<std::size_t>(done);
  for (int column = 0; column < spec_.goals.columns; ++column) {
    const auto row = static_cast<std::size_t>(slot * spec_.goals.columns + column);
    memory_->curve.upload(stream_, row * static_cast<std::size_t>(route_->step->curve_steps),
                          std::span(state.curve).subspan(static_cast<std::size_t>(column) * steps, steps));
  }
  const SlotJob& job = jobs_[static_cast<std::size_t>(slot)];
  for (int number = 0; number < pictures; ++number) {
    memory_->keys.upload(stream_, static_cast<std::size_t>(slot * pictures + number),
                         key_of(job, number, static_cast<std::uint32_t>(done)));
  }
  steps_done_[static_cast<std::size_t>(slot)] = done;
  set_relu_rules(network(), slot, done < job.redirected_relu ? job.relu_gradient : ReluGradient::plain);
}

std::vector<float> Lane::parameters(int slot) {
  const std::int64_t per_image = route_->step->images->layout().total();
  std::vector<float> values(static_cast<std::size_t>(per_image * spec_.images));
  memory_->parameters.download(stream_, static_cast<std::size_t>(slot * spec_.pictures() * per_image),
                               values);
  return values;
}

void Lane::set_parameters(int slot, std::span<const float> values) {
  const std::int64_t per_image = route_->step->images->layout().total();
  memory_->parameters.upload(stream_, static_cast<std::size_t>(slot * spec_.pictures() * per_image), values);
}

}  // namespace limpid
