/* SPDX-License-Identifier: MIT */
/* Words of "NAME=value" compared one by one; static facts where they differ. */
#include "tuner/explain_differences.h"

#include <stdarg.h>
#include <string.h>

#include "tuner/problem_text.h"
#include "tuner/report/table.h"

/* ---- bytes ---- */

double differences_bytes(const struct page_problem *problem,
                         const struct hone_store_variant *variant)
{
    struct hone_call call = {.problem = problem->parsed};
    struct hone_error none = {0};
    double total = 0;
    if (!problem->is_known) return 0;
    if (problem_formats_parse(variant->formats, &call, &none) != HONE_OK) return 0;
    const struct hone_problem *p = &problem->parsed;
    for (uint32_t o = 0; o < p->op->n_operands; o++) {
        uint64_t n_bytes;
        if (p->op->operands[o].role == HONE_ROLE_KV) {
            total += problem->work.resident_bytes; /* as far as the op reads it */
            continue;
        }
        if (hone_format_bytes(call.formats[o], hone_operand_rows(p, o, p->m, p->m),
                              hone_operand_cols(p, o), &n_bytes, &none) == HONE_OK)
            total += (double)n_bytes - HONE_FORMAT_TAIL_BYTES;
    }
    return total;
}

/* ---- text ---- */

struct writing {
    char *text;
    size_t capacity, at;
};

__attribute__((format(printf, 2, 3))) static void say(struct writing *w, const char *format, ...)
{
    va_list arguments;
    if (w->at + 1 >= w->capacity) return;
    if (w->at) w->at += (size_t)snprintf(w->text + w->at, w->capacity - w->at, ", ");
    if (w->at + 1 >= w->capacity) return;
    va_start(arguments, format);
    w->at += (size_t)vsnprintf(w->text + w->at, w->capacity - w->at, format, arguments);
    va_end(arguments);
}

/* The value of a word with the name of `word`; its length, or 0. */
static size_t value_of(const char *words, const char *word, size_t n_name, const char **out_value)
{
    while (*words) {
        size_t n = strcspn(words, " ");
        if (n > n_name && strncmp(words, word, n_name) == 0 && words[n_name] == '=') {
            *out_value = words + n_name + 1;
            return n - n_name - 1;
        }
        words += n + strspn(words + n, " ");
    }
    return 0;
}

static void say_words(struct writing *w, const char *from, const char *to)
{
    for (const char *word = from; *word;) {
        size_t n = strcspn(word, " "), n_name = strcspn(word, "= ");
        const char *value;
        size_t n_value = value_of(to, word, n_name, &value);
        size_t n_own = n > n_name ? n - n_name - 1 : 0;
        if (n_value && (n_value != n_own || strncmp(value, word + n_name + 1, n_own) != 0))
            say(w, "%.*s %.*s -> %.*s", (int)n_name, word, (int)n_own, word + n_name + 1,
                (int)n_value, value);
        word += n + strspn(word + n, " ");
    }
}

static void say_count(struct writing *w, const char *what, double from, double to)
{
    if (from == to) return;
    if (from > 0)
        say(w, "%s %.0f -> %.0f (%+.0f %%)", what, from, to, 100 * (to / from - 1));
    else
        say(w, "%s %.0f -> %.0f", what, from, to);
}

void differences_text(const struct page_problem *problem, const struct hone_store_variant *from,
                      const struct hone_store_variant *to, char *out_text, size_t capacity)
{
    struct writing w = {out_text, capacity, 0};
    out_text[0] = '\0';
    if (strcmp(from->space, to->space) != 0)
        say(&w, "kernel %.80s -> %.80s", from->space, to->space);
    say_words(&w, from->config, to->config);
    say_words(&w, from->formats, to->formats);
    say_count(&w, "instructions", from->n_instructions, to->n_instructions);
    say_count(&w, "spills", from->n_vector_spills, to->n_vector_spills);
    say_count(&w, "stack bytes", from->stack_bytes, to->stack_bytes);
    say_count(&w, "code bytes", from->code_bytes, to->code_bytes);
    say_count(&w, "scratch bytes", (double)from->scratch_bytes, (double)to->scratch_bytes);
    say_count(&w, "bytes touched", differences_bytes(problem, from),
              differences_bytes(problem, to));
    if (w.at == 0) say(&w, "nothing that is known");
}
