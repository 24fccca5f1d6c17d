/* SPDX-License-Identifier: Apache-2.0 */
/* backend_sim.c -- struct ops over a simulated world.
 *
 * What it is: the door between a loop and its host: it takes ops in, hands them to disk or
 * network, and gives them back when they are over. What it is not: a place where time
 * passes; ops_wait() only notes until when the loop would have slept.
 * Its one idea: a loop is due again until one of its waits found nothing to do, because
 * only then is the deadline that it gave the right one. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "io/sim_disk.h"
#include "io/sim_host.h"
#include "io/sim_network.h"

enum { TOKEN_IDLE = 0 }; /* op->backend.token: index of the flight + 1 */

static struct sim_ops *sim_of(struct ops *ops)
{
	return (struct sim_ops *)ops; /* base is the first member */
}

/* ---- Submit, cancel, take ---- */

static void remember_handle(struct sim_host *host, int fd, int *ret_fd, uint32_t *ret_generation)
{
	struct sim_handle *handle = sim_handle_at(host, fd);

	if (!handle)
		return;
	*ret_fd = fd;
	*ret_generation = handle->generation;
	handle->in_flight++;
}

static void forget_handle(struct sim_host *host, int fd, uint32_t generation)
{
	struct sim_handle *handle = sim_handle_at(host, fd);

	if (!handle || handle->generation != generation)
		return;
	assert(handle->in_flight > 0);
	handle->in_flight--;
}

static bool kind_has_fd(enum op_kind kind)
{
	return kind != OP_NOTHING && kind != OP_RESOLVE && kind != OP_CONNECT;
}

static void start(struct sim_world *world, uint32_t index, enum op_kind kind)
{
	switch (kind) {
	case OP_NOTHING:
		sim_flight_ready(world, index, 0);
		break;
	case OP_RESOLVE:
		sim_flight_schedule(world, index, world->settings.resolve);
		break;
	case OP_CONNECT:
	case OP_ACCEPT:
	case OP_RECV:
	case OP_SEND:
		sim_network_submit(world, index);
		break;
	case OP_POLL: /* there is nothing real to become readable */
		sim_flight_finish(world, index, -EINVAL);
		break;
	default:
		sim_disk_submit(world, index);
		break;
	}
}

static void sim_submit(struct ops *base, struct op *op)
{
	struct sim_ops *ops = sim_of(base);
	struct sim_flight *flight;
	uint32_t index;

	assert(op->backend.token == TOKEN_IDLE); /* else it is in flight already */
	if (ops->dead)
		return;
	index = sim_flight_new(ops->world, ops, op);
	op->backend.token = index + 1;
	ops->in_flight++;
	flight = sim_flight_at(ops->world, index);
	if (kind_has_fd(op->kind))
		remember_handle(ops->host, op->fd, &flight->fd, &flight->handle_generation);
	if (op->kind == OP_COPY)
		remember_handle(ops->host, op->args.copy.from_fd, &flight->second_fd,
				&flight->second_generation);
	start(ops->world, index, op->kind);
}

static void sim_cancel(struct ops *base, struct op *op)
{
	struct sim_ops *ops = sim_of(base);

	if (ops->dead)
		return;
	assert(op->backend.token != TOKEN_IDLE); /* else it is not in flight */
	sim_host_cancel_flight(ops->world, op->backend.token - 1);
}

static struct op *sim_take(struct ops *base)
{
	struct sim_ops *ops = sim_of(base);
	uint32_t index = sim_queue_take(ops->world, &ops->ready);
	struct sim_flight *flight;
	struct op *op;

	if (index == SIM_NONE)
		return NULL;
	flight = sim_flight_at(ops->world, index);
	op = flight->op;
	op->result = flight->result;
	op->backend.token = TOKEN_IDLE;
	forget_handle(ops->host, flight->fd, flight->handle_generation);
	forget_handle(ops->host, flight->second_fd, flight->second_generation);
	sim_flight_free(ops->world, index);
	ops->in_flight--;
	return op;
}

/* ---- Waiting ---- */

static int sim_wait(struct ops *base, uint64_t deadline_ns)
{
	struct sim_ops *ops = sim_of(base);

	if (ops->dead)
		return -ESHUTDOWN;
	ops->again = ops->woken || ops->ready.head != SIM_NONE;
	ops->woken = false;
	ops->deadline_ns = deadline_ns;
	return 0;
}

static void sim_wake(struct ops *base)
{
	sim_of(base)->woken = true;
}

static uint64_t sim_now_ns(struct ops *base)
{
	return sim_of(base)->world->now_ns;
}

static uint64_t sim_ops_wall_ns(struct ops *base)
{
	return sim_wall_ns(sim_of(base)->world);
}

/* ---- Descriptors ---- */

static int sim_listen(struct ops *base, const struct net_address *at, int *ret_fd,
		      uint16_t *ret_port)
{
	struct sim_ops *ops = sim_of(base);

	if (ops->dead)
		return -ENETDOWN;
	return sim_network_listen(ops->host, at, ret_fd, ret_port);
}

static void sim_close(struct ops *base, int fd)
{
	struct sim_ops *ops = sim_of(base);
	const struct sim_handle *handle;

	if (ops->dead)
		return;
	handle = sim_handle_at(ops->host, fd);
	assert(handle);			/* else it is closed already */
	assert(handle->in_flight == 0); /* else an op of its is in flight */
	sim_host_close(ops->host, fd, false);
}

static void sim_abort(struct ops *base, int fd)
{
	struct sim_ops *ops = sim_of(base);

	if (ops->dead)
		return;
	assert(sim_handle_at(ops->host, fd)); /* else it is closed already */
	sim_host_cancel_all(ops->host, fd);
	sim_host_close(ops->host, fd, true);
}

static void sim_shutdown(struct ops *base, int fd)
{
	struct sim_ops *ops = sim_of(base);

	if (!ops->dead)
		sim_network_shutdown(ops->host, fd);
}

/* Registration saves page pinning, of which there is none here. */
static int sim_register_pool(struct ops *base, struct buffer_pool *pool)
{
	(void)base;
	(void)pool;
	return 0;
}

static void sim_free(struct ops *base)
{
	struct sim_ops *ops = sim_of(base);
	struct sim_ops **at = &ops->host->ops;

	assert(ops->dead || ops->in_flight == 0);
	while (*at != ops)
		at = &(*at)->next;
	*at = ops->next;
	free(ops);
}

static const struct ops_backend sim_backend = {
	.name = "sim",
	.submit = sim_submit,
	.cancel = sim_cancel,
	.wait = sim_wait,
	.take = sim_take,
	.now_ns = sim_now_ns,
	.wall_ns = sim_ops_wall_ns,
	.wake = sim_wake,
	.listen = sim_listen,
	.close = sim_close,
	.abort = sim_abort,
	.shutdown = sim_shutdown,
	.register_pool = sim_register_pool,
	.free = sim_free,
};

int sim_ops_new(struct sim_host *host, struct ops **ret_ops)
{
	struct sim_ops *ops = sim_allocate(sizeof(*ops));

	assert(ret_ops);
	ops->base.backend = &sim_backend;
	ops->world = host->world;
	ops->host = host;
	sim_queue_init(&ops->ready);
	ops->next = host->ops;
	host->ops = ops;
	if (host->down) {
		host->down = false;
		sim_network_host_is_up(host);
	}
	*ret_ops = &ops->base;
	return 0;
}

void sim_ops_set_owner(struct ops *ops, void *owner)
{
	sim_of(ops)->owner = owner;
}

void *sim_ops_owner(const struct ops *ops)
{
	return ((const struct sim_ops *)ops)->owner;
}

bool sim_ops_is_dead(const struct ops *ops)
{
	return ((const struct sim_ops *)ops)->dead;
}

uint32_t sim_ops_in_flight(const struct ops *ops)
{
	return ((const struct sim_ops *)ops)->in_flight;
}
