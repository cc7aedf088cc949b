// Tasks as a CUDA graph.
#pragma once

#include <memory>
#include <vector>

#include "kernels/backend.h"

namespace limpid::cuda {

/// Runs the tasks once, one by one, for libraries load their kernels when these first run; then captures them
/// into a graph in which tasks that do not wait for each other are side by side. With LIMPID_GRAPH=0 in the
/// environment the program is the tasks themselves, one by one, for debugging. On the calling thread's
/// current device. Throws Error{runtime} naming the task where one fails.
std::unique_ptr<Program> record(const Stream& stream, std::vector<Task> tasks);

}  // namespace limpid::cuda
