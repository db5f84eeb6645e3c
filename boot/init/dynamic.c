/* A dynamically linked program: prints through libc's stdio and leaves with status 25. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	char *copy = malloc(100);
	snprintf(copy, 100, "%s %d %.3f", argv[argc - 1], 42, 2.5);
	printf("dynamic: %s\n", copy);
	return strcmp(copy, "argument 42 2.500") ? 1 : 25;
}
