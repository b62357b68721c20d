/* SPDX-License-Identifier: MIT */
/* hone-runner: owns a device and runs kernels for a client on stdin and stdout. */
#include <stdio.h>
#include <unistd.h>

#include "tuner/runner/server.h"

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1 || isatty(STDIN_FILENO)) {
        fprintf(stderr, "hone-runner serves the runner protocol on stdin and stdout; it is started "
                        "by hone tune, here or by a command such as \"ssh HOST hone-runner\"\n");
        return 2;
    }
    /* Nothing but frames may reach the client, whatever a library prints. */
    int out_fd = dup(STDOUT_FILENO);
    if (out_fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return 1;
    return server_run(STDIN_FILENO, out_fd);
}
