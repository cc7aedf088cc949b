// A convolution whose first run says whether its algorithm works.
#include <cuda_runtime.h>
#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "kernels/conv/cuda_conv.h"
#include "kernels/conv/device_buffer.h"
#include "kernels/conv/not_finite.h"
#include "kernels/conv/plan_operands.h"
#include "kernels/conv/preferences.h"
#include "kernels/core/cuda_status.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"

namespace limpid::cuda {
namespace {

cudaStream_t native_stream(const Stream& stream) {
  return static_cast<cudaStream_t>(stream.cuda);
}

void check_first_run(cudaError_t status) {
  if (status != cudaSuccess) fail_runtime("a first run: {}", cudaGetErrorString(status));
}

/// Waits for the stream.
bool all_finite(const Stream& stream, const Tensor& tensor, std::int32_t* verdict) {
  std::int32_t found = 0;
  check_first_run(cudaMemsetAsync(verdict, 0, sizeof found, native_stream(stream)));
  find_not_finite(stream, tensor, verdict);
  check_first_run(
      cudaMemcpyAsync(&found, verdict, sizeof found, cudaMemcpyDeviceToHost, native_stream(stream)));
  check_first_run(cudaStreamSynchronize(native_stream(stream)));
  return found == 0;
}

/// What a tensor holds, from its first to its last value; to be put back where a run has to be made again.
class HeldTensor {
 public:
  HeldTensor(const Stream& stream, const Tensor& tensor) : stream_(stream), tensor_(tensor) {
    const std::int64_t values = (tensor.n - 1) * tensor.stride_n + (tensor.h - 1) * tensor.stride_h +
                                (tensor.w - 1) * tensor.stride_w + tensor.channels();
    held_ = DeviceBuffer(static_cast<std::size_t>(values) * size_of(tensor.dtype), "a first run");
    copy(held_.data(), tensor.data);
  }
  void put_back() const { copy(tensor_.data, held_.data()); }

 private:
  void copy(void* to, const void* from) const {
    check_first_run(
        cudaMemcpyAsync(to, from, held_.bytes(), cudaMemcpyDeviceToDevice, native_stream(stream_)));
  }

  Stream stream_;
  Tensor tensor_;
  DeviceBuffer held_;
};

class ChosenPlan final : public ConvPlan {
 public:
  ChosenPlan(ConvContext& context, const Stream& stream, const ConvRequest& request, const ConvFilter& filter)
      : context_(context),
        request_(request),
        weights_(filter.weights, filter.weights + filter_elements(request.shape)),
        preferences_(std::make_unique<Preferences>(context, request)) {
    if (filter.bias != nullptr) bias_.assign(filter.bias, filter.bias + request.shape.k);
    if (!take_next(stream)) fail_runtime("{}: no algorithm is left: {}", where(request_), last_reason());
    if (const std::string& why = preferences_->why(); !why.empty()) {
      context_.say_once(fmt::format("{}; {} is taken\n", why, plan_->algorithm()));
    }
    promised_ = plan_->workspace_bytes();
  }

  std::size_t workspace_bytes() const override { return promised_; }
  std::string algorithm() const override { return plan_->algorithm(); }

  void run(const Stream& stream, const Tensor& source, const Tensor& target, void* workspace) override {
    if (preferences_ != nullptr && !is_captured(native_stream(stream))) {
      prove(stream, source, target, workspace);
    } else {
      plan_->run(stream, source, target, scratch(workspace));
    }
  }

 private:
  static std::size_t filter_elements(const ConvShape& s) {
    return static_cast<std::size_t>(s.k) * static_cast<std::size_t>(s.c) *
           static_cast<std::size_t>(s.window.size * s.window.size);
  }

  /// A plan that took another's place may need more than was asked for.
  void* scratch(void* given) const { return own_.bytes() > 0 ? own_.data() : given; }

  /// The next that can be built, if any is left. Throws what keeping it throws, and OutOfMemory: no algorithm's fault.
  bool take_next(const Stream& stream) {
    while (const std::optional<ConvAlgorithm> algorithm = preferences_->next()) {
      const bool news = preferences_->is_news();
      if (!build(stream, *algorithm)) continue;
      news_ = news;
      keep(stream);
      return true;
    }
    return false;
  }

  bool build(const Stream& stream, const ConvAlgorithm& algorithm) {
    try {
      plan_ = make_conv_plan(context_, stream, request_, filter(), algorithm);
      chosen_ = algorithm;
      return true;
    } catch (const OutOfMemory&) {
      throw;
    } catch (const Error& e) {
      pass_over(e.what());
      return false;
    }
  }

  /// Follows what other processes of a grid chose, or says what they are to follow.
  void keep(const Stream& stream) {
    KeptAlgorithms* kept = context_.kept();
    if (kept == nullptr) return;
    if (const std::optional<ConvAlgorithm> before = kept->find(request_)) {
      if (*before != chosen_) {
        kept->replace(request_, chosen_, why_.empty() ? context_.cache().refusal(request_, *before) : why_);
      }
      return;
    }
    const ConvAlgorithm agreed = kept->keep(request_, chosen_);
    if (agreed == chosen_) return;
    plan_ = make_conv_plan(context_, stream, request_, filter(), agreed);  // Another process was first.
    chosen_ = agreed;
    news_ = false;
  }

  ConvFilter filter() const { return {weights_.data(), bias_.empty() ? nullptr : bias_.data()}; }

  std::string last_reason() const {
    const std::string& why = why_.empty() ? preferences_->why() : why_;
    return why.empty() ? "all are passed over" : why;
  }

  void pass_over(const std::string& why) {
    why_ = why;
    say(stderr, "{}; the next algorithm is taken\n", why);
  }

  void prove(const Stream& stream, const Tensor& source, const Tensor& target, void* workspace) {
    // What earlier operations did wrong is not this one's fault.
    check_first_run(cudaStreamSynchronize(native_stream(stream)));
    std::optional<HeldTensor> before;
    if (request_.accumulate) before.emplace(stream, target);
    std::optional<ConvAlgorithm> without_numbers;
    bool last = false;  // Whether it was that one's turn again, for no other is left.
    for (;;) {
      const std::string failure = failure_of_run(stream, source, target, workspace);
      if (!failure.empty() && context_is_broken()) {
        const std::string name = plan_->algorithm();
        context_.refuse(request_, chosen_, failure);
        context_.save_memory();
        fail_runtime("{}: {} broke the GPU's context; it is passed over from now on: start again ({})",
                     where(request_), name, failure);
      }
      if (failure.empty()) {
        // What comes in may be no number, and then nothing is to be learnt from what goes out.
        const bool sound = last || all_finite(stream, target, context_.verdict()) ||
                           !all_finite(stream, source, context_.verdict());
        if (sound) break;
        if (!without_numbers) without_numbers = chosen_;
        why_ = fmt::format("{} with {}: makes of numbers what is none", where(request_), plan_->algorithm());
      } else {
        context_.refuse(request_, chosen_, failure);
        why_ = failure;
        if (last) fail_runtime("{}: no algorithm is left: {}", where(request_), failure);
      }
      if (before) before->put_back();
      last = go_on(stream, without_numbers);
    }
    if (without_numbers && *without_numbers != chosen_) {
      context_.refuse(request_, *without_numbers, "makes of numbers what is none");
    }
    if (news_) context_.remember(request_, chosen_);
    preferences_.reset();
    weights_ = {};
    bias_ = {};
  }

  /// Takes the next algorithm; where none is left, the first of those that made no numbers, whose fault it then was not.
  /// Returns whether it is that one again.
  bool go_on(const Stream& stream, const std::optional<ConvAlgorithm>& without_numbers) {
    const std::string reason = why_;
    const bool last = !take_next(stream);
    if (!last) {
      say(stderr, "{}; {} is taken\n", reason, plan_->algorithm());
    } else {
      if (!without_numbers) fail_runtime("{}: no algorithm is left: {}", where(request_), last_reason());
      why_.clear();
      plan_ = make_conv_plan(context_, stream, request_, filter(), *without_numbers);
      chosen_ = *without_numbers;
      news_ = false;
      keep(stream);
    }
    own_ = DeviceBuffer();
    if (plan_->workspace_bytes() > promised_) own_ = DeviceBuffer(plan_->workspace_bytes(), "a convolution");
    return last;
  }

  /// Empty, or why it did not run.
  std::string failure_of_run(const Stream& stream, const Tensor& source, const Tensor& target,
                             void* workspace) {
    try {
      plan_->run(stream, source, target, scratch(workspace));
    } catch (const OutOfMemory&) {
      throw;
    } catch (const Error& e) {
      return e.what();
    }
    const cudaError_t status = cudaStreamSynchronize(native_stream(stream));
    if (status == cudaSuccess) return {};
    cudaGetLastError();
    return fmt::format("{} with {}: {}", where(request_), plan_->algorithm(), cudaGetErrorString(status));
  }

  ConvContext& context_;
  ConvRequest request_;
  std::vector<float> weights_, bias_;  ///< Until the first run is made, like the next.
  std::unique_ptr<Preferences> preferences_;
  std::unique_ptr<ConvPlan> plan_;
  ConvAlgorithm chosen_;
  bool news_ = false;
  std::size_t promised_ = 0;
  DeviceBuffer own_;
  std::string why_;  ///< The last reason to take another.
};

}  // namespace

bool context_is_broken() {
  cudaGetLastError();
  return cudaFree(nullptr) != cudaSuccess;
}

std::unique_ptr<ConvPlan> make_conv_plan(ConvContext& context, const Stream& stream,
                                         const ConvRequest& request, const ConvFilter& filter) {
  return std::make_unique<ChosenPlan>(context, stream, request, filter);
}

}  // namespace limpid::cuda
