/* Records in big-endian order on a little-endian target. */
#include <stdio.h>
#include <string.h>
#define BE __attribute__((scalar_storage_order("big-endian")))
struct BE b { unsigned char c; short s; int i; long l; float f; double d; char *p; unsigned x : 3; int y : 13; unsigned long z : 37; int arr[3]; unsigned char raw[2]; _Bool t : 1; long w : 62; struct { int n; } in; } ;
struct BE b g = { 1, 0x1234, -2, 0x0102030405060708L, 1.5f, -2.25, 0, 5, -77, 0x123456789aUL, .raw = {8, 9}, .t = 1, .w = -12345678901L, .in = {7} };
__attribute__((noinline)) long sum(struct b *p) { return p->c + p->s + p->i + p->l + p->f * 2 + p->d * 4 + p->x + p->y + p->z + p->raw[1] + p->t + p->w + p->in.n; }
static void dump(void *p) { unsigned char *q = p; for (unsigned k = 0; k < sizeof(struct b); k++) printf("%02x", q[k]); printf("\n"); }
int main(void) { struct b a = g, v = { .s = 5, .y = 3, .z = 99, .w = 17 }; printf("%zu %ld %ld\n", sizeof a, sum(&g), sum(&a)); dump(&g);
 for (int k = 0; k < 3; k++) a.arr[k] = k * 1000; a.arr[1]++; a.arr[2] += 5; a.y--; a.z += 0x1111111111; a.x = 2; a.w = -a.w; a.l ^= 255; a.f *= 3; a.d -= 1; a.t = 0; a.i++; --a.s; a.in.n = 8;
 printf("%d %d %d %ld %d\n", a.arr[0], a.arr[1], a.arr[2], sum(&a), a.y++); dump(&a); dump(&v); printf("%d %d\n", memcmp(&a, &g, sizeof a) != 0, (a.s = 70000)); return 0; }
