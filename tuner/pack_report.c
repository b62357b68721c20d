/* SPDX-License-Identifier: MIT */
/* Lines, or one object. */
#include "tuner/pack_report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

/* An estimate is good for choosing; a promise may rest on one for this part only. */
static const double most_estimated = 0.05;

/* ---- for people ---- */

static void print_final(FILE *to, const struct pack_result *result)
{
    const struct hone_final *f = &result->final;
    if (result->no_final) fprintf(to, "no final against the default: %s\n", result->no_final);
    if (!result->has_final) return;
    fprintf(to,
            "final (pp%u + tg%u): tuned is %.2fx the default [%.2f, %.2f], %u pairs: ", f->n_prompt,
            f->n_gen, f->ratio, f->low, f->high, f->n_pairs);
    if (f->tuned_won)
        fprintf(to, "the tuned package is kept\n");
    else
        fprintf(to, "no gain outside the noise, so %s is the default package\n", result->out);
}

static void print_stale(FILE *to, const struct hone_pack_report *r)
{
    if (r->n_stale_winners == 0) return;
    fprintf(to,
            "winners left out because their code has changed since they were tuned: %u, the first "
            "of %s; tune again, or see hone verify STORE --fix\n",
            r->n_stale_winners, r->first_stale);
}

static void print_near(FILE *to, const struct hone_pack_report *r)
{
    if (r->n_near_kernels == 0) return;
    fprintf(to, "kernels for problems that were not tuned, winners of the nearest: %u\n",
            r->n_near_kernels);
    for (uint32_t i = 0; i < r->n_near_kernels && i < HONE_PACK_SHOWN_NEAR; i++)
        fprintf(to, "  %s\n    by that of %s\n", r->near_kernels[i].problem,
                r->near_kernels[i].near);
    if (r->n_near_kernels > HONE_PACK_SHOWN_NEAR)
        fprintf(to, "  and %u more\n", r->n_near_kernels - HONE_PACK_SHOWN_NEAR);
}

void pack_print_text(FILE *to, const struct pack_result *result)
{
    const struct hone_pack_report *r = &result->report;
    fprintf(to,
            "%s: %.1f MB: %" PRIu64 " KB of code (%u kernels, %u of them tuned), %" PRIu64
            " KB of plan (%u steps), %.1f MB of weights\n",
            result->out, (double)r->package_bytes / 1e6, r->code_bytes >> 10, r->n_kernels,
            r->n_tuned_kernels, r->plan_bytes >> 10, r->n_steps, (double)r->weight_bytes / 1e6);
    fprintf(to, "a session adds %.1f MB of activations and %" PRIu64 " bytes of KV per token\n",
            (double)r->activation_bytes / 1e6, r->kv_bytes_per_token);
    print_stale(to, r);
    print_near(to, r);
    if (r->second_layouts.n_weights)
        fprintf(to,
                "%u weights also in a second layout: %.1f MB more than the %.1f MB of one, %.3f ms "
                "less in the mix\n",
                r->second_layouts.n_weights, (double)r->second_layouts.n_bytes / 1e6,
                (double)r->second_layouts.one_layout_bytes / 1e6, r->second_layouts.seconds * 1e3);
    for (uint32_t l = 0; l < r->n_lists; l++) {
        if (r->estimated_seconds[l] > most_estimated * r->predicted_seconds[l]) continue;
        fprintf(to, "  %3u..%-3u rows: %9.3f ms predicted at %u\n", r->lists[l].m_min,
                r->lists[l].m_max, r->predicted_seconds[l] * 1e3, r->lists[l].m);
    }
    print_final(to, result);
}

/* ---- for programs ---- */

static json_t *lists_json(const struct hone_pack_report *r)
{
    json_t *lists = json_array();
    for (uint32_t l = 0; l < r->n_lists; l++) {
        const struct hone_list_range *list = &r->lists[l];
        json_t *entry =
            json_pack("{s:I, s:I, s:I, s:f, s:f}", "m_min", (json_int_t)list->m_min, "m_max",
                      (json_int_t)list->m_max, "m", (json_int_t)list->m, "predicted_seconds",
                      r->predicted_seconds[l], "estimated_seconds", r->estimated_seconds[l]);
        json_array_append_new(lists, entry);
    }
    return lists;
}

static json_t *second_layouts_json(const struct hone_second_layouts *s)
{
    return json_pack("{s:I, s:I, s:I, s:f}", "n_weights", (json_int_t)s->n_weights, "bytes",
                     (json_int_t)s->n_bytes, "one_layout_bytes", (json_int_t)s->one_layout_bytes,
                     "mix_seconds_less", s->seconds);
}

static json_t *final_json(const struct pack_result *result)
{
    const struct hone_final *f = &result->final;
    if (!result->has_final) return json_null();
    return json_pack("{s:s, s:f, s:f, s:f, s:I, s:I, s:I}", "kept",
                     f->tuned_won ? "tuned" : "default", "ratio", f->ratio, "ratio_low", f->low,
                     "ratio_high", f->high, "n_pairs", (json_int_t)f->n_pairs, "n_prompt",
                     (json_int_t)f->n_prompt, "n_gen", (json_int_t)f->n_gen);
}

static json_t *result_json(const struct pack_result *result)
{
    const struct hone_pack_report *r = &result->report;
    return json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o, s:o, s:s*}",
        "package", result->out, "package_bytes", (json_int_t)r->package_bytes, "code_bytes",
        (json_int_t)r->code_bytes, "weight_bytes", (json_int_t)r->weight_bytes, "plan_bytes",
        (json_int_t)r->plan_bytes, "activation_bytes", (json_int_t)r->activation_bytes,
        "kv_bytes_per_token", (json_int_t)r->kv_bytes_per_token, "n_kernels",
        (json_int_t)r->n_kernels, "n_tuned_kernels", (json_int_t)r->n_tuned_kernels,
        "n_near_kernels", (json_int_t)r->n_near_kernels, "n_stale_winners",
        (json_int_t)r->n_stale_winners, "n_steps", (json_int_t)r->n_steps, "all_tuned",
        (int)r->all_tuned, "second_layouts", second_layouts_json(&r->second_layouts), "lists",
        lists_json(r), "final", final_json(result), "no_final", result->no_final);
}

enum hone_status pack_print_json(FILE *to, const struct pack_result *result, struct hone_error *err)
{
    json_t *root = result_json(result);
    char *text = root ? json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(root);
    if (!text) return hone_fail(err, HONE_ERR_NO_MEMORY, "%s: no report", result->out);
    fprintf(to, "%s\n", text);
    free(text);
    return HONE_OK;
}
