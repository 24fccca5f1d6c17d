/* SPDX-License-Identifier: Apache-2.0 */
/* file_call.c -- see file_call.h. Kinds in the order of enum op_kind. */
#define _GNU_SOURCE
#include "io/file_call.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <hft/limits.h>

#include "io/op.h"

/* One read or write moves at most this; the kernel's own bound is a page below 2 GiB. */
#define CALL_BYTES_MAX ((size_t)1 << 30)
/* A copy looks up to be stopped this often: some 10 ms on a slow disk. */
#define COPY_PIECE_BYTES ((uint64_t)16 << 20)
/* RESOLVE_BENEATH may lose a race with a rename and says so; nobody loses that often. */
#define OPEN_TRIES 16
/* Supplementary groups of root that are put aside: more than any system gives it. */
#define OPEN_GROUPS_MAX 64

static uint64_t timestamp_ns(const struct timespec *time)
{
	return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec;
}

/* ---- data --------------------------------------------------------------------- */

static int64_t data_piece(const struct op *op, uint64_t moved)
{
	const bool is_read = op->kind == OP_READ;
	uint8_t *data = (uint8_t *)op->args.data.data + moved;
	size_t bytes = op->args.data.bytes - (size_t)moved;
	off_t offset = (off_t)(op->args.data.offset + moved);
	ssize_t count = 0;

	if (bytes > CALL_BYTES_MAX)
		bytes = CALL_BYTES_MAX;
	do {
		if (op->args.data.offset == OP_NO_OFFSET)
			count = is_read ? read(op->fd, data, bytes) : write(op->fd, data, bytes);
		else
			count = is_read ? pread(op->fd, data, bytes, offset)
					: pwrite(op->fd, data, bytes, offset);
	} while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}

static int64_t call_data(const struct file_call *call, struct op *op)
{
	uint64_t moved = op->backend.progress;
	int64_t count = 0;

	do {
		count = data_piece(op, moved);
		if (count > 0)
			moved += (uint64_t)count;
	} while (count > 0 && op->args.data.whole && moved < op->args.data.bytes &&
		 !call->must_stop(call->context));
	if (count < 0 && moved == 0)
		return count;
	return (int64_t)moved;
}

static int64_t call_datasync(const struct file_call *call, struct op *op)
{
	(void)call;
	return fdatasync(op->fd) < 0 ? -errno : 0;
}

/* ---- open --------------------------------------------------------------------- */

/* The one place where a name from the network meets the file system (architecture.md 8). */
static int open_beneath(const struct op *op, int flags, uint32_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	unsigned tries = 0;
	long fd = -1;

	do {
		fd = syscall(SYS_openat2, op->fd, op->args.open.path, &how, sizeof(how));
	} while (fd < 0 && (errno == EAGAIN || errno == EINTR) && ++tries < OPEN_TRIES);
	return fd < 0 ? -errno : (int)fd;
}

static int open_plainly(const struct op *op, int flags)
{
	const uint32_t mode = op->args.open.mode & 07777;
	int fd = -1;

	if (op->args.open.flags & OPEN_BENEATH)
		return open_beneath(op, flags, mode);
	fd = openat(op->fd < 0 ? AT_FDCWD : op->fd, op->args.open.path, flags, (mode_t)mode);
	return fd < 0 ? -errno : fd;
}

/* The kernel itself judges whether that user may go through every folder on the way and read the
 * file. File system ids belong to a thread (setfsuid(2)); glibc's setgroups() would change all
 * threads, so the call is made directly. */
static int open_as_user(const struct op *op, int flags)
{
	gid_t groups[OPEN_GROUPS_MAX];
	int count = getgroups(OPEN_GROUPS_MAX, groups);
	int fd = -1;

	if (count < 0 || syscall(SYS_setgroups, (size_t)0, NULL) < 0)
		return -errno;
	(void)setfsgid(op->args.open.gid);
	(void)setfsuid(op->args.open.uid);
	fd = open_plainly(op, flags);
	(void)setfsuid(geteuid());
	(void)setfsgid(getegid());
	if (syscall(SYS_setgroups, (size_t)count, groups) < 0 && fd >= 0) {
		(void)close(fd);
		return -EPERM;
	}
	return fd;
}

static int open_once(const struct op *op, int flags)
{
	if ((op->args.open.flags & OPEN_AS_USER) && op->args.open.uid != 0 && geteuid() == 0)
		return open_as_user(op, flags);
	return open_plainly(op, flags);
}

/* Creation is always tried exclusively first: only so is it known who made the file. */
static int open_creating(struct op *op, int flags)
{
	unsigned tries = 0;
	int fd = -1;

	do {
		fd = open_once(op, flags | O_CREAT | O_EXCL);
		op->args.open.ret_created = fd >= 0;
		if (fd != -EEXIST || (op->args.open.flags & OPEN_EXCLUSIVE))
			return fd;
		fd = open_once(op, flags);
	} while (fd == -ENOENT && ++tries < OPEN_TRIES); /* removed in between */
	return fd;
}

/* The alignment O_DIRECT needs on this file; 0 if the file system cannot. */
static uint32_t direct_align_bytes(int fd)
{
	struct statx answer = {0};
	uint32_t align = HFT_SLOT_ALIGN_BYTES;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &answer) < 0 ||
	    !(answer.stx_mask & STATX_DIOALIGN))
		return align; /* kernels before 6.1, or a file system that does not say */
	align = answer.stx_dio_offset_align;
	if (answer.stx_dio_mem_align > align)
		align = answer.stx_dio_mem_align;
	return align <= HFT_SLOT_ALIGN_BYTES ? align : 0;
}

/* O_NONBLOCK was only for the opening: io_uring would take it as "never wait". O_DIRECT comes
 * now because an open that fails for it would leave the new file behind. */
static int open_settle(struct op *op, int fd)
{
	const int flags = fcntl(fd, F_GETFL);
	uint32_t align = 0;

	if (flags < 0)
		return -errno;
	if (op->args.open.flags & OPEN_DIRECT)
		align = direct_align_bytes(fd);
	if (align != 0 && fcntl(fd, F_SETFL, (flags & ~O_NONBLOCK) | O_DIRECT) == 0) {
		op->args.open.ret_align_bytes = align;
		return 0;
	}
	return fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0 ? -errno : 0;
}

static int open_flags(uint32_t wanted)
{
	/* O_NONBLOCK: no worker may be caught by a FIFO without a writer, or by a device. */
	int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

	if (wanted & OPEN_FOLDER)
		return flags | O_DIRECTORY | O_RDONLY;
	if ((wanted & OPEN_READ) && (wanted & OPEN_WRITE))
		return flags | O_RDWR;
	return flags | (wanted & OPEN_WRITE ? O_WRONLY : O_RDONLY);
}

static int64_t call_open(const struct file_call *call, struct op *op)
{
	const int flags = open_flags(op->args.open.flags);
	int error = 0;
	int fd = -1;

	(void)call;
	op->args.open.ret_align_bytes = 0;
	op->args.open.ret_created = false;
	if (op->args.open.flags & OPEN_CREATE)
		fd = open_creating(op, flags);
	else
		fd = open_once(op, flags);
	if (fd < 0)
		return fd;
	error = open_settle(op, fd);
	if (error < 0) {
		(void)close(fd);
		return error;
	}
	return fd;
}

/* ---- metadata ----------------------------------------------------------------- */

static int64_t call_stat(const struct file_call *call, struct op *op)
{
	struct stat seen;

	(void)call;
	if (fstat(op->fd, &seen) < 0)
		return -errno;
	op->args.stat.ret = (struct op_stat){
		.device = seen.st_dev,
		.inode = seen.st_ino,
		.bytes = (uint64_t)seen.st_size,
		.mtime_ns = timestamp_ns(&seen.st_mtim),
		.ctime_ns = timestamp_ns(&seen.st_ctim),
		.mode = seen.st_mode,
		.uid = seen.st_uid,
		.gid = seen.st_gid,
	};
	return 0;
}

static int64_t call_truncate(const struct file_call *call, struct op *op)
{
	(void)call;
	if (op->args.truncate.bytes > INT64_MAX)
		return -EFBIG;
	return ftruncate(op->fd, (off_t)op->args.truncate.bytes) < 0 ? -errno : 0;
}

/* Owner first: a change of owner clears the set-id bits. */
static int64_t call_mode(const struct file_call *call, struct op *op)
{
	(void)call;
	if (op->args.mode.uid != UINT32_MAX || op->args.mode.gid != UINT32_MAX) {
		if (fchown(op->fd, op->args.mode.uid, op->args.mode.gid) < 0)
			return -errno;
	}
	if (op->args.mode.mode != UINT32_MAX) {
		if (fchmod(op->fd, (mode_t)(op->args.mode.mode & 07777)) < 0)
			return -errno;
	}
	return 0;
}

static int64_t call_sync(const struct file_call *call, struct op *op)
{
	(void)call;
	return fsync(op->fd) < 0 ? -errno : 0;
}

/* A name in a folder, never a path: these calls follow what stands before a slash. */
static bool is_name(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int64_t call_rename(const struct file_call *call, struct op *op)
{
	const char *from = op->args.rename.from;
	const char *to = op->args.rename.to;
	const bool never_replace = op->args.rename.never_replace;

	(void)call;
	if (!is_name(from) || !is_name(to))
		return -EINVAL;
	if (renameat2(op->fd, from, op->fd, to, never_replace ? RENAME_NOREPLACE : 0) == 0)
		return 0;
	if (!never_replace || errno != EINVAL)
		return -errno;
	/* A file system without RENAME_NOREPLACE (NFS): a hard link does not replace either. */
	if (linkat(op->fd, from, op->fd, to, 0) < 0)
		return -errno;
	return unlinkat(op->fd, from, 0) < 0 ? -errno : 0;
}

static int64_t call_unlink(const struct file_call *call, struct op *op)
{
	(void)call;
	if (!is_name(op->args.unlink.name))
		return -EINVAL;
	return unlinkat(op->fd, op->args.unlink.name, 0) < 0 ? -errno : 0;
}

/* ---- copy --------------------------------------------------------------------- */

static int64_t write_all(int fd, const uint8_t *data, size_t bytes, off_t offset)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t count = pwrite(fd, data + done, bytes - done, offset + (off_t)done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return done > 0 ? (int64_t)done : -errno;
		done += (size_t)count;
	}
	return (int64_t)done;
}

static int64_t copy_by_hand(const struct file_call *call, const struct op *op, uint64_t done)
{
	uint64_t bytes = op->args.copy.bytes - done;
	ssize_t count = 0;

	if (bytes > call->buffer_bytes)
		bytes = call->buffer_bytes;
	do {
		count = pread(op->args.copy.from_fd, call->buffer, (size_t)bytes,
			      (off_t)(op->args.copy.from_offset + done));
	} while (count < 0 && errno == EINTR);
	if (count <= 0)
		return count < 0 ? -errno : 0;
	return write_all(op->fd, call->buffer, (size_t)count,
			 (off_t)(op->args.copy.to_offset + done));
}

static int64_t copy_in_kernel(const struct op *op, uint64_t done)
{
	loff_t from = (loff_t)(op->args.copy.from_offset + done);
	loff_t to = (loff_t)(op->args.copy.to_offset + done);
	uint64_t bytes = op->args.copy.bytes - done;
	ssize_t count = 0;

	if (bytes > COPY_PIECE_BYTES)
		bytes = COPY_PIECE_BYTES;
	count = copy_file_range(op->args.copy.from_fd, &from, op->fd, &to, (size_t)bytes, 0);
	return count < 0 ? -errno : count;
}

/* Errors that say "not this way", in one kernel version or another. Zero bytes as well: some
 * file systems answer so where a plain read finds data; at the end both agree. */
static bool copy_needs_hands(int64_t result)
{
	return result == 0 || result == -EXDEV || result == -EINVAL || result == -EOPNOTSUPP ||
	       result == -ENOSYS || result == -EPERM;
}

static int64_t call_copy(const struct file_call *call, struct op *op)
{
	bool by_hand = false;
	uint64_t done = 0;
	int64_t count = 0;

	while (done < op->args.copy.bytes) {
		if (call->must_stop(call->context))
			return done > 0 ? (int64_t)done : -ECANCELED;
		if (!by_hand)
			count = copy_in_kernel(op, done);
		if (!by_hand && copy_needs_hands(count))
			by_hand = true;
		if (by_hand)
			count = copy_by_hand(call, op, done);
		if (count == -EINTR)
			continue;
		if (count <= 0)
			break;
		done += (uint64_t)count;
	}
	return count < 0 && done == 0 ? count : (int64_t)done;
}

/* ---- lock --------------------------------------------------------------------- */

/* An OFD lock belongs to the open file and not to the process: two transfers of one engine
 * exclude each other as well. */
static int64_t call_lock(const struct file_call *call, struct op *op)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	(void)call;
	if (fcntl(op->fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EACCES ? -EAGAIN : -errno;
}

int64_t file_call_perform(const struct file_call *call, struct op *op)
{
	static int64_t (*const calls[OP_KINDS])(const struct file_call *call, struct op *op) = {
		[OP_READ] = call_data,	   [OP_WRITE] = call_data, [OP_DATASYNC] = call_datasync,
		[OP_OPEN] = call_open,	   [OP_STAT] = call_stat,  [OP_TRUNCATE] = call_truncate,
		[OP_MODE] = call_mode,	   [OP_SYNC] = call_sync,  [OP_RENAME] = call_rename,
		[OP_UNLINK] = call_unlink, [OP_COPY] = call_copy,  [OP_LOCK] = call_lock,
	};

	assert(op->kind > OP_NOTHING && op->kind < OP_KINDS);

	if (!calls[op->kind])
		return -EINVAL;
	return calls[op->kind](call, op);
}
