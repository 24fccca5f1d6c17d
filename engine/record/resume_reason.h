/* SPDX-License-Identifier: Apache-2.0 */
/* resume_reason.h -- why a resend did not continue from its checkpoint.
 *
 * Never silent: the reason is in both logs and in the user's output, whether the engine
 * fell back to byte 0 or refused. */
#ifndef HFT_RECORD_RESUME_REASON_H
#define HFT_RECORD_RESUME_REASON_H

#include <stdbool.h>
#include <stdint.h>

enum resume_reason {
	RESUME_NONE = 0,	    /* it continued, or there was nothing to continue */
	RESUME_MODE_APPEND,	    /* the receiver's mode is append */
	RESUME_ON_FAILURE_NOT_KEEP, /* the receiver does not keep part files */
	RESUME_RECEIVE_MULTIPLE,    /* several senders fill one file */
	RESUME_PARTIAL_MISSING,	    /* the part file is gone */
	RESUME_PARTIAL_DAMAGED,	    /* the part file is not what the checkpoint says */
	RESUME_SOURCE_CHANGED,	    /* the source is another file now */
	RESUME_SNAPSHOT_MISSING,    /* the private copy is gone */
	RESUME_POSITION_MISMATCH,   /* the offset is not the end of the recorded record */
	RESUME_DIGEST_MISMATCH,	    /* durable chunks differ from the source */
	RESUME_FENCING_UNSURE,	    /* an old owner may still write into the part file */
	RESUME_ASKED_FROM_START,    /* the user said --from-start */
	RESUME_REASONS,		    /* how many; not a reason */
};

/* "source-changed" and so on; "" for RESUME_NONE. Requires reason < RESUME_REASONS. */
const char *resume_reason_name(enum resume_reason reason);

/* The reason with that name into *ret_reason; false, and *ret_reason untouched, if there
 * is none. "" is RESUME_NONE. */
bool resume_reason_parse(const char *name, enum resume_reason *ret_reason);

/* True if value is a reason or RESUME_NONE: for decoders. */
bool resume_reason_is_valid(uint64_t value);

#endif
