/* SPDX-License-Identifier: Apache-2.0 */
/* event.h -- what the engine tells: news of transfers, rows of lists, the end; and its JSON.
 *
 * One JSON object on one line, UTF-8, "event" first, at most HFT_CONTROL_LINE_BYTES with its
 * newline:
 *
 *   {"event":"progress","id":"1f..","host":"tokyo","bytes":104857600,"bytes_total":1073741824}
 *   {"event":"end","exit":0,"message":""}
 *
 * These lines are what `hft --json` prints, so their names are a contract: fields are only
 * ever added, unknown ones and unknown events are ignored. What is "nothing" is left out.
 * Times are RFC 3339 in UTC with milliseconds; a rate stands there twice, rate_bps in bits
 * a second and rate_bytes in bytes a second.
 * The struct has the engine's own records in it, so a row is one assignment. Plain structs;
 * no I/O. jansson allocates inside the calls, and nothing stays allocated. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/checksum.h"
#include "base/compiler.h"
#include "base/id.h"
#include "record/log_row.h"
#include "record/outcome.h"
#include "record/queue_row.h"
#include "record/resume_reason.h"

/* "Not known" of numbers that may well be 0. */
#define CONTROL_UNKNOWN UINT64_MAX

/* Longest words of services, engines and verdicts. */
#define CONTROL_WORD_BYTES   32
#define CONTROL_REASON_BYTES 128

enum control_event_kind {
	/* News of a transfer: news. */
	CONTROL_QUEUED = 1, /* "queued": durable in the queue; the id may be shown */
	CONTROL_STARTED,    /* "started": an attempt connected and its offer was accepted */
	CONTROL_PROGRESS,   /* "progress": bytes are durable over there; never goes back */
	CONTROL_SUSPECT,    /* "suspect": the peer is silent; a verdict is being formed */
	CONTROL_LOST,	    /* "lost": the session is gone; noticed_ms, verdict */
	CONTROL_WAITING,    /* "waiting": until the next try; the plan, and why */
	CONTROL_RESUMED,    /* "resumed": goes on from bytes; or reason why not */
	CONTROL_VERIFIED,   /* "verified": whole and the same over there */
	CONTROL_PUBLISHED,  /* "published": under its final name */
	CONTROL_COMPLETED,  /* "completed": done; the whole outcome */
	CONTROL_FAILED,	    /* "failed": ended without success; the whole outcome */
	/* Rows and answers. */
	CONTROL_QUEUE_ROW,   /* "queue-row": queue_row */
	CONTROL_RESEND_ROW,  /* "resend-row": resend_row */
	CONTROL_LOG_ROW,     /* "log-row": log_row */
	CONTROL_HOST,	     /* "host": host */
	CONTROL_STATUS_NOW,  /* "status": status */
	CONTROL_IDENTITY_IS, /* "identity": identity */
	CONTROL_END,	     /* "end": end; nothing follows for that request */
	CONTROL_EVENT_KINDS, /* one more than the last; not a kind */
};

/* Everything that news may say; each event uses what applies. */
struct control_news {
	struct id id;		/* transfer; "id" */
	uint64_t time_wall_ns;	/* when; "time" */
	uint32_t attempt;	/* from 1; 0 = none yet */
	bool receiving;		/* the transfer comes in: "direction" is "receive" or "send" */
	uint16_t priority;	/* QUEUED; 0 = not told */
	uint64_t bytes;		/* durable at the receiver; CONTROL_UNKNOWN = not told */
	uint64_t bytes_total;	/* size of the file; CONTROL_UNKNOWN = a stream, or not yet */
	uint64_t bytes_sent;	/* payload moved in this attempt; CONTROL_UNKNOWN = not told */
	uint64_t bytes_skipped; /* were durable before; CONTROL_UNKNOWN = not told */
	uint64_t bytes_resent;	/* moved although moved before; CONTROL_UNKNOWN = not told */
	uint64_t rate_bytes;	/* a second, now; at the end: of the whole; CONTROL_UNKNOWN */
	uint64_t eta_s;		/* until all is durable; CONTROL_UNKNOWN */
	uint64_t duration_ms;	/* COMPLETED, FAILED: since the request was accepted;
				 * CONTROL_UNKNOWN */
	uint32_t cycle;		/* WAITING: auto resend cycle n; 0 = first attempt */
	uint32_t cycles;	/* WAITING: of so many */
	uint32_t next_try;	/* WAITING: number of the next try; 0 = not told */
	uint32_t tries;		/* WAITING: of so many */
	uint64_t next_wall_ns;	/* WAITING: when it is; 0 = not told */
	uint64_t until_wall_ns; /* WAITING: when the last one is; 0 = not told */
	uint64_t list_no;	/* FAILED: in the Resend Queue as this; 0 = it is not */
	uint64_t resend_of;	/* QUEUED: taken from this record; 0 = none */
	uint16_t verdict;	/* 961..965; 0 = none */
	uint32_t noticed_ms;	/* silence until the loss was noticed; 0 = no loss */
	uint8_t reason;		/* enum resume_reason: why it did not continue */
	bool has_outcome;	/* outcome counts: "status", "detail", "outcome", "exit", ... */
	bool has_digest;	/* digest counts */
	struct outcome outcome; /* COMPLETED, FAILED; WAITING: of the last try; its sentence may be
				 * set without has_outcome, for any event */
	struct digest digest;	/* COMPLETED: of the file */
	char file_id[HFT_FILE_ID_BYTES]; /* "" = ad hoc */
	char host[HFT_HOST_BYTES];	 /* the other host */
	char address[HFT_ADDRESS_BYTES]; /* where it is connected; "" = not */
	char path[HFT_PATH_BYTES];	 /* source here; receiving: final path here */
	char name[HFT_NAME_BYTES];	 /* name over there, as far as known */
};

struct control_host {
	char name[HFT_HOST_BYTES];		     /* as configured */
	char addresses[HFT_CONTROL_ADDRESSES_BYTES]; /* "10.0.0.2, 10.0.0.3" */
	uint16_t receive_port;			     /* theirs */
	bool plain;				     /* security = plain */
	uint32_t fingerprints;			     /* pinned keys */
	uint32_t sending;			     /* transfers under way to it */
	uint32_t receiving;			     /* and from it */
	/* CONTROL_HOST_CHECK: */
	bool checked;			   /* the rest was asked for */
	bool reachable;			   /* it answered as itself, and is ready */
	uint64_t rtt_us;		   /* of the connect; CONTROL_UNKNOWN */
	uint16_t verdict;		   /* 961..965; 0 = none */
	char address[HFT_ADDRESS_BYTES];   /* that answered; "" = none */
	char sentence[HFT_SENTENCE_BYTES]; /* what was seen; "" = nothing to say */
};

struct control_capability {
	char name[CONTROL_WORD_BYTES];	   /* "io_uring" */
	bool available;			   /* it works here */
	char reason[CONTROL_REASON_BYTES]; /* what was seen */
	char remedy[CONTROL_REASON_BYTES]; /* what would enable it; "" = nothing */
};

/* "engine" in the status. */
struct control_engine {
	char name[HFT_HOST_BYTES];	   /* [engine] name */
	char version[CONTROL_WORD_BYTES];  /* of the program */
	char io[CONTROL_WORD_BYTES];	   /* "uring", "epoll" */
	char demotion[HFT_SENTENCE_BYTES]; /* why not uring; "" = it is, or was not wanted */
	uint32_t pid;			   /* process */
	uint32_t movers;		   /* threads that move data */
	uint64_t started_wall_ns;	   /* since when */
	uint64_t owner_epoch;		   /* journal owner */
};

/* "services": "ready", "off", "starting", "draining", "ended". */
struct control_services {
	char send[CONTROL_WORD_BYTES];	  /* sends and resends */
	char receive[CONTROL_WORD_BYTES]; /* the receive port */
	char observe[CONTROL_WORD_BYTES]; /* requests of other hosts */
};

/* "ports": those really listened on; 0 = not. */
struct control_ports {
	uint16_t receive; /* tcp */
	uint16_t observe; /* tcp */
	uint16_t probe;	  /* udp */
};

/* "sessions": attempts under way. */
struct control_sessions {
	uint32_t sending;   /* outgoing */
	uint32_t receiving; /* incoming */
	uint32_t waiting;   /* requests in auto-wait */
};

/* "queues": rows in each. */
struct control_queues {
	uint64_t send;	 /* Send Queue */
	uint64_t resend; /* Resend Queue */
};

struct control_status {
	struct control_engine engine;	  /* who */
	struct control_services services; /* what it does */
	struct control_ports ports;	  /* where */
	struct control_sessions sessions; /* now */
	struct control_queues queues;	  /* later */
	uint32_t capability_count;	  /* capabilities in use */
	struct control_capability capabilities[HFT_CONTROL_CAPABILITIES_MAX]; /* what works here */
};

struct control_identity {
	char name[HFT_HOST_BYTES];		      /* [engine] name */
	char fingerprint[HFT_FINGERPRINT_TEXT_BYTES]; /* "SHA256:..." */
};

struct control_end {
	uint8_t exit;			  /* enum hft_exit */
	bool more;			  /* the list goes on: ask again with after */
	uint64_t after;			  /* with more */
	uint64_t count;			  /* rows changed, removed, queued; CONTROL_UNKNOWN */
	char message[HFT_SENTENCE_BYTES]; /* "hft: tokyo: ..."; "" = nothing to say */
};

struct control_event {
	enum control_event_kind kind; /* which member counts */
	union {
		struct control_news news;	  /* QUEUED..FAILED */
		struct queue_row queue_row;	  /* QUEUE_ROW */
		struct resend_row resend_row;	  /* RESEND_ROW */
		struct log_row log_row;		  /* LOG_ROW */
		struct control_host host;	  /* HOST */
		struct control_status status;	  /* STATUS_NOW */
		struct control_identity identity; /* IDENTITY_IS */
		struct control_end end;		  /* END */
	};
};

/* Makes it an event of that kind with every field "nothing" or CONTROL_UNKNOWN. */
void control_event_init(struct control_event *event, enum control_event_kind kind);

/* The word of the kind, "log-row". Requires a valid kind. */
const char *control_event_name(enum control_event_kind kind);

/* True for QUEUED..FAILED. */
bool control_event_is_news(enum control_event_kind kind);

/* Writes the line with its newline, without a NUL. Never fails for what a text contains: what is
 * not UTF-8 (a file name may be anything) has each wrong byte replaced by U+FFFD. -EINVAL when
 * a number is out of its range (above INT64_MAX and not CONTROL_UNKNOWN, an enum value
 * that is none); -ENOBUFS when capacity is too small (HFT_CONTROL_LINE_BYTES never is);
 * -ENOMEM. On failure *ret_bytes is untouched and line undefined. */
HFT_MUST_USE int control_event_encode(const struct control_event *event, char *line,
				      size_t capacity, size_t *ret_bytes);

/* Reads `bytes` bytes of one line, with or without its newline; any content is allowed. Returns 0,
 * -EINVAL for what is no event, -EOPNOTSUPP for an unknown one (to be ignored), -ENOMEM.
 * On failure *ret_event is untouched. */
HFT_MUST_USE int control_event_decode(const char *line, size_t bytes,
				      struct control_event *ret_event);
