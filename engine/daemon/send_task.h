/* SPDX-License-Identifier: Apache-2.0 */
/* send_task.h -- one try of one request, as it travels from control to a mover and back.
 *
 * Control fills it in, posts ORDER_SEND and keeps its hands off, except for ORDER_CANCEL, until the
 * `ended` report comes back. */
#ifndef HFT_DAEMON_SEND_TASK_H
#define HFT_DAEMON_SEND_TASK_H

#include <stdatomic.h>
#include <stdbool.h>

#include "daemon/config.h"
#include "daemon/mover.h"
#include "request/request.h"
#include "transfer/sender.h"

enum mover_report_kind {
	REPORT_CONNECTED,    /* the offer was accepted */
	REPORT_PROGRESS,     /* numbers in `progress`; at most 10 a second */
	REPORT_CANCEL_TAKEN, /* ORDER_CANCEL was carried out; the mover has let go of it */
	REPORT_ENDED,	     /* `result` is filled in; the task is control's again */
	REPORT_CHECK,	     /* a host_check is over */
	REPORT_SNAPSHOT,     /* an engine_snapshot is filled in */
};

/* From a mover to control; embedded like orders. */
struct mover_report {
	enum mover_report_kind kind;
	void *subject; /* by kind */
};

struct send_task {
	/* Filled in by control. */
	struct sender_settings settings;
	const struct config_host *host;
	int source_fd; /* open source lent to the mover; -1 = open settings.source_path */
	uint32_t uid;  /* who must be allowed to read a source opened by path */
	uint32_t gid;
	uint32_t mover; /* index of the mover it runs on */
	bool as_user;	/* a source opened by path is opened with that user's rights */
	void *owner;	/* control's own */
	struct outcome cancel_outcome; /* with ORDER_CANCEL */
	struct mover_order start;
	struct mover_order cancel;
	bool ended_came;    /* control's own note: REPORT_ENDED came */
	bool cancel_posted; /* likewise: ORDER_CANCEL went out */
	bool cancel_seen;   /* likewise: REPORT_CANCEL_TAKEN came */
	/* Filled in by the mover. */
	struct mover_report connected;
	struct transfer_progress at_connect; /* the numbers when it connected */
	struct mover_report progress_report;
	struct mover_report cancel_taken;
	struct mover_report ended;
	atomic_bool progress_posted; /* true while progress belongs to control */
	struct transfer_progress progress;
	struct attempt_result result;
	bool stream_touched;	/* bytes of a stream were taken: it cannot be read again */
	uint64_t peer_epoch;	/* owner epoch the receiver showed; 0 = none */
	uint32_t session_epoch; /* highest that was shown to it */
	void *session;		/* the mover's own */
};

#endif
