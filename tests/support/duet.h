/* SPDX-License-Identifier: Apache-2.0 */
/* duet.h -- a sender and a receiver that play against each other in a world made of numbers.
 *
 * Chunks have no bytes here, only digests; a disk is two arrays of them, what was written and what
 * is on stable storage; a connection is a queue with delays; a journal is a few structs. Faults
 * come from a seed. What must never happen is checked where it would happen: a record, a
 * DURABLE or a rename that claims more than stable storage holds ends the test. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "transfer/receiver.h"
#include "transfer/sender.h"

#define DUET_CHUNKS	 96 /* chunks of a file at most */
#define DUET_CHUNK_BYTES 65536
#define DUET_PARTS	 16   /* part files that ever existed */
#define DUET_PIECES	 8    /* pieces of an appended target */
#define DUET_ITEMS	 4096 /* things under way */
#define DUET_LANES	 4
#define DUET_MS		 UINT64_C(1000000)

/* A file of digests. */
struct duet_file {
	struct digest live[DUET_CHUNKS];   /* what a read gives */
	struct digest synced[DUET_CHUNKS]; /* what a power cut leaves */
	uint64_t bytes;	       /* length; may be more than the file's, as with O_DIRECT */
	uint64_t synced_bytes; /* length that a power cut leaves */
};

/* A piece of a target that is appended to. */
struct duet_piece {
	uint64_t bytes;	      /* its length */
	struct digest digest; /* file digest of what was appended; zero: half a piece */
};

struct duet_journal {
	bool has_checkpoint; /* checkpoint is there */
	struct checkpoint checkpoint;
	bool has_digest[DUET_CHUNKS];	   /* digest of that chunk is there */
	struct digest digest[DUET_CHUNKS]; /* of chunks */
	bool has_completed;		   /* completed is there */
	struct completed_row completed;	   /* the stored result */
	uint32_t logs;			   /* Receive Log records */
	uint64_t busy_ns; /* requests are answered in the order in which they were made */
};

/* What a seed, or a test, chooses. */
struct duet_options {
	uint64_t bytes; /* of the source */
	bool is_stream; /* it comes from a pipe */
	enum target_mode mode;
	enum target_on_failure on_failure;
	uint32_t lanes;			/* 1..DUET_LANES */
	bool target_exists;		/* something has the final name before */
	uint32_t resume_check;		/* of both sides */
	bool strict;			/* resume = strict, on both sides */
	uint32_t cut_control_permille;	/* chance per event that the control connection is cut */
	uint32_t cut_lane_permille;	/* or a lane */
	uint32_t silence_permille;	/* or nothing comes through any more, and nobody is told */
	uint32_t pause_permille;	/* or the machine is suspended for seconds */
	uint32_t crash_sender_permille; /* or an engine ends without a word */
	uint32_t crash_receiver_permille; /* with or without its machine */
	uint32_t bad_chunk_permille;	  /* chance per chunk that it arrives damaged */
	uint32_t no_space_permille;	  /* chance per write */
	uint32_t sync_error_permille;	  /* chance per sync */
	uint32_t rot_permille; /* chance per crash that a durable chunk near the end rots */
	bool source_changes;   /* the source shrinks or changes some time */
	uint32_t faults;       /* at most so many of the above */
};

struct world;
struct duet_item;
typedef void (*duet_fn)(struct world *w, struct duet_item *item);

struct duet_item {
	uint64_t at_ns;	  /* when */
	uint64_t order;	  /* of two things at the same time */
	duet_fn run;	  /* what it does */
	uint32_t engine;  /* of which life of its engine; stale: nothing happens */
	uint32_t session; /* of which session; stale: no event */
	int number;	  /* connection, lane, step */
	uint32_t link;	  /* of which life of the connection */
	uint64_t chunk;	  /* or first chunk, or bytes */
	uint32_t count;	  /* bytes, digests, or a part file */
	struct digest digest;
	struct digest sealed; /* of a chunk: what the sender says */
	struct frame_header header;
	void *owned; /* message or commit; freed after the run */
};

struct duet_lane {
	bool sender_end;   /* stands for the sender */
	bool receiver_end; /* and for the receiver */
	bool is_broken;	   /* cut while it was being made */
	uint32_t link;	   /* which life of it this is */
	uint64_t busy_ns;  /* order on the lane */
};

struct world {
	uint64_t seed; /* of all that follows */
	bool trace;    /* $HFT_TRACE is set */
	struct random random;
	struct duet_options options;
	uint64_t now_ns;		    /* the clock of both engines */
	uint64_t order;			    /* given to the next item */
	struct duet_item items[DUET_ITEMS]; /* what is under way, in no order */
	uint32_t item_count;		    /* in use */
	uint32_t faults;		    /* so far */

	/* The source. */
	struct source_identity identity;
	uint32_t version;     /* of its content */
	uint64_t stream_next; /* chunk that the stream gives next */
	bool held[DUET_CHUNKS + HFT_STREAM_HELD_MAX + 1];
	uint64_t read_prefix; /* chunks read although they were agreed */

	/* The sending engine. */
	void *sender_memory;
	struct sender *sender; /* NULL = none */
	uint32_t sender_engine;
	uint32_t sender_session;
	bool sender_down;
	uint32_t attempt;
	struct outcome sent;		/* how the last attempt ended */
	bool sender_over;		/* no attempt follows */
	uint32_t lane_jobs[DUET_LANES]; /* chunks that a lane owes an answer for */
	struct duet_journal sender_journal;
	uint64_t sender_tick_ns;

	/* The receiving engine. */
	void *receiver_memory[2];
	struct receiver *receiver; /* NULL = none */
	uint32_t receiver_engine;
	uint32_t receiver_session;
	bool receiver_down;
	struct outcome received;
	struct duet_journal receiver_journal;
	uint64_t receiver_tick_ns;
	bool pending_hello;
	struct message_hello hello;
	struct id token;
	bool standing;		/* a rejoin waits until the older connection is closed */
	uint32_t receiver_link; /* life of the connection that the session talks on */
	int session_part;	/* part file the session has open; -1 = none */

	/* The connection. */
	uint32_t link;
	bool sender_end;
	bool receiver_end;
	bool is_broken;	      /* cut while it was being made */
	uint32_t silent_link; /* life of it in which nothing comes through; 0 = none */
	uint64_t to_receiver_ns;
	uint64_t to_sender_ns;
	struct duet_lane lane[DUET_LANES];

	/* The receiver's disk. */
	struct duet_file part[DUET_PARTS];
	uint32_t part_count;
	int part_name; /* which part file has the name; -1 = none */
	int part_name_synced;
	int target_name; /* which file has the final name; -1 none, -2 an older one */
	int target_name_synced;
	struct duet_piece piece[DUET_PIECES]; /* append: the target */
	uint32_t piece_count;
	struct duet_piece piece_synced[DUET_PIECES];
	uint32_t piece_synced_count;
	uint32_t publishes; /* renames and finished appends */
	bool has_rotten;    /* a durable chunk was damaged */

	/* Watchers' sums. */
	struct transfer_progress last;
	struct transfer_progress last_received;
	uint64_t events;
};

/* -- duet.c ----------------------------------------------------------- */

/* A world with nothing going on. The memory is the caller's to give to duet_free(). */
struct world *duet_new(uint64_t seed, const struct duet_options *options);
void duet_free(struct world *w);

/* Options that a seed chooses: any mix of sizes, modes and faults. */
void duet_choose(uint64_t seed, struct duet_options *ret_options);

/* Runs until no attempt follows any more, and then until all is quiet. False when that
 * never comes. */
bool duet_run(struct world *w);

/* Ends the test with seed, time and reason. */
void duet_fail(const struct world *w, const char *what) __attribute__((noreturn));

/* Prints a line with the time when $HFT_TRACE is set. */
void duet_trace(const struct world *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Digest of chunk n of the source as it is now. */
struct digest duet_source_digest(const struct world *w, uint64_t chunk);
/* The file digest of the source as it is now. */
struct digest duet_file_digest(const struct world *w);
uint64_t duet_chunk_count(const struct world *w);
uint32_t duet_chunk_size(const struct world *w, uint64_t chunk);

/* Schedules `run` after a random delay of up to most_ns; fill in the rest of what it gives. */
struct duet_item *duet_soon(struct world *w, duet_fn run, uint64_t most_ns);

/* Schedules a request to a journal, behind the ones before it. */
void duet_in_order(struct duet_journal *journal, struct duet_item *item);

/* True if a fault of this chance is to happen now. */
bool duet_fault(struct world *w, uint32_t permille);

/* Cuts connections: both ends hear of it some time later. */
void duet_cut_control(struct world *w);
void duet_cut_lane(struct world *w, int lane);
/* Closes the control connection in good order: what was said before arrives first. */
void duet_finish_control(struct world *w);

/* -- duet_sender.c ---------------------------------------------------- */
void duet_start_sender(struct world *w);
void duet_crash_sender(struct world *w);
void duet_sender_event(struct world *w, struct transfer_event *event);
void duet_sender_tick(struct world *w);

/* -- duet_receiver.c -------------------------------------------------- */
void duet_crash_receiver(struct world *w);
void duet_receiver_event(struct world *w, struct transfer_event *event);
void duet_receiver_tick(struct world *w);
/* A message reached the receiving engine. */
void duet_receiver_message(struct world *w, const struct message *message);
/* A chunk reached it on a lane. */
void duet_receiver_chunk(struct world *w, struct duet_item *item);
/* JOIN reached it; returns what the lane's answer is. */
int duet_receiver_join(struct world *w, int lane);

/* Queues a message on the control connection, as bytes and back. */
void duet_send(struct world *w, const struct message *message, bool to_receiver);
