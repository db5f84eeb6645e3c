#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void clean(void *a) { printf("cleanup %d\n", *(int *)a); fflush(stdout); }
__attribute__((noinline)) static void inner(int n)
{
    pthread_cleanup_push(clean, &n);
    if (n) inner(n - 1);
    else for (;;) { sleep(1); pthread_testcancel(); }
    pthread_cleanup_pop(0);
}
static void *thread(void *a) { inner(2); return 0; }
static void *leaver(void *a) { int five = 5; pthread_cleanup_push(clean, &five); pthread_exit((void *)7); pthread_cleanup_pop(0); return 0; }
int main(void)
{
    pthread_t t; void *r;
    pthread_create(&t, 0, thread, 0);
    usleep(50000);
    pthread_cancel(t);
    pthread_join(t, &r);
    printf("%s\n", r == PTHREAD_CANCELED ? "cancelled" : "?");
    pthread_create(&t, 0, leaver, 0);
    pthread_join(t, &r);
    printf("%ld\n", (long)r);
    return 0;
}
