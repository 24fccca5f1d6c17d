/* SPDX-License-Identifier: Apache-2.0 */
/* sim_disk.c -- nodes of a simulated disk, its crash, and what a test may do to it.
 *
 * What it is: the file system as a whole. What it is not: the ops of a program on it
 * (sim_disk_op.c), which take time and may fail.
 * Its one idea: a node lives as long as somebody refers to it: a name now, a name on the medium,
 * a change between the two, a descriptor. */
#include "io/sim_disk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- Nodes ---- */

void sim_node_touch(struct sim_node *node)
{
	node->disk->changes++;
	node->mtime_ns = sim_wall_ns(node->disk->host->world);
	node->ctime_ns = node->mtime_ns;
}

struct sim_node *sim_node_new(struct sim_disk *disk, enum sim_node_kind kind, uint32_t mode)
{
	struct sim_node *node = sim_allocate(sizeof(*node));

	node->disk = disk;
	node->inode = disk->next_inode++;
	node->kind = kind;
	node->mode = mode;
	node->uid = 1000;
	node->gid = 1000;
	node->locked_by = -1;
	sim_node_touch(node);
	return node;
}

void sim_node_hold(struct sim_node *node)
{
	node->references++;
}

void sim_node_release(struct sim_node *node)
{
	assert(node->references > 0);
	if (--node->references > 0)
		return;
	sim_content_done(&node->content, &node->disk->space);
	sim_folder_done(&node->folder);
	free(node->target);
	free(node);
}

/* ---- The disk ---- */

struct sim_disk *sim_disk_new(struct sim_host *host)
{
	struct sim_disk *disk = sim_allocate(sizeof(*disk));

	disk->host = host;
	disk->space.capacity_bytes = host->world->settings.disk_capacity_bytes;
	disk->next_inode = 2;
	disk->root = sim_node_new(disk, SIM_NODE_FOLDER, 0755);
	sim_node_hold(disk->root);
	return disk;
}

void sim_disk_free(struct sim_disk *disk)
{
	while (disk->pipes) {
		struct sim_pipe *pipe = disk->pipes;

		disk->pipes = pipe->next;
		sim_node_release(pipe->node);
		free(pipe->bytes);
		free(pipe);
	}
	sim_node_release(disk->root);
	free(disk);
}

static void crash_folder(struct sim_node *folder, struct sim_world *world)
{
	uint32_t i;

	sim_folder_crash(folder, world);
	for (i = 0; i < folder->folder.current.count; i++) {
		struct sim_node *node = folder->folder.current.list[i].node;

		if (node->kind == SIM_NODE_FILE)
			sim_content_crash(&node->content, world);
		else if (node->kind == SIM_NODE_FOLDER)
			crash_folder(node, world);
	}
}

void sim_disk_crash(struct sim_disk *disk)
{
	crash_folder(disk->root, disk->host->world);
	disk->changes++;
}

void sim_disk_drop_pipes(struct sim_disk *disk)
{
	struct sim_pipe *pipe;

	for (pipe = disk->pipes; pipe; pipe = pipe->next) {
		sim_queue_init(&pipe->waiting);
		pipe->start = 0;
		pipe->end = 0;
		pipe->has_writer = false;
		pipe->had_writer = false;
	}
}

/* ---- The test's side ---- */

static struct sim_path walk_or_fail(struct sim_host *host, const char *path)
{
	struct sim_path found = {0};

	assert(path[0] == '/');
	if (sim_path_walk(host->disk->root, path, false, &found) < 0)
		found.node = NULL;
	return found;
}

static struct sim_node *find_node(struct sim_host *host, const char *path)
{
	return walk_or_fail(host, path).node;
}

static struct sim_node *find_file(struct sim_host *host, const char *path)
{
	struct sim_node *node = find_node(host, path);

	return node && node->kind == SIM_NODE_FILE ? node : NULL;
}

/* A name that is on the medium at once. */
static void plant(struct sim_node *folder, const char *name, struct sim_node *node)
{
	sim_folder_link(folder, name, node);
	sim_folder_settle(folder, sim_folder_change_count(&folder->folder));
}

void sim_disk_make_folder(struct sim_host *host, const char *path)
{
	char part[4096];
	size_t bytes = 0;

	assert(path[0] == '/');
	assert(strlen(path) < sizeof(part));
	while (path[bytes]) {
		struct sim_path found;

		bytes += strspn(path + bytes, "/");
		bytes += strcspn(path + bytes, "/");
		memcpy(part, path, bytes);
		part[bytes] = 0;
		found = walk_or_fail(host, part);
		assert(found.folder);
		if (!found.node)
			plant(found.folder, found.name,
			      sim_node_new(host->disk, SIM_NODE_FOLDER, 0755));
		else
			assert(found.node->kind == SIM_NODE_FOLDER);
	}
}

static void make_folder_of(struct sim_host *host, const char *path)
{
	char folder[4096];
	size_t bytes = (size_t)(strrchr(path, '/') - path);

	assert(bytes < sizeof(folder));
	memcpy(folder, path, bytes);
	folder[bytes] = 0;
	if (bytes > 0)
		sim_disk_make_folder(host, folder);
}

/* Plants a new node under a name that is free. */
static struct sim_node *plant_new(struct sim_host *host, const char *path, enum sim_node_kind kind,
				  uint32_t mode)
{
	struct sim_path found;
	struct sim_node *node;

	make_folder_of(host, path);
	found = walk_or_fail(host, path);
	assert(!found.node);
	node = sim_node_new(host->disk, kind, mode);
	plant(found.folder, found.name, node);
	return node;
}

/* Out of the budget: a test that plants a file means it. */
static void write_unlimited(struct sim_node *node, uint64_t offset, const void *data, size_t bytes)
{
	struct sim_space *space = &node->disk->space;
	uint64_t capacity_bytes = space->capacity_bytes;
	int64_t written;

	space->capacity_bytes = UINT64_MAX;
	written = sim_content_write(&node->content, space, offset, data, bytes);
	space->capacity_bytes = capacity_bytes;
	assert(written == (int64_t)bytes);
	(void)written;
	sim_content_settle(&node->content);
	sim_node_touch(node);
}

void sim_disk_write_file(struct sim_host *host, const char *path, const void *data, size_t bytes)
{
	struct sim_node *node = find_file(host, path);

	if (!node)
		node = plant_new(host, path, SIM_NODE_FILE, 0644);
	sim_content_truncate(&node->content, &node->disk->space, 0);
	write_unlimited(node, 0, data, bytes);
}

void sim_disk_append_file(struct sim_host *host, const char *path, const void *data, size_t bytes)
{
	struct sim_node *node = find_file(host, path);

	assert(node);
	write_unlimited(node, node->content.bytes, data, bytes);
}

void sim_disk_make_link(struct sim_host *host, const char *path, const char *target)
{
	assert(target[0] != 0);
	plant_new(host, path, SIM_NODE_LINK, 0777)->target = sim_copy_text(target);
}

void sim_disk_set_mode(struct sim_host *host, const char *path, uint32_t mode)
{
	struct sim_node *node = find_node(host, path);

	assert(node);
	node->mode = mode & 07777;
	node->ctime_ns = sim_wall_ns(host->world);
}

void sim_disk_remove(struct sim_host *host, const char *path)
{
	struct sim_path found = walk_or_fail(host, path);

	if (!found.node)
		return;
	assert(found.node != host->disk->root);
	sim_folder_unlink(found.folder, found.name);
	sim_folder_settle(found.folder, sim_folder_change_count(&found.folder->folder));
}

int64_t sim_disk_read_file(struct sim_host *host, const char *path, uint64_t offset, void *data,
			   size_t bytes)
{
	struct sim_node *node = find_file(host, path);

	return node ? (int64_t)sim_content_read(&node->content, offset, data, bytes) : -ENOENT;
}

bool sim_disk_exists(struct sim_host *host, const char *path)
{
	return find_node(host, path) != NULL;
}

int64_t sim_disk_file_bytes(struct sim_host *host, const char *path)
{
	struct sim_node *node = find_file(host, path);

	return node ? (int64_t)node->content.bytes : -ENOENT;
}

static int compare_names(const void *a, const void *b)
{
	const struct sim_name *const *one = a;
	const struct sim_name *const *other = b;

	return strcmp((*one)->text, (*other)->text);
}

int64_t sim_disk_list(struct sim_host *host, const char *folder,
		      void (*fn)(void *owner, const char *name), void *owner)
{
	struct sim_node *node = find_node(host, folder);
	const struct sim_name **sorted;
	uint32_t count;
	uint32_t i;

	if (!node || node->kind != SIM_NODE_FOLDER)
		return -ENOENT;
	count = node->folder.current.count;
	sorted = sim_allocate((count + 1ull) * sizeof(struct sim_name *));
	for (i = 0; i < count; i++)
		sorted[i] = &node->folder.current.list[i];
	qsort(sorted, count, sizeof(struct sim_name *), compare_names);
	for (i = 0; fn && i < count; i++)
		fn(owner, sorted[i]->text);
	free(sorted);
	return count;
}

void sim_disk_set_capacity(struct sim_host *host, uint64_t bytes)
{
	host->disk->space.capacity_bytes = bytes;
}

uint64_t sim_disk_used_bytes(const struct sim_host *host)
{
	return host->disk->space.used_bytes;
}

void sim_disk_corrupt(struct sim_host *host, const char *path, uint64_t offset)
{
	struct sim_node *node = find_file(host, path);

	assert(node);
	sim_content_corrupt(&node->content, offset);
	host->disk->changes++;
}

uint64_t sim_disk_bytes_read(struct sim_host *host, const char *path)
{
	struct sim_node *node = find_node(host, path);

	return node ? node->read_bytes : 0;
}

uint64_t sim_disk_bytes_written(struct sim_host *host, const char *path)
{
	struct sim_node *node = find_node(host, path);

	return node ? node->written_bytes : 0;
}

uint64_t sim_disk_changes(const struct sim_host *host)
{
	return host->disk->changes;
}

int sim_host_open(struct sim_host *host, const char *path, uint32_t flags)
{
	struct op op = {.kind = OP_OPEN, .fd = -1};

	assert(path[0] == '/');
	assert(!(flags & OPEN_CREATE));
	op.args.open.path = path;
	op.args.open.flags = flags;
	return sim_disk_open(host, host->disk->root, &op);
}
