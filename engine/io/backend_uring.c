/* SPDX-License-Identifier: Apache-2.0 */
/* backend_uring.c -- ops over io_uring.
 *
 * An op waits in `pending` until ops_wait() writes it into the ring, is `flying` while the kernel
 * has it, and `over` until it is dispatched. Files' metadata goes to the file workers; their
 * results come through the inbox, whose eventfd always has a poll in the ring.
 *
 * Its one idea: nothing is put into the ring outside of ops_wait(), and after ops_wait() the
 * kernel has taken all of it. So submitting is a list operation that cannot fail, the ring
 * belongs to the loop's thread by construction, and a descriptor may be closed at any
 * time: no entry with its number is waiting to be read.
 *
 * user_data is the address of the struct op, or 0 for an entry whose end interests nobody. */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hft/limits.h>

#include "base/list.h"
#include "host/clock.h"
#include "host/fd.h"
#include "host/log.h"
#include "io/backend.h"
#include "io/buffer_pool.h"
#include "io/file_worker.h"
#include "io/inbox.h"
#include "io/op.h"
#include "io/op_state.h"
#include "io/ring.h"
#include "io/socket_call.h"

/* How often a ring that does not take our entries is asked again before the loop gives up. */
#define URING_TRIES 16
/* Fewer registered slots than this are not worth the two ways of reading. */
#define URING_SLOTS_MIN 4u

struct uring {
	struct ops ops;		   /* first, so that a struct ops is a struct uring */
	struct io_uring ring;	   /* used by the loop's thread only, once enabled */
	bool is_enabled;	   /* the loop's thread has made the ring its own */
	struct list pending;	   /* ops to put into the ring */
	struct list flying;	   /* ops the kernel has */
	struct list cancelling;	   /* ops the kernel has and shall give up */
	struct list over;	   /* ops that wait for their done() */
	struct inbox inbox;	   /* ops that file workers have finished */
	struct op bell;		   /* poll on the inbox, always in the ring */
	bool is_bell_armed;	   /* the kernel has `bell` */
	bool is_woken;		   /* the bell rang since the wait began */
	struct file_client files;  /* our share of the workers */
	struct buffer_pool *pool;  /* whose first slots are registered; NULL = none */
	uint32_t registered_count; /* how many of its slots */
	int null_fd;		   /* /dev/null, where skipped bytes go */
	struct log *log;	   /* for demotions; NULL = nowhere */
};

static struct uring *uring_of(struct ops *ops)
{
	return (struct uring *)(void *)ops;
}

/* ---- the end of an op --------------------------------------------------------- */

/* The op is in no list. */
static void uring_finish(struct uring *uring, struct op *op, int64_t result)
{
	op->result = result;
	op->backend.state = STATE_OVER;
	list_push_tail(&uring->over, &op->backend.node);
}

/* To be put into the ring, for the first time or once more. */
static void uring_pend(struct uring *uring, struct op *op, enum op_stage stage)
{
	op->backend.stage = stage;
	op->backend.state = STATE_PENDING;
	list_push_tail(&uring->pending, &op->backend.node);
}

static void uring_hand(struct uring *uring, struct op *op)
{
	op->backend.state = STATE_HANDED;
	file_client_submit(&uring->files, op);
}

static void uring_drop_socket(struct op *op)
{
	int fd = (int)op->backend.token;

	op->backend.token = UINT32_MAX;
	fd_close(&fd);
}

static void uring_connected(struct uring *uring, struct op *op, int result)
{
	if (result == 0 && op->backend.asked != ASKED_ABORT) {
		uring_finish(uring, op, (int)op->backend.token);
		return;
	}
	uring_drop_socket(op);
	uring_finish(uring, op, result < 0 ? result : -ECANCELED);
}

static void uring_accepted(struct uring *uring, struct op *op, int result)
{
	if (result >= 0 && op->backend.asked == ASKED_ABORT) {
		fd_close(&result);
		result = -ECANCELED;
	}
	if (result >= 0)
		socket_settle(result);
	uring_finish(uring, op, result);
}

/* Pipes are waited for first: a blocking read of a FIFO would sit in a kernel thread, and a
 * FIFO without a writer would look like its end. */
static enum op_stage uring_next_stage(const struct op *op)
{
	if (op->kind == OP_SKIP)
		return STAGE_POLL;
	if (op->kind == OP_READ && op->args.data.offset == OP_NO_OFFSET)
		return STAGE_POLL;
	return STAGE_ACT;
}

static void uring_moved(struct uring *uring, struct op *op, int64_t count)
{
	int64_t result = 0;

	if (op_moved(op, count, &result))
		uring_finish(uring, op, result);
	else
		uring_pend(uring, op, uring_next_stage(op));
}

static void uring_skip(struct uring *uring, struct op *op)
{
	int64_t count = pipe_drop(op->fd, uring->null_fd,
				  op->args.skip.bytes - op->backend.progress);

	if (count == -EAGAIN)
		uring_pend(uring, op, STAGE_POLL);
	else
		uring_moved(uring, op, count);
}

/* The descriptor was made non-blocking by somebody. Sockets and pipes are waited for; a regular
 * file, where waiting for readiness means nothing, goes to a worker. */
static void uring_again(struct uring *uring, struct op *op)
{
	struct stat seen;

	if ((op->kind == OP_READ || op->kind == OP_WRITE) &&
	    (fstat(op->fd, &seen) < 0 || S_ISREG(seen.st_mode) || S_ISBLK(seen.st_mode)))
		uring_hand(uring, op);
	else
		uring_pend(uring, op, STAGE_POLL);
}

static bool uring_may_try_again(const struct op *op)
{
	switch (op->kind) {
	case OP_ACCEPT:
	case OP_RECV:
	case OP_SEND:
	case OP_READ:
	case OP_WRITE:
		return true;
	default:
		return false;
	}
}

static void uring_acted(struct uring *uring, struct op *op, int result)
{
	switch (op->kind) {
	case OP_CONNECT:
		uring_connected(uring, op, result);
		break;
	case OP_ACCEPT:
		uring_accepted(uring, op, result);
		break;
	case OP_RECV:
	case OP_SEND:
	case OP_READ:
	case OP_WRITE:
		uring_moved(uring, op, result);
		break;
	default:
		uring_finish(uring, op, result);
		break;
	}
}

/* What a poll before the act told. Errors of the descriptor are left for the act to find. */
static void uring_polled(struct uring *uring, struct op *op, int result)
{
	if (result < 0)
		uring_finish(uring, op, op->backend.progress > 0 ? op_cut_short(op) : result);
	else if (op->backend.asked != ASKED_NOTHING)
		uring_finish(uring, op, op_cut_short(op));
	else if (op->kind == OP_SKIP)
		uring_skip(uring, op);
	else
		uring_pend(uring, op, STAGE_ACT);
}

/* The kernel is done with `op`. */
static void uring_completed(struct uring *uring, struct op *op, int result)
{
	const bool is_wanted = op->backend.asked == ASKED_NOTHING;

	list_remove(&op->backend.node);
	if (result == -EINTR && !is_wanted)
		result = -ECANCELED; /* a cancel stops a kernel worker by a signal */

	if (result == -EINTR)
		uring_pend(uring, op, (enum op_stage)op->backend.stage);
	else if (op->backend.stage == STAGE_POLL)
		uring_polled(uring, op, result);
	else if (result == -EAGAIN && is_wanted && uring_may_try_again(op))
		uring_again(uring, op);
	else
		uring_acted(uring, op, result);
}

/* Results of file workers. */
static void uring_fetch(struct uring *uring)
{
	struct list fetched;
	struct list_node *node = NULL;

	list_init(&fetched);
	inbox_take(&uring->inbox, &fetched);
	while ((node = list_take_first(&fetched))) {
		struct op *op = list_entry(node, struct op, backend.node);

		file_client_returned(&uring->files, op);
		uring_finish(uring, op, op->result);
	}
}

/* Nothing in here touches the submission side, so that it may be called while that is full. */
static void uring_reap(struct uring *uring)
{
	struct io_uring_cqe *cqe = NULL;
	unsigned head = 0;
	unsigned count = 0;

	io_uring_for_each_cqe(&uring->ring, head, cqe)
	{
		struct op *op = io_uring_cqe_get_data(cqe);

		count++;
		if (op == &uring->bell) {
			uring->is_bell_armed = false;
			uring->is_woken = true;
		} else if (op) {
			uring_completed(uring, op, cqe->res);
		}
	}
	io_uring_cq_advance(&uring->ring, count);
	if (!uring->is_bell_armed)
		uring_fetch(uring);
}

/* ---- into the ring ------------------------------------------------------------ */

/* The slot's index if the data lies in a slot that is registered with this very ring. */
static int uring_slot_index(const struct uring *uring, const struct op *op)
{
	const int index = op->args.data.buffer_index;
	const uint8_t *data = op->args.data.data;
	struct slot *slot = NULL;

	if (index < 0 || (uint32_t)index >= uring->registered_count)
		return OP_NO_BUFFER;
	slot = buffer_pool_slot(uring->pool, (uint32_t)index);
	if (data < slot->memory ||
	    data + op->args.data.bytes > slot->memory + buffer_pool_slot_bytes(uring->pool))
		return OP_NO_BUFFER;
	return index;
}

static void uring_prepare_file(struct uring *uring, struct op *op, struct io_uring_sqe *sqe)
{
	const int index = uring_slot_index(uring, op);
	const unsigned bytes = (unsigned)op_data_left(op);
	uint64_t offset = op->args.data.offset;
	int code = 0;

	if (op->kind == OP_READ)
		code = index >= 0 ? IORING_OP_READ_FIXED : IORING_OP_READ;
	else
		code = index >= 0 ? IORING_OP_WRITE_FIXED : IORING_OP_WRITE;
	if (offset != OP_NO_OFFSET)
		offset += op->backend.progress;
	io_uring_prep_rw(code, sqe, op->fd, op_data(op), bytes, offset);
	if (index >= 0)
		sqe->buf_index = (uint16_t)index;
}

static void uring_prepare_socket(struct op *op, struct io_uring_sqe *sqe)
{
	const int whole = op->args.data.whole ? MSG_WAITALL : 0;

	if (op->kind == OP_RECV)
		io_uring_prep_recv(sqe, op->fd, op_data(op), op_data_left(op), whole);
	else
		io_uring_prep_send(sqe, op->fd, op_data(op), op_data_left(op),
				   whole | MSG_NOSIGNAL);
}

static void uring_prepare_accept(struct op *op, struct io_uring_sqe *sqe)
{
	struct net_address *peer = &op->args.accept.ret_peer;

	memset(peer, 0, sizeof(*peer));
	peer->bytes = sizeof(peer->storage);
	io_uring_prep_accept(sqe, op->fd, (struct sockaddr *)&peer->storage, &peer->bytes,
			     SOCK_CLOEXEC);
}

static void uring_prepare(struct uring *uring, struct op *op, struct io_uring_sqe *sqe)
{
	if (op->backend.stage == STAGE_POLL) {
		io_uring_prep_poll_add(sqe, op->fd, op_readiness(op));
		return;
	}
	switch (op->kind) {
	case OP_CONNECT:
		io_uring_prep_connect(sqe, (int)op->backend.token,
				      (struct sockaddr *)&op->args.connect.to.storage,
				      op->args.connect.to.bytes);
		break;
	case OP_ACCEPT:
		uring_prepare_accept(op, sqe);
		break;
	case OP_RECV:
	case OP_SEND:
		uring_prepare_socket(op, sqe);
		break;
	case OP_READ:
	case OP_WRITE:
		uring_prepare_file(uring, op, sqe);
		break;
	case OP_DATASYNC:
		io_uring_prep_fsync(sqe, op->fd, IORING_FSYNC_DATASYNC);
		break;
	default:
		assert(op->kind == OP_POLL);
		io_uring_prep_poll_add(sqe, op->fd, op_readiness(op));
		break;
	}
}

/* Makes the kernel take what is in the ring; bounded, never a spin. */
static int uring_push(struct uring *uring)
{
	int error = 0;

	for (unsigned tries = 0; tries < URING_TRIES; tries++) {
		error = io_uring_submit(&uring->ring);
		if (error < 0 && error != -EAGAIN && error != -EBUSY && error != -EINTR)
			return error;
		if (io_uring_sq_ready(&uring->ring) == 0)
			return 0;
		(void)io_uring_get_events(&uring->ring);
		uring_reap(uring);
	}
	return -EBUSY;
}

/* An entry of the ring; makes room if there is none. */
static int uring_entry(struct uring *uring, struct io_uring_sqe **ret_sqe)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
	int error = 0;

	if (!sqe) {
		error = uring_push(uring);
		if (error < 0)
			return error;
		sqe = io_uring_get_sqe(&uring->ring);
		assert(sqe);
	}
	*ret_sqe = sqe;
	return 0;
}

static int uring_put_bell(struct uring *uring)
{
	struct io_uring_sqe *sqe = NULL;
	int error = 0;

	if (uring->is_bell_armed)
		return 0;
	error = uring_entry(uring, &sqe);
	if (error < 0)
		return error;
	io_uring_prep_poll_add(sqe, uring->inbox.event_fd, POLLIN);
	io_uring_sqe_set_data(sqe, &uring->bell);
	uring->is_bell_armed = true;
	return 0;
}

static int uring_put_pending(struct uring *uring)
{
	struct io_uring_sqe *sqe = NULL;
	struct list_node *node = NULL;
	int error = 0;

	while (!list_is_empty(&uring->pending)) {
		struct op *op = NULL;

		error = uring_entry(uring, &sqe);
		if (error < 0)
			return error;
		node = list_take_first(&uring->pending);
		op = list_entry(node, struct op, backend.node);
		uring_prepare(uring, op, sqe);
		io_uring_sqe_set_data(sqe, op);
		op->backend.state = STATE_FLYING;
		list_push_tail(&uring->flying, node);
	}
	return 0;
}

/* By address and not by descriptor: the descriptor may be closed already. */
static int uring_put_cancels(struct uring *uring)
{
	struct io_uring_sqe *sqe = NULL;
	struct list_node *node = NULL;
	int error = 0;

	while (!list_is_empty(&uring->cancelling)) {
		struct op *op = NULL;

		error = uring_entry(uring, &sqe);
		if (error < 0)
			return error;
		node = list_take_first(&uring->cancelling);
		if (!node) {
			/* Making room has ended the last one. */
			io_uring_prep_nop(sqe);
			io_uring_sqe_set_data(sqe, NULL);
			break;
		}
		op = list_entry(node, struct op, backend.node);
		io_uring_prep_cancel(sqe, op, 0);
		io_uring_sqe_set_data(sqe, NULL);
		op->backend.state = STATE_FLYING;
		list_push_tail(&uring->flying, node);
	}
	return 0;
}

/* ---- the interface ------------------------------------------------------------ */

static void uring_submit(struct ops *ops, struct op *op)
{
	struct uring *uring = uring_of(ops);
	int fd = -1;

	op_begin(op);
	if (op->kind == OP_NOTHING) {
		uring_finish(uring, op, 0);
		return;
	}
	if (op_is_for_workers(op)) {
		uring_hand(uring, op);
		return;
	}
	if (op->kind == OP_CONNECT) {
		fd = socket_for(&op->args.connect.to, 0);
		if (fd < 0) {
			uring_finish(uring, op, fd);
			return;
		}
		op->backend.token = (uint32_t)fd;
	}
	uring_pend(uring, op, uring_next_stage(op));
}

/* The op is `pending`: the kernel does not know it. */
static void uring_withdraw(struct uring *uring, struct op *op)
{
	list_remove(&op->backend.node);
	if (op->kind == OP_CONNECT)
		uring_drop_socket(op);
	uring_finish(uring, op, op_cut_short(op));
}

static void uring_ask(struct uring *uring, struct op *op, enum op_asked asked)
{
	switch ((enum op_state)op->backend.state) {
	case STATE_PENDING:
		op->backend.asked = asked;
		uring_withdraw(uring, op);
		break;
	case STATE_FLYING:
		op->backend.asked = asked;
		op->backend.state = STATE_CANCELLING;
		list_remove(&op->backend.node);
		list_push_tail(&uring->cancelling, &op->backend.node);
		break;
	case STATE_HANDED:
		op->backend.asked = asked;
		if (file_client_cancel(&uring->files, op))
			uring_finish(uring, op, op_cut_short(op));
		break;
	case STATE_CANCELLING:
		op->backend.asked = max_u32(op->backend.asked, asked);
		break;
	default:
		break;
	}
}

static void uring_cancel(struct ops *ops, struct op *op)
{
	uring_ask(uring_of(ops), op, ASKED_CANCEL);
}

static int uring_enter(struct uring *uring, uint64_t deadline_ns)
{
	const uint64_t now_ns = clock_boot_ns();
	struct __kernel_timespec left = {0};
	struct io_uring_cqe *cqe = NULL;
	int error = 0;

	if (uring->is_woken || !list_is_empty(&uring->over) || deadline_ns <= now_ns) {
		error = io_uring_submit_and_get_events(&uring->ring);
	} else if (deadline_ns == UINT64_MAX) {
		error = io_uring_submit_and_wait(&uring->ring, 1);
	} else {
		left.tv_sec = (int64_t)((deadline_ns - now_ns) / 1000000000u);
		left.tv_nsec = (int64_t)((deadline_ns - now_ns) % 1000000000u);
		error = io_uring_submit_and_wait_timeout(&uring->ring, &cqe, 1, &left, NULL);
	}
	if (error == -ETIME || error == -EINTR || error == -EAGAIN || error == -EBUSY)
		return 0;
	return error < 0 ? error : 0;
}

static int uring_turn(struct uring *uring, uint64_t deadline_ns)
{
	int error = uring_put_bell(uring);

	if (error == 0)
		error = uring_put_pending(uring);
	if (error == 0)
		error = uring_put_cancels(uring);
	if (error == 0)
		error = uring_enter(uring, deadline_ns);
	if (error == 0 && io_uring_sq_ready(&uring->ring) > 0)
		error = uring_push(uring);
	uring_reap(uring);
	return error;
}

/* The first thread that waits owns the ring from then on (SINGLE_ISSUER). By number: liburing 2.3
 * declares io_uring_enable_rings() but its shared library does not export it. */
static int uring_enable(struct uring *uring)
{
	int error = 0;

	if (uring->is_enabled)
		return 0;
	error = io_uring_register((unsigned)uring->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL,
				  0);
	if (error == 0)
		uring->is_enabled = true;
	return error;
}

/* A turn that only moved ops from one stage to the next is not the end of the waiting. */
static int uring_wait(struct ops *ops, uint64_t deadline_ns)
{
	struct uring *uring = uring_of(ops);
	int error = uring_enable(uring);

	uring->is_woken = false;
	while (error == 0) {
		error = uring_turn(uring, deadline_ns);
		if (uring->is_woken || !list_is_empty(&uring->over) ||
		    clock_boot_ns() >= deadline_ns)
			break;
	}
	return error;
}

static struct op *uring_take(struct ops *ops)
{
	struct list_node *node = list_take_first(&uring_of(ops)->over);
	struct op *op = NULL;

	if (!node)
		return NULL;
	op = list_entry(node, struct op, backend.node);
	op->backend.state = STATE_NONE;
	return op;
}

static uint64_t uring_now_ns(struct ops *ops)
{
	(void)ops;
	return clock_boot_ns();
}

static uint64_t uring_wall_ns(struct ops *ops)
{
	(void)ops;
	return clock_wall_ns();
}

static void uring_wake(struct ops *ops)
{
	inbox_ring(&uring_of(ops)->inbox);
}

static int uring_listen(struct ops *ops, const struct net_address *at, int *ret_fd,
			uint16_t *ret_port)
{
	(void)ops;
	return socket_listen(at, 0, ret_fd, ret_port);
}

static void uring_close(struct ops *ops, int fd)
{
	file_client_close(&uring_of(ops)->files, fd);
}

/* Ops in the kernel hold the file, not the number: the number may go now, and the last of them
 * to end closes the socket, which sends the reset. */
static void uring_abort(struct ops *ops, int fd)
{
	struct uring *uring = uring_of(ops);
	struct list *lists[] = {&uring->pending, &uring->flying, &uring->cancelling};

	socket_reset_on_close(fd);
	for (size_t i = 0; i < ARRAY_COUNT(lists); i++) {
		list_for_each_safe(node, following, lists[i]) {
			struct op *op = list_entry(node, struct op, backend.node);

			if (op->fd == fd && op->kind != OP_CONNECT)
				uring_ask(uring, op, ASKED_ABORT);
		}
	}
	fd_close(&fd);
}

static int uring_register_slots(struct uring *uring, struct buffer_pool *pool, uint32_t count)
{
	struct iovec *vectors = calloc(count, sizeof(*vectors));
	int error = 0;

	if (!vectors)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		vectors[i].iov_base = buffer_pool_slot(pool, i)->memory;
		vectors[i].iov_len = buffer_pool_slot_bytes(pool);
	}
	error = io_uring_register_buffers(&uring->ring, vectors, count);
	free(vectors);
	return error;
}

static void uring_tell_demotion(struct uring *uring, uint32_t wanted, uint32_t got)
{
	if (wanted == got)
		return;
	uring->ops.demotions++;
	log_line(uring->log, LOG_WARN, "slots-not-registered",
		 "wanted=%u registered=%u reason=\"limit on locked memory (RLIMIT_MEMLOCK)\"",
		 wanted, got);
}

static int uring_register_pool(struct ops *ops, struct buffer_pool *pool)
{
	struct uring *uring = uring_of(ops);
	const uint32_t wanted = buffer_pool_slot_count(pool);
	uint32_t count = wanted;
	int error = 0;

	if (uring->pool)
		return -EBUSY;
	error = uring_register_slots(uring, pool, count);
	while (error == -ENOMEM && count / 2 >= URING_SLOTS_MIN) {
		count /= 2;
		error = uring_register_slots(uring, pool, count);
	}
	uring_tell_demotion(uring, wanted, error < 0 ? 0 : count);
	if (error < 0)
		return error;
	uring->pool = pool;
	uring->registered_count = count;
	for (uint32_t i = 0; i < count; i++)
		buffer_pool_slot(pool, i)->buffer_index = (int)i;
	return 0;
}

static void uring_free(struct ops *ops)
{
	struct uring *uring = uring_of(ops);

	assert(list_is_empty(&uring->pending));
	assert(list_is_empty(&uring->flying));
	assert(list_is_empty(&uring->cancelling));
	assert(list_is_empty(&uring->over));

	io_uring_queue_exit(&uring->ring);
	inbox_done(&uring->inbox);
	fd_close(&uring->null_fd);
	free(uring);
}

static const struct ops_backend backend = {
	.name = "uring",
	.submit = uring_submit,
	.cancel = uring_cancel,
	.wait = uring_wait,
	.take = uring_take,
	.now_ns = uring_now_ns,
	.wall_ns = uring_wall_ns,
	.wake = uring_wake,
	.listen = uring_listen,
	.close = uring_close,
	.abort = uring_abort,
	.register_pool = uring_register_pool,
	.free = uring_free,
};

static void uring_init(struct uring *uring, const struct ops_settings *settings)
{
	uring->ops.backend = &backend;
	uring->log = settings->log;
	list_init(&uring->pending);
	list_init(&uring->flying);
	list_init(&uring->cancelling);
	list_init(&uring->over);
	file_client_init(&uring->files, settings->workers, &uring->inbox);
}

int backend_uring_new(const struct ops_settings *settings, struct ops **ret_ops)
{
	const unsigned depth = settings->queue_depth > 0 ? settings->queue_depth : HFT_RING_DEPTH;
	struct uring *uring = calloc(1, sizeof(*uring));
	unsigned flags = 0;
	int error = 0;

	if (!uring)
		return -ENOMEM;
	uring_init(uring, settings);
	error = inbox_init(&uring->inbox);
	if (error < 0)
		goto fail_inbox;
	uring->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (uring->null_fd < 0) {
		error = -errno;
		goto fail_null;
	}
	error = ring_open(depth, &uring->ring, &flags);
	if (error < 0)
		goto fail_ring;
	*ret_ops = &uring->ops;
	return 0;

fail_ring:
	fd_close(&uring->null_fd);
fail_null:
	inbox_done(&uring->inbox);
fail_inbox:
	free(uring);
	return error;
}
