/* SPDX-License-Identifier: Apache-2.0 */
/* sim_connect.c -- names, listeners, and how a simulated connection comes to be.
 *
 * What it is: RESOLVE, listen, CONNECT, ACCEPT. What it is not: the bytes that follow
 * (sim_network.c).
 * Its one idea: a knock that gets no answer is repeated after 1, 2, 4 ... s and given up after
 * 127 s, as Linux does with tcp_syn_retries 6; so a partition that heals in time is survived. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/address.h"
#include "io/sim_network.h"

#define SYN_ATTEMPTS	7u
#define FIRST_FREE_PORT 40000u /* "any free" starts here */

/* ---- Addresses ---- */

static bool same_ip(const struct net_address *one, const struct net_address *other)
{
	struct net_address a = *one;
	struct net_address b = *other;

	net_address_set_port(&a, 0);
	net_address_set_port(&b, 0);
	return net_address_equal(&a, &b);
}

static bool is_ip(const struct net_address *address, const char *text_4, const char *text_6)
{
	struct net_address four = {0};
	struct net_address six = {0};

	if (net_address_parse(text_4, 0, &four) < 0 || net_address_parse(text_6, 0, &six) < 0)
		return false;
	return same_ip(address, &four) || same_ip(address, &six);
}

static bool is_any(const struct net_address *address)
{
	return is_ip(address, "0.0.0.0", "::");
}

static bool is_loopback(const struct net_address *address)
{
	return is_ip(address, "127.0.0.1", "::1");
}

static bool host_has_address(const struct sim_host *host, const struct net_address *address)
{
	uint32_t i;

	for (i = 0; i < host->address_count; i++) {
		if (same_ip(&host->addresses[i], address))
			return true;
	}
	return false;
}

static struct sim_host *find_host(struct sim_host *from, const struct net_address *address)
{
	struct sim_world *world = from->world;
	uint32_t i;

	if (is_loopback(address) || is_any(address))
		return from;
	for (i = 0; i < world->host_count; i++) {
		if (host_has_address(world->hosts[i], address))
			return world->hosts[i];
	}
	return NULL;
}

static uint16_t take_port(struct sim_host *host)
{
	if (host->next_port < FIRST_FREE_PORT)
		host->next_port = FIRST_FREE_PORT;
	return host->next_port++;
}

/* Where a connection to that address comes from. */
static struct net_address local_address(struct sim_host *host, const struct net_address *to)
{
	struct net_address local = is_loopback(to) ? *to : host->addresses[0];
	uint32_t i;

	for (i = 0; !is_loopback(to) && i < host->address_count; i++) {
		if (host->addresses[i].storage.ss_family == to->storage.ss_family) {
			local = host->addresses[i];
			break;
		}
	}
	net_address_set_port(&local, take_port(host));
	return local;
}

int64_t sim_network_resolve(const struct sim_flight *flight)
{
	struct sim_host *from = flight->ops->host;
	struct op *op = flight->op;
	const char *name = op->args.resolve.name;
	uint32_t count = 0;
	uint32_t i;

	if (op->args.resolve.capacity == 0)
		return -EINVAL;
	if (strcmp(name, "localhost") == 0)
		name = "127.0.0.1";
	if (net_address_parse(name, op->args.resolve.port, &op->args.resolve.list[0]) == 0)
		return 1;
	for (i = 0; i < from->world->host_count; i++) {
		const struct sim_host *host = from->world->hosts[i];

		if (strcmp(host->name, name) != 0)
			continue;
		while (count < host->address_count && count < op->args.resolve.capacity) {
			op->args.resolve.list[count] = host->addresses[count];
			net_address_set_port(&op->args.resolve.list[count], op->args.resolve.port);
			count++;
		}
		return count;
	}
	return -ENOENT;
}

/* ---- Listening ---- */

static struct sim_listener *find_listener(struct sim_host *host, const struct net_address *at)
{
	uint32_t i;

	for (i = 0; i < host->handle_count; i++) {
		const struct sim_handle *handle = &host->handles[i];

		if (handle->kind != SIM_HANDLE_LISTENER ||
		    net_address_port(&handle->listener->at) != net_address_port(at))
			continue;
		if (is_any(&handle->listener->at) || is_any(at) ||
		    same_ip(&handle->listener->at, at))
			return handle->listener;
	}
	return NULL;
}

int sim_network_listen(struct sim_host *host, const struct net_address *at, int *ret_fd,
		       uint16_t *ret_port)
{
	struct sim_listener *listener;
	struct net_address address = *at;
	int fd;

	if (!is_any(at) && !is_loopback(at) && !host_has_address(host, at))
		return -EADDRNOTAVAIL;
	if (net_address_port(&address) == 0)
		net_address_set_port(&address, take_port(host));
	if (find_listener(host, &address))
		return -EADDRINUSE;
	listener = sim_allocate(sizeof(*listener));
	listener->at = address;
	sim_queue_init(&listener->accepts);
	fd = sim_handle_new(host, SIM_HANDLE_LISTENER);
	sim_handle_at(host, fd)->listener = listener;
	*ret_fd = fd;
	if (ret_port)
		*ret_port = net_address_port(&address);
	return 0;
}

static int new_socket(struct sim_host *host, uint32_t connection, uint32_t side)
{
	int fd = sim_handle_new(host, SIM_HANDLE_SOCKET);
	struct sim_handle *handle = sim_handle_at(host, fd);

	handle->connection = connection;
	handle->side = side;
	sim_connection_at(host->world, connection)->side[side].fd = fd;
	return fd;
}

void sim_listener_pump(struct sim_host *host, struct sim_listener *listener)
{
	struct sim_world *world = host->world;

	while (listener->backlog_count > 0 && listener->accepts.head != SIM_NONE) {
		uint32_t index = sim_queue_take(world, &listener->accepts);
		uint32_t connection = listener->backlog[0];

		listener->backlog_count--;
		memmove(listener->backlog, listener->backlog + 1,
			listener->backlog_count * sizeof(listener->backlog[0]));
		sim_flight_at(world, index)->op->args.accept.ret_peer =
			sim_connection_at(world, connection)->side[0].address;
		sim_flight_finish(world, index, new_socket(host, connection, 1));
	}
}

void sim_listener_close(struct sim_host *host, struct sim_listener *listener)
{
	uint32_t i;

	for (i = 0; i < listener->backlog_count; i++) {
		uint32_t index = listener->backlog[i];

		if (sim_connection_at(host->world, index)->side[1].state == SIM_SIDE_OPEN)
			sim_side_close(host->world, index, 1, true);
	}
	free(listener);
}

/* ---- Connecting ---- */

static void plan_knock(struct sim_world *world, uint32_t index, uint64_t attempt, uint64_t due_ns)
{
	sim_plan(world, &(struct sim_event){
				.due_ns = due_ns,
				.kind = SIM_EVENT_SYN,
				.index = index,
				.generation = sim_connection_at(world, index)->generation,
				.value = attempt,
			});
}

static void connect_ends(struct sim_world *world, uint32_t index, int error)
{
	struct sim_side *side = &sim_connection_at(world, index)->side[0];
	uint32_t flight = side->connect_flight;
	int result = error;

	side->connect_flight = SIM_NONE;
	if (error < 0)
		sim_side_close(world, index, 0, true);
	else
		result = new_socket(side->host, index, 0);
	sim_flight_finish(world, flight, result);
}

static void no_answer(struct sim_world *world, uint32_t index, uint64_t attempt)
{
	uint64_t wait_ns = SIM_SECOND_NS << attempt;

	if (attempt + 1 < SYN_ATTEMPTS)
		plan_knock(world, index, attempt + 1, world->now_ns + wait_ns);
	else
		plan_knock(world, index, SYN_ATTEMPTS, world->now_ns + wait_ns);
}

void sim_connect_submit(struct sim_world *world, uint32_t index)
{
	struct sim_flight *flight = sim_flight_at(world, index);
	struct sim_host *host = flight->ops->host;
	const struct net_address *to = &flight->op->args.connect.to;
	struct net_address local = local_address(host, to);
	struct sim_host *target = find_host(host, to);
	struct sim_connection *connection;

	if (!target) {
		sim_flight_finish(world, index, -EHOSTUNREACH);
		return;
	}
	flight->connection = sim_connection_new(world);
	connection = sim_connection_at(world, flight->connection);
	sim_side_open(&connection->side[0], host, &local);
	connection->side[0].connect_flight = index;
	plan_knock(world, flight->connection, 0,
		   world->now_ns +
			   sim_link_latency_ns(world, sim_link_between(world, host, target)));
}

/* What the other host's kernel answers: 0 for a new connection, an error, or -EAGAIN for
 * nothing, because the line of connections to accept is full. */
static int answer_knock(struct sim_world *world, uint32_t index, struct sim_host *target,
			const struct net_address *to)
{
	struct sim_side *side = &sim_connection_at(world, index)->side[1];
	struct sim_listener *listener = find_listener(target, to);

	if (!listener || sim_fault(world, world->settings.refuse_per_mille))
		return -ECONNREFUSED;
	if (listener->backlog_count == SIM_BACKLOG_MAX)
		return -EAGAIN;
	sim_side_open(side, target, to);
	listener->backlog[listener->backlog_count++] = index;
	sim_listener_pump(target, listener);
	return 0;
}

static void knock_arrives(struct sim_world *world, const struct sim_event *event)
{
	struct sim_connection *connection = sim_connection_at(world, event->index);
	struct sim_side *side = &connection->side[0];
	const struct net_address *to;
	struct sim_host *target;
	const struct sim_link *link;
	int answer;

	if (event->value == SYN_ATTEMPTS) {
		connect_ends(world, event->index, -ETIMEDOUT);
		return;
	}
	to = &sim_flight_at(world, side->connect_flight)->op->args.connect.to;
	target = find_host(side->host, to);
	link = sim_link_between(world, side->host, target);
	/* A repeated knock at a connection that the other side has already is answered again. */
	answer = link->cut || target->down ? -EAGAIN
		 : connection->side[1].state == SIM_SIDE_NONE
			 ? answer_knock(world, event->index, target, to)
			 : 0;
	if (answer == -EAGAIN) {
		no_answer(world, event->index, event->value);
		return;
	}
	sim_plan(world, &(struct sim_event){
				.due_ns = world->now_ns + sim_link_latency_ns(world, link),
				.kind = SIM_EVENT_ESTABLISHED,
				.index = event->index,
				.generation = event->generation,
				.side = (uint32_t)event->value,
				.value = (uint64_t)-answer,
			});
}

void sim_connect_event(struct sim_world *world, const struct sim_event *event)
{
	struct sim_connection *connection = sim_connection_at(world, event->index);
	struct sim_side *side = &connection->side[0];
	struct sim_host *target;

	if (side->connect_flight == SIM_NONE)
		return; /* cancelled, or over already */
	if (event->kind == SIM_EVENT_SYN) {
		knock_arrives(world, event);
		return;
	}
	target = find_host(side->host,
			   &sim_flight_at(world, side->connect_flight)->op->args.connect.to);
	if (sim_link_between(world, side->host, target)->cut)
		no_answer(world, event->index, event->side);
	else
		connect_ends(world, event->index, -(int)event->value);
}
