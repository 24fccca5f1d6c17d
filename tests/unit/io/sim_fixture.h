/* SPDX-License-Identifier: Apache-2.0 */
/* sim_fixture.h -- two hosts in a simulated world, and ops that a test can wait for.
 *
 * What it is: the smallest driver of backend_sim.h. What it is not: a daemon.
 * Its one idea: a test says what it wants done and looks at the result; time runs by itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "io/backend_sim.h"

/* An op and what became of it. */
struct sim_test_op {
	struct op op;	     /* to fill in */
	unsigned done_count; /* how often done() was called */
};

struct sim_test {
	struct sim_world *world;
	struct sim_host *tokyo; /* 10.0.0.1 */
	struct sim_host *osaka; /* 10.0.0.2 */
	struct ops *tokyo_ops;
	struct ops *osaka_ops;
};

/* Two hosts with one loop each; NULL = settings without faults and seed 1. */
struct sim_test sim_test_new(const struct sim_settings *settings);
/* Frees all; nothing may be in flight. */
void sim_test_done(struct sim_test *test);

/* Submits, and makes done() count. */
void sim_test_submit(struct ops *ops, struct sim_test_op *op);
/* Dispatches what is over and lets one thing happen; false when nothing is left. */
bool sim_test_turn(struct sim_world *world);
/* Until nothing is left. */
void sim_test_run(struct sim_world *world);
/* Submits and runs until it is over; gives the result. */
int64_t sim_test_perform(struct sim_world *world, struct ops *ops, struct sim_test_op *op);
/* Until the clock says so; what is left happens later. */
void sim_test_run_until(struct sim_world *world, uint64_t until_ns);

/* The same for common ops. */
int sim_test_open(struct sim_world *world, struct ops *ops, const char *path, uint32_t flags);
/* All bytes are asked for in one op. */
int64_t sim_test_write(struct sim_world *world, struct ops *ops, int fd, uint64_t offset,
		       const void *data, size_t bytes);
/* All bytes are asked for in one op. */
int64_t sim_test_read(struct sim_world *world, struct ops *ops, int fd, uint64_t offset, void *data,
		      size_t bytes);
/* OP_SYNC, of a file or a folder. */
int64_t sim_test_sync(struct sim_world *world, struct ops *ops, int fd);
/* OP_RENAME in the folder `fd`. */
int64_t sim_test_rename(struct sim_world *world, struct ops *ops, int fd, const char *from,
			const char *to);

/* Osaka listens on port 30000 and tokyo connects; asserts that it works. */
void sim_test_connect(struct sim_test *test, int *ret_tokyo_fd, int *ret_osaka_fd);
/* Fills in an OP_SEND or OP_RECV. */
void sim_test_data(struct sim_test_op *op, enum op_kind kind, int fd, void *data, size_t bytes,
		   bool whole);
/* Fills in an OP_CONNECT to that address and port. */
void sim_test_dial(struct sim_test_op *op, const char *address, uint16_t port);
/* Listens on that port of every address of the host; asserts that it works. */
int sim_test_listen(struct ops *ops, uint16_t port);
/* Bytes that are different from place to place. */
void sim_test_fill(uint8_t *data, size_t bytes, uint64_t seed);
