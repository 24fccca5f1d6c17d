/* SPDX-License-Identifier: Apache-2.0 */
/* test_connection.c -- the promises of a connection over the simulated network. */
#include <criterion/criterion.h>

#include "sim_fixture.h"
#include "support/connection_cases.h"

struct sim_place {
	struct connection_world world;
	struct sim_test test;
	int listener;
};

static void sim_connect(struct connection_world *world, int ret_fd[2])
{
	struct sim_place *place = world->owner;

	sim_test_connect(&place->test, &ret_fd[0], &ret_fd[1]);
}

static bool sim_turn(struct connection_world *world)
{
	struct sim_place *place = world->owner;

	return sim_test_turn(place->test.world);
}

/* All cases in worlds made from these settings. */
static void run_cases(const struct sim_settings *settings, bool tls, unsigned slot_count)
{
	for (size_t i = 0; i < connection_case_count; i++) {
		struct sim_place place = {.test = sim_test_new(settings)};

		if (connection_cases[i].only_tls && !tls)
			goto next;
		place.world.owner = &place;
		place.world.connect = sim_connect;
		place.world.turn = sim_turn;
		place.world.ops[0] = place.test.tokyo_ops;
		place.world.ops[1] = place.test.osaka_ops;
		cr_assert_eq(sim_ops_new(place.test.osaka, &place.world.spare), 0);
		connection_cases_start(&place.world, tls, slot_count);
		connection_cases[i].run(&place.world);
		sim_test_run(place.test.world);
		connection_cases_end(&place.world);
		ops_free(place.world.spare);
next:
		sim_test_done(&place.test);
	}
}

static void in_pieces(struct sim_settings *settings, uint64_t seed)
{
	sim_settings_init(settings, seed);
	settings->short_recv_per_mille = 500;
	settings->short_send_per_mille = 500;
	settings->reorder_per_mille = 200;
	settings->reorder = (struct sim_delay){.max_ns = 1000000};
}

Test(connection, keeps_its_promises_in_plain_text, .timeout = 60)
{
	run_cases(NULL, false, 2);
}

Test(connection, keeps_its_promises_under_tls, .timeout = 60)
{
	run_cases(NULL, true, 2);
}

Test(connection, keeps_them_with_one_slot, .timeout = 60)
{
	run_cases(NULL, true, 1);
}

Test(connection, keeps_them_when_bytes_come_in_pieces_and_out_of_order, .timeout = 60)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct sim_settings settings;

		in_pieces(&settings, seed);
		run_cases(&settings, seed & 1, 2);
	}
}

Test(connection, keeps_them_over_small_socket_buffers, .timeout = 60)
{
	struct sim_settings settings;

	sim_settings_init(&settings, 4);
	settings.socket_buffer_bytes = 5000;
	run_cases(&settings, true, 2);
}
