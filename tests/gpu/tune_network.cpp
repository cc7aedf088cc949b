// tune_network <fp16|bf16|tf32|fp32> <batch> [compiled]: measures every algorithm for every convolution of
// the network on this card, prints a table for each and stores the best in the plan cache. With `compiled`,
// engines that cuDNN compiles at run time are measured too.
#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "kernels/conv/autotune.h"
#include "kernels/core/error.h"
#include "tests/gpu/network_convs.h"

namespace limpid {
namespace {

void set_precision(ConvRequest& request, const std::string& name) {
  request.tf32 = name == "tf32";
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    if (name == name_of(dtype) || (request.tf32 && dtype == DType::f32)) {
      request.dtype = dtype;
      return;
    }
  }
  fail_usage("unknown precision '{}': fp16, bf16, tf32 or fp32", name);
}

int parse_batch(const std::string& text) {
  constexpr int kMost = 4096;
  int batch = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9' || batch > kMost) fail_usage("batch '{}' is not a number", text);
    batch = 10 * batch + (digit - '0');
  }
  if (batch < 1 || batch > kMost) fail_usage("batch {} is not within 1 to {}", text, kMost);
  return batch;
}

int tune(const std::vector<std::string>& arguments) {
  const bool compiled = arguments.size() == 3 && arguments[2] == "compiled";
  if (arguments.size() != 2 && !compiled) {
    fail_usage("usage: tune_network <fp16|bf16|tf32|fp32> <batch> [compiled]");
  }
  std::vector<test::NetworkConv> convs = test::network_convs(parse_batch(arguments[1]));
  for (test::NetworkConv& conv : convs) set_precision(conv.request, arguments[0]);
  cuda::ConvContext context;
  double total = 0;
  for (const test::NetworkConv& conv : convs) {
    const auto candidates = cuda::tune_into_cache(
        context, {}, conv.request, compiled ? cuda::RunTimeCompiled::measure : cuda::RunTimeCompiled::skip);
    fmt::print("{}\n", cuda::format_tuning(conv.request, candidates));
    std::fflush(stdout);
    if (const auto best = context.cache().find(conv.request)) total += best->microseconds;
    context.cache().save();  // So that what was measured stays when time runs out.
  }
  fmt::print("all convolutions, one after the other: {:.1f} us\n", total);
  return 0;
}

}  // namespace
}  // namespace limpid

int main(int argc, char** argv) {
  try {
    return limpid::tune({argv + 1, argv + argc});
  } catch (const limpid::Error& e) {
    fmt::print(stderr, "tune_network: {}\n", e.what());
    return e.exit_code();
  }
}
