/* SPDX-License-Identifier: Apache-2.0 */
/* todo.c -- see todo.h. */
#include "transfer/todo.h"

#include <assert.h>

static_assert(HFT_TODO_MAX >= 2 * HFT_LANES_MAX + 64, "a CLOSE and a DIAL for each lane, and more");

void todo_push(struct todo_list *list, const struct todo *todo)
{
	assert(list->count < HFT_TODO_MAX);
	list->list[(list->head + list->count) % HFT_TODO_MAX] = *todo;
	list->count++;
}

bool todo_take(struct todo_list *list, struct todo *ret_todo)
{
	if (list->count == 0)
		return false;
	*ret_todo = list->list[list->head];
	list->head = (list->head + 1) % HFT_TODO_MAX;
	list->count--;
	return true;
}

void todo_forget_messages(struct todo_list *list)
{
	uint32_t count = list->count;

	for (uint32_t i = 0; i < count; i++) {
		struct todo todo;

		if (todo_take(list, &todo) && todo.kind != ACTION_SEND)
			todo_push(list, &todo);
	}
}

void todo_clear(struct todo_list *list)
{
	list->head = 0;
	list->count = 0;
}

void todo_plain(struct todo_list *list, enum transfer_action_kind kind)
{
	todo_push(list, &(struct todo){.kind = kind});
}

void todo_message(struct todo_list *list, enum message_type type)
{
	todo_push(list, &(struct todo){.kind = ACTION_SEND, .number = type});
}

void todo_connection(struct todo_list *list, enum transfer_action_kind kind, int connection,
		     uint32_t address)
{
	todo_push(list, &(struct todo){.kind = kind, .connection = connection, .number = address});
}

void todo_load(struct todo_list *list, uint64_t first, uint32_t count)
{
	assert(count > 0 && count <= HFT_JOURNAL_LOAD_DIGESTS_MAX);
	todo_push(list,
		  &(struct todo){.kind = ACTION_LOAD_DIGESTS, .chunk = first, .number = count});
}

void todo_step(struct todo_list *list, enum receive_step step)
{
	todo_push(list, &(struct todo){.kind = ACTION_STEP, .number = step});
}

void todo_fill(const struct todo *todo, struct transfer_action *ret_action)
{
	ret_action->kind = todo->kind;
	switch (todo->kind) {
	case ACTION_CLOSE:
	case ACTION_DIAL:
	case ACTION_JOIN_LANE:
		ret_action->of.connection.connection = todo->connection;
		ret_action->of.connection.address = todo->number;
		break;
	case ACTION_LOAD_DIGESTS:
		ret_action->of.digests.first = todo->chunk;
		ret_action->of.digests.count = todo->number;
		break;
	case ACTION_SKIP_SOURCE:
		ret_action->of.skip.bytes = todo->chunk;
		break;
	case ACTION_STEP:
		ret_action->of.step = (enum receive_step)todo->number;
		break;
	default:
		break;
	}
}
