/* SPDX-License-Identifier: Apache-2.0 */
/* list.c -- see list.h.
 *
 * A ring through the list's head: so no end is special. */
#include "base/list.h"

void list_init(struct list *list)
{
	assert(list);

	list->head.next = &list->head;
	list->head.prev = &list->head;
}

void list_node_init(struct list_node *node)
{
	assert(node);

	node->next = NULL;
	node->prev = NULL;
}

bool list_node_is_linked(const struct list_node *node)
{
	assert(node);

	return node->next != NULL;
}

/* Links the node between two neighbours. */
static void list_link(struct list_node *prev, struct list_node *node, struct list_node *next)
{
	assert(!list_node_is_linked(node));
	assert(prev && prev->next == next);

	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

void list_push_tail(struct list *list, struct list_node *node)
{
	assert(list);

	list_link(list->head.prev, node, &list->head);
}

void list_push_head(struct list *list, struct list_node *node)
{
	assert(list);

	list_link(&list->head, node, list->head.next);
}

void list_remove(struct list_node *node)
{
	assert(list_node_is_linked(node));
	assert(node->prev->next == node && node->next->prev == node);

	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_node_init(node);
}

bool list_is_empty(const struct list *list)
{
	assert(list && list->head.next);

	return list->head.next == &list->head;
}

struct list_node *list_first(const struct list *list)
{
	return list_is_empty(list) ? NULL : list->head.next;
}

struct list_node *list_take_first(struct list *list)
{
	struct list_node *node = list_first(list);

	if (node)
		list_remove(node);
	return node;
}

void list_append(struct list *list, struct list *from)
{
	assert(list);
	assert(list != from);

	if (list_is_empty(from))
		return;
	list->head.prev->next = from->head.next;
	from->head.next->prev = list->head.prev;
	from->head.prev->next = &list->head;
	list->head.prev = from->head.prev;
	list_init(from);
}
