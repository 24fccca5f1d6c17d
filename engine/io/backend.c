/* SPDX-License-Identifier: Apache-2.0 */
/* backend.c -- the choice between io_uring and epoll, and telling about it. */
#include "io/backend.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "host/log.h"
#include "io/op.h"

/* What a refusal of io_uring means, in words for a log line and for `hft status`. */
static const char *refusal_sentence(int error)
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		return "io_uring is forbidden here (seccomp, container, kernel.io_uring_disabled)";
	case -ENOSYS:
		return "this kernel has no io_uring";
	case -ENOTSUP:
		return "the io_uring of this kernel is too old (5.11 is needed)";
	case -ENOMEM:
		return "no memory for an io_uring (before kernel 5.12: RLIMIT_MEMLOCK)";
	default:
		return "io_uring failed for a reason we do not know";
	}
}

int ops_new(enum io_engine engine, const struct ops_settings *settings, struct ops **ret_ops)
{
	int refusal = 0;
	int error = 0;

	assert(settings && settings->workers);
	assert(ret_ops);

	if (engine != IO_EPOLL) {
		refusal = backend_uring_new(settings, ret_ops);
		if (refusal == 0 || engine == IO_URING)
			return refusal;
	}
	error = backend_epoll_new(settings, ret_ops);
	if (error < 0 || refusal == 0)
		return error;
	(*ret_ops)->demotions++;
	(*ret_ops)->demotion = refusal_sentence(refusal);
	log_line(settings->log, LOG_WARN, "io-engine-demoted",
		 "wanted=uring engine=epoll errno=%d reason=\"%s\"", -refusal,
		 (*ret_ops)->demotion);
	return 0;
}

const char *ops_demotion(const struct ops *ops)
{
	return ops->demotion ? ops->demotion : "";
}
