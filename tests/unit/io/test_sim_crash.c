/* SPDX-License-Identifier: Apache-2.0 */
/* test_sim_crash.c -- what a simulated disk promises over a power loss, and what it does not.
 *
 * Each rule is tried with many seeds: "never" means in none of them, "may" means in some
 * and not in others. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "io/backend_sim.h"
#include "sim_fixture.h"

#define SEED_COUNT 200u
#define FILE_BYTES 200000u

static uint8_t old_data[FILE_BYTES];
static uint8_t new_data[FILE_BYTES];
static uint8_t found[FILE_BYTES];

static struct sim_test world_with_seed(uint64_t seed)
{
	struct sim_settings settings;

	sim_settings_init(&settings, seed);
	sim_test_fill(old_data, sizeof(old_data), 1);
	sim_test_fill(new_data, sizeof(new_data), 2);
	return sim_test_new(&settings);
}

/* Creates /box/a with old data and makes data and name safe. */
static int safe_file(struct sim_test *test, int *ret_folder)
{
	int fd;

	sim_disk_make_folder(test->tokyo, "/box");
	*ret_folder = sim_test_open(test->world, test->tokyo_ops, "/box", OPEN_FOLDER);
	fd = sim_test_open(test->world, test->tokyo_ops, "/box/a",
			   OPEN_CREATE | OPEN_READ | OPEN_WRITE);
	cr_assert_eq(sim_test_write(test->world, test->tokyo_ops, fd, 0, old_data, FILE_BYTES),
		     FILE_BYTES);
	cr_assert_eq(sim_test_sync(test->world, test->tokyo_ops, fd), 0);
	cr_assert_eq(sim_test_sync(test->world, test->tokyo_ops, *ret_folder), 0);
	return fd;
}

static int64_t read_back(struct sim_test *test, const char *path)
{
	return sim_disk_read_file(test->tokyo, path, 0, found, FILE_BYTES);
}

/* How many sectors are the new ones; asserts that each is either old or new. */
static unsigned count_new_sectors(void)
{
	unsigned count = 0;
	size_t at;

	for (at = 0; at < FILE_BYTES; at += SIM_SECTOR_BYTES) {
		size_t bytes = FILE_BYTES - at < SIM_SECTOR_BYTES ? FILE_BYTES - at
								  : SIM_SECTOR_BYTES;

		if (memcmp(found + at, new_data + at, bytes) == 0)
			count++;
		else
			cr_assert_arr_eq(found + at, old_data + at, bytes);
	}
	return count;
}

Test(sim_crash, synced_data_under_a_synced_name_is_never_lost)
{
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		int folder;

		(void)safe_file(&test, &folder);
		sim_host_crash(test.tokyo);
		cr_assert_eq(read_back(&test, "/box/a"), FILE_BYTES);
		cr_assert_arr_eq(found, old_data, FILE_BYTES);
		sim_test_done(&test);
	}
}

Test(sim_crash, unsynced_sectors_are_kept_lost_or_torn)
{
	unsigned kept_all = 0;
	unsigned lost_all = 0;
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		unsigned new_count;
		int folder;
		int fd = safe_file(&test, &folder);

		(void)sim_test_write(test.world, test.tokyo_ops, fd, 0, new_data, FILE_BYTES);
		sim_host_crash(test.tokyo);
		cr_assert_eq(read_back(&test, "/box/a"), FILE_BYTES);
		new_count = count_new_sectors();
		kept_all += new_count == (FILE_BYTES + SIM_SECTOR_BYTES - 1) / SIM_SECTOR_BYTES;
		lost_all += new_count == 0;
		sim_test_done(&test);
	}
	cr_expect_gt(kept_all, 0);
	cr_expect_gt(lost_all, 0);
	cr_expect_lt(kept_all + lost_all, SEED_COUNT / 2);
}

Test(sim_crash, an_unsynced_end_of_file_may_be_lost)
{
	unsigned lost = 0;
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		int folder;
		int fd = safe_file(&test, &folder);

		(void)sim_test_write(test.world, test.tokyo_ops, fd, FILE_BYTES, new_data, 1000);
		sim_host_crash(test.tokyo);
		cr_assert_eq(read_back(&test, "/box/a"), FILE_BYTES);
		cr_assert_arr_eq(found, old_data, FILE_BYTES);
		lost += sim_disk_file_bytes(test.tokyo, "/box/a") == FILE_BYTES;
		sim_test_done(&test);
	}
	cr_expect_gt(lost, SEED_COUNT / 4);
	cr_expect_lt(lost, SEED_COUNT * 3 / 4);
}

Test(sim_crash, an_unsynced_cut_is_whole_or_undone)
{
	unsigned undone = 0;
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		struct sim_test_op cut = {.op = {.kind = OP_TRUNCATE}};
		int64_t bytes;
		int folder;

		cut.op.fd = safe_file(&test, &folder);
		cut.op.args.truncate.bytes = 70000;
		cr_assert_eq(sim_test_perform(test.world, test.tokyo_ops, &cut), 0);
		sim_host_crash(test.tokyo);
		bytes = read_back(&test, "/box/a");
		cr_assert(bytes == 70000 || bytes == FILE_BYTES);
		cr_assert_arr_eq(found, old_data, (size_t)bytes);
		undone += bytes == FILE_BYTES;
		sim_test_done(&test);
	}
	cr_expect_gt(undone, 0);
	cr_expect_lt(undone, SEED_COUNT);
}

Test(sim_crash, a_new_name_is_safe_only_after_the_folder_was_synced)
{
	unsigned lost = 0;
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		int fd = sim_test_open(test.world, test.tokyo_ops, "/tmp/a",
				       OPEN_CREATE | OPEN_WRITE);

		(void)sim_test_write(test.world, test.tokyo_ops, fd, 0, old_data, FILE_BYTES);
		cr_assert_eq(sim_test_sync(test.world, test.tokyo_ops, fd), 0);
		sim_host_crash(test.tokyo);
		if (sim_disk_exists(test.tokyo, "/tmp/a")) {
			cr_assert_eq(read_back(&test, "/tmp/a"), FILE_BYTES);
			cr_assert_arr_eq(found, old_data, FILE_BYTES);
		} else {
			lost++;
		}
		sim_test_done(&test);
	}
	cr_expect_gt(lost, 0);
	cr_expect_lt(lost, SEED_COUNT);
}

Test(sim_crash, a_rename_is_done_or_not_and_its_loss_brings_the_old_file_back)
{
	unsigned lost = 0;
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		int folder;

		(void)safe_file(&test, &folder);
		sim_disk_write_file(test.tokyo, "/box/part", new_data, FILE_BYTES);
		cr_assert_eq(sim_test_rename(test.world, test.tokyo_ops, folder, "part", "a"), 0);
		sim_host_crash(test.tokyo);
		cr_assert_eq(read_back(&test, "/box/a"), FILE_BYTES);
		if (sim_disk_exists(test.tokyo, "/box/part")) {
			lost++;
			cr_assert_arr_eq(found, old_data, FILE_BYTES);
		} else {
			cr_assert_arr_eq(found, new_data, FILE_BYTES);
		}
		sim_test_done(&test);
	}
	cr_expect_gt(lost, 0);
	cr_expect_lt(lost, SEED_COUNT);
}

Test(sim_crash, a_synced_rename_is_never_undone)
{
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		int folder;

		(void)safe_file(&test, &folder);
		(void)sim_test_rename(test.world, test.tokyo_ops, folder, "a", "b");
		cr_assert_eq(sim_test_sync(test.world, test.tokyo_ops, folder), 0);
		sim_host_crash(test.tokyo);
		cr_assert_not(sim_disk_exists(test.tokyo, "/box/a"));
		cr_assert_eq(read_back(&test, "/box/b"), FILE_BYTES);
		cr_assert_arr_eq(found, old_data, FILE_BYTES);
		sim_test_done(&test);
	}
}

Test(sim_crash, names_of_one_folder_are_lost_from_the_last_change_on)
{
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		static const char *const paths[] = {"/tmp/0", "/tmp/1", "/tmp/2", "/tmp/3"};
		bool gone = false;
		size_t i;

		for (i = 0; i < ARRAY_COUNT(paths); i++)
			(void)sim_test_open(test.world, test.tokyo_ops, paths[i],
					    OPEN_CREATE | OPEN_WRITE);
		sim_host_crash(test.tokyo);
		for (i = 0; i < ARRAY_COUNT(paths); i++) {
			bool there = sim_disk_exists(test.tokyo, paths[i]);

			cr_assert_not(there && gone);
			gone = !there;
		}
		sim_test_done(&test);
	}
}

/* A write that was in flight when the sync was submitted is not covered by it. */
Test(sim_crash, a_sync_covers_only_what_was_written_before_it_was_submitted)
{
	unsigned lost = 0;
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		struct sim_test_op write_op;
		struct sim_test_op sync = {.op = {.kind = OP_DATASYNC}};
		int folder;
		int fd = safe_file(&test, &folder);

		sim_test_data(&write_op, OP_WRITE, fd, new_data, FILE_BYTES, false);
		sync.op.fd = fd;
		sim_test_submit(test.tokyo_ops, &write_op);
		sim_test_submit(test.tokyo_ops, &sync);
		sim_test_run(test.world);
		cr_assert_eq(write_op.op.result, FILE_BYTES);
		cr_assert_eq(sync.op.result, 0);
		sim_host_crash(test.tokyo);
		(void)read_back(&test, "/box/a");
		lost += memcmp(found, new_data, FILE_BYTES) != 0;
		sim_test_done(&test);
	}
	cr_expect_gt(lost, 0);
}

Test(sim_crash, what_a_failed_sync_covered_is_not_saved_by_the_next)
{
	unsigned lost = 0;
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		struct sim_settings settings = *sim_world_settings(test.world);
		int folder;
		int fd = safe_file(&test, &folder);

		(void)sim_test_write(test.world, test.tokyo_ops, fd, 0, new_data, FILE_BYTES);
		settings.sync_error_per_mille = 1000;
		sim_world_change(test.world, &settings);
		cr_assert_eq(sim_test_sync(test.world, test.tokyo_ops, fd), -EIO);
		sim_world_set_faults(test.world, false);
		cr_assert_eq(sim_test_sync(test.world, test.tokyo_ops, fd), 0);
		sim_host_crash(test.tokyo);
		(void)read_back(&test, "/box/a");
		lost += memcmp(found, new_data, FILE_BYTES) != 0;
		sim_test_done(&test);
	}
	cr_expect_gt(lost, SEED_COUNT / 4);
}

Test(sim_crash, a_write_in_flight_may_have_happened)
{
	unsigned happened = 0;
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		struct sim_test_op write_op;
		int folder;
		int fd = safe_file(&test, &folder);

		sim_test_data(&write_op, OP_WRITE, fd, new_data, FILE_BYTES, false);
		sim_test_submit(test.tokyo_ops, &write_op);
		sim_host_crash(test.tokyo);
		sim_test_run(test.world);
		cr_assert_eq(write_op.done_count, 0);
		(void)read_back(&test, "/box/a");
		happened += count_new_sectors() > 0;
		sim_test_done(&test);
	}
	cr_expect_gt(happened, 0);
	cr_expect_lt(happened, SEED_COUNT);
}

Test(sim_crash, a_killed_program_loses_nothing_it_has_written)
{
	uint64_t seed;

	for (seed = 0; seed < SEED_COUNT; seed++) {
		struct sim_test test = world_with_seed(seed);
		int folder;
		int fd = safe_file(&test, &folder);

		(void)sim_test_write(test.world, test.tokyo_ops, fd, 0, new_data, FILE_BYTES);
		(void)sim_test_rename(test.world, test.tokyo_ops, folder, "a", "b");
		sim_host_kill(test.tokyo);
		cr_assert_eq(read_back(&test, "/box/b"), FILE_BYTES);
		cr_assert_arr_eq(found, new_data, FILE_BYTES);
		sim_test_done(&test);
	}
}

Test(sim_crash, a_dead_ops_ignores_what_it_is_asked)
{
	struct sim_test test = world_with_seed(1);
	struct sim_test_op stat = {.op = {.kind = OP_STAT}};
	struct net_address any = {0};
	struct ops *restarted;
	uint16_t port;
	int folder;
	int fd = safe_file(&test, &folder);

	stat.op.fd = fd;
	sim_test_submit(test.tokyo_ops, &stat);
	sim_host_crash(test.tokyo);
	cr_expect(sim_ops_is_dead(test.tokyo_ops));
	ops_cancel(test.tokyo_ops, &stat.op);
	ops_close(test.tokyo_ops, fd);
	ops_abort(test.tokyo_ops, folder);
	ops_wake(test.tokyo_ops);
	cr_expect_eq(ops_wait(test.tokyo_ops, 0), -ESHUTDOWN);
	cr_expect_eq(ops_dispatch(test.tokyo_ops, 10), 0);
	cr_expect_eq(ops_listen(test.tokyo_ops, &any, &fd, &port), -ENETDOWN);
	cr_assert_eq(sim_ops_new(test.tokyo, &restarted), 0);
	cr_expect_geq(sim_test_open(test.world, restarted, "/box/a", OPEN_READ), 0);
	cr_expect_eq(stat.done_count, 0);
	ops_free(restarted);
	sim_test_done(&test);
}
