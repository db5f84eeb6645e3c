extern void clean(int *);
__attribute__((noinline)) int guarded(int n, void (*f)(void))
{
    int x __attribute__((cleanup(clean))) = n;
    if (n) {
        int inner __attribute__((cleanup(clean))) = n * 10;
        guarded(n - 1, f);
        x += inner;
    } else
        f();
    return x;
}
