/* SPDX-License-Identifier: Apache-2.0 */
/* list.h -- a doubly linked list whose links lie in the things that are listed.
 *
 * What it is: order without allocation; adding and removing never fail and take constant
 * time. What it is not: an owner: whoever frees a thing removes it from its list first. Its
 * one idea: a zeroed node is a node in no list, so a thing can be asked whether it waits.
 * The list must not be moved while it has nodes. Not safe for two threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

struct list_node {
	struct list_node *next; /* following node or the list's head; NULL: in no list */
	struct list_node *prev; /* preceding node or the list's head; NULL: in no list */
};

struct list {
	struct list_node head; /* next is the first node, prev the last; itself when empty */
};

/* The thing of this type whose node `node` points to. */
#define list_entry(node, type, member) container_of(node, type, member)

/* Walks over all nodes; the current one must not be removed. */
#define list_for_each(node, list) \
	for (struct list_node *node = (list)->head.next; node != &(list)->head; node = node->next)

/* Walks over all nodes; the current one, and only that, may be removed or freed. */
#define list_for_each_safe(node, following, list)                                 \
	for (struct list_node *node = (list)->head.next, *following = node->next; \
	     node != &(list)->head; node = following, following = node->next)

/* Makes the list empty, without a look at what is in it. */
void list_init(struct list *list);

/* Makes it a node in no list, without a look at what it was. For memory that was not zeroed. */
void list_node_init(struct list_node *node);

/* True when the node is in some list. */
bool list_node_is_linked(const struct list_node *node);

/* Adds the node as the last one. Requires that it is in no list. */
void list_push_tail(struct list *list, struct list_node *node);

/* Adds the node as the first one. Requires that it is in no list. */
void list_push_head(struct list *list, struct list_node *node);

/* Takes the node out of its list. Requires that it is in one. */
void list_remove(struct list_node *node);

/* True when there is no node. */
bool list_is_empty(const struct list *list);

/* The first node, which stays in the list, or NULL. */
struct list_node *list_first(const struct list *list);

/* Takes the first node out of the list; NULL when it is empty. */
struct list_node *list_take_first(struct list *list);

/* Moves all nodes of `from`, in their order, behind those of `list`; `from` is empty then.
 * Takes constant time. */
void list_append(struct list *list, struct list *from);
