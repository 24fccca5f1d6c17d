/* SPDX-License-Identifier: Apache-2.0 */
/* control_api.h -- what the control socket's requests mean: the verbs of `hft` on the engine's
 * side.
 *
 * Takes decoded requests from control_server, asks request_host, the journal and the movers, and
 * tells the clients. It decides nothing about transfers. One task per client, allocated
 * when the client comes and freed when it has gone. */
#ifndef HFT_DAEMON_CONTROL_API_H
#define HFT_DAEMON_CONTROL_API_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "daemon/control_loop.h"
#include "daemon/control_server.h"
#include "daemon/host_check.h"
#include "daemon/request_host.h"
#include "daemon/snapshot.h"
#include "io/features.h"

/* Rows asked of the journal at once. */
#define API_PAGE_ROWS 16

struct control_api {
	struct engine *engine;
	struct control_server *server;
	struct list tasks;	  /* struct api_task */
	uint64_t changes;	  /* `hft queue change` requests so far; marks entries */
	uint64_t started_wall_ns; /* when the engine began, for status */
	const char *io_demotion;  /* why not io_uring; "" */
	struct features features; /* what the kernel lets us do, asked once */
};

/* One client and the request it has running. */
struct api_task {
	struct list_node node; /* in api->tasks */
	struct control_api *api;
	struct control_client *client; /* NULL = gone; the task waits for what is in flight */
	struct control_request request;
	bool runs;   /* a request is not yet ended */
	bool asking; /* the journal, a mover or a host has our question */
	/* SEND, RESEND, WATCH: the transfers it is told about. */
	bool watches_all;
	struct id watched[HFT_CONTROL_IDS_MAX];
	uint32_t watched_count; /* of them not over: `open_count` */
	uint32_t open_count;
	int exit_code; /* of the first that failed */
	char sentence[HFT_SENTENCE_BYTES];
	struct timer timer; /* --wait, log --follow */
	/* Lists. */
	struct journal_request journal;
	uint64_t count;		/* rows changed or removed */
	uint64_t removed_after; /* list number up to which queue remove has come */
	union {
		struct queue_row queue[API_PAGE_ROWS];
		struct resend_row resend[API_PAGE_ROWS];
		struct log_row log[API_PAGE_ROWS];
	} rows;
	struct engine_snapshot snapshot;
	struct host_check check;
	struct control_event event; /* scratch: too large for a stack */
};

/* Opens the control socket and begins to listen, on the control loop of `engine`. */
HFT_MUST_USE int control_api_new(struct engine *engine, const char *socket_path,
				 struct control_api **ret_api, char *sentence,
				 size_t sentence_bytes);
/* Stops listening and drops the clients; dispatch until control_api_is_closed(). */
void control_api_close(struct control_api *api);
bool control_api_is_closed(const struct control_api *api);
/* Requires that it is closed. Accepts NULL. */
void control_api_free(struct control_api *api);

/* For the parts (api_*.c): ends the running request of a task. */
void api_end(struct api_task *task, int exit_code, const char *sentence);
/* Frees the task when its client is gone and nothing is in flight. Last thing a callback does. */
void api_settle(struct api_task *task);
/* Sends task->event. */
void api_tell(struct api_task *task);

#endif
