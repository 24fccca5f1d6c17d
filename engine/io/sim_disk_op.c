/* SPDX-License-Identifier: Apache-2.0 */
/* sim_disk_op.c -- what a program's file ops do on a simulated disk.
 *
 * What it is: one short function per kind, with the errors Linux would give. What it is not: the
 * time they take and the order they end in, which sim_flight.c draws.
 * Its one idea: an op takes effect at the moment it is over, not when it is submitted; only a
 * sync looks back, at what had been written when it was submitted. */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "io/sim_disk.h"
#include "io/sim_network.h"

#define WAIT_FOR_WRITER (-EINPROGRESS) /* an OPEN that is not over yet; never seen outside */

/* What an op works on: its handle, or NULL with the reason. */
static struct sim_handle *flight_handle(const struct sim_flight *flight, int64_t *ret_error)
{
	struct sim_handle *handle = sim_handle_at(flight->ops->host, flight->fd);

	*ret_error = -EBADF;
	if (!handle || handle->generation != flight->handle_generation)
		return NULL;
	if (handle->kind != SIM_HANDLE_NODE) {
		*ret_error = -EINVAL;
		return NULL;
	}
	return handle;
}

static bool is_unaligned(const struct sim_handle *handle, const struct op *op)
{
	if (!(handle->flags & OPEN_DIRECT))
		return false;
	return op->args.data.offset % SIM_DIRECT_ALIGN_BYTES != 0 ||
	       op->args.data.bytes % SIM_DIRECT_ALIGN_BYTES != 0 ||
	       (uintptr_t)op->args.data.data % SIM_SECTOR_BYTES != 0;
}

static int64_t perform_read(struct sim_world *world, struct sim_handle *handle, struct op *op)
{
	bool at_position = op->args.data.offset == OP_NO_OFFSET;
	uint64_t offset = at_position ? handle->position : op->args.data.offset;
	uint64_t bytes = op->args.data.bytes;

	if (!(handle->flags & OPEN_READ))
		return -EBADF;
	if (handle->node->kind == SIM_NODE_FOLDER)
		return -EISDIR;
	if (!at_position && is_unaligned(handle, op))
		return -EINVAL;
	if (sim_fault(world, world->settings.read_error_per_mille))
		return -EIO;
	if (bytes > 0 && sim_fault(world, world->settings.short_read_per_mille))
		bytes = sim_draw_short(world, bytes,
				       handle->flags & OPEN_DIRECT ? SIM_DIRECT_ALIGN_BYTES : 1);
	bytes = sim_content_read(&handle->node->content, offset, op->args.data.data, bytes);
	handle->node->read_bytes += bytes;
	if (at_position)
		handle->position += bytes;
	return (int64_t)bytes;
}

static int64_t perform_write(struct sim_world *world, struct sim_handle *handle, struct op *op)
{
	bool at_position = op->args.data.offset == OP_NO_OFFSET;
	uint64_t offset = at_position ? handle->position : op->args.data.offset;
	uint64_t bytes = op->args.data.bytes;
	struct sim_node *node = handle->node;
	int64_t written;

	if (!(handle->flags & OPEN_WRITE))
		return -EBADF;
	if (!at_position && is_unaligned(handle, op))
		return -EINVAL;
	if (sim_fault(world, world->settings.write_error_per_mille))
		return -EIO;
	if (bytes > 0 && sim_fault(world, world->settings.short_write_per_mille))
		bytes = sim_draw_short(world, bytes,
				       handle->flags & OPEN_DIRECT ? SIM_DIRECT_ALIGN_BYTES : 1);
	written = sim_content_write(&node->content, &node->disk->space, offset, op->args.data.data,
				    bytes);
	if (written <= 0)
		return written;
	node->written_bytes += (uint64_t)written;
	sim_node_touch(node);
	if (at_position)
		handle->position += (uint64_t)written;
	return written;
}

static int64_t perform_sync(struct sim_world *world, const struct sim_flight *flight,
			    struct sim_node *node)
{
	bool failed = sim_fault(world, world->settings.sync_error_per_mille);

	if (node->kind == SIM_NODE_FOLDER) {
		if (!failed)
			sim_folder_settle(node, flight->snapshot);
	} else if (node->kind == SIM_NODE_FILE) {
		if (failed)
			sim_content_sync_fail(&node->content);
		else
			sim_content_sync_end(&node->content);
	} else {
		return -EINVAL;
	}
	return failed ? -EIO : 0;
}

static int64_t perform_stat(const struct sim_node *node, struct op_stat *ret_stat)
{
	static const uint32_t type_bits[] = {
		[SIM_NODE_FILE] = S_IFREG,
		[SIM_NODE_FOLDER] = S_IFDIR,
		[SIM_NODE_LINK] = S_IFLNK,
		[SIM_NODE_FIFO] = S_IFIFO,
	};

	*ret_stat = (struct op_stat){
		.device = 1 + node->disk->host->index,
		.inode = node->inode,
		.bytes = node->content.bytes,
		.mtime_ns = node->mtime_ns,
		.ctime_ns = node->ctime_ns,
		.mode = type_bits[node->kind] | node->mode,
		.uid = node->uid,
	};
	return 0;
}

static int64_t perform_truncate(struct sim_handle *handle, uint64_t bytes)
{
	struct sim_node *node = handle->node;

	if (!(handle->flags & OPEN_WRITE) || node->kind != SIM_NODE_FILE)
		return -EINVAL;
	sim_content_truncate(&node->content, &node->disk->space, bytes);
	sim_node_touch(node);
	return 0;
}

static int64_t perform_mode(struct sim_node *node, const struct op *op)
{
	if (op->args.mode.mode != UINT32_MAX)
		node->mode = op->args.mode.mode & 07777;
	if (op->args.mode.uid != UINT32_MAX)
		node->uid = op->args.mode.uid;
	if (op->args.mode.gid != UINT32_MAX)
		node->gid = op->args.mode.gid;
	node->disk->changes++;
	node->ctime_ns = sim_wall_ns(node->disk->host->world);
	return 0;
}

static bool is_plain_name(const char *name)
{
	return name[0] != 0 && strlen(name) < 256 && !strchr(name, '/') && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

static int64_t perform_rename(struct sim_node *folder, const struct op *op)
{
	const char *from = op->args.rename.from;
	const char *to = op->args.rename.to;
	struct sim_node *node;
	struct sim_node *old;

	if (folder->kind != SIM_NODE_FOLDER)
		return -ENOTDIR;
	if (!is_plain_name(from) || !is_plain_name(to))
		return -EINVAL;
	if (!(folder->mode & 0200))
		return -EACCES;
	node = sim_folder_find(folder, from);
	old = sim_folder_find(folder, to);
	if (!node)
		return -ENOENT;
	if (old && op->args.rename.never_replace)
		return -EEXIST;
	if (old && old->kind == SIM_NODE_FOLDER)
		return node->kind == SIM_NODE_FOLDER ? -ENOTEMPTY : -EISDIR;
	if (old && node->kind == SIM_NODE_FOLDER)
		return -ENOTDIR;
	node->ctime_ns = sim_wall_ns(folder->disk->host->world);
	sim_folder_rename(folder, from, to);
	return 0;
}

static int64_t perform_unlink(struct sim_node *folder, const char *name)
{
	struct sim_node *node;

	if (folder->kind != SIM_NODE_FOLDER)
		return -ENOTDIR;
	if (!is_plain_name(name))
		return -EINVAL;
	if (!(folder->mode & 0200))
		return -EACCES;
	node = sim_folder_find(folder, name);
	if (!node)
		return -ENOENT;
	if (node->kind == SIM_NODE_FOLDER)
		return -EISDIR;
	sim_folder_unlink(folder, name);
	return 0;
}

static int64_t perform_lock(struct sim_handle *handle, int fd)
{
	struct sim_node *node = handle->node;

	if (!(handle->flags & OPEN_WRITE))
		return -EBADF;
	if (node->locked_by >= 0 && node->locked_by != fd)
		return -EAGAIN;
	node->locked_by = fd;
	return 0;
}

/* Both are files, one is readable, one is writable: checked. */
static int64_t copy_bytes(struct sim_world *world, struct sim_node *from, struct sim_node *to,
			  const struct op *op)
{
	uint64_t done = 0;
	uint64_t wanted = op->args.copy.bytes;
	uint8_t part[4096];

	if (wanted > 0 && sim_fault(world, world->settings.short_write_per_mille))
		wanted = sim_draw_short(world, wanted, 1);
	while (done < wanted) {
		uint64_t bytes = wanted - done < sizeof(part) ? wanted - done : sizeof(part);
		int64_t written;

		bytes = sim_content_read(&from->content, op->args.copy.from_offset + done, part,
					 bytes);
		if (bytes == 0)
			break;
		written = sim_content_write(&to->content, &to->disk->space,
					    op->args.copy.to_offset + done, part, bytes);
		if (written < 0)
			return done > 0 ? (int64_t)done : written;
		done += (uint64_t)written;
		if ((uint64_t)written < bytes)
			break;
	}
	from->read_bytes += done;
	to->written_bytes += done;
	if (done > 0)
		sim_node_touch(to);
	return (int64_t)done;
}

static int64_t perform_copy(struct sim_world *world, const struct sim_flight *flight,
			    struct sim_handle *to)
{
	struct sim_handle *from = sim_handle_at(flight->ops->host, flight->second_fd);

	if (!from || from->generation != flight->second_generation || !(from->flags & OPEN_READ) ||
	    !(to->flags & OPEN_WRITE))
		return -EBADF;
	if (from->kind != SIM_HANDLE_NODE || from->node->kind != SIM_NODE_FILE ||
	    to->node->kind != SIM_NODE_FILE)
		return -EINVAL;
	if (sim_fault(world, world->settings.write_error_per_mille))
		return -EIO;
	return copy_bytes(world, from->node, to->node, flight->op);
}

/* ---- Open ---- */

static int may_open(const struct sim_node *node, uint32_t flags)
{
	if (flags & OPEN_FOLDER)
		return node->kind == SIM_NODE_FOLDER ? 0 : -ENOTDIR;
	if (node->kind == SIM_NODE_FOLDER && flags & OPEN_WRITE)
		return -EISDIR;
	if (node->kind == SIM_NODE_FIFO && flags & OPEN_WRITE)
		return -ENXIO;
	if ((flags & OPEN_READ && !(node->mode & 0400)) ||
	    (flags & OPEN_WRITE && !(node->mode & 0200)))
		return -EACCES;
	return 0;
}

static int create_file(const struct sim_path *path, uint32_t mode, struct sim_node **ret_node)
{
	struct sim_disk *disk = path->folder->disk;

	if (!(path->folder->mode & 0200))
		return -EACCES;
	*ret_node = sim_node_new(disk, SIM_NODE_FILE, mode & 07777);
	sim_folder_link(path->folder, path->name, *ret_node);
	return 0;
}

static int find_or_create(struct sim_node *start, struct op *op, struct sim_node **ret_node)
{
	uint32_t flags = op->args.open.flags;
	struct sim_path path;
	int error;

	error = sim_path_walk(start, op->args.open.path, flags & OPEN_BENEATH, &path);
	if (error < 0)
		return error;
	if (path.node) {
		if (flags & OPEN_CREATE && flags & OPEN_EXCLUSIVE)
			return -EEXIST;
		*ret_node = path.node;
		return may_open(path.node, flags);
	}
	if (!(flags & OPEN_CREATE))
		return -ENOENT;
	op->args.open.ret_created = true;
	return create_file(&path, op->args.open.mode, ret_node);
}

int sim_disk_open(struct sim_host *host, struct sim_node *start, struct op *op)
{
	uint32_t flags = op->args.open.flags;
	struct sim_node *node = NULL;
	struct sim_handle *handle;
	int error;
	int fd;

	op->args.open.ret_created = false;
	op->args.open.ret_align_bytes = 0;
	error = find_or_create(start, op, &node);
	if (error < 0)
		return error;
	if (node->kind == SIM_NODE_FIFO && !(flags & OPEN_NONBLOCK) && !node->pipe->had_writer)
		return WAIT_FOR_WRITER;
	if (node->kind != SIM_NODE_FILE)
		flags &= ~(uint32_t)OPEN_DIRECT;
	if (flags & OPEN_DIRECT)
		op->args.open.ret_align_bytes = SIM_DIRECT_ALIGN_BYTES;
	fd = sim_handle_new(host, SIM_HANDLE_NODE);
	handle = sim_handle_at(host, fd);
	handle->node = node;
	handle->flags = flags;
	sim_node_hold(node);
	return fd;
}

/* ---- Dispatch ---- */

static int64_t perform_open(struct sim_world *world, struct sim_flight *flight)
{
	struct sim_node *start = flight->ops->host->disk->root;
	int64_t result = 0;

	(void)world;
	if (flight->op->fd >= 0) {
		struct sim_handle *folder = flight_handle(flight, &result);

		if (!folder)
			return result;
		start = folder->node;
	} else if (flight->op->args.open.path[0] != '/') {
		return -ENOENT; /* a program has no working folder here */
	}
	return sim_disk_open(flight->ops->host, start, flight->op);
}

int64_t sim_disk_perform(struct sim_world *world, struct sim_flight *flight)
{
	struct op *op = flight->op;
	struct sim_handle *handle;
	int64_t error = 0;

	if (op->kind == OP_OPEN)
		return perform_open(world, flight);
	handle = flight_handle(flight, &error);
	if (!handle)
		return error;
	switch (op->kind) {
	case OP_READ:
		return perform_read(world, handle, op);
	case OP_WRITE:
		return perform_write(world, handle, op);
	case OP_DATASYNC:
	case OP_SYNC:
		return perform_sync(world, flight, handle->node);
	case OP_STAT:
		return perform_stat(handle->node, &op->args.stat.ret);
	case OP_TRUNCATE:
		return perform_truncate(handle, op->args.truncate.bytes);
	case OP_MODE:
		return perform_mode(handle->node, op);
	case OP_RENAME:
		return perform_rename(handle->node, op);
	case OP_UNLINK:
		return perform_unlink(handle->node, op->args.unlink.name);
	case OP_COPY:
		return perform_copy(world, flight, handle);
	case OP_LOCK:
		return perform_lock(handle, flight->fd);
	default:
		return -EINVAL; /* SKIP of what is no pipe, among others */
	}
}

static struct sim_pipe *pipe_of(const struct sim_flight *flight)
{
	int64_t error = 0;
	const struct sim_handle *handle = flight->fd >= 0 ? flight_handle(flight, &error) : NULL;

	return handle ? handle->node->pipe : NULL;
}

static struct sim_delay delay_of(const struct sim_settings *settings, enum op_kind kind)
{
	switch (kind) {
	case OP_READ:
	case OP_SKIP:
	case OP_COPY:
		return settings->read;
	case OP_WRITE:
		return settings->write;
	case OP_SYNC:
	case OP_DATASYNC:
		return settings->sync;
	default:
		return settings->metadata;
	}
}

static void begin_sync(struct sim_flight *flight)
{
	int64_t error = 0;
	const struct sim_handle *handle = flight_handle(flight, &error);

	if (!handle)
		return;
	if (handle->node->kind == SIM_NODE_FOLDER)
		flight->snapshot = sim_folder_change_count(&handle->node->folder);
	else
		sim_content_sync_begin(&handle->node->content);
}

void sim_disk_submit(struct sim_world *world, uint32_t index)
{
	struct sim_flight *flight = sim_flight_at(world, index);
	enum op_kind kind = flight->op->kind;
	struct sim_pipe *pipe = kind == OP_READ || kind == OP_SKIP ? pipe_of(flight) : NULL;

	if (pipe && (kind == OP_SKIP || flight->op->args.data.offset == OP_NO_OFFSET)) {
		sim_queue_add(world, &pipe->waiting, index);
		sim_pipe_pump(pipe);
		return;
	}
	if (pipe) {
		sim_flight_finish(world, index, -ESPIPE);
		return;
	}
	if (kind == OP_SYNC || kind == OP_DATASYNC)
		begin_sync(flight);
	sim_flight_schedule(world, index, delay_of(&world->settings, kind));
}

/* An OPEN that waits for a FIFO's writer stands in the pipe's line. */
static void wait_for_writer(struct sim_world *world, uint32_t index)
{
	struct sim_flight *flight = sim_flight_at(world, index);
	struct sim_path path = {0};
	struct sim_node *start = flight->ops->host->disk->root;
	int64_t error = 0;

	if (flight->op->fd >= 0)
		start = flight_handle(flight, &error)->node;
	error = sim_path_walk(start, flight->op->args.open.path,
			      flight->op->args.open.flags & OPEN_BENEATH, &path);
	assert(error == 0); /* it was there a moment ago */
	flight->stage = SIM_STAGE_WAITING;
	sim_queue_add(world, &path.node->pipe->waiting, index);
}

void sim_disk_effect_due(struct sim_world *world, uint32_t index, uint32_t generation)
{
	struct sim_flight *flight = sim_flight_at(world, index);
	int64_t result;

	if (flight->generation != generation)
		return;
	if (flight->op->kind == OP_RESOLVE)
		result = sim_network_resolve(flight);
	else
		result = sim_disk_perform(world, flight);
	if (result == WAIT_FOR_WRITER)
		wait_for_writer(world, index);
	else
		sim_flight_ready(world, index, result);
}
