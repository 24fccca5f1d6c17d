/* SPDX-License-Identifier: Apache-2.0 */
/* limits.h -- every bound of the engine, each with the reason for its number.
 *
 * Nothing grows without one of these. Sizes of text count the NUL. */
#ifndef HFT_LIMITS_H
#define HFT_LIMITS_H

#include <stdint.h>

/* One table, its columns aligned by hand. */
/* clang-format off */

/* Text in records. */
#define HFT_PATH_BYTES 4096      /* PATH_MAX of Linux: longer ones cannot be opened anyway */
#define HFT_NAME_BYTES 1025      /* destination name, may have folders: 1024 bytes and NUL */
#define HFT_HOST_BYTES 64        /* host and node names: a DNS label is 63 bytes */
#define HFT_FILE_ID_BYTES 51     /* file ids are up to 50 bytes in the classic definition */
#define HFT_REQUESTER_BYTES 100  /* user@host: 32 bytes of user name, @, a host name, and slack */
#define HFT_ADDRESS_BYTES 64     /* [IPv6%zone]:port is at most 46 + 16 + 2 */
#define HFT_SENTENCE_BYTES 512   /* a sentence for people: six lines of a terminal */

/* Memory. */
#define HFT_SLAB_PAGED_BYTES 65536 /* from this size on, things of a slab have pages of their own
				    * and begin at multiples of it: the largest page of Linux */
#define HFT_SLAB_WARM_MAX 16       /* of these keep their pages when they are free: who sends one
				    * small file after the other pays for no page faults, and a
				    * mover keeps 8 MiB at most */

/* Names of files, and lines of the log. */
#define HFT_COMPONENT_BYTES 256         /* NAME_MAX of Linux, 255 bytes, and NUL */
#define HFT_PATH_DEPTH_MAX 64           /* components of a received name: deeper than any real
					 * tree */
#define HFT_TEXT_FORMAT_BYTES 8192      /* result of text_format(): two paths and words around
					 * them */
#define HFT_LOG_LINE_BYTES 2048         /* a log line: a sentence, names and numbers; a pipe takes
					 * up to 4096 bytes in one piece */

/* Journal. */
#define HFT_ROW_BYTES_MAX 65536         /* an encoded row: texts of 8 KiB and the largest
					 * coverage */
#define HFT_JOURNAL_CHANGES_MAX 8       /* one commit: rows, log, checkpoint and digests of one
					 * end */
#define HFT_JOURNAL_DIGESTS_MAX 1024    /* digests in one change: 1 GiB of 1 MiB chunks, the
					 * longest distance of two checkpoints */
#define HFT_JOURNAL_LOAD_DIGESTS_MAX 256 /* digests in one answer: 4 KiB, more than resume_check
					  * asks */
#define HFT_JOURNAL_PAGE_MAX 64         /* rows in one page: 64 rows of 7 KiB are 450 KiB */
#define HFT_JOURNAL_SCAN_MAX 4096       /* rows looked at for one page: some 10 ms, so that a
					 * filter that matches nothing does not hold up commits */
#define HFT_JOURNAL_REQUESTS_MAX 4096   /* waiting requests: two for each of 1,000 sessions,
					 * twice */
#define HFT_JOURNAL_BATCH_MAX 256       /* requests in one transaction: bounds the time to answer */
#define HFT_LOG_ROWS_MAX 200000         /* log rows kept: a month at 6,000 transfers a day */
#define HFT_COMPLETED_ROWS_MAX 200000   /* completed ids kept, whatever complete_keep says */
#define HFT_COMPLETE_KEEP_DAYS 7        /* default of complete_keep */
#define HFT_PRUNE_ROWS_MAX 256          /* rows removed in one step of retention: a few ms */

/* Loops, buffers and workers of io/. */
#define HFT_RING_DEPTH 256              /* submission entries: a turn of a busy mover; more wait
					 * in line */
#define HFT_SLOT_ALIGN_BYTES 4096       /* what O_DIRECT asks for at most on the file systems we
					 * know */
#define HFT_SLOT_LEAD_BYTES 4096        /* before the payload, for its header; a page keeps the
					 * payload aligned */
#define HFT_SLOT_TRAIL_BYTES 4096       /* behind the payload, for its seal; a page keeps the
					 * next slot aligned */
#define HFT_SLOTS_MAX 4096              /* slots in one pool: 4 GiB of 1 MiB */
#define HFT_FILE_WORKERS 4              /* threads: enough to keep a disk busy with metadata */
#define HFT_FILE_WORKERS_MAX 64         /* threads: beyond, they only wait for one another */
#define HFT_FILE_CLIENT_SHARE 64        /* ops of one loop in the shared queue: some ms of work */
#define HFT_FILE_CLOSE_MAX 256          /* closes waiting for a worker; more are done on the spot */
#define HFT_RESOLVER_THREADS 2          /* so that one dead name server does not stop all names */
#define HFT_LISTEN_BACKLOG 1024         /* connections the kernel holds: every session of a peer
					 * at once */
#define HFT_EPOLL_PAGES_MAX 4096        /* of 256 descriptors each: a million, more than nofile
					 * allows */
#define HFT_EPOLL_EVENTS 64             /* readiness taken in one call: a turn's work */
#define HFT_RESOLVE_MAX 16              /* addresses taken from one name: nobody dials more */

/* Wire protocol. What is a number on the wire is part of version 1 and never changes in it. */
#define HFT_FRAME_BYTES 64              /* one header, one seal: a cache line, and one exact read */
#define HFT_CONTROL_PAYLOAD_BYTES 16384 /* payload of a message: the largest ACCEPT needs 14 KiB */
#define HFT_MESSAGE_BYTES_MAX (HFT_FRAME_BYTES + HFT_CONTROL_PAYLOAD_BYTES) /* the whole message */
#define HFT_CHUNK_BYTES_MIN 65536       /* smaller ones cost more in frames than they carry */
#define HFT_CHUNK_BYTES_MAX 16777216    /* a slot of the pool; larger ones gain nothing */
#define HFT_CHUNK_BYTES_DEFAULT 1048576 /* 1 MiB: under 1 ms at 10 Gbit/s, so little is lost with
					 * one */
#define HFT_CHUNK_ALIGN_BYTES 4096      /* sizes of chunks are multiples of it, for O_DIRECT */
#define HFT_CHUNKS_MAX (UINT64_C(1) << 47) /* of a file: INT64_MAX bytes in the smallest chunks */
#define HFT_CHUNK_TRIES_MAX 3           /* a bad chunk is asked for again so often, then 535-0 */
#define HFT_TAIL_DIGESTS_MAX 256        /* digests in one message: 4 KiB, more than resume_check */
#define HFT_LANES_MAX 64                /* lanes of a session: the largest value of that key */
#define HFT_SOURCE_TEXT_BYTES 1024      /* source path in the log of the other side; cut */
#define HFT_RANGES_MAX 256              /* ranges of a coverage: 4 KiB, two in one ACCEPT; 64
					 * lanes leave a hole or three each, more is nonsense */

/* Sessions: what a transfer may have under way. */
#define HFT_LANE_DEPTH 3                /* chunks in work on a lane: one is read, one waits, one
					 * is sent */
#define HFT_INFLIGHT_MAX 256            /* chunks sent and not yet written over there: 64 lanes of
					 * three, and what is on its way between */
#define HFT_STREAM_HELD_MAX 8           /* chunks of a stream kept until durable: it cannot be
					 * read twice */
#define HFT_CHECKPOINT_DIGESTS_MAX 1024 /* digests waiting for a checkpoint: one commit takes
					 * them all */
#define HFT_TODO_MAX 256                /* actions waiting to be taken: a CLOSE and a DIAL for
					 * each lane, and less than that many again of the rest */
#define HFT_LANE_TRIES_MAX 10           /* dials of a lost lane: some 2 s with the pauses below */
#define HFT_LIST_RUNS_MAX 64            /* runs of a coverage proven one by one on a mismatch: a
					 * round trip each; the rest is sent again */

/* Times, in nanoseconds. */
#define HFT_ALIVE_NS UINT64_C(200000000)         /* between alive frames: ten in the default
						  * dead_after */
#define HFT_LATE_NS UINT64_C(100000000)          /* own timer later than this: LOCAL_FAULT */
#define HFT_REDIAL_FIRST_NS UINT64_C(5000000)    /* pause before the second dial; doubles */
#define HFT_REDIAL_CAP_NS UINT64_C(250000000)    /* longest pause between rejoin dials */
#define HFT_LANE_REDIAL_CAP_NS UINT64_C(500000000)/* longest pause between dials of a lane */
#define HFT_DIAL_SHARE_MIN_NS UINT64_C(250000000)/* an address gets at least this long to answer */
#define HFT_CHECKPOINT_CAP_NS UINT64_C(5000000000)/* longest distance of two checkpoints */
#define HFT_CHECKPOINT_CAP_BYTES (UINT64_C(1) << 30)/* and in bytes */
#define HFT_CHECKPOINT_COST_FACTOR 100           /* a checkpoint may cost 1 % of the time */
#define HFT_PACE_BURST_NS UINT64_C(20000000)     /* what a paced sender may catch up: a late
						  * timer or two */
#define HFT_RECEIVE_GRACE_NS UINT64_C(10000000000)/* a receive waits this long, and twice
						   * dead_after, for a rejoin */
#define HFT_NOTICE_COMMIT_NS UINT64_C(3000000000)/* a cancelled receive waits this long for the
						  * disk */

/* Connections and TLS. */
#define HFT_CONNECTION_INLINE_BYTES 4608 /* each way, in the connection itself: a record of 4 KiB
					  * with a frame header and what TLS adds; larger ones
					  * take rounds */
#define HFT_CONNECTION_SENTENCE_BYTES 160 /* why a connection failed: two lines of a terminal */
#define HFT_FAREWELL_MS 10000           /* a connection shut down and freed may need so long to
					 * say goodbye to a peer that takes nothing */
#define HFT_TLS_RECORD_BYTES 16384      /* plain bytes of a record: the most that TLS allows */
#define HFT_TLS_BATCH_BYTES 262656      /* cipher bytes of one op: 16 full records and slack, so
					 * that they stay in the second-level cache */
#define HFT_TLS_KEY_RECORDS_MAX 8388608 /* records under one key: a third of what AES-GCM bears
					 * (2^24.5, RFC 8446 5.5) */
#define HFT_TLS_CERTIFICATE_BYTES_MAX 4096 /* a peer's certificate message: ours are 400 bytes */
#define HFT_IDENTITY_BYTES_MAX 16384    /* the identity file: ours are 500 bytes, P-256 with
					 * texts 3 KiB */

/* Control socket: `hft` and other programs on this host. */
#define HFT_CONTROL_LINE_BYTES 65536    /* one request or event as JSON with its newline: a path
					 * and a name of control characters, six bytes each, take
					 * 31 KiB */
#define HFT_CONTROL_OUT_BYTES 524288    /* waiting for one client: a page of 64 rows of 7 KiB;
					 * who is further behind does not read and is dropped */
#define HFT_CONTROL_CLIENTS_MAX 128     /* at once: people and scripts of one host; each may cost
					 * HFT_CONTROL_LINE_BYTES + HFT_CONTROL_OUT_BYTES */
#define HFT_CONTROL_IDLE_NS UINT64_C(10000000000)/* a client says what it wants within 10 s */
#define HFT_CONTROL_IDS_MAX 16          /* ids in one request: what fits on a line people type */
#define HFT_CONTROL_CAPABILITIES_MAX 32 /* lines of status about kernel, card and user */
#define HFT_CONTROL_ADDRESSES_BYTES 1024/* addresses of a host in one text: 16 of 64 bytes */
#define HFT_GROUP_BYTES 64              /* name of a group of hosts: as a host name */
#define HFT_FINGERPRINT_TEXT_BYTES 64   /* "SHA256:" and 43 characters, and NUL */

/* The daemon: loops, sessions, requests. */
#define HFT_MOVERS_MAX 256              /* the largest value of the key movers; fits a token's
					 * first byte */
#define HFT_LISTEN_MAX 16               /* addresses to listen on */
#define HFT_HOST_ADDRESSES_MAX 16       /* addresses of one host: the largest count of the key
					 * address */
#define HFT_HOST_FINGERPRINTS_MAX 8     /* keys of one host: a pair of nodes, old and new, twice */
#define HFT_HOSTS_MAX 4096              /* [host] sections: a few MiB, and still looked through
					 * in no time */
#define HFT_DEFINITIONS_MAX 4096        /* [send], [receive] and [job] sections of each kind: as
					 * many as hosts */
#define HFT_CONFIG_LINE_BYTES 8192      /* a line of the configuration: a path and a comment, or
					 * 64 host names */
#define HFT_CONFIG_FILE_BYTES_MAX 16777216 /* one file: every section there may be, with a KiB of
					    * comment each */
#define HFT_CONFIG_FILES_MAX 1024       /* files in conf.d */
#define HFT_CONFIG_FINDINGS_MAX 256     /* reported of one reading: more than anybody reads; the
					 * rest is counted */
#define HFT_SEND_HOSTS_MAX 64           /* hosts of one [send] definition or group */
#define HFT_SEND_SESSIONS_MAX 256       /* per mover; send_limit is usually far below */
#define HFT_RECEIVE_SESSIONS_MAX 1024   /* per mover: what the promise of 1,000 idle sessions
					 * needs */
#define HFT_MOVER_LANES_MAX 2048        /* lanes in each direction: two for each of 1,024
					 * sessions */
#define HFT_STRANGERS_MAX 64            /* connections that have not said who they are; the
					 * oldest gives way */
#define HFT_PRIORITY_DEFAULT 50         /* of 1 to 256, small first (D-54) */
#define HFT_REQUESTS_MAX 4096           /* requests that are not over, waiting ones too */
#define HFT_POOL_SLOTS_MIN 4            /* less cannot keep a disk and a socket busy at once */
#define HFT_LANE_WRITES_MAX 8           /* writes in flight on a lane: enough for the disk's
					 * queue */
#define HFT_CONTROL_QUEUE_BYTES (2 * HFT_MESSAGE_BYTES_MAX)/* messages the peer has not taken yet */
#define HFT_HANDSHAKE_BYTES 2048        /* HELLO and JOIN, or a REFUSE with its sentence */
#define HFT_COMPONENT_BYTES 256         /* one name in a folder: NAME_MAX of Linux and NUL */
#define HFT_TURN_BUDGET 64              /* things of one sort done in one turn of a loop, so that
					 * none starves */
#define HFT_MOVER_ORDERS_MAX 16384      /* two for each request, one for each stranger and
					 * recovery */
#define HFT_CHECKPOINT_BYTES (UINT64_C(64) << 20)/* new bytes after which a checkpoint is due ... */
#define HFT_CHECKPOINT_NS UINT64_C(250000000)/* ... or time, whichever comes first (kernel.md
					      * section 8.3) */
#define HFT_PROGRESS_INTERVAL_NS UINT64_C(100000000)/* between progress reports: people read ten
						     * a second */
#define HFT_HANDSHAKE_NS UINT64_C(10000000000)/* from accept to a complete handshake */
#define HFT_PAYLOAD_NS UINT64_C(30000000000)/* from a chunk's header to its last byte, a slot
					     * being lent */
#define HFT_PAYLOAD_BYTE_NS UINT64_C(250000)/* and as much for each byte: 4 KB/s is slow only */
#define HFT_SNAPSHOT_LINES_MAX 64       /* sessions in one `hft status`: more than a screen; the
					 * rest is counted */
#define HFT_LOG_FOLLOW_NS UINT64_C(500000000)/* pause of `hft log --follow`: nobody reads faster */
#define HFT_STOP_NS UINT64_C(3000000000)/* for what is in flight when the engine ends */
#define HFT_LINGER_NS UINT64_C(1000000000)/* for the peer to take our last message and close */
#define HFT_ACCEPT_PAUSE_NS UINT64_C(100000000)/* after accept failed, usually for want of
					        * descriptors */

/* Tries, and what a request does when the journal fails. */
#define HFT_TRY_APART_NS UINT64_C(100000000)     /* between starts of tries with R = 0 (D-114) */
#define HFT_TRY_LATE_NS UINT64_C(100000000)      /* a try later than this was missed (D-114) */
#define HFT_COMMIT_RETRY_FIRST_NS UINT64_C(1000000000)/* before a failed commit is tried again;
						       * doubles */
#define HFT_COMMIT_RETRY_CAP_NS UINT64_C(30000000000)/* longest such pause: a full disk is watched
						      * by people */

#define HFT_NS_PER_MS UINT64_C(1000000)
#define HFT_NS_PER_S UINT64_C(1000000000)

#endif
