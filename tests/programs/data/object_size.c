/* Sizes of objects that pointers may point into, static and dynamic, whole and nearest subobject. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct S { char a[10]; int b; char c[10]; } g, table[4];
struct F { int n; char tail[]; } f = { 1, "01234" };
#define FOUR(e) printf("%zd %zd %zd %zd\n", __builtin_object_size(e, 0), __builtin_object_size(e, 1), __builtin_object_size(e, 2), __builtin_object_size(e, 3))
#define DYNAMIC(e) printf("%zd\n", __builtin_dynamic_object_size(e, 0))
__attribute__((alloc_size(1, 2), noinline)) void *get(int n, int size) { return malloc(n * size); }
__attribute__((noinline)) void sizes(int i, char *q, size_t n) {
    char buf[40], *p = buf + 5, *m = malloc(20), *w = i > 3 ? malloc(8) : malloc(10), *r = buf, vla[n];
    struct S *s = (struct S *)m;
    FOUR(p - 2); FOUR(&table[i].c[2]); FOUR(q); FOUR(s->c); FOUR(s->a); FOUR(&((struct S *)q)->b); FOUR(memcpy(m + 2, "a", 2)); FOUR(w + 4);
    FOUR(f.tail); FOUR(&g.c[3]); FOUR(buf + i);
    for (int k = 0; k < i; k++) r++;
    FOUR(r); DYNAMIC(r); DYNAMIC(w + i); DYNAMIC(vla + 3); DYNAMIC(get(i, n)); DYNAMIC(q); DYNAMIC(buf + 50); DYNAMIC(vla - 1);
    printf("%zd\n", __builtin_dynamic_object_size(&table[i].c[i], 1));
}
static inline __attribute__((always_inline, gnu_inline)) size_t nearest(const void *p) { return __builtin_object_size(p, 1); }
extern inline __attribute__((always_inline, gnu_inline)) size_t fortified(const void *p) { return __builtin_object_size(p, 1); }
__attribute__((access(read_only, 1, 2), noinline)) size_t given(int *p, size_t n) { return __builtin_dynamic_object_size(p + 1, 0); }
int constant_member(struct S **s) { const size_t n = __builtin_object_size((*s)->a, 1); return __builtin_constant_p(n); }
int constant_local(void) { char l[17]; const size_t n = __builtin_object_size(l, 1); return __builtin_constant_p(n); }
int constant_found(int i) { char l[17], *p = i ? l : l + 1; const size_t n = __builtin_object_size(p, 0); return __builtin_constant_p(n); }
int main(void) { struct S *s = &g; printf("%d%d%d\n", constant_member(&s), constant_local(), constant_found(1)); sizes(2, (char *)&g, 7); printf("%zd %zd %zd\n", nearest(&g), fortified(g.a + 1), given((int *)&g, 3)); return 0; }
