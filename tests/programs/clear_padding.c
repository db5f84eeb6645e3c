/* __builtin_clear_padding, and variable arguments that are passed on through two inlined functions. */
#include <stdio.h>
#include <string.h>

struct inner { char c; short s; };
struct outer { char a; long b; unsigned f : 5; int g : 3; struct inner in[2]; char tail; };
union either { struct inner i; char c[3]; };

static inline __attribute__((always_inline)) int count(int first, ...) { return __builtin_va_arg_pack_len(); }
static inline __attribute__((always_inline)) int more(int first, ...) { return count(first, 2, 4, __builtin_va_arg_pack()); }

static void show(const char *name, const void *p, unsigned n)
{
    printf("%s:", name);
    for (unsigned i = 0; i < n; i++)
        printf(" %02x", ((const unsigned char *)p)[i]);
    puts("");
}

int main(void)
{
    struct outer o;
    union either e;

    memset(&o, 0xFF, sizeof o);
    o.f = 3;
    o.g = 1;
    __builtin_clear_padding(&o);
    show("outer", &o, sizeof o);
    memset(&e, 0xFF, sizeof e);
    __builtin_clear_padding(&e);
    show("either", &e, sizeof e);
    printf("%d %d\n", more(0, 1, 2), more(0));
    printf("%g\n", __builtin_assoc_barrier(1.5 + o.f));
    return 0;
}
