/* SPDX-License-Identifier: Apache-2.0 */
/* test_list.c -- order, membership, and walking while removing. */
#include "base/list.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct thing {
	char name;	       /* shown by names_of() */
	struct list_node node; /* in the list under test */
};

/* The names in the list, as a text; and both directions have to agree. */
static const char *names_of(const struct list *list)
{
	static char names[16];
	size_t count = 0;
	const struct list_node *back = list->head.prev;

	list_for_each(node, list)
		names[count++] = list_entry(node, struct thing, node)->name;
	names[count] = '\0';
	while (back != &list->head) {
		cr_assert_eq(list_entry(back, struct thing, node)->name, names[--count]);
		back = back->prev;
	}
	cr_assert_eq(count, 0);
	return names;
}

Test(list, a_new_list_is_empty)
{
	struct list list;

	list_init(&list);
	cr_assert(list_is_empty(&list));
	cr_assert_null(list_first(&list));
	cr_assert_null(list_take_first(&list));
}

Test(list, nodes_stand_in_the_order_of_pushing)
{
	struct thing a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
	struct list list;

	list_init(&list);
	list_push_tail(&list, &b.node);
	list_push_tail(&list, &c.node);
	list_push_head(&list, &a.node);
	cr_assert_str_eq(names_of(&list), "abc");
	cr_assert_eq(list_first(&list), &a.node);
	cr_assert_eq(list_take_first(&list), &a.node);
	cr_assert_str_eq(names_of(&list), "bc");
}

Test(list, a_node_knows_whether_it_is_in_a_list)
{
	struct thing a = {.name = 'a'};
	struct list list;

	list_init(&list);
	cr_assert_not(list_node_is_linked(&a.node));
	list_push_tail(&list, &a.node);
	cr_assert(list_node_is_linked(&a.node));
	list_remove(&a.node);
	cr_assert_not(list_node_is_linked(&a.node));
	cr_assert(list_is_empty(&list));

	memset(&a.node, 0xff, sizeof(a.node));
	list_node_init(&a.node);
	cr_assert_not(list_node_is_linked(&a.node));
}

Test(list, removing_from_the_middle_keeps_the_rest)
{
	struct thing a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
	struct list list;

	list_init(&list);
	list_push_tail(&list, &a.node);
	list_push_tail(&list, &b.node);
	list_push_tail(&list, &c.node);
	list_remove(&b.node);
	cr_assert_str_eq(names_of(&list), "ac");
}

Test(list, things_may_be_freed_while_walking)
{
	struct list list;
	int freed = 0;

	list_init(&list);
	for (int i = 0; i < 5; i++) {
		struct thing *thing = calloc(1, sizeof(*thing));

		cr_assert_not_null(thing);
		list_push_tail(&list, &thing->node);
	}
	list_for_each_safe(node, following, &list) {
		list_remove(node);
		free(list_entry(node, struct thing, node));
		freed++;
	}
	cr_assert_eq(freed, 5);
	cr_assert(list_is_empty(&list));
}

Test(list, appending_moves_all_nodes_in_their_order)
{
	struct thing a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
	struct list list, from;

	list_init(&list);
	list_init(&from);
	list_append(&list, &from);
	cr_assert(list_is_empty(&list));

	list_push_tail(&list, &a.node);
	list_push_tail(&from, &b.node);
	list_push_tail(&from, &c.node);
	list_append(&list, &from);
	cr_assert_str_eq(names_of(&list), "abc");
	cr_assert(list_is_empty(&from));
	list_append(&from, &list);
	cr_assert_str_eq(names_of(&from), "abc");
}

Test(list, adding_a_node_twice_is_a_bug, .signal = SIGABRT)
{
	struct thing a = {.name = 'a'};
	struct list list;

	list_init(&list);
	list_push_tail(&list, &a.node);
	list_push_tail(&list, &a.node);
}

Test(list, removing_a_node_that_is_in_no_list_is_a_bug, .signal = SIGABRT)
{
	struct thing a = {.name = 'a'};

	list_remove(&a.node);
}
