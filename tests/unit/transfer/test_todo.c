/* SPDX-License-Identifier: Apache-2.0 */
/* test_todo.c -- actions in order. */
#include "transfer/todo.h"

#include <criterion/criterion.h>
#include <signal.h>

Test(todo, what_was_decided_first_is_taken_first)
{
	struct todo_list list = {0};
	struct todo todo;

	for (uint32_t round = 0; round < 3 * HFT_TODO_MAX; round++) {
		todo_connection(&list, ACTION_DIAL, 1, round);
		todo_plain(&list, ACTION_RECORD);
		cr_assert(todo_take(&list, &todo));
		cr_assert_eq(todo.number, round);
		cr_assert(todo_take(&list, &todo));
		cr_assert_eq(todo.kind, ACTION_RECORD);
		cr_assert(!todo_take(&list, &todo));
	}
}

Test(todo, messages_can_be_forgotten_without_the_rest)
{
	struct todo_list list = {0};
	struct todo todo;

	todo_message(&list, MESSAGE_ALIVE);
	todo_plain(&list, ACTION_RECORD);
	todo_message(&list, MESSAGE_SYNC);
	todo_load(&list, 7, 3);
	todo_forget_messages(&list);
	cr_assert(todo_take(&list, &todo));
	cr_assert_eq(todo.kind, ACTION_RECORD);
	cr_assert(todo_take(&list, &todo));
	cr_assert_eq(todo.chunk, 7);
	cr_assert(!todo_take(&list, &todo));
}

Test(todo, an_action_gets_the_numbers_of_its_todo)
{
	struct todo_list list = {0};
	struct transfer_action action;
	struct todo todo;

	todo_step(&list, STEP_SYNC_DATA);
	cr_assert(todo_take(&list, &todo));
	todo_fill(&todo, &action);
	cr_assert_eq(action.kind, ACTION_STEP);
	cr_assert_eq(action.of.step, STEP_SYNC_DATA);
	todo_connection(&list, ACTION_DIAL, 3, 1);
	cr_assert(todo_take(&list, &todo));
	todo_fill(&todo, &action);
	cr_assert_eq(action.of.connection.connection, 3);
	cr_assert_eq(action.of.connection.address, 1);
}

Test(todo, more_than_fits_is_a_bug, .signal = SIGABRT)
{
	struct todo_list list = {0};

	for (uint32_t i = 0; i <= HFT_TODO_MAX; i++)
		todo_plain(&list, ACTION_RECORD);
}
