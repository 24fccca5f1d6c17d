/* SPDX-License-Identifier: Apache-2.0 */
/* request_rig.h -- a host for one request decider, without a journal, a network or a clock.
 *
 * It takes every action, remembers what it saw, and asserts what holds always: one commit and one
 * try at a time, no promise before its commit, slots given back once, attempts logged once each
 * and without gaps, nothing left running at the end. */
#ifndef HFT_TESTS_REQUEST_RIG_H
#define HFT_TESTS_REQUEST_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "request/request.h"

#define RIG_SECOND   UINT64_C(1000000000)
#define RIG_WALL_NS  (UINT64_C(1700000000) * RIG_SECOND) /* wall clock when the loop's is 0 */
#define RIG_NEWS_MAX 64

struct request_rig {
	struct request request;	     /* under test */
	struct request_rules rules;  /* given to it; R = 30 s, C = 5, N = 2, 10 s for a try */
	uint64_t now_ns;	     /* the loop's clock */
	uint64_t wall_ns;	     /* wall clock when the loop's was 0 */
	bool holds_commits;	     /* commits wait for rig_commit(); false = done at once */
	bool commit_open;	     /* asked for and not answered */
	bool try_open;		     /* a try runs */
	bool stop_asked;	     /* and shall be cancelled */
	bool want_open;		     /* waits for a slot */
	bool want_ahead;	     /* before unsent ones */
	bool slot_held;		     /* has a slot */
	bool ended;		     /* DO_END came */
	bool was_durable;	     /* a row was committed at least once */
	bool row_present;	     /* the Send Queue has the row */
	struct queue_row row;	     /* as the Send Queue has it */
	struct queue_row taken_row;  /* as it goes with the open commit */
	struct request_commit taken; /* the open commit, or the last one */
	uint32_t commits;	     /* that succeeded */
	uint32_t tries;		     /* started */
	uint64_t try_started_ns;     /* start of the last one */
	uint64_t try_deadline_ns;    /* and its bound */
	uint32_t logs;		     /* Send Log records */
	struct log_row log;	     /* the last one */
	uint32_t attempts_logged;    /* the highest attempt among them */
	uint32_t resends;	     /* Resend Queue records made */
	struct resend_row resend;    /* the last one */
	uint64_t removed_list_no;    /* record taken out; 0 = none */
	bool checkpoint_forgotten;   /* by a commit */
	struct outcome stop_outcome; /* of DO_STOP_TRY */
	enum request_news news[RIG_NEWS_MAX]; /* in order */
	uint64_t news_ns[RIG_NEWS_MAX];	      /* when */
	uint32_t news_count;		      /* how many */
	struct outcome news_outcome;	      /* of the last one */
};

/* A rig whose clock says 1000 s, with the rules above. */
void rig_init(struct request_rig *rig);

/* A row as `hft send FILEID --detach` makes it. */
struct queue_row rig_row(void);

/* Hands a row to the request and takes its actions. */
void rig_accept(struct request_rig *rig, const struct queue_row *row);
void rig_recover(struct request_rig *rig, const struct queue_row *row);

/* Ends the engine and starts it again after down_ns; the loop's clock goes on, the rules may have
 * been changed before. An open commit is lost. Requires a row in the queue. */
void rig_restart(struct request_rig *rig, uint64_t down_ns);

/* Makes the open commit durable without an answer: to be followed by rig_restart(), or by nothing
 * if there is no row any more. */
void rig_land_commit(struct request_rig *rig);

/* Answers the open commit. */
void rig_commit(struct request_rig *rig, int error);
/* Gives the slot that is waited for. */
void rig_slot(struct request_rig *rig);
void rig_connect(struct request_rig *rig);
/* The try is over with this outcome. `peer_detail` is the peer's, for 250-x. */
void rig_end_try(struct request_rig *rig, bool connected, uint16_t status, uint16_t detail);
void rig_end_peer(struct request_rig *rig, bool connected, uint16_t status, uint16_t detail);
void rig_end_result(struct request_rig *rig, const struct attempt_result *result);
void rig_cancel(struct request_rig *rig, bool drop);
void rig_sign(struct request_rig *rig);

/* Lets time pass to that instant; ticks at every deadline on the way. Stops early, at its instant,
 * when a try starts; true then. */
bool rig_advance(struct request_rig *rig, uint64_t to_ns);

/* From a new row to a try that runs, and to an attempt that is connected. */
void rig_start_try(struct request_rig *rig, const struct queue_row *row);
void rig_start_sending(struct request_rig *rig, const struct queue_row *row);
/* From there to an auto-wait whose t0 is now. */
void rig_start_waiting(struct request_rig *rig, const struct queue_row *row);

/* True when the last news is that. */
bool rig_last_news(const struct request_rig *rig, enum request_news news);

#endif
