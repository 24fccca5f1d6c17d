/* SPDX-License-Identifier: Apache-2.0 */
/* test_buffer_pool.c -- slots are lent once, in order, and never lost. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "io/buffer_pool.h"
#include "io/op.h"

#define PAYLOAD_BYTES ((size_t)65536)
#define SLOTS	      3u

static struct buffer_pool *make_pool(void)
{
	struct buffer_pool *pool = NULL;

	cr_assert_eq(buffer_pool_new(SLOTS, PAYLOAD_BYTES, &pool), 0);
	return pool;
}

/* A waiter that notes when it got its slot. */
struct customer {
	struct slot_waiter waiter; /* in the pool's line */
	struct buffer_pool *pool;  /* whose */
	struct slot *slot;	   /* what it got; NULL = still waiting */
	unsigned *clock;	   /* counts the customers served */
	unsigned served;	   /* its place among them, from 1; 0 = not served */
	bool gives_back;	   /* returns the slot from within ready() */
};

static void customer_ready(struct slot_waiter *waiter, struct slot *slot)
{
	struct customer *customer = waiter->owner;

	customer->slot = slot;
	customer->served = ++*customer->clock;
	if (customer->gives_back)
		buffer_pool_give(customer->pool, slot);
}

static void customer_wait(struct customer *customer, struct buffer_pool *pool, unsigned *clock)
{
	customer->waiter.owner = customer;
	customer->waiter.ready = customer_ready;
	customer->pool = pool;
	customer->clock = clock;
	buffer_pool_wait(pool, &customer->waiter);
}

Test(buffer_pool, a_slot_has_room_around_an_aligned_payload)
{
	struct buffer_pool *pool = make_pool();

	cr_assert_eq(buffer_pool_slot_count(pool), SLOTS);
	cr_assert_eq(buffer_pool_slot_bytes(pool),
		     HFT_SLOT_LEAD_BYTES + PAYLOAD_BYTES + HFT_SLOT_TRAIL_BYTES);
	for (uint32_t i = 0; i < SLOTS; i++) {
		struct slot *slot = buffer_pool_slot(pool, i);

		cr_expect_eq((uintptr_t)slot->payload % HFT_SLOT_ALIGN_BYTES, 0);
		cr_expect_eq(slot->payload - slot->memory, HFT_SLOT_LEAD_BYTES);
		cr_expect_eq(slot->payload_bytes, PAYLOAD_BYTES);
		cr_expect_eq(slot->buffer_index, OP_NO_BUFFER);
		memset(slot->memory, (int)i + 1, buffer_pool_slot_bytes(pool));
	}
	for (uint32_t i = 0; i < SLOTS; i++) {
		const struct slot *slot = buffer_pool_slot(pool, i);

		cr_expect_eq(slot->memory[0], i + 1);
		cr_expect_eq(slot->memory[buffer_pool_slot_bytes(pool) - 1], i + 1);
	}
	buffer_pool_free(pool);
}

Test(buffer_pool, each_slot_is_lent_once)
{
	struct buffer_pool *pool = make_pool();
	struct slot *slots[SLOTS];

	for (uint32_t i = 0; i < SLOTS; i++) {
		slots[i] = buffer_pool_take(pool);
		cr_assert_not_null(slots[i]);
		cr_assert_eq(slots[i]->state, SLOT_FILLING);
		for (uint32_t j = 0; j < i; j++)
			cr_assert_neq(slots[i], slots[j]);
		cr_assert_eq(buffer_pool_in_use(pool), i + 1);
	}
	cr_assert_null(buffer_pool_take(pool));
	slots[1]->state = SLOT_READY;
	buffer_pool_give(pool, slots[1]);
	cr_assert_eq(slots[1]->state, SLOT_FREE);
	cr_assert_eq(buffer_pool_take(pool), slots[1]);
	for (uint32_t i = 0; i < SLOTS; i++)
		buffer_pool_give(pool, slots[i]);
	cr_assert_eq(buffer_pool_in_use(pool), 0);
	buffer_pool_free(pool);
}

Test(buffer_pool, who_finds_a_free_slot_does_not_wait)
{
	struct buffer_pool *pool = make_pool();
	struct customer customer = {0};
	unsigned clock = 0;

	customer_wait(&customer, pool, &clock);
	cr_assert_not_null(customer.slot);
	buffer_pool_give(pool, customer.slot);
	buffer_pool_free(pool);
}

Test(buffer_pool, first_come_first_served)
{
	struct buffer_pool *pool = make_pool();
	struct customer customers[6] = {0};
	unsigned clock = 0;

	for (size_t i = 0; i < ARRAY_COUNT(customers); i++)
		customer_wait(&customers[i], pool, &clock);
	for (size_t i = 0; i < ARRAY_COUNT(customers); i++) {
		cr_expect_eq(customers[i].served, i + 1);
		buffer_pool_give(pool, customers[i].slot);
	}
	buffer_pool_free(pool);
}

Test(buffer_pool, nobody_overtakes_the_line)
{
	struct buffer_pool *pool = make_pool();
	struct customer customers[SLOTS + 2] = {0};
	unsigned clock = 0;

	for (size_t i = 0; i < ARRAY_COUNT(customers); i++)
		customer_wait(&customers[i], pool, &clock);
	cr_assert_null(buffer_pool_take(pool));
	buffer_pool_give(pool, customers[0].slot);
	cr_assert_not_null(customers[SLOTS].slot);
	cr_assert_null(buffer_pool_take(pool));
	for (size_t i = 1; i < ARRAY_COUNT(customers); i++)
		buffer_pool_give(pool, customers[i].slot);
	buffer_pool_free(pool);
}

Test(buffer_pool, who_leaves_the_line_gets_nothing)
{
	struct buffer_pool *pool = make_pool();
	struct customer customers[SLOTS + 2] = {0};
	unsigned clock = 0;

	for (size_t i = 0; i < ARRAY_COUNT(customers); i++)
		customer_wait(&customers[i], pool, &clock);
	buffer_pool_leave(pool, &customers[SLOTS].waiter);
	buffer_pool_leave(pool, &customers[SLOTS].waiter);
	buffer_pool_leave(pool, &customers[0].waiter);
	buffer_pool_give(pool, customers[0].slot);
	cr_assert_null(customers[SLOTS].slot);
	cr_assert_not_null(customers[SLOTS + 1].slot);
	buffer_pool_give(pool, customers[1].slot);
	buffer_pool_give(pool, customers[2].slot);
	buffer_pool_give(pool, customers[SLOTS + 1].slot);
	buffer_pool_free(pool);
}

Test(buffer_pool, a_long_line_that_gives_back_at_once_is_no_deep_recursion)
{
	enum { MANY = 200000 };
	struct buffer_pool *pool = make_pool();
	struct customer *customers = calloc(MANY, sizeof(*customers));
	struct slot *slots[SLOTS];
	unsigned clock = 0;

	for (uint32_t i = 0; i < SLOTS; i++)
		slots[i] = buffer_pool_take(pool);
	for (unsigned i = 0; i < MANY; i++) {
		customers[i].gives_back = true;
		customer_wait(&customers[i], pool, &clock);
	}
	cr_assert_eq(clock, 0);
	buffer_pool_give(pool, slots[0]);
	cr_assert_eq(clock, MANY);
	cr_assert_eq(customers[MANY - 1].served, MANY);
	buffer_pool_give(pool, slots[1]);
	buffer_pool_give(pool, slots[2]);
	buffer_pool_free(pool);
	free(customers);
}

Test(buffer_pool, giving_back_what_the_kernel_still_reads_is_a_bug, .signal = SIGABRT)
{
	struct buffer_pool *pool = make_pool();
	struct slot *slot = buffer_pool_take(pool);

	slot->state = SLOT_AWAITING_NOTIFY;
	buffer_pool_give(pool, slot);
}

Test(buffer_pool, giving_back_twice_is_a_bug, .signal = SIGABRT)
{
	struct buffer_pool *pool = make_pool();
	struct slot *slot = buffer_pool_take(pool);

	buffer_pool_give(pool, slot);
	buffer_pool_give(pool, slot);
}

Test(buffer_pool, freeing_with_a_slot_lent_is_a_bug, .signal = SIGABRT)
{
	struct buffer_pool *pool = make_pool();

	cr_assert_not_null(buffer_pool_take(pool));
	buffer_pool_free(pool);
}

Test(buffer_pool, more_memory_than_there_is_is_an_error)
{
	struct buffer_pool *pool = NULL;
	const size_t huge = (SIZE_MAX / HFT_SLOTS_MAX / 2) & ~(size_t)(HFT_SLOT_ALIGN_BYTES - 1);

	cr_assert_lt(buffer_pool_new(HFT_SLOTS_MAX, huge, &pool), 0);
	cr_assert_null(pool);
	buffer_pool_free(NULL);
}
