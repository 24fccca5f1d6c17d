/* SPDX-License-Identifier: Apache-2.0 */
/* backend_sim.h -- a world in memory: disks, a network and a clock, with faults from a seed.
 *
 * What it is: hosts with one disk each, linked by a network, and for every loop on a host
 * a struct ops that performs its operations there. The same daemon code that runs over
 * uring and epoll runs over it, all loops in one thread. What it is not: a model of the
 * daemon, and not thread-safe; ops_wake() too is for the one thread.
 * Its one idea: everything that may happen in any order happens in an order drawn from the
 * seed, so a failure is a number. No real clock, no address and no hash order decides.
 *
 * A driver, in full:
 *
 *   for (;;) {
 *           while ((ops = sim_next_ready(world)) != NULL)
 *                   loop_turn(sim_ops_owner(ops));
 *           if (finished() || !sim_world_step(world))
 *                   break;
 *   }
 *
 * Test-side calls (sim_disk_..., sim_pipe_...) act at once, are durable, never fail at random
 * and assert on misuse. Paths are absolute. Out of memory aborts: this is a test instrument. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "io/op.h"

struct sim_world;
struct sim_host;
struct sim_pipe;

#define SIM_DIRECT_ALIGN_BYTES 4096u   /* what OPEN_DIRECT grants, for offset and length */
#define SIM_SECTOR_BYTES       512u    /* what a crash keeps or loses as one piece */
#define SIM_FIRST_FD	       1000000 /* descriptors start here: no mix-up with real ones */

/* A time drawn evenly from [min_ns, max_ns]. */
struct sim_delay {
	uint64_t min_ns; /* at least */
	uint64_t max_ns; /* at most; not below min_ns */
};

/* How a world behaves. Start from sim_settings_init(). A "per_mille" is the chance in a
 * thousand that the fault hits one operation or one segment (64 KiB at most) on the wire. */
struct sim_settings {
	uint64_t seed;		/* everything random follows from it */
	uint64_t start_ns;	/* the boot-time clock at the start */
	uint64_t start_wall_ns; /* the wall clock at the same moment */

	/* How long things take. */
	struct sim_delay metadata; /* OPEN, STAT, RENAME, UNLINK, MODE, TRUNCATE, LOCK */
	struct sim_delay read;	   /* READ, SKIP, COPY */
	struct sim_delay write;
	struct sim_delay sync;	 /* SYNC, DATASYNC */
	struct sim_delay socket; /* from "it can be done" to the completion */
	struct sim_delay resolve;
	struct sim_delay latency;	/* one way, between any two hosts; see sim_link_set() */
	uint64_t bandwidth_bytes_per_s; /* of each direction between two hosts */
	uint32_t socket_buffer_bytes;	/* what a direction of a connection holds */

	/* Completions out of order. */
	uint16_t reorder_per_mille; /* a completion is late by up to `reorder.max_ns` */
	struct sim_delay reorder;

	/* Less than asked for (never for `whole`). */
	uint16_t short_read_per_mille;
	uint16_t short_write_per_mille;
	uint16_t short_send_per_mille;
	uint16_t short_recv_per_mille;

	/* The network misbehaves. */
	uint16_t reset_per_mille;  /* per segment: both ends get -ECONNRESET */
	uint16_t stall_per_mille;  /* per segment: nothing passes any more, either way */
	struct sim_delay stall;	   /* how long; max_ns 0 = for good */
	uint16_t refuse_per_mille; /* per CONNECT: -ECONNREFUSED */
	uint16_t flip_per_mille;   /* per segment: one bit differs on arrival */

	/* The disk misbehaves. */
	uint64_t disk_capacity_bytes;	/* -ENOSPC beyond; UINT64_MAX = never */
	uint16_t read_error_per_mille;	/* -EIO */
	uint16_t write_error_per_mille; /* -EIO, nothing written */
	uint16_t sync_error_per_mille;	/* -EIO, and no later sync makes that data safe */

	/* A crash. */
	bool crash_is_silent; /* peers get a reset only once the host is started again */
};

/* A world without faults: 50 us latency, 1 GB/s, a fast disk that never fills. */
void sim_settings_init(struct sim_settings *settings, uint64_t seed);

/* ---- The world ---- */

/* Makes a world with no host in it. `settings` is copied. Always 0; see the head about memory. */
HFT_MUST_USE int sim_world_new(const struct sim_settings *settings, struct sim_world **ret_world);

/* Frees hosts, disks and pipes. Every struct ops must have been freed before. Accepts NULL. */
void sim_world_free(struct sim_world *world);

/* The clock that ops_now_ns() shows to all loops. */
uint64_t sim_world_now_ns(const struct sim_world *world);

/* When the next thing is due: an event, or the deadline of a loop that waits.
 * UINT64_MAX when nothing is left. */
uint64_t sim_world_next_due(const struct sim_world *world);

/* Sets the clock to sim_world_next_due() and lets one event happen. Returns false, and does
 * nothing, when nothing is left. Run all ready loops between two steps. */
bool sim_world_step(struct sim_world *world);

/* A loop with something to do -- a completion, a wake, a deadline reached, or a last turn
 * that was not idle -- chosen by the seed among several; NULL when all are waiting.
 * Asserts that no loop takes a million turns without time passing. */
struct ops *sim_next_ready(struct sim_world *world);

/* Calls fn(owner) at that time (at once, as the next event, when it is past). For a crash in the
 * middle, a heal, a slow journal. Not bound to a host: survives a crash. */
void sim_world_at(struct sim_world *world, uint64_t due_ns, void (*fn)(void *owner), void *owner);

/* Switches all per-mille faults off (false) and on again. */
void sim_world_set_faults(struct sim_world *world, bool on);

/* Changes delays and faults from now on; seed, start times and the socket buffer stay. A new disk
 * capacity counts for hosts made later; see sim_disk_set_capacity(). */
void sim_world_change(struct sim_world *world, const struct sim_settings *settings);

/* The settings in force. */
const struct sim_settings *sim_world_settings(const struct sim_world *world);

/* A digest of all that happened so far: equal for equal seeds. */
uint64_t sim_world_trace(const struct sim_world *world);

/* Events that happened so far. */
uint64_t sim_world_event_count(const struct sim_world *world);

/* A number in [0, bound) from the world's seed, for a test's own choices. Requires bound > 0. */
uint64_t sim_world_random(struct sim_world *world, uint64_t bound);

/* ---- Hosts and loops ---- */

/* A machine with a name, an address in text and an empty disk (folders "/" and "/tmp"). */
struct sim_host *sim_host_new(struct sim_world *world, const char *name, const char *address);

/* One more address of the host (at most 4 in all); RESOLVE gives all of them in this order. */
void sim_host_add_address(struct sim_host *host, const char *address);

/* As given to sim_host_new(); valid as long as the host. */
const char *sim_host_name(const struct sim_host *host);

/* One loop's way to the world, on that host. Descriptors are shared by all loops of a host. */
HFT_MUST_USE int sim_ops_new(struct sim_host *host, struct ops **ret_ops);

/* The loop behind an ops, for the driver. */
void sim_ops_set_owner(struct ops *ops, void *owner);
void *sim_ops_owner(const struct ops *ops);

/* True after sim_host_crash() or sim_host_kill(): it completes nothing any more, ignores what it
 * is asked, ops_wait() gives -ESHUTDOWN, and ops_free() needs no end of what was in flight. */
bool sim_ops_is_dead(const struct ops *ops);

/* How many ops are submitted and not yet dispatched. */
uint32_t sim_ops_in_flight(const struct ops *ops);

/* Power loss. What is in flight happens or not at random and is never reported; all descriptors and
 * ops of the host are dead; each unsynced piece of data is kept, lost or torn; unsynced names
 * are kept up to a random point per folder. The host is up again at once: new sim_ops_new()
 * are the restarted program. May be called inside a turn of the dying program; call it
 * before the memory of ops in flight is given back. */
void sim_host_crash(struct sim_host *host);

/* kill -9 of the program: like a crash, but the disk's cache survives and the kernel
 * closes the connections (FIN, or a reset where data was not read). */
void sim_host_kill(struct sim_host *host);

/* on: nothing passes between the two, either way; off: what was held up arrives after all. */
void sim_host_partition(struct sim_host *host_a, struct sim_host *host_b, bool on);

/* on: the program is stuck and none of its loops runs; the kernel goes on. off: it runs again. */
void sim_host_freeze(struct sim_host *host, bool on);

/* A latency and bandwidth of its own for one pair of hosts, both directions. */
void sim_link_set(struct sim_host *host_a, struct sim_host *host_b, struct sim_delay latency,
		  uint64_t bandwidth_bytes_per_s);

/* ---- Disk, from the test's side ---- */

/* Makes folders on the way. Replaces the content of an existing file in place (same inode). */
void sim_disk_write_file(struct sim_host *host, const char *path, const void *data, size_t bytes);
/* Adds to the end. */
void sim_disk_append_file(struct sim_host *host, const char *path, const void *data, size_t bytes);
void sim_disk_make_folder(struct sim_host *host, const char *path);
void sim_disk_make_link(struct sim_host *host, const char *path, const char *target);
void sim_disk_set_mode(struct sim_host *host, const char *path, uint32_t mode);
/* Removes a name; nothing happens when it is not there. */
void sim_disk_remove(struct sim_host *host, const char *path);

/* Reads up to `bytes` from `offset`; returns how many, or -ENOENT. Not counted as read. */
int64_t sim_disk_read_file(struct sim_host *host, const char *path, uint64_t offset, void *data,
			   size_t bytes);
bool sim_disk_exists(struct sim_host *host, const char *path);
/* Length, or -ENOENT. */
int64_t sim_disk_file_bytes(struct sim_host *host, const char *path);
/* Calls fn for every name in the folder, in order of the names; returns how many, or -ENOENT. */
int64_t sim_disk_list(struct sim_host *host, const char *folder,
		      void (*fn)(void *owner, const char *name), void *owner);

/* -ENOSPC once this much is in use (data only, in sectors; names cost nothing). */
void sim_disk_set_capacity(struct sim_host *host, uint64_t bytes);
uint64_t sim_disk_used_bytes(const struct sim_host *host);
/* Flips one bit at the offset, on the medium and in the cache; the times stay as they are. */
void sim_disk_corrupt(struct sim_host *host, const char *path, uint64_t offset);

/* Bytes that READ and COPY took from the file at that path, over all its opens; 0 if it is not
 * there. Counts with the inode, through renames and crashes. */
uint64_t sim_disk_bytes_read(struct sim_host *host, const char *path);
/* The same for bytes written. */
uint64_t sim_disk_bytes_written(struct sim_host *host, const char *path);
/* Grows with every change of any name or content: look at the disk only when it did. */
uint64_t sim_disk_changes(const struct sim_host *host);

/* A descriptor as another program would pass it: flags are enum op_open_flags, without CREATE.
 * Returns it, or a negative errno. The daemon closes it with ops_close(). */
HFT_MUST_USE int sim_host_open(struct sim_host *host, const char *path, uint32_t flags);

/* ---- Pipes: a writer on the test's side ---- */

/* A FIFO at `path`, or an anonymous pipe when it is NULL. Freed with the world. */
struct sim_pipe *sim_pipe_new(struct sim_host *host, const char *path);

/* The read end of the pipe as a new descriptor. */
HFT_MUST_USE int sim_pipe_open(struct sim_pipe *pipe);

/* Adds bytes, as many as one likes; readers get at most 64 KiB at once. Opens the write end
 * again after sim_pipe_end(). */
void sim_pipe_write(struct sim_pipe *pipe, const void *data, size_t bytes);

/* The writer closes: readers get what is left, then 0. */
void sim_pipe_end(struct sim_pipe *pipe);

/* Bytes taken by READ, that is, copied. */
uint64_t sim_pipe_bytes_read(const struct sim_pipe *pipe);    /* by READ: copied */
uint64_t sim_pipe_bytes_skipped(const struct sim_pipe *pipe); /* by SKIP: not copied */
