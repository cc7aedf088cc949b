// Operations wait until the host must wait for one of them; then they run one at a time, in a random order of those that
// nothing holds back. What happens before what is kept as vector clocks, so that accesses in no order are found whatever
// the order was.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "tests/cuda_on_cpu/faults.h"
#include "tests/cuda_on_cpu/machine.h"

namespace emulated {
namespace {

constexpr std::uint64_t kMostWaiting = 20000;

std::vector<OperationPointer> ready;
std::uint64_t waiting = 0;
int timelines = 0;
Clock submitted;
Clock host;  ///< What the host has waited for.

void join(Clock& clock, const Clock& other) {
  if (clock.size() < other.size()) clock.resize(other.size());
  for (std::size_t i = 0; i < other.size(); ++i) clock[i] = std::max(clock[i], other[i]);
}
void join(Clock& clock, const Position& position) {
  join(clock, position.before);
  const auto timeline = static_cast<std::size_t>(position.timeline);
  if (clock.size() <= timeline) clock.resize(timeline + 1);
  clock[timeline] = std::max(clock[timeline], position.number);
}

/// $EMULATED_SCHEDULE: 0 the oldest first, 1 the newest, 2 any.
OperationPointer take_ready() {
  static const int schedule = setting("EMULATED_SCHEDULE", 2);
  const std::size_t i = schedule == 0 ? 0 : schedule == 1 ? ready.size() - 1 : random_number() % ready.size();
  OperationPointer op = ready[i];
  ready.erase(ready.begin() + static_cast<std::ptrdiff_t>(i));
  return op;
}

void run_one() {
  const OperationPointer op = take_ready();
  running = op.get();
  ++operations_run;
  if (op->run) op->run();
  running = nullptr;
  op->run = nullptr;
  op->done = true;
  --waiting;
  for (const OperationPointer& next : std::exchange(op->next, {})) {
    if (--next->unmet == 0) ready.push_back(next);
  }
}

}  // namespace

const Operation* running = nullptr;
std::uint32_t operations_run = 0;

bool happens_before(const Position& a, const Position& b) {
  if (a.graph != nullptr && a.graph == b.graph) {
    return a.graph->before[static_cast<std::size_t>(b.node)][static_cast<std::size_t>(a.node)];
  }
  const auto timeline = static_cast<std::size_t>(a.timeline);
  return timeline < b.before.size() && b.before[timeline] >= a.number;
}

int new_timeline() {
  return timelines++;
}

void depend(const OperationPointer& op, Clock& before, const OperationPointer& on) {
  if (on == nullptr) return;
  join(before, *on->position);
  if (on->done) return;
  on->next.push_back(op);
  ++op->unmet;
}

void submit(const OperationPointer& op, Position position) {
  join(position.before, host);
  join(submitted, position);
  op->position = std::make_shared<const Position>(std::move(position));
  ++waiting;
  if (--op->unmet == 0) ready.push_back(op);
  while (waiting > kMostWaiting && !ready.empty()) run_one();
}

void wait_for(const OperationPointer& op) {
  ++times_done("waits");
  if (op == nullptr) return;
  while (!op->done) {
    if (ready.empty()) {
      std::fprintf(stderr, "emulated device: nothing can run, and %s is waited for\n", op->name.c_str());
      std::abort();
    }
    run_one();
  }
  join(host, *op->position);
}

void wait_for_all() {
  ++times_done("waits");
  while (!ready.empty()) run_one();
  host = submitted;
}

}  // namespace emulated
