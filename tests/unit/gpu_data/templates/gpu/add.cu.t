$template gpu_add
$space gpu_add
$param THREADS   of a block
$param WRONG     1: a name that is not defined, in a macro; 2: here
$param n_args    slots of the argument block
$param arg_x     argument offsets
$param arg_r     .
$param arg_y     .
$param arg_rows  .
$param arg_k     .

$include "gpu/vocab.cu.t"
$macro pointer(type, name, offset)
  ${type} *${name} = (${type} *)a.slot[${offset} / 8];
$end
extern "C" __global__ void __launch_bounds__(${THREADS})
kernel(const __grid_constant__ struct args a)
{
  extern __shared__ float tile[];
$call pointer('const float', 'x', arg_x)
$call pointer('const float', 'r', arg_r)
$call pointer('float', 'y', arg_y)
$call wrong_if(WRONG, 'nowhere')
$if WRONG == 2
  float wrong = absent;
$end
  unsigned long long n = a.slot[${arg_k} / 8], at = blockIdx.x * n;
  for (unsigned long long i = threadIdx.x; i < n; i += ${THREADS}) {
    tile[threadIdx.x] = x[at + i];
    y[at + i] = tile[threadIdx.x] + r[at + i];
  }
}
