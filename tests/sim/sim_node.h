/* SPDX-License-Identifier: Apache-2.0 */
/* sim_node.h -- a machine with its engine: started, killed, started again.
 *
 * What it is: a simulated host, the journal's twin in memory on its disk, a configuration, and
 * the real engine over both while its program runs. What it is not: a model of the engine.
 * Its one idea: what a machine keeps through a death is in the struct; the program is only
 * pointed at, and a dead one is never touched again. Its memory is not given back: ops of its
 * were in flight in it, so only the end of the process can know that nobody uses it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"
#include "daemon/control_loop.h"
#include "daemon/engine.h"
#include "daemon/mover.h"
#include "host/log.h"
#include "io/backend_sim.h"
#include "journal/journal_memory.h"
#include "sim/sim_scenario.h"

#define NODE_LOOPS_MAX 3 /* control and two movers */

struct node;

/* What the driver finds behind an ops that has something to do. */
struct loop {
	struct node *node;
	struct ops *ops;
	bool is_control;
	uint32_t mover;	 /* index, if it is none */
	bool is_stopped; /* mover_stop() was called */
};

/* Whom a node tells. */
struct node_events {
	void *arg;
	/* Its program runs; `engine` may be used. */
	void (*started)(void *arg, struct node *node);
	/* Its program has ended in good order. */
	void (*stopped)(void *arg, struct node *node);
	/* A step of its journal is a place to die: node_die() follows from here. */
	void (*journal_death)(void *arg, struct node *node);
	struct request_observer observer;
};

struct node {
	const struct scenario *scenario;
	enum sim_role role;
	struct sim_world *world;
	struct sim_host *host;
	struct journal_memory_disk *disk;
	struct config *config;
	struct log log;
	struct random random; /* for ids and tokens of its engine */
	struct node_events events;
	struct engine *engine;	      /* NULL = its program does not run */
	struct journal *journal;      /* of the engine */
	struct journal *dead_journal; /* of a program that died; freed at the next start */
	struct loop loop[NODE_LOOPS_MAX];
	uint32_t loop_count;
	bool step_planned; /* an event will do a step of the journal */
	bool is_frozen;
	bool is_stopping;     /* it was told to end */
	uint64_t stop_due_ns; /* is_stopping: when it must have ended; not while it is frozen */
	uint64_t pause_ns;    /* from its end to the next start */
	uint32_t starts;      /* programs so far */
	uint64_t source_bytes_read;	  /* to be sent, by programs that died */
	char failure[HFT_SENTENCE_BYTES]; /* why the engine did not start; "" = it did */
};

/* A machine that is off. `log_fd` -1 = silent. */
void node_init(struct node *node, const struct scenario *scenario, enum sim_role role,
	       struct sim_world *world, int log_fd);
/* Starts the program. False, with node->failure set, when the engine does not come up. */
bool node_start(struct node *node);
/* The program is gone: by kill -9, or with the power. Nothing happens when it does not run. */
void node_die(struct node *node, bool power);
/* The program is told to end: its loops go on until nothing is in flight, then it is gone, and
 * node->events.stopped() is called. */
void node_stop(struct node *node);
/* One turn of one loop, and its wait. 0, or a negative errno that the loop cannot go on from. */
HFT_MUST_USE int loop_turn(struct loop *loop);
/* True when its engine has nothing under way. */
bool node_is_idle(const struct node *node);
/* True when a receive of its is under way. */
bool node_is_receiving(const struct node *node);
/* Ends an idle engine and gives its memory back; then the rest of the node. */
void node_done(struct node *node);

/* Bytes read from sources to send them, by all programs of the node. */
uint64_t node_source_bytes_read(const struct node *node);

/* One request of a test, answered before it returns, over the journal of the engine, or over the
 * disk when none runs. Returns its result. */
int node_ask(struct node *node, struct journal_request *request, enum journal_request_kind kind);
