/* SPDX-License-Identifier: Apache-2.0 */
/* queue_row.h -- a request of the Send Queue, and one of the Resend Queue.
 *
 * Plain structs: what must survive a crash of the engine about a request, and nothing
 * that can be computed again. All zero is "nothing" in every field. */
#ifndef HFT_RECORD_QUEUE_ROW_H
#define HFT_RECORD_QUEUE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/id.h"
#include "record/identity.h"
#include "record/outcome.h"

/* How the request came to be. */
enum queue_kind {
	QUEUE_SEND = 1,	 /* hft send */
	QUEUE_RESEND,	 /* hft resend, or a resend asked for by the receiver */
	QUEUE_REQUESTED, /* hft request send, from another host */
	QUEUE_KINDS,	 /* one more than the last; not a kind */
};

/* Where a request of the Send Queue is. */
enum queue_state {
	QUEUE_QUEUED = 1,  /* waits for a slot */
	QUEUE_PRE_JOB,	   /* its pre-send job runs */
	QUEUE_CONNECTING,  /* first connect of an attempt */
	QUEUE_SENDING,	   /* an attempt is under way */
	QUEUE_AUTO_WAIT,   /* from t0 until a try succeeds or the last one failed */
	QUEUE_SUCCESS_JOB, /* ended well, its job runs */
	QUEUE_FAILURE_JOB, /* ended badly, its job runs */
	QUEUE_STATES,	   /* one more than the last; not a state */
};

/* How the content is treated on the way. */
enum transfer_type {
	TRANSFER_BINARY = 1, /* bytes as they are */
	TRANSFER_TEXT,	     /* lines, code page converted */
	TRANSFER_FORMAT,     /* records of fields */
	TRANSFER_TYPES,	     /* one more than the last; not a type */
};

/* What was asked for: the same in the Send Queue and in the Resend Queue. */
struct request_core {
	struct id transfer;		 /* transfer id */
	uint8_t type;			 /* enum transfer_type */
	bool from_start;		 /* --from-start: ignore the checkpoint */
	bool detach;			 /* --detach: nobody waits for it */
	uint16_t priority;		 /* 1..256, small first */
	uint32_t uid;			 /* user that asked, by SO_PEERCRED */
	uint32_t gid;			 /* its group */
	uint32_t attempts;		 /* attempts begun so far */
	uint32_t session_epoch;		 /* highest session epoch used; 0 = none yet */
	uint64_t limit_rate_bytes;	 /* bytes a second; 0 = no limit */
	uint64_t accepted_wall_ns;	 /* when the request was accepted */
	uint64_t resend_of;		 /* list number it was taken from; 0 = none */
	uint64_t total_bytes;		 /* size of the source; 0 = not known yet */
	uint64_t durable_bytes;		 /* what the receiver reported durable; may lag */
	struct source_identity source;	 /* taken at the first open; type 0 = not yet */
	char file_id[HFT_FILE_ID_BYTES]; /* "" = ad hoc */
	char host[HFT_HOST_BYTES];	 /* receiving host, as configured */
	char path[HFT_PATH_BYTES];	 /* absolute path of the source; "-" = handed-over stream */
	char name[HFT_NAME_BYTES];	 /* destination name; "" = the receiver's definition */
	char requester[HFT_REQUESTER_BYTES]; /* user name, or user@host for a request */
};

struct queue_row {
	struct request_core core;    /* what was asked for */
	uint8_t kind;		     /* enum queue_kind */
	uint8_t state;		     /* enum queue_state */
	bool pre_job_done;	     /* its pre-send job ran already and is not run again */
	uint32_t auto_resends_left;  /* what is left of N */
	uint32_t cycle;		     /* auto resend cycles begun; 0 = first attempt */
	uint32_t next_try;	     /* auto-wait: next grid point k, 1..C+1; else 0 */
	uint64_t wait_from_wall_ns;  /* auto-wait: t0; else 0 */
	uint64_t wait_until_wall_ns; /* auto-wait: end of the window; else 0 */
	struct outcome last;	     /* how the last attempt or try ended */
};

struct resend_row {
	struct request_core core;     /* what was asked for */
	uint64_t list_no;	      /* Resend Queue List No.; never used twice; 0 = not given */
	bool taken;		      /* being resent now: leave it alone */
	uint64_t ended_wall_ns;	      /* when the request ended unsuccessfully */
	uint64_t source_offset_bytes; /* where the source is to be continued */
	uint64_t target_offset_bytes; /* where the target is to be continued */
	uint64_t records;	      /* file records done (text and format) */
	struct outcome outcome;	      /* how it ended, with the peer's status and detail */
};

#endif
