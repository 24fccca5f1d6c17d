/* SPDX-License-Identifier: Apache-2.0 */
/* request.h -- DECIDES the life of one send request: queue, tries, transfer, result, log.
 *
 * What it is: a request (one transfer id) has one or more attempts, each with exactly one Send Log
 * record; an eligible failure starts a cycle of waiting and connect tries on the retry grid
 * (retry_grid.h). States are those of D-17. What it is not: it has no clock and no descriptor, it
 * moves no bytes (transfer/sender.h does) and gives no slots (schedule/schedule.h).
 * Its one idea: what must be durable before the next step goes out as REQUEST_DO_COMMIT, and the
 * request waits for REQUEST_COMMITTED (D-229); there is never more than one commit and one try.
 *
 * Way: queued -> connecting -> sending -> [auto-wait -> sending ...] -> end. An attempt's number
 * is begun when its first connect is, or with the first try of an auto-wait: tries that fail are
 * no attempts of their own, but a cycle that ends without a connection leaves one record. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "record/log_row.h"
#include "record/outcome.h"
#include "record/queue_row.h"
#include "record/resume_reason.h"
#include "request/retry_grid.h"

/* What the configuration says for this request's host; times in nanoseconds. */
struct request_rules {
	uint64_t retry_interval_ns;  /* R, retrytime */
	uint32_t retry_count;	     /* C, retrycnt */
	uint32_t auto_resend_count;  /* N, sockerr_autoretry; taken into the row at accept */
	uint64_t connect_timeout_ns; /* bound of one try (D-113) */
	bool retry_on_busy;	     /* 516 counts as a failed try */
	bool early_reconnect;	     /* on-sign (D-123) */
	char node[HFT_HOST_BYTES];   /* for the log */
	uint64_t owner_epoch;	     /* of the journal, for the log */
};

enum request_event_kind {
	REQUEST_ACCEPT,	   /* new; the row is filled in */
	REQUEST_RECOVER,   /* the row was found in the journal at start (D-117, D-219) */
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
	bool connected;			 /* the offer was accepted */
	struct outcome outcome;		 /* how it ended */
	uint64_t bytes_total;		 /* size of the source; UINT64_MAX = not known */
	uint64_t bytes_sent;		 /* payload moved */
	uint64_t bytes_skipped;		 /* durable before */
	uint64_t bytes_durable;		 /* at the receiver, in all */
	uint64_t bytes_resent;		 /* moved although moved before */
	uint64_t noticed_ms;		 /* silence until the loss was noticed; 0 = no loss */
	enum resume_reason reason;	 /* why not from the checkpoint */
	struct digest digest;		 /* of the file, with 0-0 */
	char address[HFT_ADDRESS_BYTES]; /* where it was connected; "" = it was not */
	char final_name[HFT_NAME_BYTES]; /* under which it was published; "" = it was not */
};

struct request_event {
	enum request_event_kind kind; /* which of the others count */
	int error;		      /* COMMITTED: 0 or negative errno */
	bool drop;		      /* CANCEL: no Resend Queue record */
	const char *by;		      /* CANCEL: who, for the sentence of 901-0 */
	uint64_t list_no; /* COMMITTED: number given to the resend row of that commit; 0 = none */
	const struct attempt_result *result; /* TRY_ENDED */
};

enum request_action_kind {
	REQUEST_DO_COMMIT,    /* request_take_commit() says what; -> REQUEST_COMMITTED */
	REQUEST_DO_WANT_SLOT, /* queue me -> REQUEST_SLOT; `ahead`: before unsent ones (D-54) */
	REQUEST_DO_FREE_SLOT, /* the slot that REQUEST_SLOT gave is free again */
	REQUEST_DO_TRY,	     /* one connect try by `deadline_ns`, and the transfer if it connects */
	REQUEST_DO_STOP_TRY, /* cancel what runs, with `outcome`; -> REQUEST_TRY_ENDED all the same
			      */
	REQUEST_DO_ANNOUNCE, /* tell watchers: `news` */
	REQUEST_DO_END, /* nothing follows; the host may forget the request, and takes it out of
			 * the queue if it still waits there */
};

/* News for watchers; names of the JSON events (interface.md section 5). */
enum request_news {
	NEWS_QUEUED,	/* durable in the queue: the id may be shown */
	NEWS_STARTED,	/* the first attempt connected */
	NEWS_WAITING,	/* auto-wait entered, or a try failed and another follows: see plan */
	NEWS_RESUMED,	/* a later attempt connected */
	NEWS_COMPLETED, /* 0-0 */
	NEWS_FAILED,	/* ended without success; list_no tells if it is in the Resend Queue */
};

struct request_action {
	enum request_action_kind kind; /* which of the others count */
	bool ahead;		       /* WANT_SLOT */
	uint64_t deadline_ns;	       /* TRY, on the loop's clock */
	enum request_news news;	       /* ANNOUNCE */
	struct outcome outcome;	       /* STOP_TRY; ANNOUNCE: the last outcome */
};

/* One commit: all of it or nothing. The row to put is request->row. */
struct request_commit {
	bool put_row;		  /* request->row into the Send Queue */
	bool remove_row;	  /* out of the Send Queue */
	bool add_log;		  /* log counts */
	bool put_resend;	  /* resend counts; the journal gives the list number */
	bool forget_checkpoint;	  /* sender checkpoint and digests of this transfer */
	uint64_t remove_list_no;  /* the Resend Queue record this was resent from; 0 = none */
	struct log_row log;	  /* of the attempt that ended */
	struct resend_row resend; /* what the user may resend */
};

/* Where the request is on its grid, for log, queue and people (D-120). */
struct request_plan {
	uint32_t cycle;	       /* n of N; 0 = first attempt */
	uint32_t cycles;       /* N: cycles begun and those left */
	uint64_t first_try_ns; /* on the loop's clock */
	uint64_t last_try_ns;  /* likewise */
	uint64_t next_try_ns;  /* likewise; UINT64_MAX = none is planned */
	uint32_t next_try;     /* k of the next one */
	uint32_t tries;	       /* C + 1 */
	uint64_t window_ns;    /* from the start to the last try: R + R*C, first connect R*C */
};

/* Actions that wait to be taken. See request.c for why so many suffice. */
#define REQUEST_QUEUE_MAX 8

/* An action without what is the same for all of them. */
struct request_queued {
	enum request_action_kind kind; /* as in request_action */
	enum request_news news;	       /* likewise */
	bool ahead;		       /* likewise */
	uint64_t deadline_ns;	       /* likewise */
};

/* Private to request/: see request_state.h. */
struct request_inner {
	uint32_t step;		  /* enum request_step */
	uint32_t commit_parts;	  /* COMMIT_ bits of the commit that runs or waits */
	struct retry_grid grid;	  /* of this first connect or auto-wait */
	uint32_t next_k;	  /* the grid's next try */
	uint64_t try_started_ns;  /* start of the latest try */
	uint64_t commit_due_ns;	  /* a failed commit is tried again then; UINT64_MAX = no */
	uint64_t commit_pause_ns; /* next pause before trying a commit again */
	uint64_t wall_offset_ns;  /* wall minus loop clock at start */
	uint64_t started_wall_ns; /* start of the attempt, for its log record */
	uint64_t ended_ns;	  /* when its outcome was known: t0 (D-109) */
	uint32_t log_cycle;	  /* cycle of the attempt that is being logged */
	uint32_t log_attempt;	  /* its number; 0 = none was begun */
	bool attempt_open;	  /* row.core.attempts is begun and not yet logged */
	bool is_waited_for;	  /* ad hoc, and somebody waits: one try only (D-22) */
	bool has_slot;		  /* to be given back */
	bool wants_slot;	  /* asked for and not yet given */
	bool try_runs;		  /* between TRY and TRY_ENDED */
	bool commit_runs;	  /* between COMMIT and COMMITTED */
	bool is_cancelled;	  /* `cancel` says by whom */
	bool cancel_drop;	  /* and leaves no record */
	bool sign_used;		  /* the extra try before this grid point was made (D-123) */
	struct outcome cancel;	  /* 901-0 */
	struct request_queued queue[REQUEST_QUEUE_MAX]; /* ring of actions */
	uint32_t queue_head;				/* the oldest one */
	uint32_t queue_count;				/* how many wait */
};

/* The host reads it, and never writes after init. */
struct request {
	struct queue_row row;	    /* as it is, or will be with the next commit, in the journal */
	struct request_rules rules; /* of the host it goes to */
	enum queue_state state;	    /* the states of D-17; equal to row.state */
	struct request_plan plan;   /* valid in connecting and auto-wait */
	struct attempt_result last; /* of the latest try or attempt */
	uint64_t list_no;	    /* given at the end; 0 = none */
	struct request_inner inner; /* nobody else's */
};

/* Puts a request together around a row, both copied with the rules; then hand it REQUEST_ACCEPT
 * or REQUEST_RECOVER. now_ns is the loop's clock, wall_ns the wall clock at that moment. Requires
 * rules->connect_timeout_ns > 0. */
void request_init(struct request *request, const struct queue_row *row,
		  const struct request_rules *rules, uint64_t now_ns, uint64_t wall_ns);

/* Takes one event. Events that make no sense in the present state are ignored: they are late. */
void request_handle(struct request *request, const struct request_event *event, uint64_t now_ns);

/* The next action, built into *ret_action; false, and *ret_action untouched, when there is none.
 * To be drained after each event, before the next. */
bool request_next_action(struct request *request, struct request_action *ret_action);

/* When REQUEST_TICK is wanted at the latest; UINT64_MAX = not at all. */
uint64_t request_deadline_ns(const struct request *request);

/* `hft queue change`: a new priority (0 = leave it) and rate in the row; they hold from the next
 * try on. The host commits the row. Requires that no commit of the request runs. */
void request_change(struct request *request, uint16_t priority, uint64_t limit_rate_bytes);

/* For REQUEST_DO_COMMIT, before the next event: what is to be committed, with request->row. */
void request_take_commit(struct request *request, struct request_commit *ret_commit);

/* "queued", "started", "waiting" ...: names of the JSON events. */
const char *request_news_name(enum request_news news);

/* "queued", "connecting", "sending", "auto-wait", and "ended" when it is over. */
const char *request_state_name(const struct request *request);
