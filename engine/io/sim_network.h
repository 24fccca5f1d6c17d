/* SPDX-License-Identifier: Apache-2.0 */
/* sim_network.h -- the inside of the simulated network: links, listeners, connections.
 *
 * What it is: streams between hosts, in order, bounded, as late and as broken as the seed says.
 * What it is not: packets; a lost packet shows as lateness, as it does above TCP.
 * Its one idea: each direction of a connection is one ring of bytes with a few positions
 * that only grow; an event on the wire is the promise to move one of them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "io/sim_host.h"
#include "io/sim_world.h"

#define SIM_BACKLOG_MAX 128u /* connections that wait for ACCEPT, as listen(2) would bound it */

/* What two hosts have between them. */
struct sim_link {
	uint32_t host_low;		/* the smaller index */
	uint32_t host_high;		/* the other; the same for a host and itself */
	bool cut;			/* nothing passes */
	bool own;			/* latency and bandwidth are its own, not the settings' */
	struct sim_delay latency;	/* one way, if own */
	uint64_t bandwidth_bytes_per_s; /* each way, if own */
	uint64_t busy_until_ns[2];	/* towards high, towards low */
};

enum sim_side_state {
	SIM_SIDE_NONE, /* not there yet: nobody has accepted the connection */
	SIM_SIDE_OPEN,
	SIM_SIDE_CLOSED, /* its program has no descriptor of it any more */
	SIM_SIDE_GONE,	 /* its host crashed and told nobody */
};

/* One end of a connection, and the direction from it to the other end:
 * head <= credited.. and head <= arrived <= tail <= credited + ring size. */
struct sim_side {
	enum sim_side_state state;
	struct sim_host *host;
	struct net_address address;
	int fd;			  /* -1 until connected or accepted */
	int error;		  /* negative errno once the connection is over */
	uint32_t connect_flight;  /* the CONNECT under way, or SIM_NONE */
	struct sim_queue recvs;	  /* RECVs that wait for bytes */
	struct sim_queue sends;	  /* SENDs that wait for room */
	uint8_t *ring;		  /* bytes on their way out; NULL before the first */
	uint64_t tail;		  /* taken from this end's SEND */
	uint64_t arrived;	  /* at the other end */
	uint64_t head;		  /* read by the other end's RECV */
	uint64_t credited;	  /* read by the other end, and known here: room to send */
	uint64_t last_arrival_ns; /* nothing may overtake it */
	bool fin_sent;		  /* no SEND any more */
	bool fin_arrived;	  /* the other end knows */
	bool held;		  /* something below waits for the link */
	uint64_t held_to;	  /* would have arrived */
	bool held_fin;		  /* a FIN did not get through */
	bool held_reset;	  /* a reset did not get through */
};

struct sim_connection {
	uint32_t generation;	 /* moves on when it is freed */
	uint32_t next;		 /* in the free list */
	bool used;		 /* not in the free list */
	bool stalled;		 /* nothing passes, either way */
	uint32_t ring_bytes;	 /* size of its rings */
	struct sim_side side[2]; /* who connected, who accepted */
};

struct sim_listener {
	struct net_address at;		   /* with the port */
	struct sim_queue accepts;	   /* ACCEPT ops that wait */
	uint32_t backlog[SIM_BACKLOG_MAX]; /* connections nobody accepted yet, the oldest first */
	uint32_t backlog_count;		   /* in backlog */
};

/* ---- What backend_sim.c and sim_host.c call ---- */

/* Starts CONNECT, ACCEPT, RECV or SEND. */
void sim_network_submit(struct sim_world *world, uint32_t index);
/* Takes a waiting op of the network out of its line, and ends it. */
void sim_network_cancel(struct sim_world *world, uint32_t index);
/* RESOLVE: fills the list, returns how many, or -ENOENT. */
int64_t sim_network_resolve(const struct sim_flight *flight);
int sim_network_listen(struct sim_host *host, const struct net_address *at, int *ret_fd,
		       uint16_t *ret_port);
void sim_network_shutdown(struct sim_host *host, int fd);
/* The descriptor of a socket or a listener goes; hard = a reset for the peer. */
void sim_network_close(struct sim_host *host, int fd, bool hard);
/* All connections of the host lose their program. `closed` = the kernel closes them. */
void sim_network_crash(struct sim_host *host, bool closed);
/* After a silent crash: what was sent to the host meanwhile is sent again, and answered. */
void sim_network_host_is_up(struct sim_host *host);
/* Every SIM_EVENT_ from SYN on. */
void sim_network_event(struct sim_world *world, const struct sim_event *event);
void sim_network_done(struct sim_world *world);

/* ---- Between sim_network.c and sim_connect.c ---- */

/* The link of two hosts, made if need be. Valid until the next call. */
struct sim_link *sim_link_between(struct sim_world *world, const struct sim_host *a,
				  const struct sim_host *b);
/* One draw of the time that a packet takes. */
uint64_t sim_link_latency_ns(struct sim_world *world, const struct sim_link *link);

/* A connection without ends; gives its index. */
uint32_t sim_connection_new(struct sim_world *world);
/* The connection with that index; it stays where it is. */
struct sim_connection *sim_connection_at(struct sim_world *world, uint32_t index);
/* The end comes to be, without a descriptor. */
void sim_side_open(struct sim_side *side, struct sim_host *host, const struct net_address *address);
/* Gives one end up, and the connection when it was the last. */
void sim_side_close(struct sim_world *world, uint32_t index, uint32_t side, bool hard);
/* Tells the other end that it is over, after the latency. */
void sim_side_send_reset(struct sim_world *world, uint32_t index, uint32_t side);
/* SYN and ESTABLISHED. */
void sim_connect_event(struct sim_world *world, const struct sim_event *event);
void sim_connect_submit(struct sim_world *world, uint32_t index);
/* Hands waiting connections to waiting ACCEPTs. */
void sim_listener_pump(struct sim_host *host, struct sim_listener *listener);
void sim_listener_close(struct sim_host *host, struct sim_listener *listener);
