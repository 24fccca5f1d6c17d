/* SPDX-License-Identifier: Apache-2.0 */
/* test_sim_fixture.c -- see sim_fixture.h. */
#include <criterion/criterion.h>
#include <string.h>

#include "io/address.h"
#include "sim_fixture.h"

struct sim_test sim_test_new(const struct sim_settings *settings)
{
	struct sim_test test = {0};
	struct sim_settings plain;

	sim_settings_init(&plain, 1);
	cr_assert_eq(sim_world_new(settings ? settings : &plain, &test.world), 0);
	test.tokyo = sim_host_new(test.world, "tokyo", "10.0.0.1");
	test.osaka = sim_host_new(test.world, "osaka", "10.0.0.2");
	cr_assert_eq(sim_ops_new(test.tokyo, &test.tokyo_ops), 0);
	cr_assert_eq(sim_ops_new(test.osaka, &test.osaka_ops), 0);
	return test;
}

void sim_test_done(struct sim_test *test)
{
	ops_free(test->tokyo_ops);
	ops_free(test->osaka_ops);
	sim_world_free(test->world);
}

static void count_done(struct op *op)
{
	struct sim_test_op *test_op = op->owner;

	test_op->done_count++;
}

void sim_test_submit(struct ops *ops, struct sim_test_op *op)
{
	op->op.owner = op;
	op->op.done = count_done;
	ops_submit(ops, &op->op);
}

bool sim_test_turn(struct sim_world *world)
{
	struct ops *ops;

	while ((ops = sim_next_ready(world)) != NULL) {
		cr_assert_eq(ops_wait(ops, UINT64_MAX), 0);
		(void)ops_dispatch(ops, 16);
	}
	return sim_world_step(world);
}

void sim_test_run(struct sim_world *world)
{
	while (sim_test_turn(world))
		;
}

int64_t sim_test_perform(struct sim_world *world, struct ops *ops, struct sim_test_op *op)
{
	unsigned before = op->done_count;

	sim_test_submit(ops, op);
	while (op->done_count == before && sim_test_turn(world))
		;
	cr_assert_eq(op->done_count, before + 1);
	return op->op.result;
}

static void nothing(void *owner)
{
	*(bool *)owner = true;
}

void sim_test_run_until(struct sim_world *world, uint64_t until_ns)
{
	bool reached = false;

	sim_world_at(world, until_ns, nothing, &reached);
	while (!reached && sim_test_turn(world))
		;
}

int sim_test_open(struct sim_world *world, struct ops *ops, const char *path, uint32_t flags)
{
	struct sim_test_op op = {.op = {.kind = OP_OPEN, .fd = -1}};

	op.op.args.open.path = path;
	op.op.args.open.flags = flags;
	op.op.args.open.mode = 0640;
	return (int)sim_test_perform(world, ops, &op);
}

int64_t sim_test_write(struct sim_world *world, struct ops *ops, int fd, uint64_t offset,
		       const void *data, size_t bytes)
{
	struct sim_test_op op = {.op = {.kind = OP_WRITE, .fd = fd}};

	op.op.args.data.data = (void *)(uintptr_t)data;
	op.op.args.data.bytes = bytes;
	op.op.args.data.offset = offset;
	return sim_test_perform(world, ops, &op);
}

int64_t sim_test_read(struct sim_world *world, struct ops *ops, int fd, uint64_t offset, void *data,
		      size_t bytes)
{
	struct sim_test_op op = {.op = {.kind = OP_READ, .fd = fd}};

	op.op.args.data.data = data;
	op.op.args.data.bytes = bytes;
	op.op.args.data.offset = offset;
	return sim_test_perform(world, ops, &op);
}

int64_t sim_test_sync(struct sim_world *world, struct ops *ops, int fd)
{
	struct sim_test_op op = {.op = {.kind = OP_SYNC, .fd = fd}};

	return sim_test_perform(world, ops, &op);
}

int64_t sim_test_rename(struct sim_world *world, struct ops *ops, int fd, const char *from,
			const char *to)
{
	struct sim_test_op op = {.op = {.kind = OP_RENAME, .fd = fd}};

	op.op.args.rename.from = from;
	op.op.args.rename.to = to;
	return sim_test_perform(world, ops, &op);
}

void sim_test_data(struct sim_test_op *op, enum op_kind kind, int fd, void *data, size_t bytes,
		   bool whole)
{
	*op = (struct sim_test_op){.op = {.kind = kind, .fd = fd}};
	op->op.args.data.data = data;
	op->op.args.data.bytes = bytes;
	op->op.args.data.whole = whole;
	op->op.args.data.buffer_index = OP_NO_BUFFER;
}

void sim_test_dial(struct sim_test_op *op, const char *address, uint16_t port)
{
	*op = (struct sim_test_op){.op = {.kind = OP_CONNECT, .fd = -1}};
	cr_assert_eq(net_address_parse(address, port, &op->op.args.connect.to), 0);
}

int sim_test_listen(struct ops *ops, uint16_t port)
{
	struct net_address any;
	uint16_t got = 0;
	int fd = -1;

	cr_assert_eq(net_address_parse("0.0.0.0", port, &any), 0);
	cr_assert_eq(ops_listen(ops, &any, &fd, &got), 0);
	cr_assert_eq(got, port);
	return fd;
}

void sim_test_connect(struct sim_test *test, int *ret_tokyo_fd, int *ret_osaka_fd)
{
	int listener = sim_test_listen(test->osaka_ops, 30000);
	struct sim_test_op accept = {.op = {.kind = OP_ACCEPT, .fd = listener}};
	struct sim_test_op dial;

	sim_test_dial(&dial, "10.0.0.2", 30000);
	sim_test_submit(test->osaka_ops, &accept);
	sim_test_submit(test->tokyo_ops, &dial);
	while ((!accept.done_count || !dial.done_count) && sim_test_turn(test->world))
		;
	cr_assert_geq(dial.op.result, SIM_FIRST_FD);
	cr_assert_geq(accept.op.result, SIM_FIRST_FD);
	*ret_tokyo_fd = (int)dial.op.result;
	*ret_osaka_fd = (int)accept.op.result;
	ops_close(test->osaka_ops, listener);
}

void sim_test_fill(uint8_t *data, size_t bytes, uint64_t seed)
{
	size_t i;

	for (i = 0; i < bytes; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		data[i] = (uint8_t)(seed >> 56);
	}
}

Test(sim_fixture, no_two_sectors_are_filled_alike)
{
	static uint8_t data[100 * SIM_SECTOR_BYTES];
	size_t a;
	size_t b;

	sim_test_fill(data, sizeof(data), 1);
	for (a = 0; a < sizeof(data); a += SIM_SECTOR_BYTES) {
		for (b = 0; b < a; b += SIM_SECTOR_BYTES)
			cr_assert_arr_neq(data + a, data + b, SIM_SECTOR_BYTES);
	}
}
