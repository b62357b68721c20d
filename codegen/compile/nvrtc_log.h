/* SPDX-License-Identifier: MIT */
/* NVRTC's log: the error that matters, and what ptxas says about a kernel's resources. */
#ifndef HONE_COMPILE_NVRTC_LOG_H
#define HONE_COMPILE_NVRTC_LOG_H

#include <stddef.h>
#include <stdint.h>

struct nvrtc_resources {
    uint32_t n_registers;
    uint32_t frame_bytes;
    uint32_t store_bytes, load_bytes; /* of spills, in all functions */
};

/* Of the kernel `entry`, from the lines that --ptxas-options=-v adds; zeros where they are not. */
void nvrtc_log_resources(const char *log, const char *entry, struct nvrtc_resources *out_resources);

/* The first error of the log as one line, "line 12: identifier \"x\" is undefined | int y = x;":
 * the line of `source` that is to blame, where there is one, is quoted. "" when the log has none.
 */
void nvrtc_log_error(const char *log, const char *source, char *out_text, size_t capacity);

#endif
