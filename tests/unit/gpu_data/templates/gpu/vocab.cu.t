$macro wrong_if(n, name)
$if n == 1
  float wrong = ${name};
$end
$end
struct args {
    unsigned long long slot[${n_args}];
};
