/* SPDX-License-Identifier: MIT */
/* The report of a store: what its page shows, gathered once, and a function for each chapter. */
#ifndef HONE_TUNER_PAGE_H
#define HONE_TUNER_PAGE_H

#include "cache/store.h"
#include "tuner/explain.h"
#include "tuner/report/svg.h"

/* The trials of one problem in one regime. */
struct page_problem {
    const char *problem, *regime;
    char label[96]; /* "gemm 768 x 256 q8_0, 512 rows" */
    bool is_known;  /* the key reads back: `parsed` and `work` are there */
    struct hone_problem parsed;
    struct work work;
    enum svg_family family;
    const struct hone_store_trial **search; /* in the order they were made; the first: default */
    const struct hone_store_trial **finals; /* of the last round, fastest first */
    size_t n_search, n_finals, n_refused;
    const struct hone_store_winner *winner; /* the fastest; NULL: not tuned */
    double *best;                           /* so far, after each search trial; 0: none yet */
    double default_ns, best_ns;             /* in the search; 0: none */
    double seconds;                         /* that its trials cost */
};

struct page_device {
    const char *text;
    size_t n_trials;
};

/* A winner on the roofline. */
struct page_point {
    const struct hone_store_winner *winner;
    const struct page_problem *of;
    struct least_time least;
    bool is_best; /* of its problem, whatever the formats */
    unsigned number;
};

struct page {
    const char *path; /* of the store */
    struct hone_arena arena;
    struct hone_store_trial *trials;
    struct hone_store_winner *winners; /* of `device` */
    struct hone_store_quarantine *quarantine;
    size_t n_trials, n_winners, n_quarantine;
    struct page_device *devices; /* the one with most trials first: it is the one shown */
    size_t n_devices;
    struct page_problem *problems; /* of that device; the costliest first */
    size_t n_problems;
    struct page_point *points; /* the slowest first */
    size_t n_points;

    bool has_ceilings;
    char no_ceilings[256]; /* why; or what to think of those that are there */
    struct ceilings ceilings;
    struct explain_report model; /* forwards; no parts: none was asked for */
    const char *model_path;      /* package or model; NULL */
    bool is_measured;            /* a package's own forwards, else sums of the store's times */
    int64_t first, last;         /* Unix times of trials */
    int64_t made;                /* of this page */
};

/* Reads the store; `device` (may be NULL) is part of the text of the device wanted. NOT_FOUND:
 * nothing there. Ceilings and the model are the caller's to fill in before page_set_points. */
enum hone_status page_gather(struct hone_store *store, const char *path, const char *device,
                             struct page *out_page, struct hone_error *err);
enum hone_status page_set_points(struct page *page, struct hone_error *err);
void page_release(struct page *page);

/* The best time after so many search trials over the best of all; 0 while nothing was valid. */
double page_best_after(const struct page_problem *problem, size_t n_trials);

enum hone_status page_print(const struct page *page, FILE *to, struct hone_error *err);

/* Chapters. */
enum hone_status page_head(const struct page *page, FILE *to, struct hone_error *err);
enum hone_status page_stack(const struct page *page, FILE *to, struct hone_error *err);
enum hone_status page_roofline(const struct page *page, FILE *to, struct hone_error *err);
enum hone_status page_time(const struct page *page, FILE *to, struct hone_error *err);
enum hone_status page_search(const struct page *page, FILE *to, struct hone_error *err);
enum hone_status page_finals(const struct page *page, FILE *to, struct hone_error *err);
enum hone_status page_failures(const struct page *page, FILE *to, struct hone_error *err);
enum hone_status page_winners(const struct page *page, FILE *to, struct hone_error *err);

#endif
