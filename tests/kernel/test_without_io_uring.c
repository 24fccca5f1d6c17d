/* SPDX-License-Identifier: Apache-2.0 */
/* test_without_io_uring.c -- runs a program to which the kernel refuses io_uring.
 *
 *   kernel_without_io_uring PROGRAM [ARGUMENT ...]
 *
 * For the end-to-end tests: the whole suite passes over epoll as well. Exit code: the program's,
 * 77 when the filter cannot be installed, 127 when the program cannot be started. Without
 * arguments it tests itself: the three calls are refused, here and in a child, and nothing
 * else is. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/refuse_io_uring.h"

/* How many of the calls are answered otherwise than by EPERM. */
static int count_allowed(void)
{
	static const long numbers[] = {SYS_io_uring_setup, SYS_io_uring_enter,
				       SYS_io_uring_register};
	int allowed = 0;

	for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
		if (syscall(numbers[i], 0, 0, 0, 0, 0, 0) != -1 || errno != EPERM)
			allowed++;
	}
	return allowed;
}

static int test_itself(void)
{
	int status = 0;
	int failures = count_allowed();
	pid_t child = fork();

	if (child == 0)
		_exit(count_allowed());
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return 1;
	failures += WEXITSTATUS(status);
	if (syscall(SYS_getppid) < 0) /* a neighbour of no importance still works */
		failures++;
	printf("%s io_uring is refused, here and in a child\n", failures == 0 ? "ok  " : "FAIL");
	return failures == 0 ? 0 : 1;
}

int main(int count, char **arguments)
{
	int error = refuse_io_uring();

	if (error < 0) {
		fprintf(stderr, "without io_uring: no filter: %s\n", strerror(-error));
		return 77;
	}
	if (count < 2)
		return test_itself();
	(void)execvp(arguments[1], arguments + 1);
	perror(arguments[1]);
	return 127;
}
