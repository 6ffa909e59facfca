#include "COneDNN.h"

#include <dlfcn.h>

#include <algorithm>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <oneapi/dnnl/dnnl.hpp>
#include <tuple>
#include <vector>

namespace {

using dnnl::matmul;
using dnnl::memory;
using type = memory::data_type;
using tag = memory::format_tag;

dnnl::engine &engine() {
    static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

using Shape = std::tuple<int64_t, int64_t, bool, int64_t>;

/// Code for one shape of layer and one number of rows. It knows no weights, so layers of a shape share it.
struct Kernel {
    matmul::primitive_desc description;
    matmul primitive;

    explicit Kernel(const matmul::primitive_desc &description) : description(description), primitive(description) {}
};

matmul::primitive_desc describe(int64_t outputs, int64_t inputs, bool gelu, int64_t rows) {
    memory::desc source({rows, inputs}, type::f32, tag::ab);
    memory::desc weights({inputs, outputs}, type::f32, tag::any);
    memory::desc bias({1, outputs}, type::f32, tag::ab);
    memory::desc destination({rows, outputs}, type::f32, tag::ab);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (gelu) {
        dnnl::post_ops after;
        after.append_eltwise(1.0f, dnnl::algorithm::eltwise_gelu_erf, 0.0f, 0.0f);
        attributes.set_post_ops(after);
    }
    return {matmul::desc(source, weights, bias, destination), attributes, engine()};
}

/// All kernels that were ever needed; a kernel's address doesn't change.
class Kernels {
    std::mutex mutex;
    std::map<Shape, std::unique_ptr<Kernel>> kernels;

  public:
    Kernel &get(int64_t outputs, int64_t inputs, bool gelu, int64_t rows) {
        std::lock_guard<std::mutex> lock(mutex);
        auto &kernel = kernels[{outputs, inputs, gelu, rows}];
        if (!kernel) kernel = std::make_unique<Kernel>(describe(outputs, inputs, gelu, rows));
        return *kernel;
    }

    static Kernels &shared() {
        static Kernels kernels;
        return kernels;
    }
};

dense_status status_of(const dnnl::error &error) {
    switch (error.status) {
    case dnnl_out_of_memory: return dense_out_of_memory;
    case dnnl_unimplemented: return dense_unsupported;
    default: return dense_failed;
    }
}

/// No exception may reach C or Swift.
template <typename Body> dense_status guarded(Body body) noexcept {
    try {
        body();
        return dense_ok;
    } catch (const dnnl::error &error) {
        return status_of(error);
    } catch (const std::bad_alloc &) {
        return dense_out_of_memory;
    } catch (...) {
        return dense_failed;
    }
}

} // namespace

struct dense_context {
    dnnl::stream stream{engine()};
    std::vector<uint8_t> scratch;

    memory scratchpad(const memory::desc &description) {
        if (scratch.size() < description.get_size()) scratch.resize(description.get_size());
        return memory(description, engine(), scratch.data());
    }
};

struct dense_layer {
    const int64_t outputs;
    const int64_t inputs;
    const bool gelu;
    memory bias;

    /// In each format that a kernel has asked for. On the processors that matter that is one format for all numbers
    /// of rows; the list keeps addresses when it grows, and the lock guards the growing.
    std::list<memory> packed;
    std::mutex mutex;

    dense_layer(
        dense_context &context, const float *source, const float *values, int64_t outputs, int64_t inputs, bool gelu)
        : outputs(outputs), inputs(inputs), gelu(gelu), bias({{1, outputs}, type::f32, tag::ab}, engine()) {
        std::copy_n(values, outputs, static_cast<float *>(bias.get_data_handle()));
        // A checkpoint's rows are outputs; the library multiplies by a matrix of inputs × outputs: the transposed view.
        memory view({{inputs, outputs}, type::f32, tag::ba}, engine(), const_cast<float *>(source));
        constexpr int64_t usual_rows = 64;
        pack(view, describe(outputs, inputs, gelu, usual_rows).weights_desc(), context);
    }

    memory &weights(const memory::desc &format, dense_context &context) {
        std::lock_guard<std::mutex> lock(mutex);
        for (memory &known : packed)
            if (known.get_desc() == format) return known;
        return pack(packed.front(), format, context);
    }

  private:
    memory &pack(memory &source, const memory::desc &format, dense_context &context) {
        memory weights(format, engine());
        dnnl::reorder(source, weights).execute(context.stream, source, weights);
        context.stream.wait();
        return packed.emplace_back(std::move(weights));
    }
};

/// The library's threads are libgomp's. The call is looked up because nothing else here needs OpenMP, and a build
/// of the library without it has nothing to be told.
void dense_use_one_thread(void) {
    using set_threads = void (*)(int);
    static const auto set = reinterpret_cast<set_threads>(dlsym(RTLD_DEFAULT, "omp_set_num_threads"));
    if (set) set(1);
}

dense_context *dense_context_create(void) {
    dense_context *context = nullptr;
    guarded([&] { context = new dense_context(); });
    return context;
}

void dense_context_destroy(dense_context *context) { delete context; }

dense_status dense_layer_create(
    dense_context *context, const float *weights, const float *bias, int64_t outputs, int64_t inputs, bool gelu,
    dense_layer **layer) {
    return guarded([&] { *layer = new dense_layer(*context, weights, bias, outputs, inputs, gelu); });
}

void dense_layer_destroy(dense_layer *layer) { delete layer; }

dense_status dense_layer_apply(
    dense_layer *layer, dense_context *context, const float *input, float *output, int64_t rows) {
    return guarded([&] {
        Kernel &kernel = Kernels::shared().get(layer->outputs, layer->inputs, layer->gelu, rows);
        memory &weights = layer->weights(kernel.description.weights_desc(), *context);
        memory source(kernel.description.src_desc(), engine(), const_cast<float *>(input));
        memory destination(kernel.description.dst_desc(), engine(), output);
        kernel.primitive.execute(
            context->stream,
            {{DNNL_ARG_SRC, source},
             {DNNL_ARG_WEIGHTS, weights},
             {DNNL_ARG_BIAS, layer->bias},
             {DNNL_ARG_DST, destination},
             {DNNL_ARG_SCRATCHPAD, context->scratchpad(kernel.description.scratchpad_desc())}});
        context->stream.wait();
    });
}
