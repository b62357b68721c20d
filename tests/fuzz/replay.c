/* SPDX-License-Identifier: MIT */
/* Runs a fuzz harness without libFuzzer: on each file of the folders named, and on a fixed number
 * of damaged copies of each (cut, overwritten, doubled), the same ones every time. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/file.h"

enum { COPIES_PER_FILE = 400, FILE_LIMIT = 1 << 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Copies into memory of exactly the right size, so that the sanitizer sees reads behind the end. */
static void run(const uint8_t *data, size_t n_bytes)
{
    uint8_t *copy = malloc(n_bytes ? n_bytes : 1);
    if (!copy) abort();
    if (n_bytes) memcpy(copy, data, n_bytes);
    LLVMFuzzerTestOneInput(copy, n_bytes);
    free(copy);
}

/* One to four damages, each at a random place: another byte, a piece copied over another, a cut. */
static size_t damage(uint8_t *data, size_t n_bytes, uint64_t *random)
{
    for (uint64_t n = 1 + next_random(random) % 4; n > 0 && n_bytes; n--) {
        size_t at = next_random(random) % n_bytes, from = next_random(random) % n_bytes;
        size_t most = n_bytes - (at > from ? at : from), length = next_random(random) % 16;
        uint64_t kind = next_random(random) % 8;
        if (kind < 4)
            data[at] = (uint8_t)(kind ? data[from] : next_random(random));
        else if (kind < 7)
            memmove(data + at, data + from, length < most ? length : most);
        else
            n_bytes = at;
    }
    return n_bytes;
}

static int run_file(const char *path)
{
    char *text;
    size_t n_bytes;
    struct hone_error err;
    if (hone_file_read(path, FILE_LIMIT, &text, &n_bytes, &err) != HONE_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    uint64_t random = 88172645463325252u + n_bytes;
    uint8_t *copy = malloc(n_bytes + 1);
    if (!copy) abort();
    run((const uint8_t *)text, n_bytes);
    for (int i = 0; i < COPIES_PER_FILE; i++) {
        memcpy(copy, text, n_bytes);
        run(copy, damage(copy, n_bytes, &random));
    }
    free(copy);
    free(text);
    return 0;
}

static int run_folder(const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort), failed = n < 0, n_files = 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') failed |= run_file(path), n_files++;
        free(entries[i]);
    }
    if (n >= 0) free(entries);
    printf("%s: %d files, %d damaged copies of each\n", folder, n_files, COPIES_PER_FILE);
    return failed || !n_files;
}

int main(int argc, char **argv)
{
    int failed = argc < 2;
    for (int i = 1; i < argc; i++) failed |= run_folder(argv[i]);
    return failed;
}
