/* SPDX-License-Identifier: MIT */
/* Links an object the way kernels are linked: link_object IN.o OUT. Entry is the function "k". */
#include <stdio.h>
#include <stdlib.h>

#include "codegen/compile/blob.h"
#include "runtime/base/file.h"

int main(int argc, char **argv)
{
    char *object;
    size_t n_bytes;
    struct hone_blob blob;
    struct hone_error err = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: link_object IN.o OUT\n");
        return 2;
    }
    if (hone_file_read(argv[1], 1 << 24, &object, &n_bytes, &err) != HONE_OK ||
        hone_blob_link((const uint8_t *)object, n_bytes, "k", &blob, &err) != HONE_OK) {
        fprintf(stderr, "link_object: %s\n", err.text);
        return 1;
    }
    FILE *out = fopen(argv[2], "wbe");
    int ok = out && fwrite(blob.data, 1, blob.n_bytes, out) == blob.n_bytes;
    ok = out && fclose(out) == 0 && ok;
    free(blob.data);
    free(object);
    return ok ? 0 : 1;
}
