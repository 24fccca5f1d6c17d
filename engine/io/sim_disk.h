/* SPDX-License-Identifier: Apache-2.0 */
/* sim_disk.h -- the inside of a simulated disk: nodes, folders, names and what is safe of them.
 *
 * What it is: one file system per host, with a cache in front of a medium. What it is not: the
 * bytes of a file (sim_content.h).
 * Its one idea: a folder is its names on the medium plus the list of changes since. A sync
 * applies the list up to where it stood when the sync began; a crash applies it up to a
 * random point. So names are kept or lost in order, and a rename is never seen half done. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "io/sim_content.h"
#include "io/sim_host.h"
#include "io/sim_world.h"

enum sim_node_kind {
	SIM_NODE_FILE,
	SIM_NODE_FOLDER,
	SIM_NODE_LINK,
	SIM_NODE_FIFO,
};

struct sim_name {
	char *text;	       /* without "/" */
	struct sim_node *node; /* holds a reference */
};

struct sim_names {
	struct sim_name *list; /* in order of making; a removal moves the last one down */
	uint32_t count;	       /* in list */
	uint32_t capacity;     /* room in list */
};

enum sim_change_kind {
	SIM_CHANGE_LINK,   /* `to` is a name of node now */
	SIM_CHANGE_UNLINK, /* `from` is gone */
	SIM_CHANGE_RENAME, /* `from` is called `to` now, whatever that was */
};

struct sim_change {
	enum sim_change_kind kind;
	char *from;	       /* LINK: NULL */
	char *to;	       /* UNLINK: NULL */
	struct sim_node *node; /* LINK: holds a reference */
};

struct sim_folder {
	struct sim_names current;   /* as a program sees them */
	struct sim_names durable;   /* on the medium */
	struct sim_change *changes; /* since durable, the oldest first */
	uint32_t change_count;	    /* in changes */
	uint32_t change_capacity;   /* room in changes */
	uint64_t settled_count;	    /* changes that went into durable, ever */
};

struct sim_pipe {
	struct sim_pipe *next;	  /* of the same disk */
	struct sim_node *node;	  /* holds a reference */
	struct sim_queue waiting; /* READ and SKIP without bytes, OPEN without a writer */
	uint8_t *bytes;		  /* written and not taken yet: [start, end) */
	size_t start;		  /* first byte not taken yet */
	size_t end;		  /* one behind the last byte */
	size_t capacity;	  /* room in bytes */
	uint64_t read_bytes;	  /* taken by READ */
	uint64_t skipped_bytes;	  /* taken by SKIP */
	bool has_writer;	  /* the write end is open */
	bool had_writer;	  /* it was, at some time; before, OPEN waits */
};

struct sim_node {
	struct sim_disk *disk;
	uint64_t inode;	     /* never reused */
	uint32_t references; /* names, changes, descriptors, pipes */
	enum sim_node_kind kind;
	uint32_t mode;		    /* permission bits */
	uint32_t uid;		    /* owner */
	uint32_t gid;		    /* group */
	uint64_t mtime_ns;	    /* wall clock */
	uint64_t ctime_ns;	    /* wall clock */
	uint64_t read_bytes;	    /* by READ and COPY */
	uint64_t written_bytes;	    /* by WRITE and COPY */
	int locked_by;		    /* descriptor that holds the lock, or -1 */
	struct sim_content content; /* FILE */
	struct sim_folder folder;   /* FOLDER */
	char *target;		    /* LINK */
	struct sim_pipe *pipe;	    /* FIFO */
};

struct sim_disk {
	struct sim_host *host;
	struct sim_space space;
	struct sim_node *root;	/* the folder "/" */
	struct sim_pipe *pipes; /* all of the host, also nameless ones */
	uint64_t next_inode;	/* for the next node */
	uint64_t changes;	/* see sim_disk_changes() */
};

/* An empty disk with "/" only, as big as the settings say. */
struct sim_disk *sim_disk_new(struct sim_host *host);
/* Frees all; no descriptor may hold a node any more. */
void sim_disk_free(struct sim_disk *disk);
/* Power loss: see sim_host_crash(). No descriptor holds a node any more. */
void sim_disk_crash(struct sim_disk *disk);
/* The readers are gone: what pipes hold is lost, their writers got SIGPIPE. */
void sim_disk_drop_pipes(struct sim_disk *disk);

/* Content or names changed: counts it and sets the node's times. */
void sim_node_touch(struct sim_node *node);

/* A node that nobody refers to yet; ends when its last reference is given back. */
struct sim_node *sim_node_new(struct sim_disk *disk, enum sim_node_kind kind, uint32_t mode);
void sim_node_hold(struct sim_node *node);
void sim_node_release(struct sim_node *node);

/* ---- Folders ---- */

/* NULL when there is no such name. */
struct sim_node *sim_folder_find(const struct sim_node *folder, const char *name);
void sim_folder_link(struct sim_node *folder, const char *name, struct sim_node *node);
/* The name must be there. */
void sim_folder_unlink(struct sim_node *folder, const char *name);
void sim_folder_rename(struct sim_node *folder, const char *from, const char *to);
/* How many changes the folder has seen: what a sync that begins now covers. */
uint64_t sim_folder_change_count(const struct sim_folder *folder);
/* Puts changes on the medium, up to that count. */
void sim_folder_settle(struct sim_node *folder, uint64_t change_count);
/* Goes back to what the medium has. */
void sim_folder_crash(struct sim_node *folder, struct sim_world *world);
void sim_folder_done(struct sim_folder *folder);

/* ---- Paths ---- */

/* Finds the folder a path ends in, and its last part, following links on the way and, unless
 * it is `beneath` (where a link is -ELOOP), at the end. Returns 0 (the last part need
 * not exist; its name is "" for the start itself), -ENOENT, -ENOTDIR, -ELOOP, -EXDEV or
 * -ENAMETOOLONG. */
struct sim_path {
	struct sim_node *folder; /* the last part's folder */
	struct sim_node *node;	 /* what the last part is, NULL when it is not there */
	char name[256];		 /* the last part; "" for the start itself */
};
/* See above. `start` is where a relative path begins. */
int sim_path_walk(struct sim_node *start, const char *path, bool beneath,
		  struct sim_path *ret_path);

/* ---- Operations ---- */

/* Starts an op of a file or a pipe. */
void sim_disk_submit(struct sim_world *world, uint32_t index);
/* SIM_EVENT_EFFECT: performs the op, if the flight is still the same. */
void sim_disk_effect_due(struct sim_world *world, uint32_t index, uint32_t generation);
/* Performs a scheduled file op now; returns its result. */
int64_t sim_disk_perform(struct sim_world *world, struct sim_flight *flight);
/* Opens for the host; what OP_OPEN does. Gives a descriptor or a negative errno. */
int sim_disk_open(struct sim_host *host, struct sim_node *start, struct op *op);

/* Moves bytes, or the end, to those who wait. */
void sim_pipe_pump(struct sim_pipe *pipe);
