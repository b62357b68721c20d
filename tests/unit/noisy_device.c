/* SPDX-License-Identifier: MIT */
/* A simulated device whose clock moves only while kernels run. */
#include "tests/unit/noisy_device.h"

#include <math.h>

static const double STEP_NS = 200000, PI = 3.14159265358979;

double noisy_random(struct noisy_device *device)
{
    uint64_t z = device->random += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ (z >> 31)) >> 11) / (double)(UINT64_C(1) << 53);
}

double noisy_normal(struct noisy_device *device)
{
    double u = 1 - noisy_random(device), v = noisy_random(device);
    return sqrt(-2 * log(u)) * cos(2 * PI * v);
}

static void next_edge(struct noisy_device *device)
{
    const struct noisy_noise *n = &device->noise;
    device->busy = !device->busy;
    double part = device->busy ? n->duty : 1 - n->duty;
    device->edge += (0.5 + noisy_random(device)) * part * n->burst_ns;
}

void noisy_device_start(struct noisy_device *device, const struct noisy_noise *noise, uint64_t seed)
{
    *device = (struct noisy_device){.noise = *noise, .random = seed * 7919 + 1};
    device->phase = noisy_random(device) * 2 * PI;
    device->busy = noisy_random(device) < noise->duty;
    device->edge = -noisy_random(device) * noise->burst_ns;
    while (noise->burst > 0 && device->edge <= 0) next_edge(device);
}

static double slowness(const struct noisy_device *device)
{
    const struct noisy_noise *n = &device->noise;
    double slow = 1;
    if (n->drift > 0) slow += n->drift * sin(device->phase + 2 * PI * device->now / n->drift_ns);
    if (n->ramp_ns > 0) slow *= 1 + n->ramp * exp(-device->now / n->ramp_ns);
    if (n->burst > 0 && device->busy) slow *= 1 + n->burst;
    return slow;
}

/* Spends `work` ns of an undisturbed machine. */
static void spend(struct noisy_device *device, double work)
{
    while (work > 0) {
        double slow = slowness(device), step = work * slow;
        if (step > STEP_NS) step = STEP_NS;
        if (device->noise.burst > 0 && step > device->edge - device->now)
            step = device->edge - device->now;
        device->now += step;
        work -= step / slow;
        if (device->noise.burst > 0 && device->edge - device->now < 1e-3) next_edge(device);
        if (work < 1e-6) break;
    }
}

static enum hone_status run(void *context, uint32_t n_calls, struct hone_error *err)
{
    struct noisy_kernel *kernel = context;
    struct noisy_device *device = kernel->device;
    const struct noisy_noise *noise = &device->noise;
    (void)err;
    device->n_calls += n_calls;
    if (kernel->lies_from && ++kernel->n_runs >= kernel->lies_from) {
        device->now += 20;
        return HONE_OK;
    }
    double work = kernel->ns * n_calls;
    if (kernel->samples) {
        work = 0;
        for (uint32_t i = 0; i < n_calls; i++)
            work += kernel->samples[(uint32_t)(noisy_random(device) * kernel->n_samples)];
    } else {
        work *= 1 + noise->jitter * noisy_normal(device);
    }
    if (noisy_random(device) < noise->tail_part) work *= noise->tail;
    spend(device, work);
    return HONE_OK;
}

static uint64_t now_ns(void *context)
{
    return (uint64_t)((struct noisy_device *)context)->now;
}

struct hone_clock noisy_clock(struct noisy_device *device)
{
    return (struct hone_clock){now_ns, device};
}

struct hone_contender noisy_contender(struct noisy_kernel *kernel)
{
    return (struct hone_contender){.run = run, .context = kernel};
}

struct noisy_noise noisy_harsh(uint64_t seed, double run_ns)
{
    struct noisy_device dice = {.random = seed * 104729 + 5};
    return (struct noisy_noise){
        .jitter = 0.01,
        .drift = 0.2,
        .drift_ns = run_ns * (1 + 2 * noisy_random(&dice)),
        .burst = 0.5,
        .duty = 0.3,
        .burst_ns = run_ns * exp(log(0.005) + noisy_random(&dice) * log(100)),
        .tail = 10,
        .tail_part = 0.01,
        .ramp = noisy_random(&dice) < 0.5 ? 0.25 : -0.2,
        .ramp_ns = run_ns * (0.02 + 0.2 * noisy_random(&dice)),
    };
}
