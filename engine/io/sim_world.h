/* SPDX-License-Identifier: Apache-2.0 */
/* sim_world.h -- the inside of the simulated world: clock, events, chance, ops in flight.
 *
 * What it is: the part of backend_sim.h that knows time and order but neither disk nor
 * network. What it is not: for anyone outside the sim_*.c files and backend_sim.c.
 * Its one idea: whatever happens later is a small value in one heap, ordered by time and then
 * by the order of its making. It names ops and connections by index and generation,
 * so what a crash has removed is recognised instead of followed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/backend_sim.h"
#include "io/op.h"

#define SIM_NONE	  UINT32_MAX /* no index */
#define SIM_SEGMENT_BYTES 65536u
#define SIM_SECOND_NS	  1000000000ull

enum sim_event_kind {
	SIM_EVENT_CALL,	       /* a test's own function */
	SIM_EVENT_EFFECT,      /* a file operation happens and is over */
	SIM_EVENT_COMPLETE,    /* an op whose result is known reaches its loop */
	SIM_EVENT_SYN,	       /* a connect knocks at the other host */
	SIM_EVENT_ESTABLISHED, /* the answer to it */
	SIM_EVENT_ARRIVE,      /* bytes up to value are there */
	SIM_EVENT_FIN,	       /* the end of the stream, at value, is there */
	SIM_EVENT_RESET,       /* the other end is over, the hard way */
	SIM_EVENT_STALL_END,   /* a stalled connection moves again */
};

struct sim_event {
	uint64_t due_ns; /* when */
	uint64_t tie;	 /* order of making; decides among equals */
	enum sim_event_kind kind;
	uint32_t index;		   /* flight or connection */
	uint32_t generation;	   /* of that; another one now means: nobody is left to care */
	uint32_t side;		   /* of a connection: who sent it */
	uint64_t value;		   /* a stream position, an errno or an attempt */
	void (*call)(void *owner); /* SIM_EVENT_CALL only */
	void *owner;		   /* the call's argument */
};

/* Where an op in flight is. */
enum sim_stage {
	SIM_STAGE_FREE,	     /* the flight is unused */
	SIM_STAGE_SCHEDULED, /* happens at a time that is already known */
	SIM_STAGE_WAITING,   /* for a peer, bytes or room */
	SIM_STAGE_FINISHED,  /* result known, completion under way */
	SIM_STAGE_READY,     /* in its loop's queue */
};

/* What the world knows about one op in flight; kept apart from the op, so that nothing
 * ever looks into the memory of a program that crashed. */
struct sim_flight {
	struct op *op;
	struct sim_ops *ops;
	enum sim_stage stage;
	uint32_t generation;	    /* moves on when a planned event must not find it any more */
	uint32_t next;		    /* in a queue or in the free list */
	uint32_t connection;	    /* of a CONNECT; else SIM_NONE */
	int fd;			    /* op->fd when submitted */
	uint32_t handle_generation; /* of that descriptor, when submitted */
	int second_fd;		    /* COPY's source, or -1 */
	uint32_t second_generation; /* of that descriptor */
	uint64_t snapshot;	    /* of a folder's SYNC: changes it covers */
	uint64_t progress;	    /* bytes moved so far (SEND, RECV) */
	int64_t result;		    /* once it is known */
};

/* Flights in line, first come first served. */
struct sim_queue {
	uint32_t head; /* SIM_NONE when empty */
	uint32_t tail; /* meaningless when empty */
};

struct sim_random {
	uint64_t state; /* of splitmix64 */
};

struct sim_connection;
struct sim_link;

struct sim_world {
	struct sim_settings settings;
	struct sim_random random;
	uint64_t now_ns;		     /* the boot-time clock of all loops */
	uint64_t trace;			     /* digest of what happened */
	uint64_t event_count;		     /* that happened */
	uint64_t next_tie;		     /* for the next event */
	uint32_t idle_turn_count;	     /* turns since time last passed */
	bool faults;			     /* per-mille faults are on */
	struct sim_event *heap;		     /* earliest first */
	uint32_t heap_count;		     /* events planned */
	uint32_t heap_capacity;		     /* room in heap */
	struct sim_flight *flights;	     /* by index; moves when it grows */
	uint32_t flight_count;		     /* ever used at once */
	uint32_t flight_capacity;	     /* room in flights */
	uint32_t flight_free;		     /* head of the free list */
	struct sim_host **hosts;	     /* by index */
	uint32_t host_count;		     /* in hosts */
	uint32_t host_capacity;		     /* room in hosts */
	struct sim_connection **connections; /* by index */
	uint32_t connection_count;	     /* ever used at once */
	uint32_t connection_capacity;	     /* room in connections */
	uint32_t connection_free;	     /* head of the free list */
	struct sim_link *links;		     /* of pairs of hosts that met */
	uint32_t link_count;		     /* in links */
	uint32_t link_capacity;		     /* room in links */
	void *spare_rings;		     /* socket buffers to use again */
	uint32_t ring_bytes;		     /* size of each of those */
};

/* ---- Memory: a test instrument aborts when there is none ---- */

/* Zeroed memory, never NULL. */
void *sim_allocate(size_t bytes);
/* A list with room for `count` + 1 entries; *capacity follows. Never NULL. */
void *sim_grow(void *list, uint32_t count, uint32_t *capacity, size_t entry_bytes);
char *sim_copy_text(const char *text);

/* ---- Chance ---- */

/* Evenly from [0, bound); requires bound > 0. */
uint64_t sim_draw(struct sim_world *world, uint64_t bound);
uint64_t sim_draw_delay(struct sim_world *world, struct sim_delay delay);
/* True with that chance, when faults are on. Draws nothing when the chance is 0. */
bool sim_fault(struct sim_world *world, uint16_t per_mille);
/* A number in [1, bytes], a multiple of `unit` where that is possible: a short transfer. */
uint64_t sim_draw_short(struct sim_world *world, uint64_t bytes, uint64_t unit);
/* Mixes a value into the trace. */
void sim_note(struct sim_world *world, uint64_t value);
uint64_t sim_wall_ns(const struct sim_world *world);

/* ---- Events ---- */

/* Plans a copy of `event`; its tie is set here. */
void sim_plan(struct sim_world *world, const struct sim_event *event);

/* ---- Flights ---- */

/* A flight for the op, waiting; gives its index. */
uint32_t sim_flight_new(struct sim_world *world, struct sim_ops *ops, struct op *op);
/* The op is out of our hands; events planned for it are void. */
void sim_flight_free(struct sim_world *world, uint32_t index);
/* The flight with that index; valid until the next sim_flight_new(). */
struct sim_flight *sim_flight_at(struct sim_world *world, uint32_t index);

/* Plans the op's EFFECT after `delay`, with faults of order. */
void sim_flight_schedule(struct sim_world *world, uint32_t index, struct sim_delay delay);
/* Sets the result and plans COMPLETE. Whatever was planned for it before is void. */
void sim_flight_finish(struct sim_world *world, uint32_t index, int64_t result);
/* Puts the op into its loop's queue of ops that are over, with that result. */
void sim_flight_ready(struct sim_world *world, uint32_t index, int64_t result);

/* An empty queue. */
void sim_queue_init(struct sim_queue *queue);
/* Adds at the end; a flight is in one queue at most. */
void sim_queue_add(struct sim_world *world, struct sim_queue *queue, uint32_t index);
/* The first, taken out; SIM_NONE when empty. */
uint32_t sim_queue_take(struct sim_world *world, struct sim_queue *queue);
/* Takes one out from anywhere; returns whether it was in. */
bool sim_queue_remove(struct sim_world *world, struct sim_queue *queue, uint32_t index);
