/* SPDX-License-Identifier: Apache-2.0 */
/* request.h -- DECIDES the life of one send request: queue, tries, transfer, result, log.
 *
 * A request (one transfer id) has one or more attempts, each with a Send Log record; an
 * eligible failure starts a cycle of waiting and connect tries on the retry grid (schedule/retry.h
 * gives the numbers through the host, since deciders do not include each other). States are those
 * of D-17. It has no clock and no descriptor; what must be durable before the next step goes out as
 * REQUEST_COMMIT and the request waits for REQUEST_COMMITTED (D-229).
 *
 * Way: NEW -> QUEUED -> CONNECTING -> SENDING -> [AUTO_WAIT -> SENDING ...] -> ENDING -> ENDED. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "record/log_row.h"
#include "record/outcome.h"
#include "record/queue_row.h"
#include "record/resume_reason.h"

/* What the configuration says for this request's host; times in nanoseconds. */
struct request_rules {
	uint64_t retry_interval_ns;  /* R, retrytime */
	uint32_t retry_count;	     /* C, retrycnt */
	uint32_t auto_resend_count;  /* N, sockerr_autoretry; taken into the row at accept */
	uint64_t connect_timeout_ns; /* bound of one try (D-113) */
	bool retry_on_busy;	     /* 516 counts as a failed try */
	bool early_reconnect;	     /* on-sign (D-123) */
	char node[HFT_HOST_BYTES];
	uint64_t owner_epoch;
};

enum request_event_kind {
	REQUEST_ACCEPT,	   /* new; from the CLI, the row is filled in */
	REQUEST_RECOVER,   /* the row was found in the journal at start (D-117, D-219: as crashed,
			      916-0) */
	REQUEST_COMMITTED, /* the commit asked for is durable, or error */
	REQUEST_SLOT,	   /* schedule gave a slot */
	REQUEST_CONNECTED, /* the receiver accepted the offer of this try */
	REQUEST_TRY_ENDED, /* the try or attempt is over: outcome, connected or not, progress */
	REQUEST_SIGN,	   /* the host showed itself ready (D-123) */
	REQUEST_CANCEL,	   /* `hft cancel`, with --drop or not */
	REQUEST_TICK,	   /* time has come to the wanted deadline, or passed */
};

/* What an attempt achieved, for the Send Log. */
struct attempt_result {
	bool connected; /* the offer was accepted */
	struct outcome outcome;
	uint64_t bytes_total;
	uint64_t bytes_sent;	/* payload moved */
	uint64_t bytes_skipped; /* durable before */
	uint64_t bytes_durable;
	uint64_t bytes_resent;
	uint64_t noticed_ms;
	enum resume_reason reason; /* why not from the checkpoint */
	struct digest digest;	   /* of the file, with 0-0 */
	char address[HFT_ADDRESS_BYTES];
	char final_name[HFT_NAME_BYTES];
};

struct request_event {
	enum request_event_kind kind;
	int error;	  /* COMMITTED */
	bool drop;	  /* CANCEL: no Resend Queue record */
	const char *by;	  /* CANCEL: who, for the sentence of 901-0 */
	uint64_t list_no; /* COMMITTED: number given to the resend row of that commit; 0 = none */
	const struct attempt_result *result; /* TRY_ENDED */
};

enum request_action_kind {
	REQUEST_DO_COMMIT,    /* request_take_commit() says what; -> REQUEST_COMMITTED */
	REQUEST_DO_WANT_SLOT, /* queue me -> REQUEST_SLOT; `ahead`: before unsent records (D-54,
				 D-55) */
	REQUEST_DO_FREE_SLOT,
	REQUEST_DO_TRY, /* one connect try, and the transfer if it connects; `deadline_ns` bounds
			   the try */
	REQUEST_DO_STOP_TRY, /* cancel what runs, with `outcome` */
	REQUEST_DO_ANNOUNCE, /* tell watchers: `news` */
	REQUEST_DO_END,	     /* nothing follows; the host may forget the request */
};

/* News for watchers; names of the JSON events (interface.md section 5). */
enum request_news {
	NEWS_QUEUED,
	NEWS_STARTED,
	NEWS_WAITING, /* auto-wait entered, or between first connect tries: plan in the request */
	NEWS_RESUMED,
	NEWS_COMPLETED,
	NEWS_FAILED, /* ended without success: list number in the row, if it went to the Resend
			Queue */
};

struct request_action {
	enum request_action_kind kind;
	bool ahead;
	uint64_t deadline_ns;
	enum request_news news;
	struct outcome outcome; /* STOP_TRY; ANNOUNCE: the last outcome */
};

/* One commit: all of it or nothing. */
struct request_commit {
	bool put_row;
	bool remove_row;
	bool add_log;
	bool put_resend;	 /* the journal gives the list number */
	bool forget_checkpoint;	 /* sender checkpoint and digests of this transfer */
	uint64_t remove_list_no; /* the Resend Queue record this was resent from; 0 = none */
	struct log_row log;
	struct resend_row resend;
};

/* The plan of an auto-wait, for log, queue and people (D-120). */
struct request_plan {
	uint32_t cycle;	       /* n of N */
	uint32_t cycles;       /* N */
	uint64_t first_try_ns; /* on the loop's clock */
	uint64_t last_try_ns;
	uint32_t next_try; /* k of the next one */
	uint32_t tries;	   /* C + 1 */
};

/* Public in the struct: the host reads row and state, never writes them after init. */
struct request {
	struct queue_row row;
	struct request_rules rules;
	enum queue_state state; /* the states of D-17 */
	struct request_plan plan;
	struct attempt_result last; /* of the latest try */
	uint64_t bytes_resent;	    /* payload moved more than once, over all attempts */
	uint64_t noticed_ms;	    /* how long the latest loss took to be noticed; 0 = none */
	uint64_t list_no;	    /* given at the end; 0 = none */
	struct {
		uint64_t t0_ns;	  /* start of grid */
		uint64_t next_ns; /* deadline for TICK; UINT64_MAX = none */
		uint32_t pending; /* actions waiting, as bits and small numbers: see request.c */
		uint32_t step;
		bool has_slot;
		bool try_runs;
		bool commit_runs;
		bool cancelled;
		bool cancel_drop;
		struct request_commit commit;
		struct request_action queue[8];
		uint32_t queue_head, queue_count;
		uint64_t wall_offset_ns; /* wall minus loop clock at start, to store t0 as wall time
					  */
		uint64_t attempt_started_wall_ns;
	} inner;
};

/* Puts a request together around a row; then hand it REQUEST_ACCEPT or REQUEST_RECOVER. */
void request_init(struct request *request, const struct queue_row *row,
		  const struct request_rules *rules, uint64_t now_ns, uint64_t wall_ns);
void request_handle(struct request *request, const struct request_event *event, uint64_t now_ns);
bool request_next_action(struct request *request, struct request_action *ret_action);
uint64_t request_deadline_ns(const struct request *request);
/* The host changed priority or rate in the row: have it committed again as soon as no other commit
 * runs. */
void request_store(struct request *request);
/* For REQUEST_DO_COMMIT. */
void request_take_commit(struct request *request, struct request_commit *ret_commit);
/* "queued", "started", "waiting" ...: names of the JSON events. */
const char *request_news_name(enum request_news news);
/* "queued", "connecting", "sending", "auto-wait" ... */
const char *request_state_name(const struct request *request);
