/* SPDX-License-Identifier: Apache-2.0 */
/* refuse_io_uring.c -- see refuse_io_uring.h.
 *
 * The three numbers are the same on all architectures, so the filter does not ask which one
 * it is on; a program under test has no reason to trick us. */
#include "support/refuse_io_uring.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static_assert(SYS_io_uring_enter == SYS_io_uring_setup + 1, "the filter takes a range");
static_assert(SYS_io_uring_register == SYS_io_uring_setup + 2, "the filter takes a range");

int refuse_io_uring(void)
{
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SYS_io_uring_setup, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, SYS_io_uring_register, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = ARRAY_COUNT(steps), .filter = steps};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
		return -errno;
	return 0;
}
