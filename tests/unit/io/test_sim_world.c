/* SPDX-License-Identifier: Apache-2.0 */
/* test_sim_world.c -- clock, order and chance of a simulated world, and who is ready. */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "io/backend_sim.h"
#include "sim_fixture.h"

#define TRANSFER_BYTES 100000u

/* Sends a file's worth of bytes with every fault on; gives the trace. */
static uint64_t trace_of(uint64_t seed)
{
	struct sim_settings settings;
	struct sim_test test;
	static uint8_t sent[TRANSFER_BYTES];
	static uint8_t received[TRANSFER_BYTES];
	struct sim_test_op send;
	struct sim_test_op recv;
	uint64_t trace;
	int tokyo_fd;
	int osaka_fd;

	sim_settings_init(&settings, seed);
	settings.reorder_per_mille = 100;
	settings.short_send_per_mille = 300;
	settings.short_recv_per_mille = 300;
	test = sim_test_new(&settings);
	sim_test_connect(&test, &tokyo_fd, &osaka_fd);
	sim_test_data(&send, OP_SEND, tokyo_fd, sent, sizeof(sent), false);
	sim_test_data(&recv, OP_RECV, osaka_fd, received, sizeof(received), true);
	sim_test_submit(test.tokyo_ops, &send);
	sim_test_submit(test.osaka_ops, &recv);
	while (!send.done_count && sim_test_turn(test.world))
		;
	ops_close(test.tokyo_ops, tokyo_fd);
	sim_test_run(test.world);
	cr_assert_eq(recv.done_count, 1);
	trace = sim_world_trace(test.world);
	sim_test_done(&test);
	return trace;
}

Test(sim_world, the_same_seed_gives_the_same_trace)
{
	uint64_t seed;

	for (seed = 0; seed < 20; seed++)
		cr_expect_eq(trace_of(seed), trace_of(seed));
}

Test(sim_world, another_seed_gives_another_trace)
{
	uint64_t seed;

	for (seed = 0; seed < 20; seed++)
		cr_expect_neq(trace_of(seed), trace_of(seed + 1));
}

Test(sim_world, nothing_is_left_when_all_wait_for_ever)
{
	struct sim_test test = sim_test_new(NULL);

	sim_test_run(test.world);
	cr_expect_eq(sim_world_next_due(test.world), UINT64_MAX);
	cr_expect_not(sim_world_step(test.world));
	sim_test_done(&test);
}

Test(sim_world, a_loop_is_ready_at_its_deadline_and_not_before)
{
	struct sim_test test = sim_test_new(NULL);
	uint64_t deadline_ns = sim_world_now_ns(test.world) + 12345;

	sim_test_run(test.world);
	cr_assert_eq(ops_wait(test.tokyo_ops, deadline_ns), 0);
	cr_expect_null(sim_next_ready(test.world));
	cr_expect_eq(sim_world_next_due(test.world), deadline_ns);
	cr_expect(sim_world_step(test.world));
	cr_expect_eq(ops_now_ns(test.tokyo_ops), deadline_ns);
	cr_expect_eq(sim_next_ready(test.world), test.tokyo_ops);
	sim_test_done(&test);
}

Test(sim_world, a_woken_loop_is_ready_and_gets_a_second_turn_to_say_until_when)
{
	struct sim_test test = sim_test_new(NULL);

	sim_test_run(test.world);
	ops_wake(test.osaka_ops);
	cr_assert_eq(sim_next_ready(test.world), test.osaka_ops);
	cr_assert_eq(ops_wait(test.osaka_ops, UINT64_MAX), 0);
	cr_assert_eq(sim_next_ready(test.world), test.osaka_ops);
	cr_assert_eq(ops_wait(test.osaka_ops, UINT64_MAX), 0);
	cr_expect_null(sim_next_ready(test.world));
	sim_test_done(&test);
}

Test(sim_world, a_frozen_host_is_not_ready_until_it_thaws)
{
	struct sim_test test = sim_test_new(NULL);
	struct sim_test_op stat = {.op = {.kind = OP_STAT}};

	sim_disk_write_file(test.tokyo, "/a", "x", 1);
	stat.op.fd = sim_host_open(test.tokyo, "/a", OPEN_READ);
	sim_test_run(test.world);
	sim_test_submit(test.tokyo_ops, &stat);
	sim_host_freeze(test.tokyo, true);
	sim_test_run(test.world);
	cr_expect_eq(stat.done_count, 0);
	sim_host_freeze(test.tokyo, false);
	sim_test_run(test.world);
	cr_expect_eq(stat.done_count, 1);
	sim_test_done(&test);
}

static void note_call(void *owner)
{
	char **at = owner;

	*(*at)++ = 'x';
}

static void note_other_call(void *owner)
{
	char **at = owner;

	*(*at)++ = 'y';
}

Test(sim_world, calls_come_in_order_of_time_then_of_making)
{
	struct sim_test test = sim_test_new(NULL);
	uint64_t now_ns = sim_world_now_ns(test.world);
	char order[5] = "";
	char *at = order;

	sim_world_at(test.world, now_ns + 2, note_other_call, &at);
	sim_world_at(test.world, now_ns + 1, note_call, &at);
	sim_world_at(test.world, now_ns + 2, note_call, &at);
	sim_world_at(test.world, 0, note_other_call, &at);
	sim_test_run(test.world);
	cr_expect_str_eq(order, "yxyx");
	cr_expect_eq(sim_world_now_ns(test.world), now_ns + 2);
	sim_test_done(&test);
}

Test(sim_world, the_wall_clock_moves_with_the_boot_clock)
{
	struct sim_test test = sim_test_new(NULL);
	uint64_t wall_ns = ops_wall_ns(test.tokyo_ops);

	sim_test_run_until(test.world, sim_world_now_ns(test.world) + 777);
	cr_expect_eq(ops_wall_ns(test.osaka_ops), wall_ns + 777);
	sim_test_done(&test);
}

Test(sim_world, reordered_completions_overtake_each_other)
{
	struct sim_settings settings;
	struct sim_test test;
	struct sim_test_op first = {.op = {.kind = OP_STAT}};
	struct sim_test_op second = {.op = {.kind = OP_STAT}};
	unsigned overtaken = 0;
	unsigned i;

	sim_settings_init(&settings, 3);
	settings.reorder_per_mille = 500;
	test = sim_test_new(&settings);
	sim_disk_write_file(test.tokyo, "/a", "x", 1);
	first.op.fd = sim_host_open(test.tokyo, "/a", OPEN_READ);
	second.op.fd = first.op.fd;
	for (i = 0; i < 50; i++) {
		first.done_count = 0;
		second.done_count = 0;
		sim_test_submit(test.tokyo_ops, &first);
		sim_test_submit(test.tokyo_ops, &second);
		while (!first.done_count && !second.done_count && sim_test_turn(test.world))
			;
		overtaken += second.done_count;
		sim_test_run(test.world);
	}
	cr_expect_gt(overtaken, 5);
	cr_expect_lt(overtaken, 45);
	sim_test_done(&test);
}

Test(sim_world, submitting_an_op_twice_is_a_bug, .signal = SIGABRT)
{
	struct sim_test test = sim_test_new(NULL);
	struct sim_test_op stat = {.op = {.kind = OP_STAT, .fd = -1}};

	sim_test_submit(test.tokyo_ops, &stat);
	sim_test_submit(test.tokyo_ops, &stat);
}

Test(sim_world, closing_under_an_op_in_flight_is_a_bug, .signal = SIGABRT)
{
	struct sim_test test = sim_test_new(NULL);
	struct sim_test_op stat = {.op = {.kind = OP_STAT}};

	sim_disk_write_file(test.tokyo, "/a", "x", 1);
	stat.op.fd = sim_host_open(test.tokyo, "/a", OPEN_READ);
	sim_test_submit(test.tokyo_ops, &stat);
	ops_close(test.tokyo_ops, stat.op.fd);
}

Test(sim_world, freeing_an_ops_with_an_op_in_flight_is_a_bug, .signal = SIGABRT)
{
	struct sim_test test = sim_test_new(NULL);
	struct sim_test_op stat = {.op = {.kind = OP_STAT, .fd = -1}};

	sim_test_submit(test.tokyo_ops, &stat);
	ops_free(test.tokyo_ops);
}

Test(sim_world, a_loop_that_spins_is_a_bug, .signal = SIGABRT)
{
	struct sim_test test = sim_test_new(NULL);
	struct ops *ops;

	while ((ops = sim_next_ready(test.world)) != NULL)
		cr_assert_eq(ops_wait(ops, 0), 0);
}

Test(sim_world, an_op_on_no_descriptor_ends_with_ebadf)
{
	struct sim_test test = sim_test_new(NULL);
	struct sim_test_op op = {.op = {.kind = OP_STAT, .fd = SIM_FIRST_FD}};

	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &op), -EBADF);
	op.op.kind = OP_RECV;
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &op), -EBADF);
	op.op.kind = OP_POLL;
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &op), -EINVAL);
	cr_expect_str_eq(ops_backend_name(test.tokyo_ops), "sim");
	sim_test_done(&test);
}

Test(sim_world, an_op_that_does_nothing_is_over_at_the_next_dispatch)
{
	struct sim_test test = sim_test_new(NULL);
	struct sim_test_op op = {.op = {.kind = OP_NOTHING, .fd = -1}};

	sim_test_submit(test.tokyo_ops, &op);
	cr_expect_eq(op.done_count, 0);
	cr_expect_eq(ops_dispatch(test.tokyo_ops, 1), 1);
	cr_expect_eq(op.done_count, 1);
	cr_expect_eq(op.op.result, 0);
	sim_test_done(&test);
}
