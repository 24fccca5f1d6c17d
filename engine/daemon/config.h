/* SPDX-License-Identifier: Apache-2.0 */
/* config.h -- what the operator wrote, checked, with every default filled in.
 *
 * One INI file plus conf.d beside it become one immutable struct; all of it is read or none. Keys,
 * aliases, ranges and defaults are domain.md section 16 and interface.md section 2, as one table in
 * config_keys.c. Times are in the unit of the name. Nothing in here changes after loading, so every
 * thread may read it. */
#ifndef HFT_DAEMON_CONFIG_H
#define HFT_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "io/tls.h"
#include "record/checkpoint.h"

enum config_service {
	SERVICE_SEND = 1 << 0,
	SERVICE_RECEIVE = 1 << 1,
	SERVICE_OBSERVE = 1 << 2,
};

enum config_io_engine {
	CONFIG_IO_AUTO,
	CONFIG_IO_URING,
	CONFIG_IO_EPOLL,
};

/* Keys that [engine], [retry] and [host NAME] share (D-270); a host's own win. */
struct config_retry {
	uint32_t retry_interval_s;    /* connect_retry_interval, retrytime: between connect tries */
	uint32_t retry_count;	      /* connect_retry_count, retrycnt: tries after the first */
	uint32_t auto_resend_count;   /* auto_resend_count, sockerr_autoretry: cycles; 0 = off */
	uint32_t socket_timeout_s;    /* a live peer that makes no progress ends after this */
	uint32_t connect_timeout_s;   /* one connect try */
	uint32_t dead_after_ms;	      /* a silent connection is lost after this */
	uint32_t stuck_after_ms;      /* a peer that lives but does nothing is stuck after this */
	bool retry_on_busy;	      /* a receiver at its limit is tried again on the grid */
	bool auto_resend_on_progress; /* auto_resend_reset = on-progress */
	bool early_reconnect;	      /* early_reconnect = on-sign */
};

struct config_engine {
	char name[HFT_HOST_BYTES];			/* what we call ourselves; never "" */
	char listen[HFT_LISTEN_MAX][HFT_ADDRESS_BYTES]; /* addresses in numbers, no ports */
	uint32_t listen_count;				/* of them, at least 1 */
	uint16_t receive_port;				/* 0 = any free */
	uint16_t observe_port;				/* 0 = any free */
	uint16_t probe_port;				/* udp; 0 = any free */
	uint32_t services;				/* enum config_service, or-ed; not 0 */
	enum config_io_engine io_engine;		/* way to the kernel */
	bool zero_copy;					/* where it helps */
	uint32_t movers;				/* 0 = auto: one per core */
	uint32_t buffer_pool_mib;			/* for each mover */
	char control_group[HFT_HOST_BYTES];		/* members may use the control socket */
	uint32_t send_limit;				/* transfers at once, at least 1 */
	uint32_t receive_limit;				/* transfers at once; 0 = none */
	bool resume_strict;				/* resume = strict */
	uint32_t resume_check;				/* chunks; UINT32_MAX = all */
	uint32_t partial_keep_days;			/* 0 = for ever */
	uint32_t complete_keep_days;			/* at least 1 */
	bool failure_job_each;				/* failure_job_when = each */
	bool slot_until_job;				/* slot_until = job */
	bool ready_on_start;				/* ask all hosts to resend, at start */
	bool dynamic_send;				/* a command may override a definition */
	struct config_retry retry;			/* for hosts that say nothing else */
};

struct config_host {
	char name[HFT_HOST_BYTES];				   /* of the section */
	char address[HFT_HOST_ADDRESSES_MAX][HFT_ADDRESS_BYTES];   /* names or addresses, no port */
	uint32_t address_count;					   /* of them, at least 1 */
	struct fingerprint fingerprint[HFT_HOST_FINGERPRINTS_MAX]; /* its keys */
	uint32_t fingerprint_count;				   /* of them; 0 only when plain */
	bool plain;						   /* security = plain */
	uint16_t receive_port;					   /* theirs */
	uint16_t observe_port;					   /* theirs */
	uint32_t lanes;						   /* connections; 0 = auto */
	char congestion[16];					   /* "" = the system's */
	uint64_t limit_rate_bytes;				   /* a second; 0 = none */
	uint32_t send_limit;	   /* host_send_limit: transfers at once; 0 = none of its own */
	bool allow_requests;	   /* it may ask us to send */
	struct config_retry retry; /* those of [engine], but what it says itself */
};

struct config_send {
	char file_id[HFT_FILE_ID_BYTES];     /* of the section */
	char path[HFT_PATH_BYTES];	     /* absolute; "" = the command says */
	uint32_t host[HFT_SEND_HOSTS_MAX];   /* indexes into config.host */
	uint32_t host_count;		     /* 0 = the command says */
	uint32_t priority;		     /* 1-256, small first */
	char success_job[HFT_FILE_ID_BYTES]; /* "" = none */
	char failure_job[HFT_FILE_ID_BYTES]; /* "" = none */
	char pre_job[HFT_FILE_ID_BYTES];     /* "" = none */
};

struct config_receive {
	char file_id[HFT_FILE_ID_BYTES];   /* "*" = sends without a file id */
	char path[HFT_PATH_BYTES];	   /* full final path; "" = folder and the sender's name */
	char folder[HFT_PATH_BYTES];	   /* absolute; "" = path */
	enum target_mode mode;		   /* new; [receive *]: replace */
	enum target_on_failure on_failure; /* keep */
	bool notify_job;		   /* notify = job */
	bool verify;			   /* by the file digest */
	bool verify_read_back;		   /* and by reading it again */
	uint32_t permissions;		   /* mode bits, 0640 */
	uint32_t uid;			   /* owner; UINT32_MAX = the engine's */
	uint32_t gid;			   /* group; UINT32_MAX = the engine's */
	char success_job[HFT_FILE_ID_BYTES]; /* "" = none */
	char failure_job[HFT_FILE_ID_BYTES]; /* "" = none */
};

struct config_job {
	char id[HFT_FILE_ID_BYTES];   /* of the section */
	char command[HFT_PATH_BYTES]; /* absolute program with arguments, split at blanks */
	uint32_t timeout_s;	      /* 0 = none */
	char user[HFT_HOST_BYTES];    /* "" = the engine's */
	char folder[HFT_PATH_BYTES];  /* it starts in; absolute */
};

struct config {
	struct config_engine engine;	/* [engine] and [retry] */
	struct config_host *host;	/* [host NAME], in the order they were read */
	uint32_t host_count;		/* of them */
	struct config_send *send;	/* [send FILEID] */
	uint32_t send_count;		/* of them */
	struct config_receive *receive; /* [receive FILEID] */
	uint32_t receive_count;		/* of them */
	struct config_job *job;		/* [job ID] */
	uint32_t job_count;		/* of them */
};

/* What is wrong, or merely worth a word, at one place of a file. */
struct config_finding {
	bool is_error;		       /* false: a warning */
	char text[HFT_SENTENCE_BYTES]; /* "FILE:LINE: KEY = VALUE: ... ; allowed: ..." */
};

/* Called for every finding, in order of files and lines. */
typedef void (*config_finding_fn)(void *arg, const struct config_finding *finding);

/* Reads `path` and the conf.d/ *.conf beside it, in name order. Returns 0 with a config, or -EINVAL
 * after at least one finding that is an error, or the negative errno of reading `path`. */
HFT_MUST_USE int config_load(const char *path, config_finding_fn found, void *arg,
			     struct config **ret_config);
/* The same from text, for tests and the fuzzer; `name` stands in findings. */
HFT_MUST_USE int config_parse(const char *name, const char *text, size_t bytes,
			      config_finding_fn found, void *arg, struct config **ret_config);
/* A config with nothing but defaults, to be filled in by tests and simulation: no hosts, no
 * definitions, name = this machine's. */
HFT_MUST_USE int config_new(struct config **ret_config);
/* Frees it with all it holds. Accepts NULL. */
void config_free(struct config *config);

/* Each adds one, with its defaults: a host has its name as its only address, the retry keys of
 * [engine] as they are now, no fingerprint and TLS. The pointer is good until the next call for the
 * same array. NULL when out of memory, when there are HFT_HOSTS_MAX (HFT_DEFINITIONS_MAX) already,
 * or when the name is too long. */
struct config_host *config_add_host(struct config *config, const char *name);
struct config_send *config_add_send(struct config *config, const char *file_id);
struct config_receive *config_add_receive(struct config *config, const char *file_id);
struct config_job *config_add_job(struct config *config, const char *id);

/* Lookups; NULL when there is none. */
const struct config_host *config_find_host(const struct config *config, const char *name);
/* The host a key belongs to; NULL = stranger. */
const struct config_host *config_find_fingerprint(const struct config *config,
						  const struct fingerprint *fingerprint);
/* The only host that may speak plain text from that address ("10.0.0.2"); NULL = none. */
const struct config_host *config_find_plain(const struct config *config, const char *address);
const struct config_send *config_find_send(const struct config *config, const char *file_id);
/* Falls to nothing for an unknown file id; file id "" finds [receive *]. */
const struct config_receive *config_find_receive(const struct config *config, const char *file_id);

#endif
