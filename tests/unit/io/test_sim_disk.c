/* SPDX-License-Identifier: Apache-2.0 */
/* test_sim_disk.c -- files, folders and pipes of a simulated host, without a crash. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "io/backend_sim.h"
#include "sim_fixture.h"

#define TIB (1ull << 40)

static struct sim_test test;
static struct ops *ops;

static void begin(void)
{
	test = sim_test_new(NULL);
	ops = test.tokyo_ops;
}

static void end(void)
{
	sim_test_done(&test);
}

TestSuite(sim_disk, .init = begin, .fini = end);

static int open_file(const char *path, uint32_t flags)
{
	return sim_test_open(test.world, ops, path, flags);
}

static int64_t write_at(int fd, uint64_t offset, const char *text)
{
	return sim_test_write(test.world, ops, fd, offset, text, strlen(text));
}

/* Opens below a folder; gives the result. */
static int64_t open_below(int folder, const char *path, uint32_t flags)
{
	struct sim_test_op op = {.op = {.kind = OP_OPEN, .fd = folder}};

	op.op.args.open.path = path;
	op.op.args.open.flags = flags;
	op.op.args.open.mode = 0600;
	return sim_test_perform(test.world, ops, &op);
}

Test(sim_disk, what_was_written_is_read)
{
	uint8_t written[200000];
	uint8_t read[200000];
	int fd = open_file("/tmp/a", OPEN_CREATE | OPEN_READ | OPEN_WRITE);

	sim_test_fill(written, sizeof(written), 7);
	cr_expect_eq(sim_test_write(test.world, ops, fd, 333, written, sizeof(written)),
		     sizeof(written));
	cr_expect_eq(sim_test_read(test.world, ops, fd, 333, read, sizeof(read)), sizeof(read));
	cr_expect_arr_eq(read, written, sizeof(written));
	cr_expect_eq(sim_test_read(test.world, ops, fd, 0, read, 333), 333);
	cr_expect_eq(read[0] | read[332], 0);
	cr_expect_eq(sim_disk_file_bytes(test.tokyo, "/tmp/a"), 200333);
}

Test(sim_disk, a_byte_at_one_tebibyte_takes_one_sector)
{
	char read[4] = "";
	int fd = open_file("/tmp/a", OPEN_CREATE | OPEN_READ | OPEN_WRITE);

	cr_expect_eq(write_at(fd, TIB, "x"), 1);
	cr_expect_eq(sim_disk_file_bytes(test.tokyo, "/tmp/a"), (int64_t)TIB + 1);
	cr_expect_eq(sim_disk_used_bytes(test.tokyo), SIM_SECTOR_BYTES);
	cr_expect_eq(sim_test_read(test.world, ops, fd, TIB - 2, read, 4), 3);
	cr_expect_arr_eq(read, "\0\0x", 3);
}

Test(sim_disk, reading_at_the_position_moves_it)
{
	char read[4] = "";
	int fd;

	sim_disk_write_file(test.tokyo, "/a", "abcdef", 6);
	fd = sim_host_open(test.tokyo, "/a", OPEN_READ);
	cr_expect_eq(sim_test_read(test.world, ops, fd, OP_NO_OFFSET, read, 4), 4);
	cr_expect_eq(sim_test_read(test.world, ops, fd, OP_NO_OFFSET, read, 4), 2);
	cr_expect_arr_eq(read, "efcd", 4);
	cr_expect_eq(sim_test_read(test.world, ops, fd, OP_NO_OFFSET, read, 4), 0);
}

Test(sim_disk, cut_bytes_are_zeros_when_the_file_grows_again)
{
	struct sim_test_op op = {.op = {.kind = OP_TRUNCATE}};
	char read[6] = "";
	int fd = open_file("/tmp/a", OPEN_CREATE | OPEN_READ | OPEN_WRITE);

	(void)write_at(fd, 0, "abcdef");
	op.op.fd = fd;
	op.op.args.truncate.bytes = 2;
	cr_expect_eq(sim_test_perform(test.world, ops, &op), 0);
	op.op.args.truncate.bytes = 6;
	cr_expect_eq(sim_test_perform(test.world, ops, &op), 0);
	cr_expect_eq(sim_test_read(test.world, ops, fd, 0, read, 6), 6);
	cr_expect_arr_eq(read, "ab\0\0\0\0", 6);
}

Test(sim_disk, direct_files_refuse_what_is_not_aligned)
{
	static _Alignas(4096) uint8_t data[8192];
	struct sim_test_op op = {.op = {.kind = OP_OPEN, .fd = -1}};
	int fd;

	op.op.args.open.path = "/tmp/a";
	op.op.args.open.flags = OPEN_CREATE | OPEN_READ | OPEN_WRITE | OPEN_DIRECT;
	op.op.args.open.mode = 0600;
	fd = (int)sim_test_perform(test.world, ops, &op);
	cr_assert_eq(op.op.args.open.ret_align_bytes, SIM_DIRECT_ALIGN_BYTES);
	cr_expect(op.op.args.open.ret_created);
	cr_expect_eq(sim_test_write(test.world, ops, fd, 4096, data, 4096), 4096);
	cr_expect_eq(sim_test_write(test.world, ops, fd, 512, data, 4096), -EINVAL);
	cr_expect_eq(sim_test_write(test.world, ops, fd, 0, data, 1000), -EINVAL);
	cr_expect_eq(sim_test_write(test.world, ops, fd, 0, data + 1, 4096), -EINVAL);
	cr_expect_eq(sim_test_read(test.world, ops, fd, 0, data, 100), -EINVAL);
	cr_expect_eq(sim_test_read(test.world, ops, fd, 0, data, 8192), 8192);
}

Test(sim_disk, opening_says_what_is_wrong)
{
	sim_disk_write_file(test.tokyo, "/box/a", "x", 1);
	cr_expect_eq(open_file("/box/b", OPEN_READ), -ENOENT);
	cr_expect_eq(open_file("/none/b", OPEN_CREATE | OPEN_WRITE), -ENOENT);
	cr_expect_eq(open_file("/box/a/b", OPEN_READ), -ENOTDIR);
	cr_expect_eq(open_file("/box/a", OPEN_CREATE | OPEN_EXCLUSIVE | OPEN_WRITE), -EEXIST);
	cr_expect_eq(open_file("/box/a", OPEN_FOLDER), -ENOTDIR);
	cr_expect_eq(open_file("/box", OPEN_WRITE), -EISDIR);
	sim_disk_set_mode(test.tokyo, "/box/a", 0);
	cr_expect_eq(open_file("/box/a", OPEN_READ), -EACCES);
	sim_disk_set_mode(test.tokyo, "/box", 0555);
	cr_expect_eq(open_file("/box/c", OPEN_CREATE | OPEN_WRITE), -EACCES);
}

Test(sim_disk, a_name_from_the_network_stays_beneath_its_folder)
{
	int folder;

	sim_disk_write_file(test.tokyo, "/box/in/a", "x", 1);
	sim_disk_make_link(test.tokyo, "/box/out", "/tmp");
	sim_disk_make_link(test.tokyo, "/box/file", "in/a");
	folder = open_file("/box", OPEN_FOLDER);
	cr_expect_geq(open_below(folder, "in/a", OPEN_READ | OPEN_BENEATH), 0);
	cr_expect_eq(open_below(folder, "out/a", OPEN_CREATE | OPEN_WRITE | OPEN_BENEATH), -ELOOP);
	cr_expect_eq(open_below(folder, "file", OPEN_READ | OPEN_BENEATH), -ELOOP);
	cr_expect_eq(open_below(folder, "in/../../tmp", OPEN_FOLDER | OPEN_BENEATH), -EXDEV);
	cr_expect_eq(open_below(folder, "/box/in/a", OPEN_READ | OPEN_BENEATH), -EXDEV);
	cr_expect_geq(open_below(folder, "file", OPEN_READ), 0);
	cr_expect_geq(open_below(folder, "out/b", OPEN_CREATE | OPEN_WRITE), 0);
	cr_expect(sim_disk_exists(test.tokyo, "/tmp/b"));
}

Test(sim_disk, links_in_a_circle_end)
{
	sim_disk_make_link(test.tokyo, "/a", "/b");
	sim_disk_make_link(test.tokyo, "/b", "/a");
	cr_expect_eq(open_file("/a", OPEN_READ), -ELOOP);
}

Test(sim_disk, rename_replaces_or_refuses)
{
	struct sim_test_op op = {.op = {.kind = OP_RENAME}};
	char read = 0;

	sim_disk_write_file(test.tokyo, "/box/part", "p", 1);
	sim_disk_write_file(test.tokyo, "/box/final", "f", 1);
	op.op.fd = open_file("/box", OPEN_FOLDER);
	op.op.args.rename.from = "part";
	op.op.args.rename.to = "final";
	op.op.args.rename.never_replace = true;
	cr_expect_eq(sim_test_perform(test.world, ops, &op), -EEXIST);
	op.op.args.rename.never_replace = false;
	cr_expect_eq(sim_test_perform(test.world, ops, &op), 0);
	cr_expect_eq(sim_disk_read_file(test.tokyo, "/box/final", 0, &read, 1), 1);
	cr_expect_eq(read, 'p');
	cr_expect_not(sim_disk_exists(test.tokyo, "/box/part"));
	cr_expect_eq(sim_test_perform(test.world, ops, &op), -ENOENT);
	op.op.args.rename.from = "../final";
	cr_expect_eq(sim_test_perform(test.world, ops, &op), -EINVAL);
}

Test(sim_disk, an_unlinked_file_lives_as_long_as_its_descriptor)
{
	struct sim_test_op op = {.op = {.kind = OP_UNLINK}};
	char read = 0;
	int fd;

	sim_disk_write_file(test.tokyo, "/box/a", "x", 1);
	fd = open_file("/box/a", OPEN_READ);
	op.op.fd = open_file("/box", OPEN_FOLDER);
	op.op.args.unlink.name = "a";
	cr_expect_eq(sim_test_perform(test.world, ops, &op), 0);
	cr_expect_eq(sim_test_perform(test.world, ops, &op), -ENOENT);
	cr_expect_eq(sim_test_read(test.world, ops, fd, 0, &read, 1), 1);
	cr_expect_eq(read, 'x');
	cr_expect_eq(sim_test_sync(test.world, ops, op.op.fd), 0);
	ops_close(ops, fd);
	cr_expect_eq(sim_disk_used_bytes(test.tokyo), 0);
}

Test(sim_disk, a_lock_keeps_others_out_until_its_descriptor_closes)
{
	struct sim_test_op mine = {.op = {.kind = OP_LOCK}};
	struct sim_test_op other = {.op = {.kind = OP_LOCK}};

	mine.op.fd = open_file("/tmp/a", OPEN_CREATE | OPEN_WRITE);
	other.op.fd = open_file("/tmp/a", OPEN_WRITE);
	cr_expect_eq(sim_test_perform(test.world, ops, &mine), 0);
	cr_expect_eq(sim_test_perform(test.world, ops, &mine), 0);
	cr_expect_eq(sim_test_perform(test.world, ops, &other), -EAGAIN);
	ops_close(ops, mine.op.fd);
	cr_expect_eq(sim_test_perform(test.world, ops, &other), 0);
}

Test(sim_disk, stat_tells_identity_and_time_of_change)
{
	struct sim_test_op op = {.op = {.kind = OP_STAT}};
	struct op_stat before;

	sim_disk_write_file(test.tokyo, "/a", "abc", 3);
	op.op.fd = open_file("/a", OPEN_READ | OPEN_WRITE);
	cr_assert_eq(sim_test_perform(test.world, ops, &op), 0);
	before = op.op.args.stat.ret;
	cr_expect_eq(before.bytes, 3);
	cr_expect_eq(before.mode, S_IFREG | 0644u);
	(void)write_at(op.op.fd, 0, "x");
	cr_assert_eq(sim_test_perform(test.world, ops, &op), 0);
	cr_expect_eq(op.op.args.stat.ret.inode, before.inode);
	cr_expect_gt(op.op.args.stat.ret.mtime_ns, before.mtime_ns);
	cr_expect_gt(op.op.args.stat.ret.ctime_ns, before.ctime_ns);
}

Test(sim_disk, mode_changes_what_it_names_and_leaves_the_rest)
{
	struct sim_test_op op = {.op = {.kind = OP_MODE}};
	struct sim_test_op stat = {.op = {.kind = OP_STAT}};

	op.op.fd = open_file("/tmp/a", OPEN_CREATE | OPEN_WRITE);
	stat.op.fd = op.op.fd;
	op.op.args.mode.mode = 0751;
	op.op.args.mode.uid = UINT32_MAX;
	op.op.args.mode.gid = UINT32_MAX;
	cr_expect_eq(sim_test_perform(test.world, ops, &op), 0);
	cr_expect_eq(sim_test_perform(test.world, ops, &stat), 0);
	cr_expect_eq(stat.op.args.stat.ret.mode, S_IFREG | 0751u);
	cr_expect_eq(stat.op.args.stat.ret.uid, 1000);
}

Test(sim_disk, copy_moves_bytes_between_files)
{
	struct sim_test_op op = {.op = {.kind = OP_COPY}};
	static uint8_t data[100000];
	static uint8_t read[100000];

	sim_test_fill(data, sizeof(data), 3);
	sim_disk_write_file(test.tokyo, "/from", data, sizeof(data));
	op.op.fd = open_file("/to", OPEN_CREATE | OPEN_WRITE);
	op.op.args.copy.from_fd = open_file("/from", OPEN_READ);
	op.op.args.copy.from_offset = 10;
	op.op.args.copy.to_offset = 20;
	op.op.args.copy.bytes = sizeof(data);
	cr_expect_eq(sim_test_perform(test.world, ops, &op), sizeof(data) - 10);
	cr_expect_eq(sim_disk_read_file(test.tokyo, "/to", 20, read, sizeof(read)),
		     sizeof(data) - 10);
	cr_expect_arr_eq(read, data + 10, sizeof(data) - 10);
	cr_expect_eq(sim_disk_bytes_read(test.tokyo, "/from"), sizeof(data) - 10);
	cr_expect_eq(sim_disk_bytes_written(test.tokyo, "/to"), sizeof(data) - 10);
}

Test(sim_disk, a_full_disk_takes_a_part_and_then_nothing)
{
	static uint8_t data[10000];
	int fd = open_file("/tmp/a", OPEN_CREATE | OPEN_WRITE);

	sim_disk_set_capacity(test.tokyo, 4096);
	cr_expect_eq(sim_test_write(test.world, ops, fd, 0, data, sizeof(data)), 4096);
	cr_expect_eq(sim_test_write(test.world, ops, fd, 4096, data, 1), -ENOSPC);
	cr_expect_eq(sim_test_write(test.world, ops, fd, 100, data, 100), 100);
	sim_disk_set_capacity(test.tokyo, 8192);
	cr_expect_eq(sim_test_write(test.world, ops, fd, 4096, data, 1), 1);
}

Test(sim_disk, only_ops_count_as_bytes_read)
{
	char read[10];
	int fd;

	sim_disk_write_file(test.tokyo, "/a", "0123456789", 10);
	(void)sim_disk_read_file(test.tokyo, "/a", 0, read, 10);
	cr_expect_eq(sim_disk_bytes_read(test.tokyo, "/a"), 0);
	fd = open_file("/a", OPEN_READ);
	(void)sim_test_read(test.world, ops, fd, 6, read, 10);
	cr_expect_eq(sim_disk_bytes_read(test.tokyo, "/a"), 4);
}

Test(sim_disk, changes_are_counted)
{
	uint64_t before = sim_disk_changes(test.tokyo);
	int fd = open_file("/tmp/a", OPEN_CREATE | OPEN_WRITE);

	cr_expect_gt(sim_disk_changes(test.tokyo), before);
	before = sim_disk_changes(test.tokyo);
	(void)sim_test_sync(test.world, ops, fd);
	cr_expect_eq(sim_disk_changes(test.tokyo), before);
	(void)write_at(fd, 0, "x");
	cr_expect_gt(sim_disk_changes(test.tokyo), before);
}

static void append_name(void *owner, const char *name)
{
	char *names = owner;

	names[strlen(names)] = name[0];
}

Test(sim_disk, a_folder_is_listed_in_order)
{
	char names[40] = "";

	sim_disk_write_file(test.tokyo, "/box/c", "", 0);
	sim_disk_write_file(test.tokyo, "/box/a", "", 0);
	sim_disk_write_file(test.tokyo, "/box/b", "", 0);
	sim_disk_remove(test.tokyo, "/box/none");
	cr_expect_eq(sim_disk_list(test.tokyo, "/box", append_name, names), 3);
	cr_expect_str_eq(names, "abc");
	cr_expect_eq(sim_disk_list(test.tokyo, "/none", append_name, names), -ENOENT);
}

Test(sim_disk, corruption_is_one_bit)
{
	char read[3];

	sim_disk_write_file(test.tokyo, "/a", "abc", 3);
	sim_disk_corrupt(test.tokyo, "/a", 1);
	(void)sim_disk_read_file(test.tokyo, "/a", 0, read, 3);
	cr_expect_arr_eq(read, "acc", 3);
}

/* ---- Faults ---- */

Test(sim_disk, transfers_are_short_but_aligned_and_errors_come)
{
	struct sim_settings settings = *sim_world_settings(test.world);
	static _Alignas(4096) uint8_t data[65536];
	unsigned short_count = 0;
	unsigned error_count = 0;
	int fd = open_file("/tmp/a", OPEN_CREATE | OPEN_READ | OPEN_WRITE | OPEN_DIRECT);
	int i;

	settings.short_write_per_mille = 300;
	settings.write_error_per_mille = 100;
	sim_world_change(test.world, &settings);
	for (i = 0; i < 200; i++) {
		int64_t result = sim_test_write(test.world, ops, fd, 0, data, sizeof(data));

		error_count += result == -EIO;
		short_count += result > 0 && result < (int64_t)sizeof(data);
		cr_expect(result == -EIO || (result > 0 && result % 4096 == 0));
	}
	cr_expect_gt(short_count, 20);
	cr_expect_gt(error_count, 5);
	sim_world_set_faults(test.world, false);
	for (i = 0; i < 50; i++)
		cr_expect_eq(sim_test_write(test.world, ops, fd, 0, data, sizeof(data)), 65536);
}

/* ---- Pipes ---- */

Test(sim_disk, a_pipe_is_read_once_from_the_front)
{
	struct sim_pipe *pipe = sim_pipe_new(test.tokyo, NULL);
	struct sim_test_op skip = {.op = {.kind = OP_SKIP}};
	static uint8_t data[100000];
	static uint8_t read[100000];
	int fd = sim_pipe_open(pipe);

	sim_test_fill(data, sizeof(data), 9);
	sim_pipe_write(pipe, data, sizeof(data));
	sim_pipe_end(pipe);
	skip.op.fd = fd;
	skip.op.args.skip.bytes = 40000;
	cr_expect_eq(sim_test_perform(test.world, ops, &skip), 40000);
	cr_expect_eq(sim_test_read(test.world, ops, fd, OP_NO_OFFSET, read, 10), 10);
	cr_expect_arr_eq(read, data + 40000, 10);
	cr_expect_eq(sim_test_read(test.world, ops, fd, 0, read, 10), -ESPIPE);
	cr_expect_eq(sim_test_read(test.world, ops, fd, OP_NO_OFFSET, read, 100000), 59990);
	cr_expect_eq(sim_test_read(test.world, ops, fd, OP_NO_OFFSET, read, 10), 0);
	cr_expect_eq(sim_pipe_bytes_read(pipe), 60000);
	cr_expect_eq(sim_pipe_bytes_skipped(pipe), 40000);
}

Test(sim_disk, a_reader_waits_for_the_writer_of_a_pipe)
{
	struct sim_pipe *pipe = sim_pipe_new(test.tokyo, NULL);
	struct sim_test_op read_op;
	char read[4] = "";

	sim_test_data(&read_op, OP_READ, sim_pipe_open(pipe), read, 4, false);
	read_op.op.args.data.offset = OP_NO_OFFSET;
	sim_test_submit(ops, &read_op);
	sim_test_run(test.world);
	cr_expect_eq(read_op.done_count, 0);
	sim_pipe_write(pipe, "ab", 2);
	sim_test_run(test.world);
	cr_expect_eq(read_op.done_count, 1);
	cr_expect_eq(read_op.op.result, 2);
	sim_test_submit(ops, &read_op);
	ops_cancel(ops, &read_op.op);
	sim_test_run(test.world);
	cr_expect_eq(read_op.done_count, 2);
	cr_expect_eq(read_op.op.result, -ECANCELED);
}

Test(sim_disk, opening_a_fifo_waits_for_its_writer_unless_told_not_to)
{
	struct sim_pipe *pipe = sim_pipe_new(test.tokyo, "/tmp/fifo");
	struct sim_test_op op = {.op = {.kind = OP_OPEN, .fd = -1}};
	char read[2] = "";

	cr_expect_geq(open_file("/tmp/fifo", OPEN_READ | OPEN_NONBLOCK), 0);
	op.op.args.open.path = "/tmp/fifo";
	op.op.args.open.flags = OPEN_READ;
	sim_test_submit(ops, &op);
	sim_test_run(test.world);
	cr_expect_eq(op.done_count, 0);
	sim_pipe_write(pipe, "ab", 2);
	sim_test_run(test.world);
	cr_assert_eq(op.done_count, 1);
	cr_expect_eq(sim_test_read(test.world, ops, (int)op.op.result, OP_NO_OFFSET, read, 2), 2);
	cr_expect_arr_eq(read, "ab", 2);
}

Test(sim_disk, what_is_no_pipe_cannot_be_skipped)
{
	struct sim_test_op skip = {.op = {.kind = OP_SKIP}};

	sim_disk_write_file(test.tokyo, "/a", "x", 1);
	skip.op.fd = open_file("/a", OPEN_READ);
	skip.op.args.skip.bytes = 1;
	cr_expect_eq(sim_test_perform(test.world, ops, &skip), -EINVAL);
}
