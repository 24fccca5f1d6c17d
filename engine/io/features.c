/* SPDX-License-Identifier: Apache-2.0 */
/* features.c -- see features.h. Each probe tries the real thing and undoes it.
 *
 * The list is in the order of enum feature_id. */
#define _GNU_SOURCE
#include "io/features.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <hft/limits.h>

#include "io/ring.h"

#define PROBE_RING_DEPTH   8
#define PROBE_BUFFER_BYTES ((size_t)1 << 20)
#define PROBE_PIPE_BYTES   (1 << 20)
/* Newer than the headers of Debian 12; the number is the kernel's (kernel.md 2.1). */
#define OPCODE_RECV_ZC 58

struct feature_text {
	const char *name;   /* key of the log line */
	const char *remedy; /* what would enable it */
};

static const struct feature_text texts[FEATURE_COUNT] = {
	[FEATURE_IO_URING] = {"io_uring",
			      "kernel 5.11 or newer, kernel.io_uring_disabled=0, and no "
			      "seccomp filter or container that forbids it"},
	[FEATURE_SINGLE_ISSUER] = {"single_issuer", "kernel 6.0 or newer"},
	[FEATURE_DEFER_TASKRUN] = {"defer_taskrun", "kernel 6.1 or newer"},
	[FEATURE_COOP_TASKRUN] = {"coop_taskrun", "kernel 5.19 or newer"},
	[FEATURE_SUBMIT_ALL] = {"submit_all", "kernel 5.18 or newer"},
	[FEATURE_SEND_ZC] = {"send_zc", "kernel 6.0 or newer"},
	[FEATURE_RECV_ZC] = {"recv_zc", "kernel 6.15 or newer"},
	[FEATURE_SPLICE] = {"splice", "kernel 5.7 or newer"},
	[FEATURE_FIXED_BUFFERS] = {"fixed_buffers", "a higher RLIMIT_MEMLOCK (LimitMEMLOCK=1G)"},
	[FEATURE_PIPE_1MIB] = {"pipe_1mib", "fs.pipe-max-size of 1048576 and a higher "
					    "fs.pipe-user-pages-soft"},
	[FEATURE_OPENAT2] = {"openat2", "kernel 5.6 or newer, and a seccomp filter that knows it"},
	[FEATURE_STATX_DIOALIGN] = {"statx_dioalign",
				    "kernel 6.1 or newer; until then 4096 is taken"},
};

static void feature_set(struct features *features, enum feature_id id, bool available,
			const char *format, ...) HFT_PRINTF(4, 5);

static void feature_set(struct features *features, enum feature_id id, bool available,
			const char *format, ...)
{
	struct feature *feature = &features->list[id];
	va_list arguments;

	feature->available = available;
	feature->remedy = available ? "" : texts[id].remedy;
	va_start(arguments, format);
	(void)vsnprintf(feature->reason, sizeof(feature->reason), format, arguments);
	va_end(arguments);
}

/* For the probes that are one call. `error` is 0 or a negative errno. */
static void feature_tried(struct features *features, enum feature_id id, int error)
{
	if (error < 0)
		feature_set(features, id, false, "%s", strerror(-error));
	else
		feature_set(features, id, true, "tried, works");
}

/* ---- the ring ------------------------------------------------------------------- */

static void probe_flag(struct features *features, enum feature_id id, unsigned setup)
{
	unsigned count = 0;
	const struct ring_flag *flags = ring_flags(&count);

	for (unsigned i = 0; i < count; i++) {
		if (strcmp(flags[i].name, texts[id].name) != 0)
			continue;
		if (setup & flags[i].bit)
			feature_set(features, id, true, "%s", flags[i].why);
		else
			feature_set(features, id, false, "refused by this kernel; lost: %s",
				    flags[i].why);
	}
}

static void probe_opcode(struct features *features, enum feature_id id,
			 const struct io_uring_probe *probe, int opcode)
{
	if (!probe)
		feature_set(features, id, false, "the kernel does not list its operations");
	else if (io_uring_opcode_supported(probe, opcode))
		feature_set(features, id, true, "operation %d is listed", opcode);
	else
		feature_set(features, id, false, "operation %d is not listed", opcode);
}

static void probe_buffers(struct features *features, struct io_uring *ring)
{
	struct iovec vector = {.iov_len = PROBE_BUFFER_BYTES};
	int error = -ENOMEM;

	vector.iov_base = aligned_alloc(HFT_SLOT_ALIGN_BYTES, PROBE_BUFFER_BYTES);
	if (vector.iov_base)
		error = io_uring_register_buffers(ring, &vector, 1);
	feature_tried(features, FEATURE_FIXED_BUFFERS, error);
	if (error == 0)
		(void)io_uring_unregister_buffers(ring);
	free(vector.iov_base);
}

static void probe_in_ring(struct features *features, struct io_uring *ring, unsigned setup)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);

	feature_set(features, FEATURE_IO_URING, true, "a ring was made, features 0x%x",
		    ring->features);
	probe_flag(features, FEATURE_SINGLE_ISSUER, setup);
	probe_flag(features, FEATURE_DEFER_TASKRUN, setup);
	probe_flag(features, FEATURE_COOP_TASKRUN, setup);
	probe_flag(features, FEATURE_SUBMIT_ALL, setup);
	probe_opcode(features, FEATURE_SEND_ZC, probe, IORING_OP_SEND_ZC);
	probe_opcode(features, FEATURE_RECV_ZC, probe, OPCODE_RECV_ZC);
	probe_opcode(features, FEATURE_SPLICE, probe, IORING_OP_SPLICE);
	probe_buffers(features, ring);
	io_uring_free_probe(probe);
}

static void probe_ring(struct features *features)
{
	struct io_uring ring;
	unsigned setup = 0;
	int error = ring_open(PROBE_RING_DEPTH, &ring, &setup);

	if (error == 0) {
		probe_in_ring(features, &ring, setup);
		io_uring_queue_exit(&ring);
		return;
	}
	feature_tried(features, FEATURE_IO_URING, error);
	for (int id = FEATURE_SINGLE_ISSUER; id <= FEATURE_FIXED_BUFFERS; id++)
		feature_set(features, (enum feature_id)id, false, "needs io_uring");
}

/* ---- files ------------------------------------------------------------------------ */

/* The size is read back: beyond the user's quota a pipe stays small without an error (K4). */
static void probe_pipe(struct features *features)
{
	int ends[2] = {-1, -1};
	int bytes = 0;

	if (pipe2(ends, O_CLOEXEC) < 0) {
		feature_tried(features, FEATURE_PIPE_1MIB, -errno);
		return;
	}
	(void)fcntl(ends[0], F_SETPIPE_SZ, PROBE_PIPE_BYTES);
	bytes = fcntl(ends[0], F_GETPIPE_SZ);
	feature_set(features, FEATURE_PIPE_1MIB, bytes >= PROBE_PIPE_BYTES,
		    "a pipe can have %d bytes", bytes);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void probe_openat2(struct features *features)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | O_DIRECTORY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof(how));

	feature_tried(features, FEATURE_OPENAT2, fd < 0 ? -errno : 0);
	if (fd >= 0)
		(void)close((int)fd);
}

/* Whether the kernel knows the question. Which answer a file system gives is asked at each
 * open; the root folder's is none, and that is no failure. */
static void probe_dioalign(struct features *features)
{
	struct statx answer = {0};
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &answer) < 0)
		feature_tried(features, FEATURE_STATX_DIOALIGN, -errno);
	else if (answer.stx_mask & STATX_DIOALIGN)
		feature_set(features, FEATURE_STATX_DIOALIGN, true,
			    "%u bytes where this program lies", answer.stx_dio_offset_align);
	else
		feature_set(features, FEATURE_STATX_DIOALIGN, false,
			    "no answer from the file system of this program");
	if (fd >= 0)
		(void)close(fd);
}

void features_probe(struct features *ret_features)
{
	assert(ret_features);

	memset(ret_features, 0, sizeof(*ret_features));
	for (int id = 0; id < FEATURE_COUNT; id++) {
		ret_features->list[id].name = texts[id].name;
		feature_set(ret_features, (enum feature_id)id, false, "not asked");
	}
	probe_ring(ret_features);
	probe_pipe(ret_features);
	probe_openat2(ret_features);
	probe_dioalign(ret_features);
}

const char *features_line(const struct features *features, char *line, size_t bytes)
{
	size_t used = 0;

	assert(line);
	assert(bytes > 0);

	line[0] = '\0';
	for (int id = 0; id < FEATURE_COUNT && used < bytes; id++) {
		const struct feature *feature = &features->list[id];
		const char *space = id > 0 ? " " : "";
		int count = 0;

		if (feature->available)
			count = snprintf(line + used, bytes - used, "%s%s=yes", space,
					 feature->name);
		else
			count = snprintf(line + used, bytes - used, "%s%s=\"no: %s\"", space,
					 feature->name, feature->reason);
		used += count > 0 ? (size_t)count : 0;
	}
	return line;
}
