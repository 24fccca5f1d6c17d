/* SPDX-License-Identifier: Apache-2.0 */
/* sim_world.c -- clock, chance and the heap of events of a simulated world.
 *
 * What it is: the part that makes order out of a seed, and the step that lets one thing happen.
 * What it is not: it does not know what an event does; it hands it to disk or network.
 * Its one idea: ties are broken by the order of making, so that two runs never differ. */
#include "io/sim_world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "io/sim_disk.h"
#include "io/sim_host.h"
#include "io/sim_network.h"

#define IDLE_TURNS_MAX 1000000u /* more turns without time passing are a loop that spins */

void *sim_allocate(size_t bytes)
{
	void *memory = calloc(1, bytes);

	if (!memory)
		abort();
	return memory;
}

void *sim_grow(void *list, uint32_t count, uint32_t *capacity, size_t entry_bytes)
{
	if (count < *capacity)
		return list;
	*capacity = *capacity ? *capacity * 2 : 8;
	list = realloc(list, (size_t)*capacity * entry_bytes);
	if (!list)
		abort();
	return list;
}

char *sim_copy_text(const char *text)
{
	size_t bytes = strlen(text) + 1;
	char *copy = sim_allocate(bytes);

	memcpy(copy, text, bytes);
	return copy;
}

/* splitmix64: the shortest generator that passes the usual tests; speed and period suffice. */
static uint64_t random_next(struct sim_random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

uint64_t sim_draw(struct sim_world *world, uint64_t bound)
{
	assert(bound > 0);
	/* The bias of a remainder of 2^64 is far below what a test could see. */
	return random_next(&world->random) % bound;
}

uint64_t sim_draw_delay(struct sim_world *world, struct sim_delay delay)
{
	assert(delay.min_ns <= delay.max_ns);
	if (delay.min_ns == delay.max_ns)
		return delay.min_ns;
	return delay.min_ns + sim_draw(world, delay.max_ns - delay.min_ns + 1);
}

bool sim_fault(struct sim_world *world, uint16_t per_mille)
{
	return world->faults && per_mille > 0 && sim_draw(world, 1000) < per_mille;
}

uint64_t sim_draw_short(struct sim_world *world, uint64_t bytes, uint64_t unit)
{
	if (bytes <= unit)
		return bytes;
	return (1 + sim_draw(world, bytes / unit)) * unit;
}

void sim_note(struct sim_world *world, uint64_t value)
{
	world->trace = (world->trace ^ value) * 0x100000001b3ull;
	world->trace ^= world->trace >> 29;
}

uint64_t sim_wall_ns(const struct sim_world *world)
{
	return world->settings.start_wall_ns + (world->now_ns - world->settings.start_ns);
}

/* ---- The heap ---- */

static bool event_is_before(const struct sim_event *a, const struct sim_event *b)
{
	return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->tie < b->tie;
}

void sim_plan(struct sim_world *world, const struct sim_event *event)
{
	struct sim_event new_event = *event;
	uint32_t at = world->heap_count;

	new_event.tie = world->next_tie++;
	world->heap = sim_grow(world->heap, at, &world->heap_capacity, sizeof(*world->heap));
	world->heap_count++;
	while (at > 0) {
		uint32_t parent = (at - 1) / 2;

		if (!event_is_before(&new_event, &world->heap[parent]))
			break;
		world->heap[at] = world->heap[parent];
		at = parent;
	}
	world->heap[at] = new_event;
}

static struct sim_event heap_take(struct sim_world *world)
{
	struct sim_event first = world->heap[0];
	struct sim_event last = world->heap[--world->heap_count];
	uint32_t at = 0;

	for (;;) {
		uint32_t child = at * 2 + 1;

		if (child >= world->heap_count)
			break;
		if (child + 1 < world->heap_count &&
		    event_is_before(&world->heap[child + 1], &world->heap[child]))
			child++;
		if (!event_is_before(&world->heap[child], &last))
			break;
		world->heap[at] = world->heap[child];
		at = child;
	}
	world->heap[at] = last;
	return first;
}

/* ---- The world ---- */

void sim_settings_init(struct sim_settings *settings, uint64_t seed)
{
	assert(settings);
	*settings = (struct sim_settings){
		.seed = seed,
		.start_ns = 1000 * SIM_SECOND_NS,
		.start_wall_ns = 1700000000 * SIM_SECOND_NS,
		.metadata = {5000, 50000},
		.read = {10000, 100000},
		.write = {10000, 100000},
		.sync = {100000, 2000000},
		.socket = {1000, 10000},
		.resolve = {100000, 1000000},
		.latency = {50000, 50000},
		.bandwidth_bytes_per_s = 1000000000,
		.socket_buffer_bytes = 262144,
		.reorder = {0, 5000000},
		.disk_capacity_bytes = UINT64_MAX,
	};
}

int sim_world_new(const struct sim_settings *settings, struct sim_world **ret_world)
{
	struct sim_world *world;

	assert(settings);
	assert(ret_world);
	assert(settings->socket_buffer_bytes > 0);

	world = sim_allocate(sizeof(*world));
	world->settings = *settings;
	world->random.state = settings->seed;
	world->now_ns = settings->start_ns;
	world->trace = 0xcbf29ce484222325ull;
	world->faults = true;
	world->flight_free = SIM_NONE;
	world->connection_free = SIM_NONE;
	world->ring_bytes = settings->socket_buffer_bytes;
	*ret_world = world;
	return 0;
}

void sim_world_free(struct sim_world *world)
{
	uint32_t i;

	if (!world)
		return;
	sim_network_done(world);
	for (i = 0; i < world->host_count; i++)
		sim_host_free(world->hosts[i]);
	free(world->hosts);
	free(world->flights);
	free(world->heap);
	free(world);
}

uint64_t sim_world_now_ns(const struct sim_world *world)
{
	return world->now_ns;
}

/* A deadline that has passed is not "next": its loop is ready now, time need not move. */
static uint64_t next_deadline_ns(const struct sim_world *world)
{
	uint64_t next = UINT64_MAX;
	uint32_t i;

	for (i = 0; i < world->host_count; i++) {
		const struct sim_ops *ops = world->hosts[i]->frozen ? NULL : world->hosts[i]->ops;

		for (; ops; ops = ops->next) {
			if (!ops->dead && ops->deadline_ns > world->now_ns &&
			    ops->deadline_ns < next)
				next = ops->deadline_ns;
		}
	}
	return next;
}

uint64_t sim_world_next_due(const struct sim_world *world)
{
	uint64_t next = next_deadline_ns(world);

	if (world->heap_count > 0 && world->heap[0].due_ns < next)
		next = world->heap[0].due_ns;
	return next;
}

static void happen(struct sim_world *world, const struct sim_event *event)
{
	switch (event->kind) {
	case SIM_EVENT_CALL:
		event->call(event->owner);
		break;
	case SIM_EVENT_EFFECT:
		sim_disk_effect_due(world, event->index, event->generation);
		break;
	case SIM_EVENT_COMPLETE:
		if (sim_flight_at(world, event->index)->generation == event->generation)
			sim_flight_ready(world, event->index,
					 sim_flight_at(world, event->index)->result);
		break;
	case SIM_EVENT_SYN:
	case SIM_EVENT_ESTABLISHED:
	case SIM_EVENT_ARRIVE:
	case SIM_EVENT_FIN:
	case SIM_EVENT_RESET:
	case SIM_EVENT_STALL_END:
		sim_network_event(world, event);
		break;
	}
}

bool sim_world_step(struct sim_world *world)
{
	uint64_t due_ns = sim_world_next_due(world);
	struct sim_event event;

	if (due_ns == UINT64_MAX)
		return false;
	if (due_ns > world->now_ns) {
		world->now_ns = due_ns;
		world->idle_turn_count = 0;
	}
	if (world->heap_count == 0 || world->heap[0].due_ns > world->now_ns)
		return true; /* a deadline only */
	event = heap_take(world);
	world->event_count++;
	sim_note(world, event.due_ns);
	sim_note(world, (uint64_t)event.kind << 56 | (uint64_t)event.side << 48 | event.index);
	happen(world, &event);
	return true;
}

static bool ops_has_work(const struct sim_world *world, const struct sim_ops *ops)
{
	return !ops->dead && (ops->ready.head != SIM_NONE || ops->woken || ops->again ||
			      ops->deadline_ns <= world->now_ns);
}

/* The n-th loop with work; how many there are when there is no n-th. */
static uint32_t find_ready(const struct sim_world *world, uint32_t wanted, struct sim_ops **ret_ops)
{
	uint32_t seen = 0;
	uint32_t i;

	for (i = 0; i < world->host_count; i++) {
		struct sim_ops *ops = world->hosts[i]->frozen ? NULL : world->hosts[i]->ops;

		for (; ops; ops = ops->next) {
			if (!ops_has_work(world, ops))
				continue;
			if (seen == wanted)
				*ret_ops = ops;
			seen++;
		}
	}
	return seen;
}

struct ops *sim_next_ready(struct sim_world *world)
{
	struct sim_ops *ops = NULL;
	uint32_t count = find_ready(world, 0, &ops);

	if (count == 0)
		return NULL;
	if (count > 1)
		(void)find_ready(world, (uint32_t)sim_draw(world, count), &ops);
	world->idle_turn_count++;
	assert(world->idle_turn_count < IDLE_TURNS_MAX);
	return &ops->base;
}

void sim_world_at(struct sim_world *world, uint64_t due_ns, void (*fn)(void *owner), void *owner)
{
	assert(fn);
	sim_plan(world, &(struct sim_event){
				.due_ns = due_ns > world->now_ns ? due_ns : world->now_ns,
				.kind = SIM_EVENT_CALL,
				.call = fn,
				.owner = owner,
			});
}

void sim_world_set_faults(struct sim_world *world, bool on)
{
	world->faults = on;
}

void sim_world_change(struct sim_world *world, const struct sim_settings *settings)
{
	uint64_t seed = world->settings.seed;
	uint64_t start_ns = world->settings.start_ns;
	uint64_t start_wall_ns = world->settings.start_wall_ns;

	world->settings = *settings;
	world->settings.seed = seed;
	world->settings.start_ns = start_ns;
	world->settings.start_wall_ns = start_wall_ns;
	world->settings.socket_buffer_bytes = world->ring_bytes;
}

const struct sim_settings *sim_world_settings(const struct sim_world *world)
{
	return &world->settings;
}

uint64_t sim_world_trace(const struct sim_world *world)
{
	return world->trace;
}

uint64_t sim_world_event_count(const struct sim_world *world)
{
	return world->event_count;
}

uint64_t sim_world_random(struct sim_world *world, uint64_t bound)
{
	return sim_draw(world, bound);
}
