/* SPDX-License-Identifier: Apache-2.0 */
/* sim_flight.c -- ops in flight in a simulated world, from submit to the loop's queue.
 *
 * What it is: the table of flights, and queues of them. What it is not: it performs nothing.
 * Its one idea: a flight ends once. Its generation moves on whenever a plan for it
 * becomes void, so a late event finds another generation and is dropped. */
#include <assert.h>

#include "io/sim_host.h"
#include "io/sim_world.h"

uint32_t sim_flight_new(struct sim_world *world, struct sim_ops *ops, struct op *op)
{
	uint32_t index = world->flight_free;
	struct sim_flight *flight;
	uint32_t generation;

	if (index == SIM_NONE) {
		index = world->flight_count;
		world->flights = sim_grow(world->flights, index, &world->flight_capacity,
					  sizeof(*world->flights));
		world->flights[index] = (struct sim_flight){.next = SIM_NONE};
		world->flight_count++;
	}
	flight = &world->flights[index];
	assert(flight->stage == SIM_STAGE_FREE);
	world->flight_free = flight->next;
	generation = flight->generation;
	*flight = (struct sim_flight){
		.op = op,
		.ops = ops,
		.stage = SIM_STAGE_WAITING,
		.generation = generation,
		.next = SIM_NONE,
		.connection = SIM_NONE,
		.fd = -1,
		.second_fd = -1,
	};
	return index;
}

void sim_flight_free(struct sim_world *world, uint32_t index)
{
	struct sim_flight *flight = sim_flight_at(world, index);

	assert(flight->stage != SIM_STAGE_FREE);
	flight->stage = SIM_STAGE_FREE;
	flight->generation++;
	flight->op = NULL;
	flight->ops = NULL;
	flight->next = world->flight_free;
	world->flight_free = index;
}

struct sim_flight *sim_flight_at(struct sim_world *world, uint32_t index)
{
	assert(index < world->flight_count);
	return &world->flights[index];
}

static void plan(struct sim_world *world, uint32_t index, enum sim_event_kind kind,
		 struct sim_delay delay)
{
	uint64_t due_ns = world->now_ns + sim_draw_delay(world, delay);

	if (sim_fault(world, world->settings.reorder_per_mille))
		due_ns += sim_draw_delay(world, world->settings.reorder);
	sim_plan(world, &(struct sim_event){
				.due_ns = due_ns,
				.kind = kind,
				.index = index,
				.generation = sim_flight_at(world, index)->generation,
			});
}

void sim_flight_schedule(struct sim_world *world, uint32_t index, struct sim_delay delay)
{
	struct sim_flight *flight = sim_flight_at(world, index);

	assert(flight->stage == SIM_STAGE_WAITING);
	flight->stage = SIM_STAGE_SCHEDULED;
	plan(world, index, SIM_EVENT_EFFECT, delay);
}

void sim_flight_finish(struct sim_world *world, uint32_t index, int64_t result)
{
	struct sim_flight *flight = sim_flight_at(world, index);

	assert(flight->stage == SIM_STAGE_WAITING || flight->stage == SIM_STAGE_SCHEDULED);
	flight->stage = SIM_STAGE_FINISHED;
	flight->generation++;
	flight->result = result;
	plan(world, index, SIM_EVENT_COMPLETE, world->settings.socket);
}

void sim_flight_ready(struct sim_world *world, uint32_t index, int64_t result)
{
	struct sim_flight *flight = sim_flight_at(world, index);
	struct sim_ops *ops = flight->ops;

	assert(flight->stage != SIM_STAGE_FREE && flight->stage != SIM_STAGE_READY);
	flight->stage = SIM_STAGE_READY;
	flight->generation++;
	flight->result = result;
	sim_note(world, (uint64_t)flight->op->kind << 56 | (uint64_t)ops->host->index << 48);
	sim_note(world, (uint64_t)result);
	sim_queue_add(world, &ops->ready, index);
}

/* ---- Queues ---- */

void sim_queue_init(struct sim_queue *queue)
{
	queue->head = SIM_NONE;
	queue->tail = SIM_NONE;
}

void sim_queue_add(struct sim_world *world, struct sim_queue *queue, uint32_t index)
{
	sim_flight_at(world, index)->next = SIM_NONE;
	if (queue->head == SIM_NONE)
		queue->head = index;
	else
		sim_flight_at(world, queue->tail)->next = index;
	queue->tail = index;
}

uint32_t sim_queue_take(struct sim_world *world, struct sim_queue *queue)
{
	uint32_t index = queue->head;

	if (index == SIM_NONE)
		return SIM_NONE;
	queue->head = sim_flight_at(world, index)->next;
	if (queue->head == SIM_NONE)
		queue->tail = SIM_NONE;
	sim_flight_at(world, index)->next = SIM_NONE;
	return index;
}

bool sim_queue_remove(struct sim_world *world, struct sim_queue *queue, uint32_t index)
{
	uint32_t before = SIM_NONE;
	uint32_t at = queue->head;

	while (at != SIM_NONE && at != index) {
		before = at;
		at = sim_flight_at(world, at)->next;
	}
	if (at == SIM_NONE)
		return false;
	if (before == SIM_NONE) {
		(void)sim_queue_take(world, queue);
		return true;
	}
	sim_flight_at(world, before)->next = sim_flight_at(world, at)->next;
	if (queue->tail == at)
		queue->tail = before;
	sim_flight_at(world, at)->next = SIM_NONE;
	return true;
}
