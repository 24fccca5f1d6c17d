/* SPDX-License-Identifier: Apache-2.0 */
/* test_ops_files.c -- what op.h promises about files, names and name servers, over both kernel
 * engines. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "io/address.h"
#include "io/buffer_pool.h"
#include "support/op_rig.h"

#define CREATE	      (OPEN_READ | OPEN_WRITE | OPEN_CREATE)
#define PAYLOAD_BYTES ((size_t)65536)
#define MANY	      500
#define ROUNDS	      100

static int open_folder(struct op_rig *rig)
{
	int fd = (int)op_rig_open(rig, -1, rig->folder, OPEN_FOLDER);

	CHECK(rig, fd >= 0);
	return fd;
}

static int64_t move(struct op_rig *rig, enum op_kind kind, int fd, const void *data, size_t bytes,
		    uint64_t offset)
{
	struct op_try try = {.op = {.kind = kind, .fd = fd}};

	try.op.args.data.data = (void *)(uintptr_t)data;
	try.op.args.data.bytes = bytes;
	try.op.args.data.offset = offset;
	try.op.args.data.buffer_index = OP_NO_BUFFER;
	try.op.args.data.whole = true;
	return op_rig_run(rig, &try);
}

static int64_t simple(struct op_rig *rig, enum op_kind kind, int fd)
{
	struct op_try try = {.op = {.kind = kind, .fd = fd}};

	return op_rig_run(rig, &try);
}

/* A file with these bytes; its descriptor. */
static int make_file(struct op_rig *rig, int folder, const char *name, const char *text)
{
	int fd = (int)op_rig_open(rig, folder, name, CREATE);

	CHECK(rig, fd >= 0);
	EXPECT(rig, move(rig, OP_WRITE, fd, text, strlen(text), 0), (int64_t)strlen(text));
	return fd;
}

/* ---- open ----------------------------------------------------------------------- */

static void open_tells_who_made_the_file(struct op_rig *rig)
{
	struct op_try try = {.op = {.kind = OP_OPEN}};
	int folder = open_folder(rig);

	try.op.fd = folder;
	try.op.args.open.path = "new";
	try.op.args.open.flags = OPEN_READ;
	EXPECT(rig, op_rig_run(rig, &try), -ENOENT);
	try.op.args.open.flags = CREATE;
	try.op.args.open.mode = 0640;
	CHECK(rig, op_rig_run(rig, &try) >= 0);
	CHECK(rig, try.op.args.open.ret_created);
	CHECK(rig, (fcntl((int)try.op.result, F_GETFL) & O_NONBLOCK) == 0);
	CHECK(rig, (fcntl((int)try.op.result, F_GETFD) & FD_CLOEXEC) != 0);
	ops_close(rig->ops, (int)try.op.result);
	CHECK(rig, op_rig_run(rig, &try) >= 0);
	CHECK(rig, !try.op.args.open.ret_created);
	ops_close(rig->ops, (int)try.op.result);
	try.op.args.open.flags = CREATE | OPEN_EXCLUSIVE;
	EXPECT(rig, op_rig_run(rig, &try), -EEXIST);
	ops_close(rig->ops, folder);
}

static int64_t open_beneath(struct op_rig *rig, int folder, const char *path, uint32_t flags)
{
	int64_t fd = op_rig_open(rig, folder, path, flags | OPEN_BENEATH);

	if (fd >= 0)
		ops_close(rig->ops, (int)fd);
	return fd;
}

static void open_beneath_follows_no_link_and_never_leaves(struct op_rig *rig)
{
	int folder = open_folder(rig);

	EXPECT(rig, symlinkat("/etc/passwd", folder, "absolute"), 0);
	EXPECT(rig, symlinkat("plain", folder, "inside"), 0);
	EXPECT(rig, symlinkat("/etc", folder, "etc"), 0);
	EXPECT(rig, symlinkat("nowhere", folder, "dangling"), 0);
	EXPECT(rig, mkdirat(folder, "sub", 0700), 0);
	ops_close(rig->ops, make_file(rig, folder, "plain", "x"));

	CHECK(rig, open_beneath(rig, folder, "plain", OPEN_READ) >= 0);
	CHECK(rig, open_beneath(rig, folder, "sub/../plain", OPEN_READ) >= 0);
	CHECK(rig, open_beneath(rig, folder, "sub", OPEN_FOLDER) >= 0);
	EXPECT(rig, open_beneath(rig, folder, "absolute", OPEN_READ), -ELOOP);
	EXPECT(rig, open_beneath(rig, folder, "inside", OPEN_READ), -ELOOP);
	EXPECT(rig, open_beneath(rig, folder, "etc/passwd", OPEN_READ), -ELOOP);
	EXPECT(rig, open_beneath(rig, folder, "../escape", CREATE), -EXDEV);
	EXPECT(rig, open_beneath(rig, folder, "sub/../../escape", CREATE), -EXDEV);
	EXPECT(rig, open_beneath(rig, folder, "/etc/passwd", OPEN_READ), -EXDEV);
	EXPECT(rig, open_beneath(rig, folder, "absolute", CREATE), -ELOOP);
	EXPECT(rig, open_beneath(rig, folder, "dangling", CREATE), -ELOOP);
	EXPECT(rig, faccessat(folder, "nowhere", F_OK, 0), -1);
	ops_close(rig->ops, folder);
}

static void open_never_waits_for_a_fifo(struct op_rig *rig)
{
	int folder = open_folder(rig);
	int fd = -1;

	EXPECT(rig, mkfifoat(folder, "fifo", 0600), 0);
	fd = (int)op_rig_open(rig, folder, "fifo", OPEN_READ);
	CHECK(rig, fd >= 0);
	ops_close(rig->ops, fd);
	EXPECT(rig, op_rig_open(rig, folder, "fifo", OPEN_WRITE), -ENXIO);
	ops_close(rig->ops, folder);
}

static void direct_writes_come_from_a_registered_slot(struct op_rig *rig)
{
	struct op_try opening = {.op = {.kind = OP_OPEN}};
	struct op_try try = {0};
	struct buffer_pool *pool = NULL;
	struct slot *slot = NULL;
	uint8_t *seen = malloc(PAYLOAD_BYTES);
	int folder = open_folder(rig);
	int registered = 0;

	EXPECT(rig, buffer_pool_new(4, PAYLOAD_BYTES, &pool), 0);
	registered = ops_register_pool(rig->ops, pool);
	slot = buffer_pool_take(pool);
	CHECK(rig, (registered == 0) == (slot->buffer_index != OP_NO_BUFFER));
	CHECK(rig, registered == 0 || registered == -EOPNOTSUPP);
	memset(slot->payload, 0x5a, PAYLOAD_BYTES);

	opening.op.fd = folder;
	opening.op.args.open.path = "direct";
	opening.op.args.open.flags = CREATE | OPEN_DIRECT;
	opening.op.args.open.mode = 0600;
	try.op.fd = (int)op_rig_run(rig, &opening);
	CHECK(rig, try.op.fd >= 0);
	CHECK(rig, opening.op.args.open.ret_align_bytes <= HFT_SLOT_ALIGN_BYTES);
	CHECK(rig, (opening.op.args.open.ret_align_bytes != 0) ==
			   ((fcntl(try.op.fd, F_GETFL) & O_DIRECT) != 0));

	try.op.kind = OP_WRITE;
	try.op.args.data.data = slot->payload;
	try.op.args.data.bytes = PAYLOAD_BYTES;
	try.op.args.data.offset = PAYLOAD_BYTES;
	try.op.args.data.buffer_index = slot->buffer_index;
	try.op.args.data.whole = true;
	EXPECT(rig, op_rig_run(rig, &try), PAYLOAD_BYTES);
	memset(slot->payload, 0, PAYLOAD_BYTES);
	try.op.kind = OP_READ;
	EXPECT(rig, op_rig_run(rig, &try), PAYLOAD_BYTES);
	memset(seen, 0x5a, PAYLOAD_BYTES);
	CHECK(rig, memcmp(slot->payload, seen, PAYLOAD_BYTES) == 0);

	/* An index that is not ours must not decide where bytes go. */
	try.op.args.data.data = slot->memory;
	try.op.args.data.buffer_index = 3;
	memset(slot->payload, 0, PAYLOAD_BYTES);
	EXPECT(rig, op_rig_run(rig, &try), PAYLOAD_BYTES);
	CHECK(rig, slot->memory[0] == 0x5a);

	EXPECT(rig, simple(rig, OP_DATASYNC, try.op.fd), 0);
	ops_close(rig->ops, try.op.fd);
	ops_close(rig->ops, folder);
	buffer_pool_give(pool, slot);
	buffer_pool_free(pool);
	free(seen);
}

/* ---- data ----------------------------------------------------------------------- */

static void data_is_read_where_it_was_written(struct op_rig *rig)
{
	char buffer[16] = "";
	int folder = open_folder(rig);
	int fd = make_file(rig, folder, "data", "0123456789");

	EXPECT(rig, move(rig, OP_WRITE, fd, "xyz", 3, 4), 3);
	EXPECT(rig, move(rig, OP_READ, fd, buffer, sizeof(buffer), 2), 8);
	CHECK(rig, memcmp(buffer, "23xyz789", 8) == 0);
	EXPECT(rig, move(rig, OP_READ, fd, buffer, sizeof(buffer), 10), 0);
	EXPECT(rig, simple(rig, OP_SYNC, fd), 0);
	EXPECT(rig, simple(rig, OP_SYNC, folder), 0);
	EXPECT(rig, simple(rig, OP_DATASYNC, fd), 0);
	ops_close(rig->ops, fd);
	EXPECT(rig, simple(rig, OP_SYNC, 9999), -EBADF);
	EXPECT(rig, simple(rig, OP_DATASYNC, 9999), -EBADF);
	ops_close(rig->ops, folder);
}

static void reading_without_offset_goes_on(struct op_rig *rig)
{
	char buffer[4] = "";
	int folder = open_folder(rig);
	int fd = make_file(rig, folder, "data", "0123456");

	EXPECT(rig, move(rig, OP_READ, fd, buffer, 4, OP_NO_OFFSET), 4);
	EXPECT(rig, move(rig, OP_READ, fd, buffer, 4, OP_NO_OFFSET), 3);
	CHECK(rig, memcmp(buffer, "456", 3) == 0);
	EXPECT(rig, move(rig, OP_READ, fd, buffer, 4, OP_NO_OFFSET), 0);
	ops_close(rig->ops, fd);

	/* Somebody's standard input may be a file and non-blocking. */
	fd = (int)op_rig_open(rig, folder, "data", OPEN_READ);
	EXPECT(rig, fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	EXPECT(rig, move(rig, OP_READ, fd, buffer, 4, OP_NO_OFFSET), 4);
	EXPECT(rig, move(rig, OP_READ, fd, buffer, 4, 5), 2);
	ops_close(rig->ops, fd);
	ops_close(rig->ops, folder);
}

static void copy_moves_a_range(struct op_rig *rig)
{
	struct op_try try = {.op = {.kind = OP_COPY}};
	char buffer[16] = "";
	int folder = open_folder(rig);

	try.op.args.copy.from_fd = make_file(rig, folder, "from", "0123456789");
	try.op.fd = make_file(rig, folder, "to", "abcdefghij");
	try.op.args.copy.from_offset = 2;
	try.op.args.copy.to_offset = 5;
	try.op.args.copy.bytes = 3;
	EXPECT(rig, op_rig_run(rig, &try), 3);
	EXPECT(rig, move(rig, OP_READ, try.op.fd, buffer, sizeof(buffer), 0), 10);
	CHECK(rig, memcmp(buffer, "abcde234ij", 10) == 0);
	try.op.args.copy.bytes = 1000;
	EXPECT(rig, op_rig_run(rig, &try), 8);
	ops_close(rig->ops, try.op.args.copy.from_fd);

	/* What copy_file_range() refuses or finds empty is copied by hand. */
	try.op.args.copy.from_fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	try.op.args.copy.from_offset = 0;
	try.op.args.copy.to_offset = 0;
	try.op.args.copy.bytes = 5;
	EXPECT(rig, op_rig_run(rig, &try), 5);
	EXPECT(rig, move(rig, OP_READ, try.op.fd, buffer, 5, 0), 5);
	CHECK(rig, memcmp(buffer, "Name:", 5) == 0);
	ops_close(rig->ops, try.op.args.copy.from_fd);
	ops_close(rig->ops, try.op.fd);
	ops_close(rig->ops, folder);
}

/* ---- metadata ------------------------------------------------------------------- */

static void stat_truncate_and_mode_agree(struct op_rig *rig)
{
	struct op_try try = {0};
	struct stat seen;
	int folder = open_folder(rig);
	int fd = make_file(rig, folder, "data", "0123456789");

	try.op.fd = fd;
	try.op.kind = OP_TRUNCATE;
	try.op.args.truncate.bytes = 4;
	EXPECT(rig, op_rig_run(rig, &try), 0);
	try.op.args.truncate.bytes = UINT64_MAX;
	EXPECT(rig, op_rig_run(rig, &try), -EFBIG);
	try.op.kind = OP_MODE;
	try.op.args.mode.mode = 0751;
	try.op.args.mode.uid = UINT32_MAX;
	try.op.args.mode.gid = UINT32_MAX;
	EXPECT(rig, op_rig_run(rig, &try), 0);
	try.op.kind = OP_STAT;
	EXPECT(rig, op_rig_run(rig, &try), 0);
	EXPECT(rig, fstat(fd, &seen), 0);
	CHECK(rig, try.op.args.stat.ret.bytes == 4);
	CHECK(rig, try.op.args.stat.ret.mode == (S_IFREG | 0751));
	CHECK(rig, try.op.args.stat.ret.inode == seen.st_ino);
	CHECK(rig, try.op.args.stat.ret.device == seen.st_dev);
	CHECK(rig, try.op.args.stat.ret.uid == seen.st_uid);
	CHECK(rig, try.op.args.stat.ret.gid == seen.st_gid);
	CHECK(rig, try.op.args.stat.ret.mtime_ns == (uint64_t)seen.st_mtim.tv_sec * 1000000000u +
							    (uint64_t)seen.st_mtim.tv_nsec);
	ops_close(rig->ops, fd);
	EXPECT(rig, simple(rig, OP_STAT, 9999), -EBADF);
	ops_close(rig->ops, folder);
}

static int64_t rename_in(struct op_rig *rig, int folder, const char *from, const char *to,
			 bool never_replace)
{
	struct op_try try = {.op = {.kind = OP_RENAME, .fd = folder}};

	try.op.args.rename.from = from;
	try.op.args.rename.to = to;
	try.op.args.rename.never_replace = never_replace;
	return op_rig_run(rig, &try);
}

static int64_t unlink_in(struct op_rig *rig, int folder, const char *name)
{
	struct op_try try = {.op = {.kind = OP_UNLINK, .fd = folder}};

	try.op.args.unlink.name = name;
	return op_rig_run(rig, &try);
}

static void rename_replaces_only_when_it_may(struct op_rig *rig)
{
	int folder = open_folder(rig);

	ops_close(rig->ops, make_file(rig, folder, "one", "1"));
	ops_close(rig->ops, make_file(rig, folder, "two", "2"));
	EXPECT(rig, rename_in(rig, folder, "one", "two", true), -EEXIST);
	EXPECT(rig, rename_in(rig, folder, "one", "three", true), 0);
	EXPECT(rig, rename_in(rig, folder, "three", "two", false), 0);
	EXPECT(rig, faccessat(folder, "three", F_OK, 0), -1);
	EXPECT(rig, rename_in(rig, folder, "one", "two", false), -ENOENT);
	EXPECT(rig, unlink_in(rig, folder, "two"), 0);
	EXPECT(rig, unlink_in(rig, folder, "two"), -ENOENT);
	ops_close(rig->ops, folder);
}

static void a_path_is_no_name(struct op_rig *rig)
{
	int folder = open_folder(rig);

	EXPECT(rig, mkdirat(folder, "sub", 0700), 0);
	ops_close(rig->ops, make_file(rig, folder, "one", "1"));
	EXPECT(rig, rename_in(rig, folder, "one", "sub/one", false), -EINVAL);
	EXPECT(rig, rename_in(rig, folder, "./one", "two", false), -EINVAL);
	EXPECT(rig, rename_in(rig, folder, "one", "..", false), -EINVAL);
	EXPECT(rig, unlink_in(rig, folder, "sub/../one"), -EINVAL);
	EXPECT(rig, unlink_in(rig, folder, ""), -EINVAL);
	EXPECT(rig, faccessat(folder, "one", F_OK, 0), 0);
	ops_close(rig->ops, folder);
}

static void a_lock_excludes_and_goes_with_the_close(struct op_rig *rig)
{
	int folder = open_folder(rig);
	int one = make_file(rig, folder, "locked", "1");
	int two = (int)op_rig_open(rig, folder, "locked", OPEN_READ | OPEN_WRITE);

	EXPECT(rig, simple(rig, OP_LOCK, one), 0);
	EXPECT(rig, simple(rig, OP_LOCK, one), 0);
	EXPECT(rig, simple(rig, OP_LOCK, two), -EAGAIN);
	ops_close(rig->ops, one);
	EXPECT(rig, simple(rig, OP_LOCK, two), 0);
	ops_close(rig->ops, two);
	ops_close(rig->ops, folder);
}

static void ops_beyond_the_share_wait_and_can_be_cancelled(struct op_rig *rig)
{
	struct op_try *tries = calloc(MANY, sizeof(*tries));
	int folder = open_folder(rig);
	int fd = make_file(rig, folder, "data", "x");
	unsigned done = 0;

	for (unsigned i = 0; i < MANY; i++) {
		tries[i].op.kind = OP_STAT;
		tries[i].op.fd = fd;
		op_rig_start(rig, &tries[i]);
	}
	for (unsigned i = 1; i < MANY; i += 2)
		ops_cancel(rig->ops, &tries[i].op);
	for (unsigned i = 0; i < MANY; i++) {
		int64_t result = op_rig_finish(rig, &tries[i]);

		CHECK(rig, result == 0 || (result == -ECANCELED && i % 2 == 1));
		done += result == 0;
	}
	op_rig_turn(rig);
	for (unsigned i = 0; i < MANY; i++)
		EXPECT(rig, tries[i].over_count, 1);
	CHECK(rig, done >= MANY / 2);
	CHECK(rig, done < MANY);
	ops_close(rig->ops, fd);
	ops_close(rig->ops, folder);
	free(tries);
}

/* ---- names of hosts --------------------------------------------------------------- */

static void addresses_in_numbers_resolve_at_once(struct op_rig *rig)
{
	struct net_address list[HFT_RESOLVE_MAX];
	struct op_try try = {.op = {.kind = OP_RESOLVE}};
	char text[HFT_ADDRESS_BYTES];

	try.op.args.resolve.list = list;
	try.op.args.resolve.capacity = HFT_RESOLVE_MAX;
	try.op.args.resolve.port = 30000;
	try.op.args.resolve.name = "10.0.0.2";
	EXPECT(rig, op_rig_run(rig, &try), 1);
	CHECK(rig, strcmp(net_address_print(&list[0], text, sizeof(text)), "10.0.0.2:30000") == 0);
	try.op.args.resolve.name = "::1";
	EXPECT(rig, op_rig_run(rig, &try), 1);
	CHECK(rig, strcmp(net_address_print(&list[0], text, sizeof(text)), "[::1]:30000") == 0);
	try.op.args.resolve.name = "";
	EXPECT(rig, op_rig_run(rig, &try), -EINVAL);
	try.op.args.resolve.name = "10.0.0.2:4";
	EXPECT(rig, op_rig_run(rig, &try), -EINVAL);
}

/* Some still wait for a thread then, some are in its hands, some have their answer. */
static void cancel_all(struct op_rig *rig, struct op_try *tries, size_t count)
{
	int64_t result = 0;

	for (size_t i = 0; i < count; i++)
		op_rig_start(rig, &tries[i]);
	for (size_t i = 0; i < count; i++) {
		ops_cancel(rig->ops, &tries[i].op);
		result = op_rig_finish(rig, &tries[i]);
		CHECK(rig, result == -ECANCELED || result > 0);
	}
	op_rig_turn(rig);
	for (size_t i = 0; i < count; i++)
		EXPECT(rig, tries[i].over_count, 1);
}

static void localhost_resolves_and_can_be_cancelled(struct op_rig *rig)
{
	struct net_address list[HFT_RESOLVE_MAX];
	struct op_try tries[8] = {0};

	for (size_t i = 0; i < ARRAY_COUNT(tries); i++) {
		tries[i].op.kind = OP_RESOLVE;
		tries[i].op.args.resolve.list = list;
		tries[i].op.args.resolve.capacity = HFT_RESOLVE_MAX;
		tries[i].op.args.resolve.port = 30000;
		tries[i].op.args.resolve.name = "localhost";
	}
	CHECK(rig, op_rig_run(rig, &tries[0]) > 0);
	EXPECT(rig, net_address_port(&list[0]), 30000);
	tries[0].op.args.resolve.capacity = 1;
	EXPECT(rig, op_rig_run(rig, &tries[0]), 1);

	for (unsigned round = 0; round < ROUNDS; round++)
		cancel_all(rig, tries, ARRAY_COUNT(tries));
}

static const struct op_test tests[] = {
	{"open tells who made the file", open_tells_who_made_the_file},
	{"open beneath follows no link and never leaves",
	 open_beneath_follows_no_link_and_never_leaves},
	{"open never waits for a fifo", open_never_waits_for_a_fifo},
	{"direct writes come from a registered slot", direct_writes_come_from_a_registered_slot},
	{"data is read where it was written", data_is_read_where_it_was_written},
	{"reading without offset goes on", reading_without_offset_goes_on},
	{"copy moves a range", copy_moves_a_range},
	{"stat, truncate and mode agree", stat_truncate_and_mode_agree},
	{"rename replaces only when it may", rename_replaces_only_when_it_may},
	{"a path is no name", a_path_is_no_name},
	{"a lock excludes and goes with the close", a_lock_excludes_and_goes_with_the_close},
	{"ops beyond the share wait and can be cancelled",
	 ops_beyond_the_share_wait_and_can_be_cancelled},
	{"addresses in numbers resolve at once", addresses_in_numbers_resolve_at_once},
	{"localhost resolves and can be cancelled", localhost_resolves_and_can_be_cancelled},
};

int main(void)
{
	return op_rig_main(tests, ARRAY_COUNT(tests));
}
