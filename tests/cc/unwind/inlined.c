extern void clean(int *);
static inline void add(int **p) { **p += 1; }
struct holder { int a, b; };
static void drop(struct holder *h) { clean(&h->a); h->b++; clean(&h->b); }
static inline __attribute__((always_inline)) int leaf(int n, void (*f)(void))
{
    int y __attribute__((cleanup(clean))) = n + 1000;
    f();
    return y;
}
static int middle(int n, void (*f)(void))
{
    struct holder h __attribute__((cleanup(drop))) = { n, n + 1 };
    int r = 0;
    for (int i = 0; i < 3; i++) {
        int z __attribute__((cleanup(clean))) = i;
        if (i == 2)
            r += leaf(n + i, f);
        h.a += i * 10;
        h.b += r;
    }
    return r + h.a;
}
__attribute__((noinline)) int guarded(int n, void (*f)(void))
{
    int w __attribute__((cleanup(clean))) = n * 7;
    w++;
    return middle(n, f) + w;
}
