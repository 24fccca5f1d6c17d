/* SPDX-License-Identifier: Apache-2.0 */
/* todo.h -- actions that were decided and not yet taken, in order.
 *
 * A ring of a kind and a few numbers: an action, and above all a message, is built from the
 * decider's state only when it is taken, so the ring is small and what it says is never
 * out of date. Its bound holds because it is emptied after each event, and no event makes
 * more than a CLOSE and a DIAL for each lane and a dozen more. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <hft/limits.h>

#include "transfer/action.h"

struct todo {
	enum transfer_action_kind kind; /* what */
	int connection;			/* CLOSE, DIAL, JOIN_LANE: which */
	uint32_t number;		/* SEND: message type; DIAL: address; LOAD_DIGESTS: count;
					 * STEP: which */
	uint32_t count;			/* SEND: of DIGESTS_REQUEST; tries of AGAIN */
	uint64_t chunk;			/* first chunk; SKIP_SOURCE: bytes */
};

struct todo_list {
	struct todo list[HFT_TODO_MAX]; /* a ring */
	uint32_t head;			/* oldest */
	uint32_t count;			/* in use */
};

/* Appends. Requires room: see above. */
void todo_push(struct todo_list *list, const struct todo *todo);

/* The oldest into *ret_todo; false when there is none. */
bool todo_take(struct todo_list *list, struct todo *ret_todo);

/* Forgets messages that wait: the connection they were for is gone. */
void todo_forget_messages(struct todo_list *list);

/* Forgets everything. */
void todo_clear(struct todo_list *list);

/* Short forms. */
void todo_plain(struct todo_list *list, enum transfer_action_kind kind);
void todo_message(struct todo_list *list, enum message_type type);
void todo_connection(struct todo_list *list, enum transfer_action_kind kind, int connection,
		     uint32_t address);
void todo_load(struct todo_list *list, uint64_t first, uint32_t count);
void todo_step(struct todo_list *list, enum receive_step step);

/* Fills what every action but SEND, SEND_CHUNK and END takes from a todo. */
void todo_fill(const struct todo *todo, struct transfer_action *ret_action);
