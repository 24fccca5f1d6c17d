/* SPDX-License-Identifier: Apache-2.0 */
/* sim_folder.c -- names in a simulated folder, and paths through folders.
 *
 * What it is: names now, names on the medium, and the changes between them. What it is not:
 * it checks no permission and knows no descriptor.
 * Its one idea: every change is applied by one function, once to the names now and
 * later, perhaps, to those on the medium; so the two cannot disagree about what it means. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/sim_disk.h"

#define LINKS_MAX	    40	/* as Linux: more links in one path are a loop */
#define CHANGES_PENDING_MAX 64u /* a real file system commits by itself after some seconds */

static struct sim_name *names_find(const struct sim_names *names, const char *text)
{
	uint32_t i;

	for (i = 0; i < names->count; i++) {
		if (strcmp(names->list[i].text, text) == 0)
			return &names->list[i];
	}
	return NULL;
}

static void names_remove(struct sim_names *names, const char *text)
{
	struct sim_name *name = names_find(names, text);
	struct sim_node *node;

	assert(name);
	node = name->node;
	free(name->text);
	*name = names->list[--names->count];
	sim_node_release(node);
}

static void names_set(struct sim_names *names, const char *text, struct sim_node *node)
{
	sim_node_hold(node);
	if (names_find(names, text))
		names_remove(names, text);
	names->list = sim_grow(names->list, names->count, &names->capacity, sizeof(*names->list));
	names->list[names->count++] = (struct sim_name){sim_copy_text(text), node};
}

static void names_done(struct sim_names *names)
{
	while (names->count > 0)
		names_remove(names, names->list[names->count - 1].text);
	free(names->list);
	*names = (struct sim_names){0};
}

static void names_copy(struct sim_names *names, const struct sim_names *from)
{
	uint32_t i;

	for (i = 0; i < from->count; i++)
		names_set(names, from->list[i].text, from->list[i].node);
}

static void change_apply(struct sim_names *names, const struct sim_change *change)
{
	struct sim_node *node;

	switch (change->kind) {
	case SIM_CHANGE_LINK:
		names_set(names, change->to, change->node);
		break;
	case SIM_CHANGE_UNLINK:
		names_remove(names, change->from);
		break;
	case SIM_CHANGE_RENAME:
		node = names_find(names, change->from)->node;
		names_set(names, change->to, node);
		names_remove(names, change->from);
		break;
	}
}

static void change_done(struct sim_change *change)
{
	free(change->from);
	free(change->to);
	if (change->node)
		sim_node_release(change->node);
}

/* Applies a change to the names now and remembers it for the medium. */
static void folder_change(struct sim_node *folder, struct sim_change change)
{
	struct sim_folder *f = &folder->folder;

	assert(folder->kind == SIM_NODE_FOLDER);
	change_apply(&f->current, &change);
	f->changes = sim_grow(f->changes, f->change_count, &f->change_capacity,
			      sizeof(*f->changes));
	f->changes[f->change_count++] = change;
	if (f->change_count > CHANGES_PENDING_MAX)
		sim_folder_settle(folder, f->settled_count + 1);
	sim_node_touch(folder);
}

struct sim_node *sim_folder_find(const struct sim_node *folder, const char *name)
{
	const struct sim_name *found = names_find(&folder->folder.current, name);

	return found ? found->node : NULL;
}

void sim_folder_link(struct sim_node *folder, const char *name, struct sim_node *node)
{
	sim_node_hold(node);
	folder_change(folder,
		      (struct sim_change){SIM_CHANGE_LINK, NULL, sim_copy_text(name), node});
}

void sim_folder_unlink(struct sim_node *folder, const char *name)
{
	folder_change(folder,
		      (struct sim_change){SIM_CHANGE_UNLINK, sim_copy_text(name), NULL, NULL});
}

void sim_folder_rename(struct sim_node *folder, const char *from, const char *to)
{
	if (strcmp(from, to) == 0)
		return;
	folder_change(folder, (struct sim_change){SIM_CHANGE_RENAME, sim_copy_text(from),
						  sim_copy_text(to), NULL});
}

uint64_t sim_folder_change_count(const struct sim_folder *folder)
{
	return folder->settled_count + folder->change_count;
}

void sim_folder_settle(struct sim_node *folder, uint64_t change_count)
{
	struct sim_folder *f = &folder->folder;
	uint32_t count;
	uint32_t i;

	if (change_count <= f->settled_count)
		return;
	count = (uint32_t)(change_count - f->settled_count);
	assert(count <= f->change_count);
	for (i = 0; i < count; i++) {
		change_apply(&f->durable, &f->changes[i]);
		change_done(&f->changes[i]);
	}
	memmove(f->changes, f->changes + count, (f->change_count - count) * sizeof(*f->changes));
	f->change_count -= count;
	f->settled_count = change_count;
}

void sim_folder_crash(struct sim_node *folder, struct sim_world *world)
{
	struct sim_folder *f = &folder->folder;

	if (f->change_count == 0)
		return;
	sim_folder_settle(folder, f->settled_count + sim_draw(world, f->change_count + 1ull));
	while (f->change_count > 0)
		change_done(&f->changes[--f->change_count]);
	names_done(&f->current);
	names_copy(&f->current, &f->durable);
}

void sim_folder_done(struct sim_folder *folder)
{
	while (folder->change_count > 0)
		change_done(&folder->changes[--folder->change_count]);
	free(folder->changes);
	names_done(&folder->current);
	names_done(&folder->durable);
}

/* ---- Paths ---- */

/* A path being walked. Links are opened by putting their target in front of the rest. */
struct walk {
	struct sim_node *at;
	char rest[8192];
	bool beneath;
	int link_count;
};

/* Takes the next part off the rest. Returns its length, 0 at the end, or a negative errno. */
static int walk_next_part(struct walk *walk, char name[256])
{
	const char *from = walk->rest;
	size_t bytes;

	while (*from == '/')
		from++;
	bytes = strcspn(from, "/");
	if (bytes > 255)
		return -ENAMETOOLONG;
	memcpy(name, from, bytes);
	name[bytes] = 0;
	from += bytes;
	memmove(walk->rest, from, strlen(from) + 1);
	return (int)bytes;
}

static int walk_open_link(struct walk *walk, const struct sim_node *link)
{
	size_t target_bytes = strlen(link->target);
	size_t rest_bytes = strlen(walk->rest);

	if (walk->beneath || ++walk->link_count > LINKS_MAX)
		return -ELOOP;
	if (target_bytes + rest_bytes + 2 > sizeof(walk->rest))
		return -ENAMETOOLONG;
	memmove(walk->rest + target_bytes + 1, walk->rest, rest_bytes + 1);
	memcpy(walk->rest, link->target, target_bytes);
	walk->rest[target_bytes] = '/';
	if (link->target[0] == '/')
		walk->at = walk->at->disk->root;
	return 0;
}

static bool rest_is_empty(const struct walk *walk)
{
	return walk->rest[strspn(walk->rest, "/")] == 0;
}

/* One part of the way. Sets `path` when it was the last. Returns 1 to go on, 0 at the end. */
static int walk_step(struct walk *walk, struct sim_path *path)
{
	struct sim_node *node;
	int error = walk_next_part(walk, path->name);

	if (error < 0)
		return error;
	if (walk->at->kind != SIM_NODE_FOLDER)
		return -ENOTDIR;
	path->folder = walk->at;
	path->node = walk->at;
	if (error == 0)
		return 0;
	if (strcmp(path->name, ".") == 0)
		return 1;
	/* No test has a use for parents; below a folder handle they are refused anyway. */
	if (strcmp(path->name, "..") == 0)
		return walk->beneath ? -EXDEV : -ENOTSUP;
	node = sim_folder_find(walk->at, path->name);
	if (node && node->kind == SIM_NODE_LINK) {
		error = walk_open_link(walk, node);
		return error < 0 ? error : 1;
	}
	path->node = node;
	if (rest_is_empty(walk))
		return 0;
	if (!node)
		return -ENOENT;
	walk->at = node;
	return 1;
}

int sim_path_walk(struct sim_node *start, const char *path, bool beneath, struct sim_path *ret_path)
{
	struct walk walk = {.at = start, .beneath = beneath};
	int more = 1;

	if (path[0] == 0)
		return -ENOENT;
	if (beneath && path[0] == '/')
		return -EXDEV;
	if (strlen(path) >= sizeof(walk.rest))
		return -ENAMETOOLONG;
	memcpy(walk.rest, path, strlen(path) + 1);
	if (path[0] == '/')
		walk.at = start->disk->root;
	while (more > 0)
		more = walk_step(&walk, ret_path);
	return more;
}
