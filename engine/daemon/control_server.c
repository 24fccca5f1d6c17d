/* SPDX-License-Identifier: Apache-2.0 */
/* control_server.c -- see control_server.h.
 *
 * The life of a client: a poll waits for it to say something, each line becomes a request, what it
 * is told waits in a ring and is sent by one op at a time. Outside of callbacks at least
 * one of the two ops is in flight, so the end of a client always comes out of
 * ops_dispatch(): dropping it only cancels them, and the last to come back frees it. */

#include "daemon/control_server.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "base/timers.h"
#include "daemon/control_socket.h"
#include "host/fd.h"
#include "host/log.h"
#include "io/op.h"

#define FAREWELL_NS	UINT64_C(1000000000) /* to take the last lines after a close */
#define ACCEPT_PAUSE_NS UINT64_C(100000000)  /* after a failed accept: no descriptors left */

struct control_server {
	struct control_server_settings settings; /* as given; path and group are not kept */
	struct control_socket socket;		 /* listens; fd -1 = closed */
	struct control_rule rule;		 /* who may ask */
	struct list clients;			 /* struct client, by link */
	uint32_t client_count;			 /* clients in it */
	struct op accept;			 /* the next caller */
	bool accepting;				 /* accept is in flight */
	bool closing;				 /* close was called */
	struct timer pause;			 /* until the next accept */
	char line[HFT_CONTROL_LINE_BYTES];	 /* an event on its way into a ring */
};

struct client {
	struct control_client public;	 /* the owner's view; first */
	struct control_server *server;	 /* whose it is */
	struct list_node link;		 /* in clients */
	int fd;				 /* connection */
	int source_fd;			 /* came with the line that is being read; -1 = none */
	struct op poll;			 /* waits for it to talk */
	struct op send;			 /* what it is being told */
	bool polling;			 /* poll is in flight */
	bool sending;			 /* send is in flight */
	bool may_ask;			 /* else it gets a sentence for its first line */
	bool running;			 /* a request of it runs */
	bool introduced;		 /* the owner knows it */
	bool finishing;			 /* to be closed when the ring is empty */
	bool dropped;			 /* to be closed when no op is in flight */
	struct timer deadline;		 /* to say something, or to take the last lines */
	size_t in_bytes;		 /* of in in use */
	size_t out_start;		 /* first byte of the ring */
	size_t out_bytes;		 /* of the ring in use */
	char in[HFT_CONTROL_LINE_BYTES]; /* line being read */
	char out[HFT_CONTROL_OUT_BYTES]; /* ring of lines being sent */
};

static struct client *client_of(struct control_client *client)
{
	return container_of(client, struct client, public);
}

static const struct client *client_of_const(const struct control_client *client)
{
	return container_of(client, const struct client, public);
}

static void client_set_deadline(struct client *client, uint64_t after_ns)
{
	const struct control_server_settings *settings = &client->server->settings;

	timers_set(settings->timers, &client->deadline, ops_now_ns(settings->ops) + after_ns);
}

/* ---- the end of a client -------------------------------------------------------- */

static void client_free(struct client *client)
{
	struct control_server *server = client->server;

	assert(!client->polling && !client->sending);

	timers_cancel(server->settings.timers, &client->deadline);
	if (client->introduced)
		server->settings.events.gone(server->settings.owner, &client->public);
	list_remove(&client->link);
	server->client_count--;
	fd_close(&client->source_fd);
	ops_close(server->settings.ops, client->fd);
	free(client);
}

/* Nothing more is read from it or told to it. why NULL: it went by itself. */
static void client_drop(struct client *client, const char *why)
{
	if (client->dropped)
		return;
	client->dropped = true;
	if (why)
		log_line(client->server->settings.log, LOG_WARN, "client-dropped",
			 "uid=%lu pid=%ld reason=\"%s\"", (unsigned long)client->public.who.uid,
			 (long)client->public.who.pid, why);
	if (client->polling)
		ops_cancel(client->server->settings.ops, &client->poll);
	if (client->sending)
		ops_cancel(client->server->settings.ops, &client->send);
}

/* It may take what waits for it, and is closed then. */
static void client_finish(struct client *client)
{
	if (client->finishing || client->dropped)
		return;
	client->finishing = true;
	client_set_deadline(client, FAREWELL_NS);
	if (client->polling)
		ops_cancel(client->server->settings.ops, &client->poll);
}

/* The last call of each callback of a client's ops: it may be gone afterwards. */
static void client_settle(struct client *client)
{
	if (client->finishing && client->out_bytes == 0)
		client_drop(client, NULL);
	if (client->dropped) {
		if (!client->polling && !client->sending)
			client_free(client);
		return;
	}
	if (!client->polling && !client->finishing) {
		client->polling = true;
		ops_submit(client->server->settings.ops, &client->poll);
	}
}

static void client_is_late(struct timer *timer, uint64_t now_ns)
{
	struct client *client = timer->owner;

	(void)now_ns;
	client_drop(client, client->finishing ? "did not take its last lines"
					      : "said nothing for too long");
}

/* ---- telling -------------------------------------------------------------------- */

static void client_send(struct client *client)
{
	const size_t to_end = sizeof(client->out) - client->out_start;

	if (client->sending || client->dropped || client->out_bytes == 0)
		return;
	client->send.args.data.data = client->out + client->out_start;
	client->send.args.data.bytes = min_size(client->out_bytes, to_end);
	client->sending = true;
	ops_submit(client->server->settings.ops, &client->send);
}

static void client_sent(struct op *op)
{
	struct client *client = op->owner;

	client->sending = false;
	if (op->result < 0) {
		client_drop(client, NULL); /* it closed its end */
	} else {
		assert((uint64_t)op->result <= client->out_bytes);
		client->out_bytes -= (size_t)op->result;
		client->out_start = (client->out_start + (size_t)op->result) % sizeof(client->out);
		if (client->out_bytes == 0)
			client->out_start = 0; /* touches few pages when little is told */
	}
	client_send(client);
	client_settle(client);
}

static void client_queue(struct client *client, const char *line, size_t bytes)
{
	const size_t at = (client->out_start + client->out_bytes) % sizeof(client->out);
	const size_t first = min_size(bytes, sizeof(client->out) - at);

	if (bytes > sizeof(client->out) - client->out_bytes) {
		client_drop(client, "does not read what it asked for");
		return;
	}
	memcpy(client->out + at, line, first);
	memcpy(client->out, line + first, bytes - first);
	client->out_bytes += bytes;
	client_send(client);
}

static void client_tell(struct client *client, const struct control_event *event)
{
	struct control_server *server = client->server;
	size_t bytes = 0;
	int error;

	if (client->dropped || client->finishing)
		return;
	error = control_event_encode(event, server->line, sizeof(server->line), &bytes);
	if (error < 0)
		client_drop(client, "an event could not be written");
	else
		client_queue(client, server->line, bytes);
}

void control_client_event(struct control_client *client, const struct control_event *event)
{
	assert(client);
	assert(event);
	assert(event->kind != CONTROL_END); /* by control_client_end() */

	if (client_of(client)->running)
		client_tell(client_of(client), event);
}

size_t control_client_room_bytes(const struct control_client *client)
{
	assert(client);
	return sizeof(client_of_const(client)->out) - client_of_const(client)->out_bytes;
}

static void client_end(struct client *client, const struct control_end *end)
{
	struct control_event event;

	if (!client->running)
		return;
	control_event_init(&event, CONTROL_END);
	event.end = *end;
	client->running = false;
	client_tell(client, &event);
}

/* A sentence that is too long is cut. */
static void end_init(struct control_end *end, int exit_code, const char *sentence)
{
	const size_t length = strnlen(sentence, sizeof(end->message) - 1);

	assert(exit_code >= 0 && exit_code <= UINT8_MAX);

	memset(end, 0, sizeof(*end));
	end->exit = (uint8_t)exit_code;
	end->count = CONTROL_UNKNOWN;
	memcpy(end->message, sentence, length);
	text_shorten_utf8(end->message, sizeof(end->message) - 4);
}

void control_client_end(struct control_client *client, int exit_code, const char *sentence)
{
	struct control_end end;

	assert(client);
	assert(sentence);

	end_init(&end, exit_code, sentence);
	client_end(client_of(client), &end);
}

void control_client_end_page(struct control_client *client, bool more, uint64_t after)
{
	struct control_end end;

	assert(client);

	end_init(&end, HFT_EXIT_DONE, "");
	end.more = more;
	end.after = more ? after : 0;
	client_end(client_of(client), &end);
}

void control_client_end_count(struct control_client *client, int exit_code, uint64_t count,
			      const char *sentence)
{
	struct control_end end;

	assert(client);
	assert(sentence);

	end_init(&end, exit_code, sentence);
	end.count = count;
	client_end(client_of(client), &end);
}

const struct control_credentials *control_client_credentials(const struct control_client *client)
{
	assert(client);
	return &client->who;
}

/* ---- listening to a client ------------------------------------------------------ */

/* Answers a line that becomes no request. */
static void client_refuse(struct client *client, int exit_code, const char *sentence)
{
	struct control_end end;
	char message[HFT_SENTENCE_BYTES];

	if (text_format(message, sizeof(message), "hft: %s", sentence) < 0)
		message[0] = '\0';
	end_init(&end, exit_code, message);
	client->running = true;
	client_end(client, &end);
}

static void client_pass_on(struct client *client, const struct control_request *request)
{
	struct control_server *server = client->server;
	int source_fd = -1;

	if (request->kind == CONTROL_SEND) {
		source_fd = client->source_fd;
		client->source_fd = -1;
	}
	timers_cancel(server->settings.timers, &client->deadline);
	client->running = true;
	client->introduced = true;
	server->settings.events.request(server->settings.owner, &client->public, request,
					source_fd);
}

/* A whole line of `bytes` bytes is there. */
static void client_take_line(struct client *client, size_t bytes)
{
	struct control_request request;
	char sentence[HFT_SENTENCE_BYTES] = "";

	if (!client->may_ask) {
		client_refuse(client, HFT_EXIT_REFUSED,
			      "you may not ask this engine: root, its own user and members of its "
			      "control group may");
		client_finish(client);
	} else if (bytes != client->in_bytes) {
		client_refuse(client, HFT_EXIT_USAGE, "one request at a time");
		client_finish(client);
	} else if (control_request_decode(client->in, bytes, &request, sentence) < 0) {
		client_refuse(client, HFT_EXIT_USAGE, sentence);
	} else {
		client_pass_on(client, &request);
	}
	fd_close(&client->source_fd);
	client->in_bytes = 0;
}

static void client_search_line(struct client *client)
{
	const char *end = memchr(client->in, '\n', client->in_bytes);

	if (end) {
		client_take_line(client, (size_t)(end - client->in) + 1);
	} else if (client->in_bytes == sizeof(client->in)) {
		client_refuse(client, HFT_EXIT_USAGE, "the request is too long");
		client_finish(client);
	}
}

/* A second descriptor belongs to nothing. */
static bool client_keep_fd(struct client *client, int fd)
{
	if (fd < 0)
		return true;
	if (client->source_fd < 0) {
		client->source_fd = fd;
		return true;
	}
	fd_close(&fd);
	return false;
}

/* Reads once; what is left makes the next poll end at once. */
static void client_read(struct client *client)
{
	int fd = -1;
	const ssize_t bytes = fd_recv_with(client->fd, client->in + client->in_bytes,
					   sizeof(client->in) - client->in_bytes, &fd);
	const bool is_kept = bytes < 0 || client_keep_fd(client, fd);

	if (bytes == -EAGAIN || bytes == -EINTR)
		return;
	if (bytes <= 0) {
		/* It closed its end. The answer to what it asked before may be on its way. */
		if (bytes == 0 && !client->running && client->out_bytes > 0)
			client_finish(client);
		else
			client_drop(client, NULL);
	} else if (!is_kept) {
		client_drop(client, "passed two descriptors");
	} else if (client->running) {
		client_drop(client, "talked while its request ran");
	} else {
		client->in_bytes += (size_t)bytes;
		client_search_line(client);
	}
}

static void client_polled(struct op *op)
{
	struct client *client = op->owner;

	client->polling = false;
	if (!client->dropped && !client->finishing) {
		if (op->result < 0)
			client_drop(client, "cannot be waited for");
		else
			client_read(client);
	}
	client_settle(client);
}

/* ---- accepting ------------------------------------------------------------------ */

static struct client *client_new(struct control_server *server, int fd)
{
	struct client *client = calloc(1, sizeof(*client)); /* pages are touched when used */

	if (!client)
		return NULL;
	client->server = server;
	client->fd = fd;
	client->source_fd = -1;
	client->poll =
		(struct op){.kind = OP_POLL, .fd = fd, .owner = client, .done = client_polled};
	client->send = (struct op){.kind = OP_SEND, .fd = fd, .owner = client, .done = client_sent};
	client->send.args.data.buffer_index = OP_NO_BUFFER;
	timer_init(&client->deadline, client, client_is_late);
	return client;
}

/* Why a caller cannot become a client, NULL if it did. */
static const char *server_admit(struct control_server *server, int fd)
{
	struct client *client = NULL;
	struct control_credentials who;

	if (server->client_count >= HFT_CONTROL_CLIENTS_MAX)
		return "too many ask at the same time; try again in a moment";
	if (fd_set_nonblocking(fd) < 0 || control_peer(fd, &server->rule, &who) < 0)
		return "the engine cannot tell who you are";
	client = client_new(server, fd);
	if (!client)
		return "the engine has no memory left";
	client->public.who = who;
	client->may_ask = control_peer_may_ask(fd, &server->rule, &who);
	if (!client->may_ask)
		log_line(server->settings.log, LOG_WARN, "client-refused",
			 "uid=%lu pid=%ld reason=\"not in the control group\"",
			 (unsigned long)who.uid, (long)who.pid);
	list_push_tail(&server->clients, &client->link);
	server->client_count++;
	client_set_deadline(client, HFT_CONTROL_IDLE_NS);
	client_settle(client);
	return NULL;
}

/* Tells who cannot be a client why, as far as its socket takes it. */
static void server_send_away(struct control_server *server, int fd, const char *why)
{
	struct control_event event;
	char message[HFT_SENTENCE_BYTES];
	size_t bytes = 0;

	if (text_format(message, sizeof(message), "hft: %s", why) < 0)
		message[0] = '\0';
	control_event_init(&event, CONTROL_END);
	end_init(&event.end, HFT_EXIT_FAILED, message);
	if (control_event_encode(&event, server->line, sizeof(server->line), &bytes) == 0)
		(void)send(fd, server->line, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
	log_line(server->settings.log, LOG_WARN, "client-refused", "reason=\"%s\"", why);
	ops_close(server->settings.ops, fd);
}

static void server_stop_listening(struct control_server *server)
{
	control_socket_remove(&server->socket);
	ops_close(server->settings.ops, server->socket.fd);
	server->socket.fd = -1;
}

static void server_accept(struct control_server *server)
{
	if (server->accepting || server->closing)
		return;
	server->accepting = true;
	ops_submit(server->settings.ops, &server->accept);
}

static void server_accepted(struct op *op)
{
	struct control_server *server = op->owner;
	const char *why = NULL;

	server->accepting = false;
	if (op->result < 0 && !server->closing) {
		log_line(server->settings.log, LOG_WARN, "control-accept-failed", "errno=%" PRId64,
			 -op->result);
		timers_set(server->settings.timers, &server->pause,
			   ops_now_ns(server->settings.ops) + ACCEPT_PAUSE_NS);
		return;
	}
	if (op->result >= 0) {
		why = server->closing ? "the engine is ending"
				      : server_admit(server, (int)op->result);
		if (why)
			server_send_away(server, (int)op->result, why);
	}
	if (server->closing)
		server_stop_listening(server);
	server_accept(server);
}

static void server_pause_is_over(struct timer *timer, uint64_t now_ns)
{
	(void)now_ns;
	server_accept(timer->owner);
}

/* ---- the server ----------------------------------------------------------------- */

int control_server_new(const struct control_server_settings *settings,
		       struct control_server **ret_server, char sentence[HFT_SENTENCE_BYTES])
{
	struct control_server *server = NULL;
	int error;

	assert(settings && settings->ops && settings->timers && settings->path && settings->group);
	assert(settings->events.request && settings->events.gone);
	assert(ret_server);

	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	server->settings = *settings;
	list_init(&server->clients);
	timer_init(&server->pause, server, server_pause_is_over);
	if (!control_rule_init(&server->rule, settings->group))
		log_line(settings->log, LOG_WARN, "control-group-missing",
			 "group=%s effect=\"only root and the engine's user may ask\"",
			 settings->group);
	error = control_socket_open(settings->path, &server->rule, &server->socket, sentence);
	if (error < 0) {
		free(server);
		return error;
	}
	server->accept = (struct op){.kind = OP_ACCEPT,
				     .fd = server->socket.fd,
				     .owner = server,
				     .done = server_accepted};
	server_accept(server);
	*ret_server = server;
	return 0;
}

void control_server_close(struct control_server *server)
{
	assert(server);

	if (server->closing)
		return;
	server->closing = true;
	timers_cancel(server->settings.timers, &server->pause);
	if (server->accepting)
		ops_cancel(server->settings.ops, &server->accept);
	else
		server_stop_listening(server);
	list_for_each(node, &server->clients)
		client_finish(list_entry(node, struct client, link));
}

bool control_server_is_closed(const struct control_server *server)
{
	assert(server);
	return server->closing && !server->accepting && server->client_count == 0;
}

void control_server_free(struct control_server *server)
{
	if (!server)
		return;
	assert(control_server_is_closed(server));
	free(server);
}

uint32_t control_server_clients(const struct control_server *server)
{
	assert(server);
	return server->client_count;
}
