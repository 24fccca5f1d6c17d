/* SPDX-License-Identifier: Apache-2.0 */
/* hft.h -- libhft: ask a running hft-engine on this host from C.
 *
 * A handle is one connection to the engine and carries one request at a time: a call below
 * starts the request, hft_next_event() then gives its events until HFT_EVENT_END, whose
 * exit code (hft/status.h) is the result, and the next request may follow. What shall
 * happen at the same time takes a second handle; to cancel a transfer that is watched, for
 * example.
 *
 * Functions that return int return 0 or a negative errno, and hft_sentence() says what went
 * wrong, for people. Handles are independent of each other; one handle is used by one thread
 * at a time. No signal is raised (SIGPIPE is suppressed), no thread started, nothing
 * written anywhere.
 *
 *	struct hft *hft = NULL;
 *	struct hft_send_options options = {.path = "/data/a", .host = "tokyo", .name = "a"};
 *	const struct hft_event *event = NULL;
 *
 *	if (hft_open(NULL, &hft) < 0 || hft_send(hft, &options, fd) < 0)
 *		...
 *	while (hft_next_event(hft, -1, &event) == 0 && event->kind != HFT_EVENT_END)
 *		printf("%s\n", event->json);
 *	hft_close(hft); */
#ifndef HFT_HFT_H
#define HFT_HFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>
#include <hft/status.h>
#include <hft/version.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hft; /* a handle */

/* A number that may well be 0 and is not known. */
#define HFT_UNKNOWN UINT64_MAX

/* What an event tells; the fields that count are named with each. */
enum hft_event_kind {
	HFT_EVENT_OTHER = 0,  /* of a newer engine: only json */
	HFT_EVENT_QUEUED,     /* the transfer is durable in the queue: transfer */
	HFT_EVENT_STARTED,    /* an attempt connected: transfer */
	HFT_EVENT_PROGRESS,   /* more is durable at the receiver: transfer */
	HFT_EVENT_SUSPECT,    /* the peer is silent: transfer */
	HFT_EVENT_LOST,	      /* the session is gone: transfer */
	HFT_EVENT_WAITING,    /* until the next try: transfer */
	HFT_EVENT_RESUMED,    /* goes on: transfer */
	HFT_EVENT_VERIFIED,   /* whole and the same over there: transfer */
	HFT_EVENT_PUBLISHED,  /* under its final name: transfer */
	HFT_EVENT_COMPLETED,  /* done: transfer */
	HFT_EVENT_FAILED,     /* ended without success: transfer */
	HFT_EVENT_QUEUE_ROW,  /* of the Send Queue: transfer, row */
	HFT_EVENT_RESEND_ROW, /* of the Resend Queue: transfer, row */
	HFT_EVENT_LOG_ROW,    /* of a log: transfer, row */
	HFT_EVENT_HOST,	      /* a configured host: host */
	HFT_EVENT_STATUS,     /* of the engine: status */
	HFT_EVENT_IDENTITY,   /* of the engine: identity */
	HFT_EVENT_END,	      /* the request is over: end */
};

/* About a transfer. Texts are never NULL, "" is "nothing". */
struct hft_transfer {
	const char *id;		/* 32 hexadecimal digits */
	const char *file_id;	/* "" = ad hoc */
	const char *host;	/* the other host */
	const char *address;	/* where it is connected */
	const char *path;	/* source here; receiving: final path here */
	const char *name;	/* name over there */
	const char *sentence;	/* outcome or reason, for people */
	const char *outcome;	/* name of the outcome, "connect-failed"; "" = none yet */
	const char *reason;	/* why it did not continue from its checkpoint */
	const char *digest;	/* of the file, 32 hexadecimal digits */
	bool receiving;		/* it comes in */
	bool has_outcome;	/* status, detail and exit count */
	uint16_t status;	/* enum hft_status */
	uint16_t detail;	/* enum hft_detail, or the peer's status */
	uint16_t peer_detail;	/* the peer's own detail for 250 and 917 */
	int exit;		/* what hft exits with for it */
	uint16_t priority;	/* 1..256; 0 = not told */
	uint16_t verdict;	/* 961..965; 0 = none */
	uint32_t attempt;	/* from 1; 0 = none yet */
	uint32_t noticed_ms;	/* silence until a loss was noticed; 0 = no loss */
	uint32_t cycle;		/* waiting: auto resend cycle */
	uint32_t cycles;	/* waiting: of so many */
	uint32_t next_try;	/* waiting: number of the next try; 0 = not told */
	uint32_t tries;		/* waiting: of so many */
	uint64_t list_no;	/* in the Resend Queue as this; 0 = it is not */
	uint64_t resend_of;	/* taken from this record of the Resend Queue; 0 = none */
	uint64_t time_ns;	/* of the event, since 1970; 0 = not told */
	uint64_t next_ns;	/* waiting: when the next try is, since 1970; 0 = not told */
	uint64_t until_ns;	/* waiting: when the last one is; 0 = not told */
	uint64_t bytes;		/* durable at the receiver, or HFT_UNKNOWN */
	uint64_t bytes_total;	/* size, or HFT_UNKNOWN: a stream */
	uint64_t bytes_sent;	/* moved in this attempt, or HFT_UNKNOWN */
	uint64_t bytes_skipped; /* durable before, or HFT_UNKNOWN */
	uint64_t bytes_resent;	/* moved although moved before, or HFT_UNKNOWN */
	uint64_t rate_bytes;	/* a second, or HFT_UNKNOWN */
	uint64_t eta_s;		/* seconds left, or HFT_UNKNOWN */
	uint64_t duration_ms;	/* of all of it, or HFT_UNKNOWN */
};

/* What a row has beyond that. */
struct hft_row {
	const char *state;	   /* queue: "queued", "connecting", "sending", "auto-wait" ... */
	const char *kind;	   /* queue: "send", "resend"; log: "send", "receive" ... */
	const char *requester;	   /* user who asked */
	bool taken;		   /* Resend Queue: being resent now */
	uint64_t sequence;	   /* log: key of the row */
	uint64_t accepted_ns;	   /* queues: when it was asked for, since 1970; 0 = not told */
	uint64_t started_ns;	   /* log: start of the attempt, since 1970 */
	uint64_t ended_ns;	   /* log, Resend Queue: its end, since 1970 */
	uint64_t limit_rate_bytes; /* queues: a second; 0 = no limit */
};

/* About a configured host. */
struct hft_host {
	const char *name;      /* as configured */
	const char *addresses; /* with commas */
	const char *address;   /* check: that answered; "" = none */
	const char *sentence;  /* check: what was seen */
	bool plain;	       /* security = plain */
	bool checked;	       /* the check fields count */
	bool reachable;	       /* check: it answered as itself, and is ready */
	uint16_t receive_port; /* theirs */
	uint16_t verdict;      /* check: 961..965; 0 = none */
	uint32_t fingerprints; /* pinned keys */
	uint32_t sending;      /* transfers under way to it */
	uint32_t receiving;    /* and from it */
	uint64_t rtt_us;       /* check: of the connect, or HFT_UNKNOWN */
};

/* One thing the engine can or cannot use on this host. */
struct hft_capability {
	const char *name;   /* "io_uring" */
	const char *reason; /* what was seen */
	const char *remedy; /* what would enable it; "" = nothing */
	bool available;	    /* it works */
};

/* About the engine. */
struct hft_engine_status {
	const char *name;	   /* of the engine */
	const char *version;	   /* of the program */
	const char *io;		   /* "uring", "epoll" */
	const char *demotion;	   /* why not uring */
	const char *send;	   /* service: "ready", "off", ... */
	const char *receive;	   /* service */
	const char *observe;	   /* service */
	uint32_t pid;		   /* process */
	uint32_t movers;	   /* threads that move data */
	uint32_t sending;	   /* attempts under way, out */
	uint32_t receiving;	   /* and in */
	uint32_t waiting;	   /* requests that wait for their next try */
	uint16_t receive_port;	   /* 0 = not listening */
	uint16_t observe_port;	   /* 0 = not listening */
	uint16_t probe_port;	   /* 0 = not listening */
	uint32_t capability_count; /* capabilities in use */
	uint64_t started_ns;	   /* since 1970 */
	uint64_t send_queue;	   /* rows */
	uint64_t resend_queue;	   /* rows */
	struct hft_capability capabilities[HFT_CONTROL_CAPABILITIES_MAX]; /* what works here */
};

/* The engine's key. */
struct hft_identity {
	const char *name;	 /* of the engine */
	const char *fingerprint; /* "SHA256:..." */
};

/* The end of a request. */
struct hft_end {
	int exit;	     /* enum hft_exit */
	bool more;	     /* the list goes on: ask again with after */
	uint64_t after;	     /* with more */
	uint64_t count;	     /* rows changed, removed or queued, or HFT_UNKNOWN */
	const char *message; /* "hft: tokyo: ..."; "" = nothing to say */
};

/* All of it is the handle's and valid until the next call with that handle. */
struct hft_event {
	enum hft_event_kind kind;	 /* which of these count */
	const char *json;		 /* the line as the engine sent it, without newline */
	size_t json_bytes;		 /* its length */
	struct hft_transfer transfer;	 /* see the kind */
	struct hft_row row;		 /* see the kind */
	struct hft_host host;		 /* HFT_EVENT_HOST */
	struct hft_engine_status status; /* HFT_EVENT_STATUS */
	struct hft_identity identity;	 /* HFT_EVENT_IDENTITY */
	struct hft_end end;		 /* HFT_EVENT_END */
};

/* What to send. Zero it first; NULL and 0 are "as the definition or the host says". */
struct hft_send_options {
	const char *path;	   /* absolute, of the file that source_fd is; "-" = a stream; NULL
				    * with a file id: the engine opens the definition's path */
	const char *host;	   /* receiving host; needed without file_id */
	const char *group;	   /* group of hosts */
	const char *name;	   /* destination name; needed without file_id */
	const char *file_id;	   /* definition; NULL = ad hoc */
	uint16_t priority;	   /* 1..256, small first */
	bool detach;		   /* the request ends when it is durable in the queue */
	bool from_start;	   /* ignores the checkpoint */
	uint32_t lanes;		   /* connections, 1..HFT_LANES_MAX */
	uint32_t wait_s;	   /* the request ends with 8 or 5 after so long */
	uint64_t limit_rate_bytes; /* a second */
};

enum hft_queue {
	HFT_QUEUE_SEND = 1, /* the Send Queue */
	HFT_QUEUE_RESEND,   /* the Resend Queue */
};

enum hft_log {
	HFT_LOG_EVERY = 0, /* all kinds */
	HFT_LOG_SEND,	   /* attempts to send */
	HFT_LOG_RECEIVE,   /* attempts to receive */
	HFT_LOG_OBSERVE,   /* requests of other hosts */
	HFT_LOG_JOB,	   /* runs of jobs */
};

/* Rows of queues: those that fit all that is set. Zero it first. */
struct hft_selection {
	enum hft_queue queue;		      /* 0 = both */
	const char *ids[HFT_CONTROL_IDS_MAX]; /* transfer ids; the first NULL ends them */
	uint64_t list_no;		      /* of the Resend Queue; 0 = any */
	const char *host;		      /* NULL = any */
	const char *file_id;		      /* NULL = any */
};

/* Rows of a log. Zero it first. */
struct hft_log_options {
	enum hft_log kind;   /* which log */
	bool follow;	     /* goes on without end */
	bool by_status;	     /* only rows of status */
	uint16_t status;     /* with by_status */
	uint64_t since_ns;   /* ended then or later, since 1970; 0 = all */
	uint64_t after;	     /* sequence of the last row seen; 0 = from the beginning */
	const char *host;    /* NULL = any */
	const char *file_id; /* NULL = any */
};

/* What to send again. Zero it first. */
struct hft_resend_options {
	uint64_t list_no;    /* 0 = all that fit the rest */
	const char *host;    /* NULL = any */
	const char *file_id; /* NULL = any */
	bool from_start;     /* ignores the checkpoint */
	bool detach;	     /* the request ends when all are queued */
	uint32_t wait_s;     /* as for a send */
};

/* The socket that hft_open() uses for NULL: $HFT_SOCKET; else, for a user other than root,
 * $XDG_RUNTIME_DIR/hft/control.sock if it is there; else /run/hft/control.sock. Returns
 * path, or NULL when it does not fit. */
const char *hft_socket_path(char *path, size_t capacity);

/* Connects to the engine at `socket`, or at hft_socket_path() for NULL. *ret_handle is set also on
 * failure, for hft_sentence(), and is to be closed; NULL only after -ENOMEM. -ENOENT and
 * -ECONNREFUSED: no engine there; -EACCES: this user may not ask. Waits at most
 * a second for an engine whose line of callers is full. */
int hft_open(const char *socket, struct hft **ret_handle);

/* The same over a connected Unix stream socket, which is the handle's from then on, also on
 * failure: for tests, and for programs that get it handed over. -ENOMEM. */
int hft_open_fd(int fd, struct hft **ret_handle);

/* Closes and frees. The work goes on in the engine. NULL is fine. */
void hft_close(struct hft *handle);

/* What went wrong in the last call, for people, without a newline; "" when nothing did. */
const char *hft_sentence(const struct hft *handle);

/* The descriptor, for poll(); it stays the handle's. Call hft_next_event() with timeout 0 until
 * -EAGAIN before each poll(), since events may wait inside the handle. */
int hft_descriptor(const struct hft *handle);

/* Each of the following starts a request: -EBUSY while another runs, -EINVAL for what cannot be
 * asked, -EPIPE when the engine has gone, -ETIMEDOUT when it does not take it within 10 s.
 * Texts in options may go as soon as the call returns. */

/* Sends. source_fd is the opened source; it stays the caller's and may be closed after the call;
 * -1 = the engine opens the definition's path. */
int hft_send(struct hft *handle, const struct hft_send_options *options, int source_fd);

/* News of one transfer until it ends, or of all, without end, when id is NULL. */
int hft_watch(struct hft *handle, const char *id);

/* HFT_EVENT_STATUS, then HFT_EVENT_PROGRESS for each transfer under way. */
int hft_ask_status(struct hft *handle);

/* A page of rows of a queue behind `after`; 0 = the first. */
int hft_queue_list(struct hft *handle, enum hft_queue queue, uint64_t after);

/* The rows selected. */
int hft_queue_show(struct hft *handle, const struct hft_selection *selection);

/* Removes what is queued or waits for a resend; the end says how many. */
int hft_queue_remove(struct hft *handle, const struct hft_selection *selection);

/* Changes priority (0 = leave it) and rate (HFT_UNKNOWN = leave it, 0 = no limit); the end says
 * how many. */
int hft_queue_change(struct hft *handle, const struct hft_selection *selection, uint16_t priority,
		     uint64_t limit_rate_bytes);

/* Stops a transfer, queued or under way; with drop it leaves no record in the Resend Queue. */
int hft_cancel(struct hft *handle, const char *id, bool drop);

/* A page of a log, or with follow all of it and what comes. */
int hft_log_list(struct hft *handle, const struct hft_log_options *options);

/* Sends again from the Resend Queue. */
int hft_resend(struct hft *handle, const struct hft_resend_options *options);

/* The configured hosts. */
int hft_host_list(struct hft *handle);

/* Connects to a host as a transfer would, and tells what was seen. */
int hft_host_check(struct hft *handle, const char *host);

/* The engine's key. */
int hft_ask_identity(struct hft *handle);

/* Has the engine read its configuration again: all of it or none. */
int hft_reload(struct hft *handle);

/* Waits at most timeout_ms (-1 = for ever, 0 = not at all) for the next event of the request. 0;
 * -EAGAIN when none came; -ENODATA when no request runs; -EPIPE when the engine has gone
 * (open a new handle: what was queued goes on when it is back); -EINTR when a signal came;
 * -EPROTO for what no engine says. *ret_event is set only with 0. */
int hft_next_event(struct hft *handle, int timeout_ms, const struct hft_event **ret_event);

/* Gives every event to `each` until the end of the request or until `each` returns false. Returns
 * the exit code of the end, or a negative errno (-ECANCELED when `each` said so). */
int hft_for_each_event(struct hft *handle, bool (*each)(void *arg, const struct hft_event *event),
		       void *arg);

/* Room for a digest in text with its NUL. */
#define HFT_DIGEST_BYTES 33

/* The engine's digest of what is read from fd until its end, in chunks of chunk_bytes, 0 =
 * HFT_CHUNK_BYTES_DEFAULT: XXH3-128 over each chunk, chained. *ret_bytes becomes the size
 * if it is not NULL. 0 or a negative errno of reading, with the outputs untouched. */
int hft_digest_fd(int fd, uint32_t chunk_bytes, char text[HFT_DIGEST_BYTES], uint64_t *ret_bytes);

#ifdef __cplusplus
}
#endif

#endif
