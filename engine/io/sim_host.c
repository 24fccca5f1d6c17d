/* SPDX-License-Identifier: Apache-2.0 */
/* sim_host.c -- a simulated machine: its descriptors, and how its program ends.
 *
 * What it is: crash, kill and freeze, and the table of descriptors. What it is not: what a
 * descriptor leads to.
 * Its one idea: when a program dies, first every line it stands in is emptied, then its
 * flights go, then its descriptors; from then on nothing can find its memory. */
#include "io/sim_host.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/address.h"
#include "io/sim_disk.h"
#include "io/sim_network.h"

struct sim_host *sim_host_new(struct sim_world *world, const char *name, const char *address)
{
	struct sim_host *host = sim_allocate(sizeof(*host));

	host->world = world;
	host->name = sim_copy_text(name);
	host->index = world->host_count;
	world->hosts = sim_grow(world->hosts, world->host_count, &world->host_capacity,
				sizeof(struct sim_host *));
	world->hosts[world->host_count++] = host;
	host->disk = sim_disk_new(host);
	sim_disk_make_folder(host, "/tmp");
	sim_host_add_address(host, address);
	return host;
}

void sim_host_add_address(struct sim_host *host, const char *address)
{
	int error;

	assert(host->address_count < SIM_HOST_ADDRESSES_MAX);
	error = net_address_parse(address, 0, &host->addresses[host->address_count]);
	assert(error == 0);
	(void)error;
	host->address_count++;
}

const char *sim_host_name(const struct sim_host *host)
{
	return host->name;
}

/* ---- Descriptors ---- */

int sim_handle_new(struct sim_host *host, enum sim_handle_kind kind)
{
	uint32_t index = 0;
	uint32_t generation;

	while (index < host->handle_count && host->handles[index].kind != SIM_HANDLE_FREE)
		index++;
	if (index == host->handle_count) {
		host->handles = sim_grow(host->handles, index, &host->handle_capacity,
					 sizeof(*host->handles));
		host->handles[index] = (struct sim_handle){0};
		host->handle_count++;
	}
	generation = host->handles[index].generation;
	host->handles[index] = (struct sim_handle){.kind = kind, .generation = generation};
	return SIM_FIRST_FD + (int)index;
}

struct sim_handle *sim_handle_at(struct sim_host *host, int fd)
{
	uint32_t index;

	if (fd < SIM_FIRST_FD)
		return NULL;
	index = (uint32_t)(fd - SIM_FIRST_FD);
	if (index >= host->handle_count || host->handles[index].kind == SIM_HANDLE_FREE)
		return NULL;
	return &host->handles[index];
}

void sim_handle_free(struct sim_host *host, int fd)
{
	struct sim_handle *handle = sim_handle_at(host, fd);
	struct sim_node *node = handle->node;

	if (node && node->locked_by == fd)
		node->locked_by = -1;
	handle->kind = SIM_HANDLE_FREE;
	handle->generation++;
	handle->in_flight = 0;
	handle->node = NULL;
	if (node)
		sim_node_release(node);
}

void sim_host_close(struct sim_host *host, int fd, bool hard)
{
	if (sim_handle_at(host, fd)->kind != SIM_HANDLE_NODE)
		sim_network_close(host, fd, hard);
	sim_handle_free(host, fd);
}

/* ---- Ending ops early ---- */

static bool leave_pipe(struct sim_world *world, uint32_t index)
{
	struct sim_pipe *pipe = sim_flight_at(world, index)->ops->host->disk->pipes;

	while (pipe && !sim_queue_remove(world, &pipe->waiting, index))
		pipe = pipe->next;
	return pipe != NULL;
}

/* A file op that a worker has begun runs to its end; one that still waits in line does not begin.
 * Which of the two it is, is chance. */
void sim_host_cancel_flight(struct sim_world *world, uint32_t index)
{
	const struct sim_flight *flight = sim_flight_at(world, index);

	if (flight->stage == SIM_STAGE_SCHEDULED) {
		if (sim_draw(world, 2) == 0)
			sim_flight_finish(world, index, -ECANCELED);
	} else if (flight->stage == SIM_STAGE_WAITING) {
		if (leave_pipe(world, index))
			sim_flight_finish(world, index, -ECANCELED);
		else
			sim_network_cancel(world, index);
	}
}

void sim_host_cancel_all(struct sim_host *host, int fd)
{
	struct sim_world *world = host->world;
	uint32_t generation = sim_handle_at(host, fd)->generation;
	uint32_t i;

	for (i = 0; i < world->flight_count; i++) {
		const struct sim_flight *flight = sim_flight_at(world, i);

		if (flight->stage != SIM_STAGE_FREE && flight->ops->host == host &&
		    flight->fd == fd && flight->handle_generation == generation)
			sim_host_cancel_flight(world, i);
	}
}

/* ---- The end of a program ---- */

/* What was under way may have happened, or not. */
static void settle_flights(struct sim_host *host)
{
	struct sim_world *world = host->world;
	uint32_t i;

	for (i = 0; i < world->flight_count; i++) {
		struct sim_flight *flight = sim_flight_at(world, i);

		if (flight->stage != SIM_STAGE_SCHEDULED || flight->ops->host != host ||
		    flight->op->kind == OP_RESOLVE || flight->op->kind == OP_READ)
			continue;
		if (sim_draw(world, 2) == 0)
			(void)sim_disk_perform(world, flight);
	}
}

static void forget_flights(struct sim_host *host)
{
	struct sim_world *world = host->world;
	struct sim_ops *ops;
	uint32_t i;

	for (i = 0; i < world->flight_count; i++) {
		const struct sim_flight *flight = sim_flight_at(world, i);

		if (flight->stage != SIM_STAGE_FREE && flight->ops->host == host)
			sim_flight_free(world, i);
	}
	for (ops = host->ops; ops; ops = ops->next) {
		sim_queue_init(&ops->ready);
		ops->in_flight = 0;
		ops->dead = true;
	}
}

/* Sockets have lost their program before; here go the numbers. */
static void forget_handles(struct sim_host *host)
{
	uint32_t i;

	for (i = 0; i < host->handle_count; i++) {
		struct sim_handle *handle = &host->handles[i];

		if (handle->kind == SIM_HANDLE_FREE)
			continue;
		free(handle->listener);
		handle->listener = NULL;
		sim_handle_free(host, SIM_FIRST_FD + (int)i);
	}
}

static void end_program(struct sim_host *host, bool kernel_closes)
{
	sim_note(host->world, host->index + 1ull);
	settle_flights(host);
	sim_network_crash(host, kernel_closes);
	forget_flights(host);
	forget_handles(host);
	sim_disk_drop_pipes(host->disk);
	host->frozen = false;
}

void sim_host_crash(struct sim_host *host)
{
	end_program(host, false);
	sim_disk_crash(host->disk);
	host->down = host->world->settings.crash_is_silent;
}

void sim_host_kill(struct sim_host *host)
{
	end_program(host, true);
}

void sim_host_freeze(struct sim_host *host, bool on)
{
	host->frozen = on;
}

void sim_host_free(struct sim_host *host)
{
	while (host->ops) {
		struct sim_ops *ops = host->ops;

		host->ops = ops->next;
		free(ops);
	}
	forget_handles(host);
	sim_disk_free(host->disk);
	free(host->handles);
	free(host->name);
	free(host);
}
