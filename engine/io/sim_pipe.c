/* SPDX-License-Identifier: Apache-2.0 */
/* sim_pipe.c -- pipes and FIFOs of a simulated host, with a test as the writer.
 *
 * What it is: a stream that can only be read once, from the front. What it is not: bounded on
 * the writer's side; the test writes all it wants and readers get it in pipe-sized parts.
 * Its one idea: readers wait in line; each write, and the end, serves the line. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/sim_disk.h"

#define PIPE_BYTES 65536u /* Linux' default: no read gets more at once */

struct sim_pipe *sim_pipe_new(struct sim_host *host, const char *path)
{
	struct sim_pipe *pipe = sim_allocate(sizeof(*pipe));

	pipe->node = sim_node_new(host->disk, SIM_NODE_FIFO, 0600);
	pipe->node->pipe = pipe;
	sim_node_hold(pipe->node);
	sim_queue_init(&pipe->waiting);
	pipe->next = host->disk->pipes;
	host->disk->pipes = pipe;
	if (path) {
		struct sim_path found = {0};
		int error = sim_path_walk(host->disk->root, path, false, &found);

		assert(error == 0 && !found.node);
		(void)error;
		sim_folder_link(found.folder, found.name, pipe->node);
		sim_folder_settle(found.folder, sim_folder_change_count(&found.folder->folder));
	} else {
		pipe->has_writer = true;
		pipe->had_writer = true;
	}
	return pipe;
}

int sim_pipe_open(struct sim_pipe *pipe)
{
	struct sim_host *host = pipe->node->disk->host;
	int fd = sim_handle_new(host, SIM_HANDLE_NODE);
	struct sim_handle *handle = sim_handle_at(host, fd);

	handle->node = pipe->node;
	handle->flags = OPEN_READ;
	sim_node_hold(pipe->node);
	return fd;
}

static void make_room(struct sim_pipe *pipe, size_t bytes)
{
	if (pipe->start > 0) {
		memmove(pipe->bytes, pipe->bytes + pipe->start, pipe->end - pipe->start);
		pipe->end -= pipe->start;
		pipe->start = 0;
	}
	if (pipe->end + bytes <= pipe->capacity)
		return;
	pipe->capacity = (pipe->end + bytes) * 2;
	pipe->bytes = realloc(pipe->bytes, pipe->capacity);
	if (!pipe->bytes)
		abort();
}

void sim_pipe_write(struct sim_pipe *pipe, const void *data, size_t bytes)
{
	make_room(pipe, bytes);
	if (bytes > 0)
		memcpy(pipe->bytes + pipe->end, data, bytes);
	pipe->end += bytes;
	pipe->has_writer = true;
	pipe->had_writer = true;
	sim_pipe_pump(pipe);
}

void sim_pipe_end(struct sim_pipe *pipe)
{
	pipe->has_writer = false;
	pipe->had_writer = true;
	sim_pipe_pump(pipe);
}

/* Serves one READ or SKIP; there are bytes. */
static int64_t take_bytes(struct sim_pipe *pipe, struct op *op)
{
	struct sim_world *world = pipe->node->disk->host->world;
	uint64_t wanted = op->kind == OP_SKIP ? op->args.skip.bytes : op->args.data.bytes;
	uint64_t bytes = pipe->end - pipe->start;

	if (bytes > PIPE_BYTES)
		bytes = PIPE_BYTES;
	if (bytes > wanted)
		bytes = wanted;
	if (sim_fault(world, world->settings.short_read_per_mille))
		bytes = sim_draw_short(world, bytes, 1);
	if (op->kind == OP_SKIP) {
		pipe->skipped_bytes += bytes;
	} else {
		memcpy(op->args.data.data, pipe->bytes + pipe->start, bytes);
		pipe->read_bytes += bytes;
		pipe->node->read_bytes += bytes;
	}
	pipe->start += bytes;
	return (int64_t)bytes;
}

void sim_pipe_pump(struct sim_pipe *pipe)
{
	struct sim_host *host = pipe->node->disk->host;
	struct sim_world *world = host->world;

	while (pipe->waiting.head != SIM_NONE) {
		struct op *op = sim_flight_at(world, pipe->waiting.head)->op;
		int64_t result = 0;

		if (op->kind == OP_OPEN) {
			if (!pipe->had_writer)
				return;
			result = sim_pipe_open(pipe);
		} else if (pipe->end > pipe->start) {
			result = take_bytes(pipe, op);
		} else if (pipe->has_writer) {
			return;
		}
		sim_flight_finish(world, sim_queue_take(world, &pipe->waiting), result);
	}
}

uint64_t sim_pipe_bytes_read(const struct sim_pipe *pipe)
{
	return pipe->read_bytes;
}

uint64_t sim_pipe_bytes_skipped(const struct sim_pipe *pipe)
{
	return pipe->skipped_bytes;
}
