/* SPDX-License-Identifier: Apache-2.0 */
/* buffer_pool.h -- one mover's memory for chunks: aligned slots, allocated once.
 *
 * A slot holds one chunk with its frame header right before the payload and its seal
 * right after it, so that a whole frame is one contiguous send:
 *
 *   memory                payload (4 KiB aligned)
 *   |-- HFT_SLOT_LEAD ----|---- up to payload_bytes ----|-- HFT_SLOT_TRAIL --|
 *                  header^                       seal right behind the payload
 *
 * A slot is lent when there is work for it, never to a connection that idles.
 * Who finds the pool empty waits in line: first come, first served. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/list.h"

/* A buffer's life (style.md section 5). One state, never a set of flags. */
enum slot_state {
	SLOT_FREE,
	SLOT_FILLING,	     /* a read or receive is writing into it */
	SLOT_READY,	     /* holds a chunk */
	SLOT_SENDING,	     /* a send or write is reading from it */
	SLOT_AWAITING_NOTIFY /* the kernel still holds its pages (zero-copy send) */
};

struct slot {
	uint8_t *memory;       /* the whole slot; HFT_SLOT_LEAD_BYTES before payload */
	uint8_t *payload;      /* aligned to HFT_SLOT_ALIGN_BYTES */
	size_t payload_bytes;  /* capacity behind payload, without the trail */
	int buffer_index;      /* registered index of the slot, or OP_NO_BUFFER */
	enum slot_state state; /* see above */
	struct list_node node; /* in the pool's free list */
};

/* Somebody who waits for a slot; embedded in the waiter. */
struct slot_waiter {
	struct list_node node; /* in the pool's line; unlinked when not waiting */
	void *owner;	       /* the owner's own */
	/* Called once, owns the slot from then on; may wait again, give, or free the waiter. */
	void (*ready)(struct slot_waiter *waiter, struct slot *slot);
};

struct buffer_pool;

/* Makes a pool of `slot_count` slots for payloads of up to `payload_bytes` (a multiple of
 * HFT_SLOT_ALIGN_BYTES). Memory is one mapping, touched on first use. */
HFT_MUST_USE int buffer_pool_new(uint32_t slot_count, size_t payload_bytes,
				 struct buffer_pool **ret_pool);

/* All slots must be back and nobody waiting. Accepts NULL. */
void buffer_pool_free(struct buffer_pool *pool);

/* A slot in state SLOT_FILLING, or NULL when none is free or others wait in line. */
struct slot *buffer_pool_take(struct buffer_pool *pool);

/* Waits in line; ready() is called from buffer_pool_give(), or at once when a slot is free. */
void buffer_pool_wait(struct buffer_pool *pool, struct slot_waiter *waiter);

/* Leaves the line; nothing happens if it was not waiting. */
void buffer_pool_leave(struct buffer_pool *pool, struct slot_waiter *waiter);

/* Gives a slot back; it must not be SLOT_SENDING or SLOT_AWAITING_NOTIFY. */
void buffer_pool_give(struct buffer_pool *pool, struct slot *slot);

/* How many slots there are, lent or not. */
uint32_t buffer_pool_slot_count(const struct buffer_pool *pool);

/* How many of them are lent. */
uint32_t buffer_pool_in_use(const struct buffer_pool *pool);

/* The slot with that index, from 0, for registration and for tests. */
struct slot *buffer_pool_slot(struct buffer_pool *pool, uint32_t index);

/* Base and size of one slot's memory are the same for all: lead + payload + trail. */
size_t buffer_pool_slot_bytes(const struct buffer_pool *pool);
