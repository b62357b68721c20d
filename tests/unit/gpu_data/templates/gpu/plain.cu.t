$template gpu_plain
$param block       threads
$param args_bytes  of the argument block
$param warp        lanes

struct args {
    unsigned long long slot[${args_bytes / 8}];
};
extern "C" __global__ void __launch_bounds__(${block})
kernel(const __grid_constant__ struct args a)
{
  ((unsigned *)a.slot[0])[threadIdx.x] = threadIdx.x / ${warp};
}
