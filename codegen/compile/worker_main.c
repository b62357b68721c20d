/* SPDX-License-Identifier: MIT */
/* hone-compile-worker: the compile worker as a program of its own. */
#include "codegen/compile/compile.h"

int main(void)
{
    return hone_compile_worker_main();
}
