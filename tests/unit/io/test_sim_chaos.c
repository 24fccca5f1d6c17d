/* SPDX-License-Identifier: Apache-2.0 */
/* test_sim_chaos.c -- a program that does anything at any time, on hosts that die at any time.
 *
 * What it is: the proof that no order of events breaks the simulated world itself: no
 * assertion fails, every op ends exactly once, and a seed is a history. It looks at no data.
 * Its one idea: two loops pick their next act by chance, with all faults on. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/address.h"
#include "io/backend_sim.h"
#include "sim_fixture.h"

#define SEED_COUNT     200u
#define ACT_COUNT      2500u
#define OPS_MAX	       24u
#define FDS_MAX	       64u
#define MONKEY_COUNT   2u
#define MONKEY_BUFFER  200000u
#define LISTENING_PORT 30000

struct monkey;

/* What a descriptor is, as far as the monkey knows. */
enum thing {
	THING_NONE,
	THING_FILE,
	THING_FOLDER,
	THING_SOCKET,
	THING_LISTENER,
};

/* One op the monkey may have in flight. */
struct banana {
	struct op op;
	struct monkey *monkey;
	bool in_flight;
};

struct monkey {
	struct sim_world *world;
	struct sim_host *host;
	struct ops *ops;
	struct banana *bananas;	  /* OPS_MAX */
	unsigned in_use[FDS_MAX]; /* ops in flight by descriptor */
	enum thing things[FDS_MAX];
	uint8_t *buffer; /* MONKEY_BUFFER */
};

static void note_fd(struct monkey *monkey, const struct op *op)
{
	bool is_socket = op->kind == OP_CONNECT || op->kind == OP_ACCEPT;
	enum thing thing = THING_SOCKET;

	if (op->result < 0 || !(is_socket || op->kind == OP_OPEN))
		return;
	if (op->kind == OP_OPEN)
		thing = op->args.open.flags & OPEN_FOLDER ? THING_FOLDER : THING_FILE;
	cr_assert_lt(op->result, SIM_FIRST_FD + FDS_MAX);
	monkey->things[op->result - SIM_FIRST_FD] = thing;
}

static void banana_done(struct op *op)
{
	struct banana *banana = op->owner;

	cr_assert(banana->in_flight);
	banana->in_flight = false;
	if (op->fd >= SIM_FIRST_FD)
		banana->monkey->in_use[op->fd - SIM_FIRST_FD]--;
	note_fd(banana->monkey, op);
}

static uint64_t draw(struct monkey *monkey, uint64_t bound)
{
	return sim_world_random(monkey->world, bound);
}

static struct banana *free_banana(struct monkey *monkey)
{
	size_t i;

	for (i = 0; i < OPS_MAX; i++) {
		if (!monkey->bananas[i].in_flight)
			return &monkey->bananas[i];
	}
	return NULL;
}

static unsigned open_count(const struct monkey *monkey)
{
	unsigned count = 0;
	size_t i;

	for (i = 0; i < FDS_MAX; i++)
		count += monkey->things[i] != THING_NONE;
	return count;
}

static void fill_path_op(struct monkey *monkey, struct op *op)
{
	static const char *const names[] = {"a", "b", "c"};
	static const char *const paths[] = {"/tmp/a", "/tmp/b", "/tmp"};
	size_t which = draw(monkey, 3);

	switch (op->kind) {
	case OP_OPEN:
		op->fd = -1;
		op->args.open.path = paths[which];
		op->args.open.flags = which == 2 ? OPEN_FOLDER
						 : OPEN_READ | OPEN_WRITE | OPEN_CREATE;
		op->args.open.mode = 0600;
		break;
	case OP_RENAME:
		op->args.rename.from = names[which];
		op->args.rename.to = names[draw(monkey, 3)];
		break;
	case OP_UNLINK:
		op->args.unlink.name = names[which];
		break;
	default:
		break;
	}
}

/* Mostly what the op is meant for, sometimes anything. */
static int pick_fd(struct monkey *monkey, enum op_kind kind)
{
	static const enum thing wanted[OP_KINDS] = {
		[OP_ACCEPT] = THING_LISTENER, [OP_RECV] = THING_SOCKET,	  [OP_SEND] = THING_SOCKET,
		[OP_READ] = THING_FILE,	      [OP_WRITE] = THING_FILE,	  [OP_STAT] = THING_FILE,
		[OP_TRUNCATE] = THING_FILE,   [OP_MODE] = THING_FILE,	  [OP_SYNC] = THING_FOLDER,
		[OP_RENAME] = THING_FOLDER,   [OP_UNLINK] = THING_FOLDER, [OP_COPY] = THING_FILE,
		[OP_DATASYNC] = THING_FILE,   [OP_LOCK] = THING_FILE,
	};
	size_t index = draw(monkey, FDS_MAX);
	size_t tries = draw(monkey, 10) ? FDS_MAX : 0;

	while (tries-- > 0 && monkey->things[index] != wanted[kind])
		index = (index + 1) % FDS_MAX;
	return SIM_FIRST_FD + (int)index;
}

static void fill_op(struct monkey *monkey, struct op *op)
{
	op->fd = pick_fd(monkey, op->kind);
	fill_path_op(monkey, op);
	switch (op->kind) {
	case OP_CONNECT:
		op->fd = -1;
		(void)net_address_parse(draw(monkey, 2) ? "10.0.0.1" : "10.0.0.2", LISTENING_PORT,
					&op->args.connect.to);
		break;
	case OP_RECV:
	case OP_SEND:
	case OP_READ:
	case OP_WRITE:
		op->args.data.data = monkey->buffer;
		op->args.data.bytes = draw(monkey, MONKEY_BUFFER);
		op->args.data.offset = draw(monkey, MONKEY_BUFFER);
		op->args.data.whole = draw(monkey, 2);
		break;
	case OP_TRUNCATE:
		op->args.truncate.bytes = draw(monkey, MONKEY_BUFFER);
		break;
	case OP_COPY:
		op->args.copy.from_fd = op->fd;
		op->args.copy.from_offset = draw(monkey, MONKEY_BUFFER);
		op->args.copy.to_offset = draw(monkey, MONKEY_BUFFER);
		op->args.copy.bytes = draw(monkey, MONKEY_BUFFER);
		break;
	default:
		break;
	}
}

static void act_submit(struct monkey *monkey)
{
	static const enum op_kind kinds[] = {
		OP_CONNECT, OP_CONNECT, OP_ACCEPT, OP_ACCEPT, OP_RECV, OP_RECV,	    OP_SEND,
		OP_SEND,    OP_READ,	OP_WRITE,  OP_WRITE,  OP_OPEN, OP_STAT,	    OP_TRUNCATE,
		OP_MODE,    OP_SYNC,	OP_RENAME, OP_UNLINK, OP_COPY, OP_DATASYNC, OP_LOCK,
	};
	struct banana *banana = free_banana(monkey);

	if (!banana || open_count(monkey) > FDS_MAX / 2)
		return;
	banana->op = (struct op){.kind = kinds[draw(monkey, ARRAY_COUNT(kinds))]};
	fill_op(monkey, &banana->op);
	banana->op.owner = banana;
	banana->op.done = banana_done;
	banana->in_flight = true;
	if (banana->op.fd >= SIM_FIRST_FD)
		monkey->in_use[banana->op.fd - SIM_FIRST_FD]++;
	ops_submit(monkey->ops, &banana->op);
}

static void act_cancel(struct monkey *monkey)
{
	struct banana *banana = &monkey->bananas[draw(monkey, OPS_MAX)];

	if (banana->in_flight)
		ops_cancel(monkey->ops, &banana->op);
}

static void act_close(struct monkey *monkey)
{
	size_t index = draw(monkey, FDS_MAX);
	int fd = SIM_FIRST_FD + (int)index;

	if (monkey->things[index] == THING_NONE)
		return;
	monkey->things[index] = THING_NONE;
	if (monkey->in_use[index] > 0 || draw(monkey, 2))
		ops_abort(monkey->ops, fd);
	else
		ops_close(monkey->ops, fd);
}

static void act_listen(struct monkey *monkey)
{
	struct net_address any;
	uint16_t port;
	int fd;

	cr_assert_eq(net_address_parse("0.0.0.0", LISTENING_PORT, &any), 0);
	if (ops_listen(monkey->ops, &any, &fd, &port) == 0)
		monkey->things[fd - SIM_FIRST_FD] = THING_LISTENER;
}

static void monkey_start(struct monkey *monkey)
{
	monkey->bananas = calloc(OPS_MAX, sizeof(struct banana));
	monkey->buffer = calloc(1, MONKEY_BUFFER);
	cr_assert(monkey->bananas && monkey->buffer);
	for (size_t i = 0; i < OPS_MAX; i++)
		monkey->bananas[i].monkey = monkey;
	memset(monkey->in_use, 0, sizeof(monkey->in_use));
	memset(monkey->things, 0, sizeof(monkey->things));
	cr_assert_eq(sim_ops_new(monkey->host, &monkey->ops), 0);
	sim_ops_set_owner(monkey->ops, monkey);
}

/* The memory of a dead program goes at once: who still looks into it is found by ASan. */
static void monkey_dies(struct monkey *monkey, bool power_loss)
{
	if (power_loss)
		sim_host_crash(monkey->host);
	else
		sim_host_kill(monkey->host);
	free(monkey->bananas);
	free(monkey->buffer);
	ops_free(monkey->ops);
}

static void act(struct monkey *monkey)
{
	uint64_t what = draw(monkey, 100);

	if (what < 88)
		act_submit(monkey);
	else if (what < 93)
		act_cancel(monkey);
	else if (what < 98)
		act_close(monkey);
	else
		act_listen(monkey);
}

static void fate(struct monkey *monkeys)
{
	struct monkey *monkey = &monkeys[draw(monkeys, MONKEY_COUNT)];

	switch (draw(monkeys, 500)) {
	case 0:
		monkey_dies(monkey, draw(monkeys, 2));
		monkey_start(monkey);
		break;
	case 1:
		sim_host_partition(monkeys[0].host, monkeys[1].host, draw(monkeys, 2));
		break;
	case 2:
		sim_host_freeze(monkey->host, draw(monkeys, 2));
		break;
	default:
		break;
	}
}

static void turn_all(struct sim_world *world)
{
	struct ops *ops;

	while ((ops = sim_next_ready(world)) != NULL) {
		cr_assert_eq(ops_wait(ops, UINT64_MAX), 0);
		(void)ops_dispatch(ops, 1 + (unsigned)sim_world_random(world, 4));
	}
}

static void all_faults(struct sim_settings *settings, uint64_t seed)
{
	sim_settings_init(settings, seed);
	settings->reorder_per_mille = 200;
	settings->short_read_per_mille = 100;
	settings->short_write_per_mille = 100;
	settings->short_send_per_mille = 100;
	settings->short_recv_per_mille = 100;
	settings->reset_per_mille = 10;
	settings->stall_per_mille = 10;
	settings->stall = (struct sim_delay){1000, seed % 2 ? 1000000 : 1000};
	settings->refuse_per_mille = 50;
	settings->flip_per_mille = 50;
	settings->disk_capacity_bytes = 500000;
	settings->read_error_per_mille = 20;
	settings->write_error_per_mille = 20;
	settings->sync_error_per_mille = 50;
	settings->crash_is_silent = seed % 3 == 0;
}

static void assert_all_over(const struct monkey *monkey)
{
	size_t i;

	cr_assert_eq(sim_ops_in_flight(monkey->ops), 0);
	for (i = 0; i < OPS_MAX; i++)
		cr_assert_not(monkey->bananas[i].in_flight);
}

/* Cancels all and closes all, so that everything must end. */
static void monkey_goes_home(struct monkey *monkey)
{
	size_t i;

	sim_host_freeze(monkey->host, false);
	for (i = 0; i < OPS_MAX; i++) {
		if (monkey->bananas[i].in_flight)
			ops_cancel(monkey->ops, &monkey->bananas[i].op);
	}
}

static uint64_t history_of(uint64_t seed)
{
	struct monkey monkeys[MONKEY_COUNT] = {0};
	struct sim_settings settings;
	struct sim_world *world;
	uint64_t trace;
	unsigned i;

	all_faults(&settings, seed);
	cr_assert_eq(sim_world_new(&settings, &world), 0);
	monkeys[0].host = sim_host_new(world, "tokyo", "10.0.0.1");
	monkeys[1].host = sim_host_new(world, "osaka", "10.0.0.2");
	for (i = 0; i < MONKEY_COUNT; i++) {
		monkeys[i].world = world;
		monkey_start(&monkeys[i]);
	}
	for (i = 0; i < ACT_COUNT; i++) {
		act(&monkeys[draw(monkeys, MONKEY_COUNT)]);
		fate(monkeys);
		turn_all(world);
		(void)sim_world_step(world);
	}
	for (i = 0; i < MONKEY_COUNT; i++)
		monkey_goes_home(&monkeys[i]);
	sim_test_run(world);
	trace = sim_world_trace(world);
	for (i = 0; i < MONKEY_COUNT; i++) {
		assert_all_over(&monkeys[i]);
		monkey_dies(&monkeys[i], true);
	}
	sim_world_free(world);
	return trace;
}

Test(sim_chaos, every_op_ends_once_and_a_seed_is_a_history)
{
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		uint64_t trace = history_of(seed);

		cr_assert_eq(history_of(seed), trace, "seed %llu", (unsigned long long)seed);
	}
}
