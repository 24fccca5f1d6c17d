/* SPDX-License-Identifier: Apache-2.0 */
/* request_host.h -- carries out what the request decider decides: journal, schedule, movers, news.
 *
 * One entry per request that is not over. Nothing is told about a request before the records
 * that make it true are durable: the decider asks for a commit and waits. */
#ifndef HFT_DAEMON_REQUEST_HOST_H
#define HFT_DAEMON_REQUEST_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/control_loop.h"
#include "daemon/send_task.h"

struct request_entry {
	struct list_node node; /* in control->requests */
	struct control *control;
	const struct config_host *host;
	struct request request;
	struct schedule_entry place; /* in the Send Queue */
	struct timer timer;	     /* the request's deadline */
	struct send_task task;
	uint32_t session_epoch; /* highest of all tries since the engine started */
	bool task_runs;		/* the task is with a mover */
	bool running;		/* inside entry_run() */
	bool ended;		/* REQUEST_DO_END was taken */
	uint32_t holds;		/* commits in flight */
	bool stream_touched;	/* source_fd is a stream that was read from: of no more use */
	int source_fd;		/* handed over by the caller; -1 = open by path */
	struct journal_request commit;	   /* the one in flight */
	struct request_commit content;	   /* what `commit` points to */
	struct queue_row row;		   /* likewise */
	struct transfer_progress progress; /* the latest numbers */
	uint64_t moved_bytes;		   /* payload moved by all attempts that ended */
	uint64_t noticed_ms;  /* how long the latest loss took to be noticed; 0 = none */
	uint64_t change_mark; /* the `hft queue change` that has seen it; 0 = none */
	void *watchers;	      /* the observer's own */
};

/* A new request. Its id is told by NEWS_QUEUED, when it is durable. Owns source_fd (-1 = none).
 * -ENOSPC: the queue is full; -ENOENT: no such host. */
HFT_MUST_USE int request_host_accept(struct control *control, const struct queue_row *row,
				     int source_fd, struct request_entry **ret_entry);
/* A row found in the journal at start. Errors are logged; the row stays. */
void request_host_recover(struct control *control, const struct queue_row *row);
/* NULL when there is none. */
struct request_entry *request_host_find(struct control *control, const struct id *transfer_id);
void request_host_cancel(struct request_entry *entry, const char *by, bool drop);
/* `hft queue change`, in memory: priority 0 = leave it. The caller commits the row. False, and
 * nothing changed, while a commit of the request is in flight. */
bool request_host_change(struct request_entry *entry, uint16_t priority, uint64_t limit_rate_bytes);
/* A mover reports. */
void request_host_report(struct control *control, struct mover_report *report);
/* Gives free slots to waiting requests. */
void request_host_fill_slots(struct control *control);

#endif
