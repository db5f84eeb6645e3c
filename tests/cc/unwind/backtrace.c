#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <unwind.h>
static int n;
int main(void);
__attribute__((noinline)) void deep(int k);
static void handler(int s);
static const char *name(unsigned long f)
{
    return f == (unsigned long)main ? "main" : f == (unsigned long)deep ? "deep" : f == (unsigned long)handler ? "handler" : "?";
}
static _Unwind_Reason_Code trace(struct _Unwind_Context *c, void *a)
{
    if (_Unwind_GetIP(c)) printf("%s ", name(_Unwind_GetRegionStart(c)));
    n++;
    return 0;
}
static void handler(int s)
{
    void *b[30];
    printf("in handler: ");
    int r = _Unwind_Backtrace(trace, 0);
    int k = backtrace(b, 30);
    printf("= %d, %d frames\n", r, k);
}
__attribute__((noinline)) void deep(int k)
{
    if (k) { deep(k - 1); __asm__ volatile(""); return; }
    raise(SIGUSR1);
    printf("after\n");
}
int main(void)
{
    signal(SIGUSR1, handler);
    deep(3);
    return 0;
}
