/* SPDX-License-Identifier: Apache-2.0 */
/* request.h -- what a program on this host may ask the engine, and its JSON.
 *
 * One JSON object on one line, UTF-8, at most HFT_CONTROL_LINE_BYTES with its newline:
 *
 *   {"request":"send","version":1,"path":"/data/a","host":"tokyo","name":"a"}
 *
 * "request" names the verb, "version" is CONTROL_VERSION or absent, the rest are the fields
 * of that verb; what is "nothing" is left out. Unknown fields are ignored, so that an
 * older engine understands a newer client as far as it can; an unknown verb or version, a
 * field of the wrong type, out of its range or too long, and a missing one are refused
 * with a sentence. A connection carries one request at a time; the answer is a sequence of
 * events (event.h) of which the last is CONTROL_END.
 *
 * With CONTROL_SEND the descriptor of the opened source travels beside the first byte.
 * Plain structs; no I/O. jansson allocates inside the calls, and nothing stays allocated. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "base/id.h"
#include "record/log_row.h"

#define CONTROL_VERSION 1

/* limit_rate_bytes of CONTROL_QUEUE_CHANGE: leave it as it is (0 takes the limit away). */
#define CONTROL_RATE_LEAVE UINT64_MAX

enum control_request_kind {
	CONTROL_SEND = 1,     /* "send": send; events of that transfer, then its result */
	CONTROL_WATCH,	      /* "watch": watch; events until the transfer ends, or for ever */
	CONTROL_STATUS,	      /* "status": one STATUS, one PROGRESS per active transfer */
	CONTROL_QUEUE_LIST,   /* "queue-list": list; QUEUE_ROW or RESEND_ROW each */
	CONTROL_QUEUE_SHOW,   /* "queue-show": select; the rows it selects */
	CONTROL_QUEUE_REMOVE, /* "queue-remove": select; the end says how many */
	CONTROL_QUEUE_CHANGE, /* "queue-change": change; the end says how many */
	CONTROL_CANCEL,	      /* "cancel": cancel; ends when it is decided */
	CONTROL_LOG,	      /* "log": log; LOG_ROW each */
	CONTROL_RESEND,	      /* "resend": resend; QUEUED each, and as CONTROL_SEND if waited for */
	CONTROL_HOST_LIST,    /* "host-list": HOST each */
	CONTROL_HOST_CHECK,   /* "host-check": host; one HOST with what was seen */
	CONTROL_IDENTITY,     /* "identity": one IDENTITY */
	CONTROL_RELOAD,	      /* "reload": reads the configuration again */
	CONTROL_REQUEST_KINDS, /* one more than the last; not a kind */
};

enum control_queue {
	CONTROL_QUEUE_SEND = 1, /* "send": the Send Queue */
	CONTROL_QUEUE_RESEND,	/* "resend": the Resend Queue */
	CONTROL_QUEUES,		/* one more than the last; not a queue */
};

/* A source is path with a descriptor beside it, or the path of the definition. */
struct control_send {
	char path[HFT_PATH_BYTES];	 /* absolute, for logs and reopening; "-" = a stream that
					  * was handed over; "" = that of the definition */
	char host[HFT_HOST_BYTES];	 /* "" = those of the definition or group */
	char group[HFT_GROUP_BYTES];	 /* "" = none */
	char name[HFT_NAME_BYTES];	 /* destination name; "" = the receiver's definition */
	char file_id[HFT_FILE_ID_BYTES]; /* "" = ad hoc */
	uint16_t priority;		 /* 1..256, small first; 0 = that of the definition */
	bool detach;			 /* ends after QUEUED */
	bool from_start;		 /* ignores the checkpoint */
	uint32_t lanes;			 /* 1..HFT_LANES_MAX; 0 = the host's */
	uint32_t wait_s;		 /* end with 8 or 5 after so long; 0 = no limit */
	uint64_t limit_rate_bytes;	 /* bytes a second; 0 = the host's */
};

struct control_watch {
	struct id id;  /* zero = every transfer, until the client goes */
	bool has_tail; /* what already happened comes first: its last event */
};

struct control_list {
	enum control_queue which; /* queue to list */
	uint64_t after;		  /* key of the last row seen; 0 = from the beginning */
};

/* Selects rows by all that is set; nothing set selects nothing (-EINVAL). */
struct control_select {
	enum control_queue which;	    /* 0 = both; list_no means the Resend Queue */
	struct id ids[HFT_CONTROL_IDS_MAX]; /* transfer ids */
	uint32_t id_count;		    /* ids in use; 0 = any */
	uint64_t list_no;		    /* 0 = any */
	char host[HFT_HOST_BYTES];	    /* "" = any */
	char file_id[HFT_FILE_ID_BYTES];    /* "" = any */
};

struct control_change {
	struct control_select select; /* which rows */
	uint16_t priority;	      /* 1..256; 0 = leave it */
	uint64_t limit_rate_bytes;    /* a second; 0 = no limit; CONTROL_RATE_LEAVE */
};

struct control_cancel {
	struct id id; /* never zero */
	bool drop;    /* leaves no record in the Resend Queue */
};

struct control_log {
	enum log_kind kind;		 /* 0 = every kind */
	bool follow;			 /* goes on with rows as they are written, without end */
	bool by_status;			 /* only rows of status */
	uint16_t status;		 /* with by_status */
	uint64_t since_wall_ns;		 /* ended then or later; 0 = all; kept to the ms */
	uint64_t after;			 /* sequence of the last row seen; 0 = from the beginning */
	char host[HFT_HOST_BYTES];	 /* "" = any */
	char file_id[HFT_FILE_ID_BYTES]; /* "" = any */
};

/* All records of the Resend Queue that are not taken, narrowed by what is set. */
struct control_resend {
	uint64_t list_no;		 /* 0 = any */
	char host[HFT_HOST_BYTES];	 /* "" = any */
	char file_id[HFT_FILE_ID_BYTES]; /* "" = any */
	bool from_start;		 /* ignores the checkpoint */
	bool detach;			 /* ends when all are queued */
	uint32_t wait_s;		 /* as in control_send */
};

struct control_host_check {
	char host[HFT_HOST_BYTES]; /* configured name */
};

struct control_request {
	enum control_request_kind kind; /* which member counts */
	union {
		struct control_send send;	 /* SEND */
		struct control_watch watch;	 /* WATCH */
		struct control_list list;	 /* QUEUE_LIST */
		struct control_select select;	 /* QUEUE_SHOW, QUEUE_REMOVE */
		struct control_change change;	 /* QUEUE_CHANGE */
		struct control_cancel cancel;	 /* CANCEL */
		struct control_log log;		 /* LOG */
		struct control_resend resend;	 /* RESEND */
		struct control_host_check check; /* HOST_CHECK */
	};
};

/* Makes it a request of that kind with every field "nothing". */
void control_request_init(struct control_request *request, enum control_request_kind kind);

/* The word of the kind, "queue-list". Requires a valid kind. */
const char *control_request_name(enum control_request_kind kind);

/* Writes the line with its newline, without a NUL. -EINVAL when a text is not UTF-8, a number
 * is out of its range or a field that must be there is "nothing"; -ENOBUFS when capacity is
 * too small (HFT_CONTROL_LINE_BYTES never is); -ENOMEM. On failure *ret_bytes is
 * untouched and line undefined. */
HFT_MUST_USE int control_request_encode(const struct control_request *request, char *line,
					size_t capacity, size_t *ret_bytes);

/* Reads `bytes` bytes of one line, with or without its newline; any content is allowed. Returns 0,
 * -EINVAL for a line that cannot be understood, -EOPNOTSUPP for an unknown request or
 * version, -ENOMEM. On failure *ret_request is untouched and sentence says why, for
 * people. */
HFT_MUST_USE int control_request_decode(const char *line, size_t bytes,
					struct control_request *ret_request,
					char sentence[HFT_SENTENCE_BYTES]);
