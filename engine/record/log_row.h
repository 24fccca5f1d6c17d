/* SPDX-License-Identifier: Apache-2.0 */
/* log_row.h -- one record of the send, receive, observe or job log.
 *
 * One struct for the kinds: an attempt looks nearly the same from both ends, and one
 * struct means one codec and one way to print. A field that a kind does not have is 0
 * or "". The rate is not stored: it is bytes over time. */
#ifndef HFT_RECORD_LOG_ROW_H
#define HFT_RECORD_LOG_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/checksum.h"
#include "base/id.h"
#include "record/outcome.h"

enum log_kind {
	LOG_SEND = 1,
	LOG_RECEIVE,
	LOG_OBSERVE, /* a request from another host; its fields come with that service */
	LOG_JOB,     /* a run of a job; its fields come with jobs */
	LOG_KINDS,   /* one more than the last; not a kind */
};

struct log_row {
	uint64_t sequence;   /* given by the journal, ascending, never used twice; 0 = not yet */
	uint8_t kind;	     /* enum log_kind */
	uint8_t type;	     /* enum transfer_type */
	uint8_t mode;	     /* receive: enum target_mode; else 0 */
	uint8_t reason;	     /* enum resume_reason: why it did not continue */
	bool has_digest;     /* digest is valid */
	uint16_t verdict;    /* 961..965 that ended the session; 0 = none */
	uint32_t attempt;    /* from 1 */
	uint32_t cycle;	     /* send: auto resend cycle; 0 = first attempt */
	uint32_t generation; /* receive: generation number; 0 = none */
	uint32_t noticed_ms; /* silence until a lost peer was noticed; 0 = no loss */
	uint64_t started_wall_ns; /* start of the attempt */
	uint64_t ended_wall_ns;	  /* end of the attempt */
	uint64_t bytes_total;	  /* size of the file */
	uint64_t bytes_moved;	  /* sent or received over the wire in this attempt */
	uint64_t bytes_skipped;	  /* durable before this attempt */
	uint64_t bytes_resent;	  /* moved although an earlier attempt or session moved them */
	uint64_t records;	  /* file records (text and format) */
	uint64_t list_no;	  /* send: number of the Resend Queue record made; 0 = none */
	uint64_t resend_of;	  /* send: number of the record it was taken from; 0 = none */
	uint64_t owner_epoch;	  /* journal owner that wrote it */
	struct id transfer;	  /* transfer id */
	struct digest digest;	  /* file digest, if has_digest */
	struct outcome outcome;	  /* status, detail, sentence; 250, 917: the peer's too */
	char file_id[HFT_FILE_ID_BYTES];     /* "" = ad hoc */
	char host[HFT_HOST_BYTES];	     /* the other host */
	char address[HFT_ADDRESS_BYTES];     /* its address and port; "" = never connected */
	char path[HFT_PATH_BYTES];	     /* send: source; receive: full final path */
	char requester[HFT_REQUESTER_BYTES]; /* who asked */
	char node[HFT_HOST_BYTES];	     /* node that wrote it */
};

/* Bytes a second of the attempt: bytes_moved over its length; 0 if it took no time. */
uint64_t log_row_rate(const struct log_row *row);

#endif
