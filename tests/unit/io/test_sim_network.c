/* SPDX-License-Identifier: Apache-2.0 */
/* test_sim_network.c -- connections between simulated hosts, in good order and not. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "io/address.h"
#include "io/backend_sim.h"
#include "sim_fixture.h"

#define SECOND_NS 1000000000ull
#define BIG_BYTES 3000000u

static struct sim_test test;
static int tokyo_fd;
static int osaka_fd;
static uint8_t sent[BIG_BYTES];
static uint8_t received[BIG_BYTES];

static void begin(void)
{
	test = sim_test_new(NULL);
	sim_test_connect(&test, &tokyo_fd, &osaka_fd);
	sim_test_fill(sent, sizeof(sent), 5);
}

static void end(void)
{
	sim_test_done(&test);
}

TestSuite(sim_network, .init = begin, .fini = end);

static struct sim_settings settings_now(void)
{
	return *sim_world_settings(test.world);
}

static void start_send(struct sim_test_op *op, size_t bytes, bool whole)
{
	sim_test_data(op, OP_SEND, tokyo_fd, sent, bytes, whole);
	sim_test_submit(test.tokyo_ops, op);
}

static void start_recv(struct sim_test_op *op, size_t bytes, bool whole)
{
	sim_test_data(op, OP_RECV, osaka_fd, received, bytes, whole);
	sim_test_submit(test.osaka_ops, op);
}

static int64_t send_now(const char *text)
{
	struct sim_test_op op;

	sim_test_data(&op, OP_SEND, tokyo_fd, (void *)(uintptr_t)text, strlen(text), true);
	return sim_test_perform(test.world, test.tokyo_ops, &op);
}

static int64_t recv_now(size_t bytes)
{
	struct sim_test_op op;

	sim_test_data(&op, OP_RECV, osaka_fd, received, bytes, false);
	return sim_test_perform(test.world, test.osaka_ops, &op);
}

Test(sim_network, whole_transfers_move_every_byte_in_order)
{
	struct sim_test_op send;
	struct sim_test_op recv;

	start_send(&send, BIG_BYTES, true);
	start_recv(&recv, BIG_BYTES, true);
	sim_test_run(test.world);
	cr_expect_eq(send.op.result, BIG_BYTES);
	cr_expect_eq(recv.op.result, BIG_BYTES);
	cr_expect_arr_eq(received, sent, BIG_BYTES);
}

Test(sim_network, short_transfers_lose_nothing_either)
{
	struct sim_settings settings = settings_now();
	struct sim_test_op send;
	struct sim_test_op recv;
	size_t sent_bytes = 0;
	size_t received_bytes = 0;

	settings.short_send_per_mille = 500;
	settings.short_recv_per_mille = 500;
	sim_world_change(test.world, &settings);
	sim_test_data(&send, OP_SEND, tokyo_fd, sent, BIG_BYTES, false);
	sim_test_data(&recv, OP_RECV, osaka_fd, received, BIG_BYTES, false);
	sim_test_submit(test.tokyo_ops, &send);
	sim_test_submit(test.osaka_ops, &recv);
	while (received_bytes < BIG_BYTES) {
		bool more = sim_test_turn(test.world);

		cr_assert(more || send.done_count || recv.done_count);
		if (send.done_count && sent_bytes < BIG_BYTES) {
			sent_bytes += (size_t)send.op.result;
			sim_test_data(&send, OP_SEND, tokyo_fd, sent + sent_bytes,
				      BIG_BYTES - sent_bytes, false);
			if (sent_bytes < BIG_BYTES)
				sim_test_submit(test.tokyo_ops, &send);
		}
		if (recv.done_count) {
			received_bytes += (size_t)recv.op.result;
			sim_test_data(&recv, OP_RECV, osaka_fd, received + received_bytes,
				      BIG_BYTES - received_bytes, false);
			if (received_bytes < BIG_BYTES)
				sim_test_submit(test.osaka_ops, &recv);
		}
	}
	cr_expect_arr_eq(received, sent, BIG_BYTES);
}

Test(sim_network, latency_and_bandwidth_take_their_time)
{
	uint64_t start_ns = sim_world_now_ns(test.world);
	struct sim_test_op send;
	struct sim_test_op recv;

	sim_link_set(test.tokyo, test.osaka, (struct sim_delay){SECOND_NS, SECOND_NS}, 1000000);
	start_send(&send, BIG_BYTES, true);
	start_recv(&recv, BIG_BYTES, true);
	sim_test_run(test.world);
	cr_expect_eq(recv.op.result, BIG_BYTES);
	cr_expect_geq(sim_world_now_ns(test.world) - start_ns, 4 * SECOND_NS);
}

Test(sim_network, a_sender_waits_when_nobody_reads)
{
	size_t room = sim_world_settings(test.world)->socket_buffer_bytes;
	struct sim_test_op send;

	start_send(&send, room + 1, true);
	sim_test_run(test.world);
	cr_expect_eq(send.done_count, 0);
	cr_expect_eq(recv_now(1000), 1000);
	sim_test_run(test.world);
	cr_expect_eq(send.done_count, 1);
	cr_expect_eq(send.op.result, (int64_t)room + 1);
}

Test(sim_network, a_send_that_is_not_whole_takes_what_there_is_room_for)
{
	size_t room = sim_world_settings(test.world)->socket_buffer_bytes;
	struct sim_test_op send;

	start_send(&send, room + 1000, false);
	sim_test_run(test.world);
	cr_expect_eq(send.op.result, (int64_t)room);
}

Test(sim_network, close_lets_the_bytes_arrive_and_then_the_end)
{
	cr_expect_eq(send_now("abc"), 3);
	ops_close(test.tokyo_ops, tokyo_fd);
	sim_test_run(test.world);
	cr_expect_eq(recv_now(10), 3);
	cr_expect_eq(recv_now(10), 0);
	cr_expect_eq(recv_now(10), 0);
	ops_close(test.osaka_ops, osaka_fd);
}

Test(sim_network, a_whole_receive_ends_short_at_the_end_of_the_stream)
{
	struct sim_test_op recv;

	start_recv(&recv, 10, true);
	cr_expect_eq(send_now("abc"), 3);
	ops_close(test.tokyo_ops, tokyo_fd);
	sim_test_run(test.world);
	cr_expect_eq(recv.op.result, 3);
}

Test(sim_network, shutdown_ends_one_direction_only)
{
	struct sim_test_op op;
	char back[4] = "";

	cr_expect_eq(send_now("abc"), 3);
	ops_shutdown(test.tokyo_ops, tokyo_fd);
	cr_expect_eq(recv_now(10), 3);
	cr_expect_eq(recv_now(10), 0);
	sim_test_data(&op, OP_SEND, osaka_fd, sent, 4, true);
	cr_expect_eq(sim_test_perform(test.world, test.osaka_ops, &op), 4);
	sim_test_data(&op, OP_RECV, tokyo_fd, back, 4, true);
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &op), 4);
	cr_expect_arr_eq(back, sent, 4);
	cr_expect_eq(send_now("x"), -EPIPE);
}

Test(sim_network, abort_resets_the_peer_and_cancels_what_waits)
{
	struct sim_test_op recv;
	struct sim_test_op mine;

	sim_test_data(&mine, OP_RECV, tokyo_fd, received, 10, false);
	sim_test_submit(test.tokyo_ops, &mine);
	start_recv(&recv, 10, false);
	ops_abort(test.tokyo_ops, tokyo_fd);
	sim_test_run(test.world);
	cr_expect_eq(mine.done_count, 1);
	cr_expect_eq(mine.op.result, -ECANCELED);
	cr_expect_eq(recv.done_count, 1);
	cr_expect_eq(recv.op.result, -ECONNRESET);
	cr_expect_eq(recv_now(1), -ECONNRESET);
	ops_close(test.osaka_ops, osaka_fd);
}

Test(sim_network, closing_without_having_read_resets_the_peer)
{
	struct sim_test_op recv;

	cr_expect_eq(send_now("abc"), 3);
	sim_test_run(test.world);
	sim_test_data(&recv, OP_RECV, tokyo_fd, received, 10, false);
	sim_test_submit(test.tokyo_ops, &recv);
	ops_close(test.osaka_ops, osaka_fd);
	sim_test_run(test.world);
	cr_expect_eq(recv.op.result, -ECONNRESET);
}

Test(sim_network, sending_to_who_closed_brings_a_reset)
{
	ops_close(test.osaka_ops, osaka_fd);
	sim_test_run(test.world);
	cr_expect_eq(send_now("abc"), 3);
	sim_test_run(test.world);
	cr_expect_eq(send_now("abc"), -ECONNRESET);
}

Test(sim_network, a_cancelled_receive_ends_once_and_keeps_what_it_had)
{
	struct sim_test_op recv;

	start_recv(&recv, 10, true);
	ops_cancel(test.osaka_ops, &recv.op);
	ops_cancel(test.osaka_ops, &recv.op);
	cr_expect_eq(send_now("abc"), 3);
	sim_test_run(test.world);
	cr_expect_eq(recv.done_count, 1);
	cr_expect_eq(recv.op.result, -ECANCELED);
	start_recv(&recv, 10, true);
	ops_cancel(test.osaka_ops, &recv.op);
	sim_test_run(test.world);
	cr_expect_eq(recv.done_count, 1);
	cr_expect_eq(recv.op.result, 3);
}

Test(sim_network, a_cancelled_connect_ends_once_and_its_connection_is_reset)
{
	int listener = sim_test_listen(test.osaka_ops, 30001);
	struct sim_test_op accept = {.op = {.kind = OP_ACCEPT, .fd = listener}};
	struct sim_test_op dial;

	sim_test_dial(&dial, "10.0.0.2", 30001);
	sim_test_submit(test.osaka_ops, &accept);
	sim_test_submit(test.tokyo_ops, &dial);
	sim_test_run_until(test.world, sim_world_now_ns(test.world) + 60000);
	cr_assert_eq(dial.done_count, 0);
	ops_cancel(test.tokyo_ops, &dial.op);
	sim_test_run(test.world);
	cr_expect_eq(dial.done_count, 1);
	cr_expect_eq(dial.op.result, -ECANCELED);
	cr_assert_geq(accept.op.result, 0);
	osaka_fd = (int)accept.op.result;
	cr_expect_eq(recv_now(1), -ECONNRESET);
}

Test(sim_network, a_cancelled_accept_ends_and_the_listener_goes_on)
{
	int listener = sim_test_listen(test.osaka_ops, 30001);
	struct sim_test_op accept = {.op = {.kind = OP_ACCEPT, .fd = listener}};
	struct sim_test_op dial;

	sim_test_submit(test.osaka_ops, &accept);
	ops_cancel(test.osaka_ops, &accept.op);
	sim_test_run(test.world);
	cr_expect_eq(accept.op.result, -ECANCELED);
	sim_test_dial(&dial, "10.0.0.2", 30001);
	cr_expect_geq(sim_test_perform(test.world, test.tokyo_ops, &dial), 0);
	cr_expect_geq(sim_test_perform(test.world, test.osaka_ops, &accept), 0);
	cr_expect(net_address_port(&accept.op.args.accept.ret_peer) >= 40000);
}

Test(sim_network, connecting_where_nobody_listens_is_refused)
{
	struct sim_test_op dial;

	sim_test_dial(&dial, "10.0.0.2", 1);
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &dial), -ECONNREFUSED);
	sim_test_dial(&dial, "10.9.9.9", 1);
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &dial), -EHOSTUNREACH);
}

Test(sim_network, connecting_over_a_cut_link_times_out_late)
{
	uint64_t start_ns = sim_world_now_ns(test.world);
	struct sim_test_op dial;

	(void)sim_test_listen(test.osaka_ops, 30001);
	sim_host_partition(test.tokyo, test.osaka, true);
	sim_test_dial(&dial, "10.0.0.2", 30001);
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &dial), -ETIMEDOUT);
	cr_expect_gt(sim_world_now_ns(test.world) - start_ns, 120 * SECOND_NS);
}

Test(sim_network, connecting_succeeds_when_the_cut_heals)
{
	struct sim_test_op dial;

	(void)sim_test_listen(test.osaka_ops, 30001);
	sim_host_partition(test.tokyo, test.osaka, true);
	sim_test_dial(&dial, "10.0.0.2", 30001);
	sim_test_submit(test.tokyo_ops, &dial);
	sim_test_run_until(test.world, sim_world_now_ns(test.world) + 5 * SECOND_NS);
	cr_assert_eq(dial.done_count, 0);
	sim_host_partition(test.tokyo, test.osaka, false);
	sim_test_run(test.world);
	cr_expect_geq(dial.op.result, SIM_FIRST_FD);
}

Test(sim_network, a_partition_is_silence_and_its_end_brings_everything)
{
	struct sim_test_op send;
	struct sim_test_op recv;

	sim_host_partition(test.tokyo, test.osaka, true);
	start_send(&send, BIG_BYTES, true);
	start_recv(&recv, BIG_BYTES, true);
	sim_test_run(test.world);
	cr_expect_eq(send.done_count + recv.done_count, 0);
	sim_host_partition(test.tokyo, test.osaka, false);
	sim_test_run(test.world);
	cr_expect_eq(recv.op.result, BIG_BYTES);
	cr_expect_arr_eq(received, sent, BIG_BYTES);
}

Test(sim_network, an_abort_behind_a_partition_is_heard_when_it_ends)
{
	struct sim_test_op recv;

	start_recv(&recv, 1, true);
	sim_host_partition(test.tokyo, test.osaka, true);
	ops_abort(test.tokyo_ops, tokyo_fd);
	sim_test_run(test.world);
	cr_expect_eq(recv.done_count, 0);
	sim_host_partition(test.tokyo, test.osaka, false);
	sim_test_run(test.world);
	cr_expect_eq(recv.op.result, -ECONNRESET);
}

/* ---- Crashes ---- */

Test(sim_network, a_crash_resets_the_peer)
{
	struct sim_test_op recv;

	start_recv(&recv, 1, true);
	sim_host_crash(test.tokyo);
	sim_test_run(test.world);
	cr_expect_eq(recv.op.result, -ECONNRESET);
}

Test(sim_network, a_killed_program_closes_in_good_order)
{
	struct sim_test_op recv;

	cr_expect_eq(send_now("abc"), 3);
	start_recv(&recv, 10, true);
	sim_host_kill(test.tokyo);
	sim_test_run(test.world);
	cr_expect_eq(recv.op.result, 3);
	cr_expect_eq(recv_now(1), 0);
}

Test(sim_network, a_silent_crash_is_noticed_only_when_the_host_is_back)
{
	struct sim_settings settings = settings_now();
	struct ops *restarted;
	struct sim_test_op recv;

	settings.crash_is_silent = true;
	sim_world_change(test.world, &settings);
	sim_test_data(&recv, OP_RECV, tokyo_fd, received, 1, true);
	sim_test_submit(test.tokyo_ops, &recv);
	sim_host_crash(test.osaka);
	cr_expect_eq(send_now("abc"), 3);
	sim_test_run(test.world);
	cr_expect_eq(recv.done_count, 0);
	cr_assert_eq(sim_ops_new(test.osaka, &restarted), 0);
	sim_test_run(test.world);
	cr_expect_eq(recv.op.result, -ECONNRESET);
	ops_free(restarted);
}

Test(sim_network, a_crash_frees_the_port_for_the_restarted_program)
{
	struct ops *restarted;

	(void)sim_test_listen(test.osaka_ops, 30001);
	sim_host_crash(test.osaka);
	cr_assert_eq(sim_ops_new(test.osaka, &restarted), 0);
	(void)sim_test_listen(restarted, 30001);
	sim_host_crash(test.osaka);
	ops_free(restarted);
}

Test(sim_network, a_crash_in_the_middle_of_connecting_ends_it)
{
	int listener = sim_test_listen(test.osaka_ops, 30001);
	struct sim_test_op dial;

	(void)listener;
	sim_test_dial(&dial, "10.0.0.2", 30001);
	sim_test_submit(test.tokyo_ops, &dial);
	sim_test_run_until(test.world, sim_world_now_ns(test.world) + 60000);
	cr_assert_eq(dial.done_count, 0);
	sim_host_crash(test.osaka);
	sim_test_run(test.world);
	cr_expect_eq(dial.done_count, 1);
}

Test(sim_network, a_frozen_program_still_has_a_kernel)
{
	struct sim_test_op dial;
	struct sim_test_op send;

	(void)sim_test_listen(test.osaka_ops, 30001);
	sim_host_freeze(test.osaka, true);
	sim_test_dial(&dial, "10.0.0.2", 30001);
	cr_expect_geq(sim_test_perform(test.world, test.tokyo_ops, &dial), 0);
	start_send(&send, 1000, true);
	sim_test_run(test.world);
	cr_expect_eq(send.op.result, 1000);
	sim_host_freeze(test.osaka, false);
	cr_expect_eq(recv_now(2000), 1000);
}

/* ---- Faults ---- */

Test(sim_network, a_reset_by_chance_hits_both_ends)
{
	struct sim_settings settings = settings_now();
	struct sim_test_op send;
	struct sim_test_op recv;

	settings.reset_per_mille = 1000;
	sim_world_change(test.world, &settings);
	start_recv(&recv, BIG_BYTES, true);
	start_send(&send, BIG_BYTES, true);
	sim_test_run(test.world);
	cr_expect_lt(send.op.result, BIG_BYTES);
	cr_expect_lt(recv.op.result, BIG_BYTES);
	cr_expect_eq(recv_now(1), -ECONNRESET);
	cr_expect_eq(send_now("x"), -ECONNRESET);
}

Test(sim_network, a_stall_is_silence_until_it_ends)
{
	struct sim_settings settings = settings_now();
	struct sim_test_op recv;

	settings.stall_per_mille = 1000;
	settings.stall = (struct sim_delay){SECOND_NS, SECOND_NS};
	sim_world_change(test.world, &settings);
	start_recv(&recv, 3, true);
	cr_expect_eq(send_now("abc"), 3);
	sim_test_run_until(test.world, sim_world_now_ns(test.world) + SECOND_NS / 2);
	cr_expect_eq(recv.done_count, 0);
	sim_test_run(test.world);
	cr_expect_eq(recv.op.result, 3);
}

Test(sim_network, a_flip_is_one_bit)
{
	struct sim_settings settings = settings_now();
	unsigned bit_count = 0;
	unsigned i;

	settings.flip_per_mille = 1000;
	sim_world_change(test.world, &settings);
	cr_expect_eq(send_now("abcdefgh"), 8);
	sim_test_run(test.world);
	cr_expect_eq(recv_now(8), 8);
	for (i = 0; i < 8; i++)
		bit_count += (unsigned)__builtin_popcount(received[i] ^ (unsigned)"abcdefgh"[i]);
	cr_expect_eq(bit_count, 1);
}

Test(sim_network, a_refusal_by_chance_is_a_refusal)
{
	struct sim_settings settings = settings_now();
	struct sim_test_op dial;

	(void)sim_test_listen(test.osaka_ops, 30001);
	settings.refuse_per_mille = 1000;
	sim_world_change(test.world, &settings);
	sim_test_dial(&dial, "10.0.0.2", 30001);
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &dial), -ECONNREFUSED);
}

/* ---- Names and listeners ---- */

Test(sim_network, names_are_those_of_the_hosts)
{
	struct sim_test_op op = {.op = {.kind = OP_RESOLVE, .fd = -1}};
	struct net_address list[4];
	char text[64];

	sim_host_add_address(test.osaka, "fd00::2");
	op.op.args.resolve.name = "osaka";
	op.op.args.resolve.port = 30000;
	op.op.args.resolve.list = list;
	op.op.args.resolve.capacity = 4;
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &op), 2);
	cr_expect_str_eq(net_address_print(&list[0], text, sizeof(text)), "10.0.0.2:30000");
	cr_expect_str_eq(net_address_print(&list[1], text, sizeof(text)), "[fd00::2]:30000");
	op.op.args.resolve.name = "kyoto";
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &op), -ENOENT);
	op.op.args.resolve.name = "10.0.0.2";
	cr_expect_eq(sim_test_perform(test.world, test.tokyo_ops, &op), 1);
}

Test(sim_network, a_port_can_be_taken_once_per_address)
{
	struct net_address at;
	uint16_t port = 0;
	uint16_t other_port = 0;
	int fd = -1;

	cr_assert_eq(net_address_parse("10.0.0.2", 0, &at), 0);
	cr_expect_eq(ops_listen(test.osaka_ops, &at, &fd, &port), 0);
	cr_expect_eq(ops_listen(test.osaka_ops, &at, &fd, &other_port), 0);
	cr_expect_neq(port, other_port);
	net_address_set_port(&at, port);
	cr_expect_eq(ops_listen(test.osaka_ops, &at, &fd, &port), -EADDRINUSE);
	cr_expect_eq(ops_listen(test.tokyo_ops, &at, &fd, &port), -EADDRNOTAVAIL);
}

Test(sim_network, a_host_can_talk_to_itself)
{
	int listener = sim_test_listen(test.tokyo_ops, 30001);
	struct sim_test_op accept = {.op = {.kind = OP_ACCEPT, .fd = listener}};
	struct sim_test_op dial;

	sim_test_submit(test.tokyo_ops, &accept);
	sim_test_dial(&dial, "127.0.0.1", 30001);
	cr_expect_geq(sim_test_perform(test.world, test.tokyo_ops, &dial), 0);
	sim_test_run(test.world);
	cr_expect_geq(accept.op.result, 0);
	sim_host_crash(test.tokyo);
}

Test(sim_network, closing_a_listener_resets_who_waits_there)
{
	int listener = sim_test_listen(test.osaka_ops, 30001);
	struct sim_test_op dial;

	sim_test_dial(&dial, "10.0.0.2", 30001);
	cr_expect_geq(sim_test_perform(test.world, test.tokyo_ops, &dial), 0);
	ops_close(test.osaka_ops, listener);
	sim_test_run(test.world);
	tokyo_fd = (int)dial.op.result;
	cr_expect_eq(send_now("x"), -ECONNRESET);
}
