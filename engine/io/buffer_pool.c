/* SPDX-License-Identifier: Apache-2.0 */
/* buffer_pool.c -- see buffer_pool.h.
 *
 * Slots that are free form a list, the last one given back first, because its memory is still
 * in the cache. Whoever waits forms a line. Both are looked at in one place, pool_serve(),
 * which never calls itself: a waiter that gives its slot back at once makes no
 * recursion as deep as the line is long. */
#include "io/buffer_pool.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <hft/limits.h>

#include "io/op.h"

struct buffer_pool {
	uint8_t *memory;	/* one mapping of slot_count * slot_bytes */
	size_t slot_bytes;	/* lead + payload + trail */
	uint32_t slot_count;	/* entries in slots */
	uint32_t free_count;	/* of these in state SLOT_FREE */
	struct list free_slots; /* by slot.node */
	struct list line;	/* slot_waiter.node, who came first is first */
	bool is_serving;	/* pool_serve() is running, further up the stack */
	struct slot slots[];	/* slot_count of them */
};

static_assert(HFT_SLOT_LEAD_BYTES % HFT_SLOT_ALIGN_BYTES == 0, "the payload must be aligned");
static_assert(HFT_SLOT_TRAIL_BYTES % HFT_SLOT_ALIGN_BYTES == 0, "so must the next slot's");

static void pool_slot_init(struct buffer_pool *pool, uint32_t index, size_t payload_bytes)
{
	struct slot *slot = &pool->slots[index];

	slot->memory = pool->memory + index * pool->slot_bytes;
	slot->payload = slot->memory + HFT_SLOT_LEAD_BYTES;
	slot->payload_bytes = payload_bytes;
	slot->buffer_index = OP_NO_BUFFER;
	slot->state = SLOT_FREE;
	list_push_tail(&pool->free_slots, &slot->node);
}

int buffer_pool_new(uint32_t slot_count, size_t payload_bytes, struct buffer_pool **ret_pool)
{
	struct buffer_pool *pool = NULL;
	void *memory = NULL;

	assert(slot_count > 0 && slot_count <= HFT_SLOTS_MAX);
	assert(payload_bytes > 0 && payload_bytes % HFT_SLOT_ALIGN_BYTES == 0);
	assert(ret_pool);

	pool = calloc(1, sizeof(*pool) + slot_count * sizeof(pool->slots[0]));
	if (!pool)
		return -ENOMEM;
	pool->slot_bytes = HFT_SLOT_LEAD_BYTES + payload_bytes + HFT_SLOT_TRAIL_BYTES;
	memory = mmap(NULL, slot_count * pool->slot_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		int error = -errno;

		free(pool);
		return error;
	}
	pool->memory = memory;
	pool->slot_count = slot_count;
	pool->free_count = slot_count;
	list_init(&pool->free_slots);
	list_init(&pool->line);
	for (uint32_t i = 0; i < slot_count; i++)
		pool_slot_init(pool, i, payload_bytes);
	*ret_pool = pool;
	return 0;
}

void buffer_pool_free(struct buffer_pool *pool)
{
	if (!pool)
		return;
	assert(pool->free_count == pool->slot_count);
	assert(list_is_empty(&pool->line));
	(void)munmap(pool->memory, pool->slot_count * pool->slot_bytes);
	free(pool);
}

/* Requires a free slot. */
static struct slot *pool_lend(struct buffer_pool *pool)
{
	struct slot *slot = list_entry(list_take_first(&pool->free_slots), struct slot, node);

	assert(slot->state == SLOT_FREE);
	slot->state = SLOT_FILLING;
	pool->free_count--;
	return slot;
}

static void pool_serve(struct buffer_pool *pool)
{
	if (pool->is_serving)
		return;
	pool->is_serving = true;
	while (pool->free_count > 0 && !list_is_empty(&pool->line)) {
		struct list_node *node = list_take_first(&pool->line);
		struct slot_waiter *waiter = list_entry(node, struct slot_waiter, node);

		waiter->ready(waiter, pool_lend(pool));
	}
	pool->is_serving = false;
}

struct slot *buffer_pool_take(struct buffer_pool *pool)
{
	if (pool->free_count == 0 || !list_is_empty(&pool->line))
		return NULL;
	return pool_lend(pool);
}

void buffer_pool_wait(struct buffer_pool *pool, struct slot_waiter *waiter)
{
	assert(waiter->ready);

	list_push_tail(&pool->line, &waiter->node);
	pool_serve(pool);
}

void buffer_pool_leave(struct buffer_pool *pool, struct slot_waiter *waiter)
{
	assert(pool);

	if (list_node_is_linked(&waiter->node))
		list_remove(&waiter->node);
}

void buffer_pool_give(struct buffer_pool *pool, struct slot *slot)
{
	assert(slot >= pool->slots && slot < pool->slots + pool->slot_count);
	assert(slot->state == SLOT_FILLING || slot->state == SLOT_READY);

	slot->state = SLOT_FREE;
	list_push_head(&pool->free_slots, &slot->node);
	pool->free_count++;
	pool_serve(pool);
}

uint32_t buffer_pool_slot_count(const struct buffer_pool *pool)
{
	return pool->slot_count;
}

uint32_t buffer_pool_in_use(const struct buffer_pool *pool)
{
	return pool->slot_count - pool->free_count;
}

struct slot *buffer_pool_slot(struct buffer_pool *pool, uint32_t index)
{
	assert(index < pool->slot_count);

	return &pool->slots[index];
}

size_t buffer_pool_slot_bytes(const struct buffer_pool *pool)
{
	return pool->slot_bytes;
}
