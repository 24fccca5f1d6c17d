/* SPDX-License-Identifier: Apache-2.0 */
/* control_server.h -- the control socket: who may ask, lines in, lines out, all bounded.
 *
 * Listens on a Unix socket, takes clients, lets in root, the engine's own user and members of
 * one group, reads one request at a time from each, and sends it events until the owner
 * ends the request. It does not know what a request means: that is control_loop's.
 * Its one idea: a client can only harm itself. It has HFT_CONTROL_IDLE_NS to say what it
 * wants, HFT_CONTROL_LINE_BYTES to say it, HFT_CONTROL_OUT_BYTES to be behind, and is
 * dropped, with one log line, when it needs more or talks while its request runs.
 *
 * Everything on the control loop's thread. Callbacks come out of ops_dispatch() only, never
 * from inside a call down here, so an owner may call anything from anywhere. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "base/list.h"
#include "control/event.h"
#include "control/request.h"

/* Timers of ours in the control loop's heap at most: one of each client, one of the server. */
#define CONTROL_SERVER_TIMERS (HFT_CONTROL_CLIENTS_MAX + 1)

struct control_client;
struct control_server;
struct log;
struct ops;
struct timers;

/* Who is at the other end, as the kernel saw it when it connected. */
struct control_credentials {
	uid_t uid;		   /* user */
	gid_t gid;		   /* its group */
	pid_t pid;		   /* process that connected; may be gone */
	bool privileged;	   /* root or the engine's user: may change services and
				    * configuration */
	char name[HFT_HOST_BYTES]; /* user name; the number in digits when it has none */
};

/* Begins what the server keeps of a client. A client is the owner's to use from its first
 * request() until gone() returns, and not a moment longer. */
struct control_client {
	void *subject;	       /* the owner's own; NULL at first */
	struct list_node node; /* for a list of the owner's; taken out before gone() returns */
	struct control_credentials who; /* see control_client_credentials() */
};

/* What the owner gets. */
struct control_server_events {
	/* A request; it runs until control_client_end(), which may be called at once. request is
	 * valid during the call. source_fd is what came with the first byte, owned by
	 * the callee, or -1; the server never gives one with anything but CONTROL_SEND. */
	void (*request)(void *owner, struct control_client *client,
			const struct control_request *request, int source_fd);
	/* The client has gone, by itself or dropped, whether its request was ended or not. Called
	 * exactly once for each client that had a request(). Calls on it do nothing
	 * any more; afterwards the memory is gone. */
	void (*gone)(void *owner, struct control_client *client);
};

struct control_server_settings {
	struct ops *ops;       /* the control loop's; outlives the server */
	struct timers *timers; /* the control loop's, with room for
				* CONTROL_SERVER_TIMERS of ours; outlives the server */
	struct log *log;       /* NULL = silent */
	const char *path;      /* of the socket; at most 107 bytes; its folder is made (one
				* level, 0755) if it is not there */
	const char *group;     /* members may ask; "" = none. When there is no such group,
				* one log line, and only root and our user may */
	struct control_server_events events; /* called with owner */
	void *owner;			     /* the control loop */
};

/* Listens. A socket file that nobody answers at is replaced; where an engine answers it is
 * -EADDRINUSE, where something else stands in the way -EEXIST; other negative errnos as
 * they come. On failure *ret_server is untouched and sentence says why. Looks up the group,
 * which may wait for a name service. Accepts from the first ops_dispatch() on. */
HFT_MUST_USE int control_server_new(const struct control_server_settings *settings,
				    struct control_server **ret_server,
				    char sentence[HFT_SENTENCE_BYTES]);

/* Stops listening, removes the socket file if it is still ours, and ends every client as soon
 * as what waits for it was sent, or after one second; gone() is called for each. May be
 * called again. Afterwards dispatch until control_server_is_closed(). */
void control_server_close(struct control_server *server);

/* True when close was called, no client is left and nothing is in flight. */
bool control_server_is_closed(const struct control_server *server);

/* Frees it. Requires control_server_is_closed(); NULL is fine. */
void control_server_free(struct control_server *server);

/* Clients connected, refused ones included. */
uint32_t control_server_clients(const struct control_server *server);

/* Sends an event to a client whose request runs. A client too far behind is dropped: this and
 * what follows does nothing then. */
void control_client_event(struct control_client *client, const struct control_event *event);

/* Bytes that can still be queued for it: a list stops its page below 2 * HFT_CONTROL_LINE_BYTES
 * and says so by control_client_end_page(). */
size_t control_client_room_bytes(const struct control_client *client);

/* Ends its request: sends CONTROL_END with the exit code (enum hft_exit) and a sentence, "" for
 * none. The client may then ask again. Nothing happens when no request runs. */
void control_client_end(struct control_client *client, int exit_code, const char *sentence);

/* The same with exit 0 for a list: with more, the client asks again with after. */
void control_client_end_page(struct control_client *client, bool more, uint64_t after);

/* The same with how many rows were changed, removed or queued. */
void control_client_end_count(struct control_client *client, int exit_code, uint64_t count,
			      const char *sentence);

/* Who it is; never NULL. The name was looked up once, when it connected, which may have waited
 * for a name service for as long as the host's configuration of it allows. */
const struct control_credentials *control_client_credentials(const struct control_client *client);
