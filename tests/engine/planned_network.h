// A network as it was planned, on the CPU.
#pragma once

#include <memory>

#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"

namespace limpid::testing {

/// An executor on one thread, with the memory it needs.
class PlannedNetwork {
 public:
  PlannedNetwork(const Model& model, const PlanRequest& request)
      : network_(*backend_, threads_.stream(), model, make_plan(model, request)) {}

  NetworkExecutor* operator->() { return &network_; }

 private:
  std::unique_ptr<Backend> backend_ = cpu::make_backend();
  HostThreads threads_{1};
  NetworkExecutor network_;
};

}  // namespace limpid::testing
