/* SPDX-License-Identifier: Apache-2.0 */
/* sim_host.h -- the inside of a simulated machine: its loops and its descriptors.
 *
 * What it is: what one program on one machine owns, and how it loses it. What it is not: the
 * disk (sim_disk.h) and the connections (sim_network.h), which outlive the program.
 * Its one idea: the lowest free number is given out first, as a real kernel does, so that
 * a program that uses a descriptor after closing it soon meets somebody else's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "io/op.h"
#include "io/sim_world.h"

struct sim_disk;
struct sim_listener;
struct sim_node;

#define SIM_HOST_ADDRESSES_MAX 4u

/* One loop's way to the world. */
struct sim_ops {
	struct ops base; /* first, as op.h wants it */
	struct sim_world *world;
	struct sim_host *host;
	struct sim_ops *next;	/* of the same host */
	void *owner;		/* the driver's own */
	struct sim_queue ready; /* over, not yet dispatched */
	uint64_t deadline_ns;	/* of the last ops_wait(); 0 before the first */
	uint32_t in_flight;	/* submitted, not yet dispatched */
	bool woken;		/* ops_wake() since the last ops_wait() */
	bool again; /* the turn that waited last had work, so its deadline may be stale */
	bool dead;  /* its program crashed */
};

enum sim_handle_kind {
	SIM_HANDLE_FREE,
	SIM_HANDLE_NODE,   /* a file, folder or FIFO */
	SIM_HANDLE_SOCKET, /* one side of a connection */
	SIM_HANDLE_LISTENER,
};

/* One descriptor. */
struct sim_handle {
	enum sim_handle_kind kind;
	uint32_t generation;   /* moves on when it is closed */
	uint32_t in_flight;    /* ops on it, not yet dispatched */
	uint32_t flags;	       /* NODE: enum op_open_flags */
	uint32_t connection;   /* SOCKET */
	uint32_t side;	       /* SOCKET */
	uint64_t position;     /* NODE: of reads without an offset */
	struct sim_node *node; /* NODE */
	struct sim_listener *listener;
};

struct sim_host {
	struct sim_world *world;
	char *name;					      /* for RESOLVE */
	uint32_t index;					      /* in the world */
	struct net_address addresses[SIM_HOST_ADDRESSES_MAX]; /* without port */
	uint32_t address_count;				      /* at least 1 */
	struct sim_disk *disk;
	struct sim_ops *ops;	    /* its loops, the newest first */
	struct sim_handle *handles; /* by descriptor - SIM_FIRST_FD */
	uint32_t handle_count;	    /* ever used at once */
	uint32_t handle_capacity;   /* room in handles */
	uint16_t next_port;	    /* to try for "any free" */
	bool frozen;		    /* its loops do not run */
	bool down;		    /* crashed silently and not started again: answers nothing */
};

/* A new descriptor; fill in the handle behind it. */
int sim_handle_new(struct sim_host *host, enum sim_handle_kind kind);
/* The handle of an open descriptor, NULL for any other number. */
struct sim_handle *sim_handle_at(struct sim_host *host, int fd);
/* Forgets the descriptor, and what it holds of a node; sockets are the network's business. */
void sim_handle_free(struct sim_host *host, int fd);

/* Ends all ops of the host that wait on this descriptor, with -ECANCELED or what they reached. */
void sim_host_cancel_all(struct sim_host *host, int fd);
/* Ends one op early, if it still can. */
void sim_host_cancel_flight(struct sim_world *world, uint32_t index);
/* Closes whatever the descriptor is; hard = a reset for the peer. */
void sim_host_close(struct sim_host *host, int fd, bool hard);

/* Frees it with its disk; part of sim_world_free(). */
void sim_host_free(struct sim_host *host);
