/* SPDX-License-Identifier: Apache-2.0 */
/* resume_reason.c -- the names of the reasons, as logs and users see them (D-91). */

#include "record/resume_reason.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const char *const resume_reason_names[RESUME_REASONS] = {
	[RESUME_NONE] = "",
	[RESUME_MODE_APPEND] = "mode-append",
	[RESUME_ON_FAILURE_NOT_KEEP] = "on-failure-not-keep",
	[RESUME_RECEIVE_MULTIPLE] = "receive-multiple",
	[RESUME_PARTIAL_MISSING] = "partial-missing",
	[RESUME_PARTIAL_DAMAGED] = "partial-damaged",
	[RESUME_SOURCE_CHANGED] = "source-changed",
	[RESUME_SNAPSHOT_MISSING] = "snapshot-missing",
	[RESUME_POSITION_MISMATCH] = "position-mismatch",
	[RESUME_DIGEST_MISMATCH] = "digest-mismatch",
	[RESUME_FENCING_UNSURE] = "fencing-unsure",
	[RESUME_ASKED_FROM_START] = "asked-from-start",
};

const char *resume_reason_name(enum resume_reason reason)
{
	assert(reason < RESUME_REASONS);
	assert(resume_reason_names[reason]);
	return resume_reason_names[reason];
}

bool resume_reason_parse(const char *name, enum resume_reason *ret_reason)
{
	assert(name);
	assert(ret_reason);

	for (unsigned int reason = 0; reason < RESUME_REASONS; reason++) {
		if (strcmp(name, resume_reason_names[reason]) == 0) {
			*ret_reason = (enum resume_reason)reason;
			return true;
		}
	}
	return false;
}

bool resume_reason_is_valid(uint64_t value)
{
	return value < RESUME_REASONS;
}
