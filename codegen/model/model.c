/* SPDX-License-Identifier: MIT */
/* Which file builds the graph of which architecture. */
#include "codegen/model/architecture.h"
#include "codegen/model/gguf.h"

static const struct {
    const char *name; /* general.architecture */
    hone_architecture_build *build;
} architectures[] = {
    {"llama", hone_llama_graph},
};

enum hone_status hone_model_graph(const struct hone_gguf *gguf,
                                  const struct hone_model_options *options,
                                  struct hone_graph *out_graph, struct hone_error *err)
{
    struct hone_gguf_text name;
    HONE_TRY(hone_gguf_get_text(gguf, "general.architecture", &name, err));
    for (size_t i = 0; i < sizeof architectures / sizeof *architectures; i++) {
        if (!hone_gguf_text_equals(name, architectures[i].name)) continue;
        hone_graph_init(out_graph);
        enum hone_status status = architectures[i].build(gguf, options, out_graph, err);
        if (status != HONE_OK) hone_graph_release(out_graph);
        return status;
    }
    return hone_fail(err, HONE_ERR_UNSUPPORTED,
                     "%s: architecture '%.*s' is not supported (llama is)", hone_gguf_path(gguf),
                     (int)(name.n_bytes < 64 ? name.n_bytes : 64), name.data);
}
