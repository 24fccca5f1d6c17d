/* SPDX-License-Identifier: Apache-2.0 */
/* sim_network.c -- bytes of simulated connections: on the wire, held up, reset, read.
 *
 * What it is: the life of a connection after connect and accept. What it is not: how it comes
 * to be (sim_connect.c).
 * Its one idea: ops are served by pumping: whoever changes a position or an error pumps the
 * lines that wait for it, and pumping does nothing when nothing has changed. */
#include "io/sim_network.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

#define RETRANSMIT_MAX_NS 200000000ull /* Linux' smallest retransmission timeout */

static void pump_recvs(struct sim_world *world, struct sim_connection *connection, uint32_t to);
static void pump_sends(struct sim_world *world, uint32_t index, uint32_t from);

/* ---- Links ---- */

struct sim_link *sim_link_between(struct sim_world *world, const struct sim_host *a,
				  const struct sim_host *b)
{
	uint32_t low = min_u32(a->index, b->index);
	uint32_t high = max_u32(a->index, b->index);
	uint32_t i;

	for (i = 0; i < world->link_count; i++) {
		if (world->links[i].host_low == low && world->links[i].host_high == high)
			return &world->links[i];
	}
	world->links = sim_grow(world->links, world->link_count, &world->link_capacity,
				sizeof(*world->links));
	world->links[world->link_count] = (struct sim_link){.host_low = low, .host_high = high};
	return &world->links[world->link_count++];
}

uint64_t sim_link_latency_ns(struct sim_world *world, const struct sim_link *link)
{
	return sim_draw_delay(world, link->own ? link->latency : world->settings.latency);
}

void sim_link_set(struct sim_host *host_a, struct sim_host *host_b, struct sim_delay latency,
		  uint64_t bandwidth_bytes_per_s)
{
	struct sim_link *link = sim_link_between(host_a->world, host_a, host_b);

	assert(bandwidth_bytes_per_s > 0);
	link->own = true;
	link->latency = latency;
	link->bandwidth_bytes_per_s = bandwidth_bytes_per_s;
}

/* When so many bytes, sent now, are at the other end. */
static uint64_t arrival_ns(struct sim_world *world, struct sim_connection *connection,
			   uint32_t from, uint64_t bytes)
{
	struct sim_side *side = &connection->side[from];
	const struct sim_host *other = connection->side[1 - from].host;
	struct sim_link *link = sim_link_between(world, side->host, other);
	uint64_t bandwidth = link->own ? link->bandwidth_bytes_per_s
				       : world->settings.bandwidth_bytes_per_s;
	uint64_t *busy_until_ns = &link->busy_until_ns[side->host->index > other->index];
	uint64_t arrival;

	*busy_until_ns = max_u64(*busy_until_ns, world->now_ns) + bytes * SIM_SECOND_NS / bandwidth;
	arrival = *busy_until_ns + sim_link_latency_ns(world, link);
	side->last_arrival_ns = max_u64(side->last_arrival_ns, arrival);
	return side->last_arrival_ns;
}

/* Its kernel is not up, or was not asked yet since: neither takes bytes nor answers. */
static bool side_is_silent(const struct sim_side *side)
{
	return side->state == SIM_SIDE_GONE && side->host->down;
}

static bool is_held_up(struct sim_world *world, const struct sim_connection *connection)
{
	const struct sim_side *a = &connection->side[0];
	const struct sim_side *b = &connection->side[1];

	return connection->stalled || side_is_silent(a) || side_is_silent(b) ||
	       (a->host && b->host && sim_link_between(world, a->host, b->host)->cut);
}

/* ---- Connections ---- */

uint32_t sim_connection_new(struct sim_world *world)
{
	uint32_t index = world->connection_free;
	struct sim_connection *connection;
	uint32_t generation;

	if (index == SIM_NONE) {
		index = world->connection_count++;
		world->connections = sim_grow(world->connections, index,
					      &world->connection_capacity,
					      sizeof(struct sim_connection *));
		world->connections[index] = sim_allocate(sizeof(struct sim_connection));
		world->connections[index]->next = SIM_NONE;
	}
	connection = world->connections[index];
	world->connection_free = connection->next;
	generation = connection->generation;
	memset(connection, 0, sizeof(*connection));
	connection->generation = generation;
	connection->used = true;
	connection->ring_bytes = world->ring_bytes;
	return index;
}

struct sim_connection *sim_connection_at(struct sim_world *world, uint32_t index)
{
	assert(index < world->connection_count);
	return world->connections[index];
}

static void ring_give_back(struct sim_world *world, struct sim_side *side)
{
	if (!side->ring)
		return;
	memcpy(side->ring, &world->spare_rings, sizeof(void *));
	world->spare_rings = side->ring;
	side->ring = NULL;
}

static void ring_need(struct sim_world *world, struct sim_side *side)
{
	if (side->ring)
		return;
	if (!world->spare_rings) {
		side->ring = sim_allocate(max_size(world->ring_bytes, sizeof(void *)));
		return;
	}
	side->ring = world->spare_rings;
	memcpy(&world->spare_rings, side->ring, sizeof(void *));
}

static void connection_free_if_over(struct sim_world *world, uint32_t index)
{
	struct sim_connection *connection = sim_connection_at(world, index);

	if (connection->side[0].state == SIM_SIDE_OPEN ||
	    connection->side[1].state == SIM_SIDE_OPEN)
		return;
	ring_give_back(world, &connection->side[0]);
	ring_give_back(world, &connection->side[1]);
	connection->used = false;
	connection->generation++;
	connection->next = world->connection_free;
	world->connection_free = index;
}

void sim_side_open(struct sim_side *side, struct sim_host *host, const struct net_address *address)
{
	assert(side->state == SIM_SIDE_NONE);
	side->state = SIM_SIDE_OPEN;
	side->host = host;
	side->address = *address;
	side->fd = -1;
	side->connect_flight = SIM_NONE;
	sim_queue_init(&side->recvs);
	sim_queue_init(&side->sends);
}

static void plan_on_wire(struct sim_world *world, uint32_t index, uint32_t from,
			 enum sim_event_kind kind, uint64_t due_ns)
{
	struct sim_connection *connection = sim_connection_at(world, index);

	sim_plan(world, &(struct sim_event){
				.due_ns = due_ns,
				.kind = kind,
				.index = index,
				.generation = connection->generation,
				.side = from,
				.value = connection->side[from].tail,
			});
}

/* A reset does not wait behind the bytes that are still in the sender's buffer. */
void sim_side_send_reset(struct sim_world *world, uint32_t index, uint32_t side)
{
	struct sim_connection *connection = sim_connection_at(world, index);
	const struct sim_link *link;

	if (connection->side[1 - side].state != SIM_SIDE_OPEN)
		return;
	link = sim_link_between(world, connection->side[0].host, connection->side[1].host);
	plan_on_wire(world, index, side, SIM_EVENT_RESET,
		     world->now_ns + sim_link_latency_ns(world, link));
}

static void send_fin(struct sim_world *world, uint32_t index, uint32_t from)
{
	struct sim_connection *connection = sim_connection_at(world, index);
	struct sim_side *side = &connection->side[from];

	if (side->fin_sent || side->error || !connection->side[1 - from].host)
		return;
	side->fin_sent = true;
	plan_on_wire(world, index, from, SIM_EVENT_FIN, arrival_ns(world, connection, from, 0));
}

/* As Linux does: whoever closes without having read all that arrived sends a reset, because
 * the peer must not believe that it was read. */
void sim_side_close(struct sim_world *world, uint32_t index, uint32_t side, bool hard)
{
	struct sim_connection *connection = sim_connection_at(world, index);
	struct sim_side *mine = &connection->side[side];
	const struct sim_side *other = &connection->side[1 - side];

	assert(mine->state == SIM_SIDE_OPEN);
	if (!mine->error && (hard || other->arrived > other->head))
		sim_side_send_reset(world, index, side);
	else
		send_fin(world, index, side);
	mine->state = SIM_SIDE_CLOSED;
	mine->fd = -1;
	connection_free_if_over(world, index);
}

void sim_network_shutdown(struct sim_host *host, int fd)
{
	const struct sim_handle *handle = sim_handle_at(host, fd);

	if (!handle || handle->kind != SIM_HANDLE_SOCKET)
		return;
	assert(sim_connection_at(host->world, handle->connection)->side[handle->side].sends.head ==
	       SIM_NONE);
	send_fin(host->world, handle->connection, handle->side);
}

void sim_network_close(struct sim_host *host, int fd, bool hard)
{
	struct sim_handle *handle = sim_handle_at(host, fd);

	if (handle->kind == SIM_HANDLE_LISTENER)
		sim_listener_close(host, handle->listener);
	else
		sim_side_close(host->world, handle->connection, handle->side, hard);
	handle->listener = NULL;
}

static void crash_side(struct sim_world *world, uint32_t index, uint32_t side, bool closed)
{
	struct sim_side *mine = &sim_connection_at(world, index)->side[side];

	mine->connect_flight = SIM_NONE;
	sim_queue_init(&mine->recvs);
	sim_queue_init(&mine->sends);
	if (closed) {
		sim_side_close(world, index, side, mine->fd < 0);
		return;
	}
	if (!world->settings.crash_is_silent) {
		sim_side_close(world, index, side, true);
		return;
	}
	mine->state = SIM_SIDE_GONE;
	mine->fd = -1;
	connection_free_if_over(world, index);
}

void sim_network_crash(struct sim_host *host, bool closed)
{
	struct sim_world *world = host->world;
	uint32_t i;

	for (i = 0; i < world->connection_count; i++) {
		const struct sim_connection *connection = sim_connection_at(world, i);
		uint32_t side;

		for (side = 0; side < 2; side++) {
			if (connection->used && connection->side[side].host == host &&
			    connection->side[side].state == SIM_SIDE_OPEN)
				crash_side(world, i, side, closed);
		}
	}
}

/* ---- Sending ---- */

static void ring_put(struct sim_connection *connection, struct sim_side *side, const uint8_t *data,
		     uint64_t bytes)
{
	uint64_t start = side->tail % connection->ring_bytes;
	uint64_t first = min_u64(bytes, connection->ring_bytes - start);

	memcpy(side->ring + start, data, first);
	memcpy(side->ring, data + first, bytes - first);
	side->tail += bytes;
}

static void stall(struct sim_world *world, uint32_t index, struct sim_connection *connection)
{
	if (connection->stalled)
		return;
	connection->stalled = true;
	if (world->settings.stall.max_ns > 0)
		plan_on_wire(world, index, 0, SIM_EVENT_STALL_END,
			     world->now_ns + sim_draw_delay(world, world->settings.stall));
}

/* What may befall the segment that ends at the tail. */
static void segment_faults(struct sim_world *world, uint32_t index, uint32_t from, uint64_t bytes)
{
	struct sim_connection *connection = sim_connection_at(world, index);
	struct sim_side *side = &connection->side[from];

	if (sim_fault(world, world->settings.flip_per_mille)) {
		uint64_t at = side->tail - 1 - sim_draw(world, bytes);

		side->ring[at % connection->ring_bytes] ^= (uint8_t)(1u << sim_draw(world, 8));
	}
	if (sim_fault(world, world->settings.stall_per_mille))
		stall(world, index, connection);
	if (sim_fault(world, world->settings.reset_per_mille)) {
		sim_side_send_reset(world, index, 0);
		sim_side_send_reset(world, index, 1);
	}
}

static void transmit(struct sim_world *world, uint32_t index, uint32_t from, const uint8_t *data,
		     uint64_t bytes)
{
	struct sim_connection *connection = sim_connection_at(world, index);
	uint64_t done = 0;

	ring_need(world, &connection->side[from]);
	while (done < bytes) {
		uint64_t part = min_u64(bytes - done, SIM_SEGMENT_BYTES);

		ring_put(connection, &connection->side[from], data + done, part);
		done += part;
		segment_faults(world, index, from, part);
		plan_on_wire(world, index, from, SIM_EVENT_ARRIVE,
			     arrival_ns(world, connection, from, part));
	}
}

/* Sends what there is room for. Returns whether the op is over. */
static bool send_some(struct sim_world *world, uint32_t index, uint32_t from,
		      struct sim_flight *flight)
{
	const struct sim_connection *connection = sim_connection_at(world, index);
	const struct sim_side *side = &connection->side[from];
	const struct op *op = flight->op;
	uint64_t room = connection->ring_bytes - (side->tail - side->credited);
	uint64_t bytes = min_u64(room, op->args.data.bytes - flight->progress);

	if (bytes == 0)
		return op->args.data.bytes == flight->progress;
	if (!op->args.data.whole && sim_fault(world, world->settings.short_send_per_mille))
		bytes = sim_draw_short(world, bytes, 1);
	transmit(world, index, from, (const uint8_t *)op->args.data.data + flight->progress, bytes);
	flight->progress += bytes;
	return !op->args.data.whole || flight->progress == op->args.data.bytes;
}

static int64_t result_of(const struct sim_flight *flight, int error)
{
	return flight->progress > 0 ? (int64_t)flight->progress : error;
}

static void pump_sends(struct sim_world *world, uint32_t index, uint32_t from)
{
	struct sim_side *side = &sim_connection_at(world, index)->side[from];

	while (side->sends.head != SIM_NONE) {
		struct sim_flight *flight = sim_flight_at(world, side->sends.head);
		int error = side->error;

		if (!error && side->fin_sent)
			error = -EPIPE;
		if (!error && !send_some(world, index, from, flight))
			return;
		sim_flight_finish(world, sim_queue_take(world, &side->sends),
				  result_of(flight, error));
	}
}

/* ---- Receiving ---- */

static void ring_get(const struct sim_connection *connection, const struct sim_side *from,
		     uint8_t *data, uint64_t bytes)
{
	uint64_t start = from->head % connection->ring_bytes;
	uint64_t first = min_u64(bytes, connection->ring_bytes - start);

	memcpy(data, from->ring + start, first);
	memcpy(data + first, from->ring, bytes - first);
}

/* Receives what is there. Returns whether the op is over. */
static bool recv_some(struct sim_world *world, struct sim_connection *connection,
		      struct sim_side *from, struct sim_flight *flight)
{
	const struct op *op = flight->op;
	uint64_t bytes = min_u64(from->arrived - from->head,
				 op->args.data.bytes - flight->progress);

	if (bytes == 0)
		return op->args.data.bytes == flight->progress;
	if (!op->args.data.whole && sim_fault(world, world->settings.short_recv_per_mille))
		bytes = sim_draw_short(world, bytes, 1);
	ring_get(connection, from, (uint8_t *)op->args.data.data + flight->progress, bytes);
	from->head += bytes;
	flight->progress += bytes;
	return !op->args.data.whole || flight->progress == op->args.data.bytes;
}

static void pump_recvs(struct sim_world *world, struct sim_connection *connection, uint32_t to)
{
	struct sim_side *side = &connection->side[to];
	struct sim_side *from = &connection->side[1 - to];

	while (side->recvs.head != SIM_NONE) {
		struct sim_flight *flight = sim_flight_at(world, side->recvs.head);
		int64_t result;

		if (recv_some(world, connection, from, flight))
			result = (int64_t)flight->progress;
		else if (side->error || (from->fin_arrived && from->head == from->tail))
			result = result_of(flight, side->error);
		else
			return;
		sim_flight_finish(world, sim_queue_take(world, &side->recvs), result);
	}
}

/* Serves the receiver, and tells the sender of the room made, unless the link is cut. */
static void pump_direction(struct sim_world *world, uint32_t index, uint32_t from)
{
	struct sim_connection *connection = sim_connection_at(world, index);
	struct sim_side *side = &connection->side[from];

	pump_recvs(world, connection, 1 - from);
	if (side->credited == side->head || is_held_up(world, connection))
		return;
	side->credited = side->head;
	if (side->state == SIM_SIDE_OPEN)
		pump_sends(world, index, from);
}

void sim_network_submit(struct sim_world *world, uint32_t index)
{
	struct sim_flight *flight = sim_flight_at(world, index);
	struct sim_host *host = flight->ops->host;
	struct sim_handle *handle;
	struct sim_side *side;

	if (flight->op->kind == OP_CONNECT) {
		sim_connect_submit(world, index);
		return;
	}
	handle = sim_handle_at(host, flight->fd);
	if (!handle || handle->kind == SIM_HANDLE_NODE) {
		sim_flight_finish(world, index, handle ? -ENOTSOCK : -EBADF);
		return;
	}
	if ((flight->op->kind == OP_ACCEPT) != (handle->kind == SIM_HANDLE_LISTENER)) {
		sim_flight_finish(world, index, handle->listener ? -ENOTCONN : -EINVAL);
		return;
	}
	if (flight->op->kind == OP_ACCEPT) {
		sim_queue_add(world, &handle->listener->accepts, index);
		sim_listener_pump(host, handle->listener);
		return;
	}
	side = &sim_connection_at(world, handle->connection)->side[handle->side];
	if (flight->op->kind == OP_RECV) {
		sim_queue_add(world, &side->recvs, index);
		pump_direction(world, handle->connection, 1 - handle->side);
	} else {
		sim_queue_add(world, &side->sends, index);
		pump_sends(world, handle->connection, handle->side);
	}
}

void sim_network_cancel(struct sim_world *world, uint32_t index)
{
	struct sim_flight *flight = sim_flight_at(world, index);
	const struct sim_handle *handle;
	struct sim_side *side;
	bool was_in = true;

	if (flight->op->kind == OP_CONNECT) {
		sim_connection_at(world, flight->connection)->side[0].connect_flight = SIM_NONE;
		sim_side_close(world, flight->connection, 0, true);
		sim_flight_finish(world, index, -ECANCELED);
		return;
	}
	handle = sim_handle_at(flight->ops->host, flight->fd);
	assert(handle && handle->generation == flight->handle_generation);
	if (flight->op->kind == OP_ACCEPT) {
		was_in = sim_queue_remove(world, &handle->listener->accepts, index);
	} else {
		side = &sim_connection_at(world, handle->connection)->side[handle->side];
		was_in = sim_queue_remove(
			world, flight->op->kind == OP_RECV ? &side->recvs : &side->sends, index);
	}
	assert(was_in);
	(void)was_in;
	sim_flight_finish(world, index, result_of(flight, -ECANCELED));
}

/* ---- What arrives ---- */

static void hold(struct sim_side *side, const struct sim_event *event)
{
	side->held = true;
	if (event->kind == SIM_EVENT_ARRIVE)
		side->held_to = max_u64(side->held_to, event->value);
	else if (event->kind == SIM_EVENT_FIN)
		side->held_fin = true;
	else
		side->held_reset = true;
}

/* The link is back: what was held up is sent again. */
static void release(struct sim_world *world, uint32_t index)
{
	struct sim_connection *connection = sim_connection_at(world, index);
	uint32_t from;

	for (from = 0; from < 2; from++) {
		struct sim_side *side = &connection->side[from];
		uint64_t due_ns;

		if (side->held) {
			due_ns = arrival_ns(world, connection, from, 0) +
				 sim_draw(world, RETRANSMIT_MAX_NS);
			side->last_arrival_ns = due_ns;
			if (side->held_to > side->arrived)
				sim_plan(world,
					 &(struct sim_event){.due_ns = due_ns,
							     .kind = SIM_EVENT_ARRIVE,
							     .index = index,
							     .generation = connection->generation,
							     .side = from,
							     .value = side->held_to});
			if (side->held_fin)
				plan_on_wire(world, index, from, SIM_EVENT_FIN, due_ns);
			if (side->held_reset)
				plan_on_wire(world, index, from, SIM_EVENT_RESET, due_ns);
		}
		side->held = false;
		side->held_fin = false;
		side->held_reset = false;
		if (side->host)
			pump_direction(world, index, from);
	}
}

static void reset_arrives(struct sim_world *world, uint32_t index, uint32_t to)
{
	struct sim_connection *connection = sim_connection_at(world, index);
	struct sim_side *side = &connection->side[to];

	if (side->state != SIM_SIDE_OPEN || side->error)
		return;
	side->error = -ECONNRESET;
	pump_recvs(world, connection, to);
	pump_sends(world, index, to);
	if (side->connect_flight != SIM_NONE) {
		uint32_t flight = side->connect_flight;

		side->connect_flight = SIM_NONE;
		sim_side_close(world, index, to, true);
		sim_flight_finish(world, flight, -ECONNRESET);
	}
}

static void arrives(struct sim_world *world, const struct sim_event *event)
{
	struct sim_connection *connection = sim_connection_at(world, event->index);
	struct sim_side *from = &connection->side[event->side];
	const struct sim_side *to = &connection->side[1 - event->side];

	if (is_held_up(world, connection)) {
		hold(from, event);
		return;
	}
	if (event->kind == SIM_EVENT_RESET) {
		reset_arrives(world, event->index, 1 - event->side);
		return;
	}
	if (to->error)
		return;
	if (event->kind == SIM_EVENT_FIN) {
		from->arrived = from->tail;
		from->fin_arrived = true;
	} else {
		if (to->state != SIM_SIDE_OPEN) {
			/* Nobody is left at that end; its kernel says so. */
			sim_side_send_reset(world, event->index, 1 - event->side);
			return;
		}
		from->arrived = max_u64(from->arrived, event->value);
	}
	pump_direction(world, event->index, event->side);
}

void sim_network_event(struct sim_world *world, const struct sim_event *event)
{
	struct sim_connection *connection = sim_connection_at(world, event->index);

	if (connection->generation != event->generation)
		return;
	switch (event->kind) {
	case SIM_EVENT_SYN:
	case SIM_EVENT_ESTABLISHED:
		sim_connect_event(world, event);
		break;
	case SIM_EVENT_STALL_END:
		connection->stalled = false;
		release(world, event->index);
		break;
	default:
		arrives(world, event);
		break;
	}
}

void sim_host_partition(struct sim_host *host_a, struct sim_host *host_b, bool on)
{
	struct sim_world *world = host_a->world;
	uint32_t i;

	sim_link_between(world, host_a, host_b)->cut = on;
	for (i = 0; !on && i < world->connection_count; i++) {
		const struct sim_connection *connection = sim_connection_at(world, i);
		const struct sim_host *a = connection->side[0].host;
		const struct sim_host *b = connection->side[1].host;

		if (connection->used &&
		    ((a == host_a && b == host_b) || (a == host_b && b == host_a)))
			release(world, i);
	}
}

void sim_network_host_is_up(struct sim_host *host)
{
	struct sim_world *world = host->world;
	uint32_t i;

	for (i = 0; i < world->connection_count; i++) {
		const struct sim_connection *connection = sim_connection_at(world, i);

		if (connection->used &&
		    (connection->side[0].host == host || connection->side[1].host == host))
			release(world, i);
	}
}

void sim_network_done(struct sim_world *world)
{
	uint32_t i;

	for (i = 0; i < world->connection_count; i++) {
		struct sim_connection *connection = world->connections[i];

		ring_give_back(world, &connection->side[0]);
		ring_give_back(world, &connection->side[1]);
		free(connection);
	}
	while (world->spare_rings) {
		void *ring = world->spare_rings;

		memcpy(&world->spare_rings, ring, sizeof(void *));
		free(ring);
	}
	free(world->connections);
	free(world->links);
}
