/* SPDX-License-Identifier: MIT */
/* render_kernel DATA TARGET SPACE CONFIG PROBLEM: prints the text of one variant.
 *
 * CONFIG is "MR=2 NV=1 ..." or "-" for the first value of each parameter; PROBLEM is a line as
 * tests/kernels/problems.h reads it. The machine's own facts play no part. */
#include <stdio.h>
#include <string.h>

#include "codegen/kernel.h"
#include "tests/kernels/problems.h"

static const struct hone_machine_facts facts = {
    .n_cpus = 2, .l1_bytes = 32 << 10, .l2_bytes = 1 << 20, .l3_bytes = 16 << 20};

static enum hone_status find_config(const struct hone_space *space, const char *text,
                                    struct hone_config *out_config, struct hone_error *err)
{
    memset(out_config, 0, sizeof *out_config);
    return strcmp(text, "-") == 0 ? HONE_OK : hone_config_parse(space, text, out_config, err);
}

static enum hone_status print_variant(struct hone_kernels *kernels, char **argv,
                                      const struct hone_problem *problem, struct hone_error *err)
{
    const struct hone_space *space = hone_space_list_find(hone_kernels_spaces(kernels), argv[3]);
    if (!space) return hone_fail(err, HONE_ERR_NOT_FOUND, "no space is called %s", argv[3]);
    struct hone_config config;
    HONE_TRY(find_config(space, argv[4], &config, err));
    struct hone_variant variant;
    HONE_TRY(hone_kernels_variant(kernels, space, problem, &config, &variant, err));
    char text[HONE_CONFIG_TEXT_BYTES];
    hone_config_print(space, &variant.config, text);
    printf("; %s on %s\n; %s\n; %s\n", argv[3], argv[2], argv[5], text);
    fwrite(variant.source, 1, variant.n_source_bytes, stdout);
    hone_variant_release(&variant);
    return HONE_OK;
}

static enum hone_status render(char **argv, struct problem_list *problems, struct hone_error *err)
{
    struct hone_target target;
    struct hone_kernels *kernels;
    HONE_TRY(hone_target_parse(argv[2], &target, err));
    HONE_TRY(problems_add(problems, argv[5], err));
    const struct hone_kernels_options options = {
        .struct_size = sizeof options, .data_dir = argv[1], .target = &target, .facts = &facts};
    HONE_TRY(hone_kernels_open(&options, &kernels, err));
    enum hone_status status = print_variant(kernels, argv, &problems->items[0], err);
    hone_kernels_close(kernels);
    return status;
}

int main(int argc, char **argv)
{
    struct hone_error err = {0};
    struct problem_list problems = {0};
    if (argc != 6) {
        fputs("usage: render_kernel DATA TARGET SPACE CONFIG PROBLEM\n", stderr);
        return 2;
    }
    enum hone_status status = render(argv, &problems, &err);
    if (status != HONE_OK) fprintf(stderr, "render_kernel: %s\n", err.text);
    problems_free(&problems);
    return hone_status_exit_code(status);
}
