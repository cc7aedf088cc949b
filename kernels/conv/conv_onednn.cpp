// The one file that knows oneDNN.
#include <omp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <dnnl.hpp>
#include <vector>

#include "kernels/conv/cpu_conv.h"
#include "kernels/conv/onednn_stem.h"
#include "kernels/core/aligned.h"
#include "kernels/core/error.h"
#include "kernels/core/parallel.h"

namespace limpid::cpu {
namespace {

using Tag = dnnl::memory::format_tag;
constexpr auto kF32 = dnnl::memory::data_type::f32;

const dnnl::engine& engine() {
  static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
  return instance;
}

/// One dnnl stream per host thread: lanes run side by side.
dnnl::stream& stream() {
  thread_local dnnl::stream instance(engine());
  return instance;
}

dnnl::memory::desc activations(int channels, int h, int w, Tag tag) {
  return {{1, channels, h, w}, kF32, tag};
}

/// The columns of a filter that meet the map. All, but where the map is one pixel wide: oneDNN has no kernel for 5x5
/// windows there.
struct FilterColumns {
  int first, count;

  explicit FilterColumns(const ConvShape& s)
      : first(is_narrow(s) ? s.window.before_w : 0), count(is_narrow(s) ? 1 : s.window.size) {}

  static bool is_narrow(const ConvShape& s) { return s.w == 1 && s.q == 1 && s.window.size == 5; }
};

dnnl::convolution_forward::primitive_desc describe(const CpuConvRequest& request, const dnnl::memory::desc& x,
                                                   const dnnl::memory::desc& y) {
  const ConvShape& s = request.shape;
  const Window& window = s.window;
  const FilterColumns columns(s);
  const dnnl::memory::desc filter({s.k, x.dims()[1], window.size, columns.count}, kF32, Tag::any);
  const dnnl::memory::desc bias({s.k}, kF32, Tag::a);
  const dnnl::memory::dims strides{window.stride, window.stride};
  const dnnl::memory::dims before{window.before_h, window.before_w - columns.first};
  const dnnl::memory::dims after{(s.p - 1) * window.stride + window.size - s.h - window.before_h,
                                 (s.q - 1) * window.stride + columns.count - s.w - before[1]};
  dnnl::post_ops post;
  if (request.accumulate) post.append_sum(1.0F);
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  try {
#if DNNL_VERSION_MAJOR >= 3
    if (request.relu) post.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
    attributes.set_post_ops(post);
    return {engine(),
            dnnl::prop_kind::forward_inference,
            dnnl::algorithm::convolution_direct,
            x,
            filter,
            bias,
            y,
            strides,
            before,
            after,
            attributes};
#else
    if (request.relu) post.append_eltwise(1.0F, dnnl::algorithm::eltwise_relu, 0.0F, 0.0F);
    attributes.set_post_ops(post);
    return {dnnl::convolution_forward::desc(dnnl::prop_kind::forward_inference,
                                            dnnl::algorithm::convolution_direct, x, filter, bias, y, strides,
                                            before, after),
            attributes, engine()};
#endif
  } catch (const dnnl::error& e) {
    fail_runtime("layer {}: oneDNN has no convolution {}x{}x{} -> {}x{}x{}, filter {}: {}", request.layer,
                 s.c, s.h, s.w, s.k, s.p, s.q, window.size, e.what());
  }
}

/// oneDNN's own threads are OpenMP's; a team's threads each run a primitive by themselves. The calling thread may be a
/// host program's, whose own loops go on with what it had set.
class OnThisThreadAlone {
 public:
  OnThisThreadAlone() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  OnThisThreadAlone(const OnThisThreadAlone&) = delete;
  OnThisThreadAlone& operator=(const OnThisThreadAlone&) = delete;
  ~OnThisThreadAlone() { omp_set_num_threads(before_); }

 private:
  int before_;
};

/// A convolution of one image on one thread; batches run image by image, so that a channel slice of a batch
/// needs no strides that oneDNN's kernels refuse.
class OnednnConv {
 public:
  OnednnConv(const CpuConvRequest& request, int x_channels, Tag x_tag, const ConvFilter& filter)
      : x_(activations(x_channels, request.shape.h, request.shape.w, x_tag)),
        y_(activations(request.shape.k, request.shape.p, request.shape.q, Tag::nChw8c)),
        description_(describe(request, x_, y_)),
        convolution_(description_),
        filter_(description_.weights_desc(), engine()),
        bias_({{request.shape.k}, kF32, Tag::a}, engine()) {
    // 4.5 seconds instead of 4 milliseconds were measured where a layout fell into the reference kernel.
    if (algorithm().find("ref") != std::string::npos) {
      fail_runtime("layer {}: oneDNN would run its reference kernel ({})", request.layer, algorithm());
    }
    const int size = request.shape.window.size;
    const FilterColumns columns(request.shape);
    const dnnl::memory::dims strides{x_channels * size * size, size * size, size, 1};
    const dnnl::memory source({{request.shape.k, x_channels, size, columns.count}, kF32, strides}, engine(),
                              const_cast<float*>(filter.weights + columns.first));
    dnnl::reorder(source, filter_).execute(stream(), {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, filter_}});
    stream().wait();
    auto* bias = static_cast<float*>(bias_.get_data_handle());
    for (int k = 0; k < request.shape.k; ++k) bias[k] = filter.bias == nullptr ? 0.0F : filter.bias[k];
  }

  std::size_t workspace_bytes() const { return description_.scratchpad_desc().get_size(); }
  std::string algorithm() const { return description_.impl_info_str(); }

  /// Whether oneDNN did it.
  [[nodiscard]] bool run(const float* x, float* y, void* workspace) {
    const OnThisThreadAlone alone;
    x_memory_.set_data_handle(const_cast<float*>(x));
    y_memory_.set_data_handle(y);
    scratch_memory_.set_data_handle(workspace);
    // The C interface takes the arguments as they are; the C++ one would copy them into a map and a vector at
    // each call.
    const std::array<dnnl_exec_arg_t, 5> arguments = {{{DNNL_ARG_SRC, x_memory_.get()},
                                                       {DNNL_ARG_WEIGHTS, filter_.get()},
                                                       {DNNL_ARG_BIAS, bias_.get()},
                                                       {DNNL_ARG_DST, y_memory_.get()},
                                                       {DNNL_ARG_SCRATCHPAD, scratch_memory_.get()}}};
    return dnnl_primitive_execute(convolution_.get(), stream().get(), static_cast<int>(arguments.size()),
                                  arguments.data()) == dnnl_success;
  }

 private:
  dnnl::memory::desc x_, y_;
  dnnl::convolution_forward::primitive_desc description_;
  dnnl::convolution_forward convolution_;
  dnnl::memory filter_, bias_;
  dnnl::memory x_memory_{x_, engine(), nullptr};
  dnnl::memory y_memory_{y_, engine(), nullptr};
  dnnl::memory scratch_memory_{description_.scratchpad_desc(), engine(), nullptr};
};

/// The output channels of a convolution shared out among the threads of a team, a primitive each. Every
/// output is the same sum in the same order whatever its share, so results do not depend on the number of
/// threads.
class SharedConv {
 public:
  SharedConv(const CpuConvRequest& request, int x_channels, Tag x_tag, const ConvFilter& filter)
      : layer_(request.layer) {
    const OnThisThreadAlone alone;
    const int groups = request.shape.k / kGroup;
    const int shares = std::min(request.threads, groups);
    const std::int64_t filter_floats =
        std::int64_t{x_channels} * request.shape.window.size * request.shape.window.size;
    for (int i = 0; i < shares; ++i) {
      const int first = groups * i / shares;
      CpuConvRequest share = request;
      share.shape.k = (groups * (i + 1) / shares - first) * kGroup;
      const int k = first * kGroup;
      shares_.push_back(
          {first,
           {share,
            x_channels,
            x_tag,
            {filter.weights + k * filter_floats, filter.bias == nullptr ? nullptr : filter.bias + k}}});
      workspace_share_ =
          std::max(workspace_share_,
                   (shares_.back().convolution.workspace_bytes() + kAlignment - 1) / kAlignment * kAlignment);
    }
  }

  std::size_t workspace_bytes() const { return workspace_share_ * shares_.size(); }
  std::string algorithm() const { return "onednn " + shares_.front().convolution.algorithm(); }

  /// x of image n lies at x + n * x_stride.
  void run(const Stream& stream, const float* x, std::int64_t x_stride, const GroupView<float>& y,
           void* workspace) {
    std::atomic<bool> failed = false;
    parallel_for(stream, static_cast<std::int64_t>(shares_.size()), [&](std::int64_t i) {
      Share& share = shares_[static_cast<std::size_t>(i)];
      auto* scratch = static_cast<std::byte*>(workspace) + static_cast<std::size_t>(i) * workspace_share_;
      for (int n = 0; n < y.n; ++n) {
        if (!share.convolution.run(x + n * x_stride, y.at(n, share.group, 0, 0), scratch)) failed = true;
      }
    });
    if (failed) fail_runtime("layer {}: oneDNN could not run {}", layer_, algorithm());
  }

 private:
  struct Share {
    int group;  ///< First output channel group.
    OnednnConv convolution;
  };

  std::string layer_;
  std::vector<Share> shares_;
  std::size_t workspace_share_ = 0;
};

class OnednnConvPlan final : public ConvPlan {
 public:
  OnednnConvPlan(const CpuConvRequest& request, const ConvFilter& filter)
      : convolution_(request, request.shape.c, Tag::nChw8c, filter) {}

  std::size_t workspace_bytes() const override { return convolution_.workspace_bytes(); }
  std::string algorithm() const override { return convolution_.algorithm(); }

  void run(const Stream& stream, const Tensor& source, const Tensor& target, void* workspace) override {
    const auto x = source.as<const float>();
    convolution_.run(stream, x.data, x.stride_n, target.as<float>(), workspace);
  }

 private:
  SharedConv convolution_;
};

class OnednnStem final : public StemFprop {
 public:
  OnednnStem(const CpuConvRequest& request, const ConvFilter& filter)
      : convolution_(request, 3, Tag::nchw, filter) {}

  std::size_t workspace_bytes() const override { return convolution_.workspace_bytes(); }
  std::string algorithm() const override { return convolution_.algorithm(); }

  void run(const Stream& stream, Planar<const float> x, const Tensor& y, void* workspace) override {
    convolution_.run(stream, x.data, std::int64_t{3} * x.h * x.w, y.as<float>(), workspace);
  }

 private:
  SharedConv convolution_;
};

}  // namespace

std::unique_ptr<ConvPlan> make_onednn_conv(const CpuConvRequest& request, const ConvFilter& filter) {
  return std::make_unique<OnednnConvPlan>(request, filter);
}

std::unique_ptr<StemFprop> make_onednn_stem(const CpuConvRequest& request, const ConvFilter& filter) {
  return std::make_unique<OnednnStem>(request, filter);
}

}  // namespace limpid::cpu
