/* SPDX-License-Identifier: Apache-2.0 */
/* op_rig.h -- a loop for tests: submit an op, turn until it is over, look at the result.
 *
 * For plain test programs over the kernel backends (tests/kernel). A failed check is printed and
 * counted, the test goes on, and the program's exit code says it all: 0, 1, or 77 when an
 * engine could not be tried.
 * Its one idea: the same table of tests runs over every engine, so that an engine that behaves
 * differently is a failed line. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/backend.h"
#include "io/op.h"

/* The world of one test. */
struct op_rig {
	struct file_workers *workers; /* the pool */
	struct ops *ops;	      /* the engine under test */
	const char *test;	      /* name of the running test */
	unsigned failures;	      /* checks that failed so far, all tests */
	char folder[64];	      /* an empty folder of this test; removed afterwards */
};

/* An op with what a test wants to know. Zero it before the first use. */
struct op_try {
	struct op op;	     /* kind, fd and args are the test's */
	unsigned over_count; /* calls of done() */
};

/* One line of the table. */
struct op_test {
	const char *name;		 /* the claim */
	void (*run)(struct op_rig *rig); /* the test */
};

/* Prints and counts a failure. `condition` is its text. */
void op_rig_check(struct op_rig *rig, bool is_true, const char *condition, int line);
#define CHECK(rig, condition) op_rig_check((rig), (condition), #condition, __LINE__)

/* Checks a result and prints both numbers if they differ. */
void op_rig_expect(struct op_rig *rig, int64_t seen, int64_t expected, int line);
#define EXPECT(rig, seen, expected) op_rig_expect((rig), (seen), (expected), __LINE__)

/* Submits; over_count starts from 0. */
void op_rig_start(struct op_rig *rig, struct op_try *try);

/* Turns until the op is over and returns its result. Ends the program with a message when that
 * takes more than ten seconds: a test must not hang. */
int64_t op_rig_finish(struct op_rig *rig, struct op_try *try);

/* Both. */
int64_t op_rig_run(struct op_rig *rig, struct op_try *try);

/* Turns without waiting, so that what was submitted is with the kernel. */
void op_rig_turn(struct op_rig *rig);

/* Shorthands for the ops that most tests need. They return the result. */
int64_t op_rig_send(struct op_rig *rig, int fd, const void *data, size_t bytes);
int64_t op_rig_receive(struct op_rig *rig, int fd, void *data, size_t bytes);
int64_t op_rig_open(struct op_rig *rig, int folder_fd, const char *path, uint32_t flags);

/* Two ends of one TCP connection over the loopback of `family`. */
void op_rig_connect(struct op_rig *rig, int family, int ret_ends[2]);

/* Runs the table over uring and epoll; returns the program's exit code. */
int op_rig_main(const struct op_test *tests, size_t count);
