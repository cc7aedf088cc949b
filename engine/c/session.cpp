#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <string>
#include <vector>

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/options.h"
#include "engine/c/tensor.h"
#include "kernels/core/names.h"

namespace {

using limpid::DeviceView;
using limpid::fail_usage;
using limpid::TensorView;
using limpid::c::guarded;
using limpid::c::require;
using limpid::c::views_of;

limpid::SessionOptions options_of(const char* text) {
  const auto json = limpid::JsonField::parse(text, limpid::c::kOptions);
  const limpid::JsonField document(json, limpid::c::kOptions, "");
  limpid::SessionOptions options;
  const limpid::JsonField targets = document.member("targets");
  for (std::size_t i = 0; i < targets.size(); ++i) options.targets.push_back(targets.element(i).string());
  document.for_each_member([&](const std::string& name, const limpid::JsonField& field) {
    if (name == "targets" || limpid::c::read_compute(name, field, options.compute)) return;
    if (name == "start") {
      options.start = field.string();
    } else if (name == "backward") {
      options.backward = field.boolean();
    } else if (name == "push") {
      options.push = field.boolean();
    } else if (name == "linear") {
      options.linear = field.boolean();
    } else if (name == "relu_gradient") {
      const auto rule = limpid::named<limpid::ReluGradient>(field.string());
      if (!rule) field.fail(fmt::format("one of {}", fmt::join(limpid::kNames<limpid::ReluGradient>, ", ")));
      options.relu_gradient = *rule;
    } else if (name == "subtract_mean") {
      options.subtract_mean = field.boolean();
    } else if (name == "translation_exact") {
      options.translation_exact = field.boolean();
    } else if (name == "unit") {
      const std::string unit = field.string();
      if (unit != "picture" && unit != "network") field.fail("picture or network");
      options.unit = unit == "picture" ? limpid::PictureUnit::picture : limpid::PictureUnit::network;
    } else {
      field.reject("no option of a session");
    }
  });
  return options;
}

/// Host memory, as passes take it.
struct OnHost {
  TensorView<const float> read(const DLTensor* tensor, const char* name) const {
    return limpid::c::view_of(tensor, name);
  }
  TensorView<float> written(const DLTensor* tensor, const char* name) const {
    return limpid::c::view_of(tensor, name);
  }
  auto all_read(const DLTensor* const* tensors, size_t count, const char* name) const {
    return views_of<TensorView<const float>>(tensors, count, name);
  }
  auto written(DLTensor* const* tensors, size_t count, const char* name) const {
    return views_of<TensorView<float>>(tensors, count, name);
  }
};

/// That of the session's GPU.
struct OnDevice {
  int gpu;

  DeviceView read(const DLTensor* tensor, const char* name) const {
    return limpid::c::device_view_of(tensor, name, gpu);
  }
  DeviceView written(const DLTensor* tensor, const char* name) const { return read(tensor, name); }
  auto all_read(const DLTensor* const* tensors, size_t count, const char* name) const {
    return views_of<DeviceView>(tensors, count, name,
                                [&](const DLTensor* one, const char* what) { return read(one, what); });
  }
  auto written(DLTensor* const* tensors, size_t count, const char* name) const {
    return all_read(tensors, count, name);
  }
};

/// pass(where the tensors of a call lie, of which this is one).
template <class Pass>
void in_one_place(const limpid::Session& session, const DLTensor* tensor, const char* name,
                  const Pass& pass) {
  require(tensor, name);
  if (limpid::c::is_on_host(tensor->device)) return pass(OnHost{});
  if (session.gpu() < 0)
    fail_usage("{} is on a device, and the session on the CPU, which takes host memory alone", name);
  pass(OnDevice{session.gpu()});
}

}  // namespace

limpid_status limpid_session_create(const limpid_network* network, const char* options,
                                    limpid_session** session) {
  return guarded([&] {
    require(session, "session");
    *session = nullptr;
    require(network, "network");
    require(options, "options");
    *session = new limpid_session{{network->model, options_of(options)}};
  });
}

void limpid_session_release(limpid_session* session) {
  delete session;
}

limpid_status limpid_session_target_shape(limpid_session* session, int32_t target, int32_t batch,
                                          int32_t height, int32_t width, int64_t* shape) {
  return guarded([&] {
    require(session, "session");
    require(shape, "shape");
    const limpid::Extents extents = session->session.target_extents(target, batch, height, width);
    for (std::size_t i = 0; i < extents.size(); ++i) shape[i] = extents[i];
  });
}

limpid_status limpid_session_device(const limpid_session* session, int32_t* type, int32_t* number) {
  return guarded([&] {
    require(session, "session");
    require(type, "type");
    require(number, "number");
    const int gpu = session->session.gpu();
    *type = gpu < 0 ? kDLCPU : kDLCUDA;
    *number = gpu < 0 ? 0 : gpu;
  });
}

limpid_status limpid_session_set_stream(limpid_session* session, void* stream) {
  return guarded([&] {
    require(session, "session");
    session->session.set_stream(stream);
  });
}

limpid_status limpid_session_forward(limpid_session* session, const DLTensor* input, DLTensor* const* outputs,
                                     size_t count) {
  return guarded([&] {
    require(session, "session");
    in_one_place(session->session, input, "input", [&](auto place) {
      const auto views = place.written(outputs, count, "outputs");
      session->session.forward(place.read(input, "input"), views);
    });
  });
}

limpid_status limpid_session_backward(limpid_session* session, const DLTensor* const* cotangents,
                                      size_t count, DLTensor* gradient) {
  return guarded([&] {
    require(session, "session");
    in_one_place(session->session, gradient, "gradient", [&](auto place) {
      const auto views = place.all_read(cotangents, count, "cotangents");
      session->session.backward(views, place.written(gradient, "gradient"));
    });
  });
}

limpid_status limpid_session_push(limpid_session* session, const DLTensor* tangent, DLTensor* const* outputs,
                                  size_t count) {
  return guarded([&] {
    require(session, "session");
    in_one_place(session->session, tangent, "tangent", [&](auto place) {
      const auto views = place.written(outputs, count, "outputs");
      session->session.push(place.read(tangent, "tangent"), views);
    });
  });
}

limpid_status limpid_session_gradient(limpid_session* session, const DLTensor* input, const char* objective,
                                      double* values, size_t count, DLTensor* gradient) {
  return guarded([&] {
    require(session, "session");
    require(objective, "objective");
    require(values, "values");
    in_one_place(session->session, input, "input", [&](auto place) {
      const auto view = place.read(input, "input");
      const limpid::Objective parsed = limpid::parse_objective(objective, session->session.model());
      session->session.gradient(view, parsed, {values, count}, place.written(gradient, "gradient"));
    });
  });
}
