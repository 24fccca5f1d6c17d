/* SPDX-License-Identifier: Apache-2.0 */
/* backend_epoll.c -- ops over readiness, where io_uring is refused or not wanted.
 *
 * Sockets, pipes and polls are tried at once and, when they would have to wait, join the
 * readers or the writers of their descriptor until epoll says more. Everything about
 * regular files, data included, goes to the file workers.
 *
 * Its one idea: readiness is a hint and nothing else. A descriptor is armed for one event at a
 * time (ONESHOT) and every op asks again before it acts, so an event that is stale, because
 * the number was closed and used again, costs a look and breaks nothing. */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <hft/limits.h>

#include "base/list.h"
#include "host/clock.h"
#include "host/fd.h"
#include "io/backend.h"
#include "io/file_worker.h"
#include "io/inbox.h"
#include "io/op.h"
#include "io/op_state.h"
#include "io/socket_call.h"

#define PAGE_FDS 256u
/* A pipe that polls as writable takes this much without waiting. */
#define PIPE_WRITE_BYTES ((size_t)4096)
/* One descriptor moves at most so many pieces before the others get their turn. */
#define PIECES_PER_TURN 64u
/* Not an answer: the op has to wait for readiness. */
#define WOULD_WAIT INT64_MIN

/* Who waits for one descriptor. */
struct interest {
	struct list readers; /* ops by backend.node, first come, first served */
	struct list writers; /* the same for the other direction */
	bool is_known;	     /* it was added to the epoll set, and may still be in it */
};

/* Interests never move, because lists point into them. */
struct interest_page {
	struct interest list[PAGE_FDS]; /* of descriptors in a row */
};

struct epoll {
	struct ops ops;		  /* first: a struct ops is a struct epoll */
	int epoll_fd;		  /* the set */
	int null_fd;		  /* /dev/null, where skipped bytes go */
	struct list over;	  /* ops that wait for their done() */
	struct inbox inbox;	  /* ops that file workers have finished */
	struct file_client files; /* our share of the workers */
	bool is_woken;		  /* the inbox rang since the wait began */
	struct interest_page *pages[HFT_EPOLL_PAGES_MAX]; /* by descriptor; NULL = never used */
};

static struct epoll *epoll_of(struct ops *ops)
{
	return (struct epoll *)(void *)ops;
}

static void epoll_finish(struct epoll *epoll, struct op *op, int64_t result)
{
	op->result = result;
	op->backend.state = STATE_OVER;
	list_push_tail(&epoll->over, &op->backend.node);
}

static void epoll_hand(struct epoll *epoll, struct op *op)
{
	op->backend.state = STATE_HANDED;
	file_client_submit(&epoll->files, op);
}

/* The descriptor an op waits for. */
static int epoll_fd_of(const struct op *op)
{
	return op->kind == OP_CONNECT ? (int)op->backend.token : op->fd;
}

/* ---- interests ---------------------------------------------------------------- */

/* What is known of `fd`; NULL when nothing is. */
static struct interest *epoll_find(struct epoll *epoll, int fd)
{
	const unsigned page = (unsigned)fd / PAGE_FDS;

	if (fd < 0 || page >= HFT_EPOLL_PAGES_MAX || !epoll->pages[page])
		return NULL;
	return &epoll->pages[page]->list[(unsigned)fd % PAGE_FDS];
}

/* Pages come with the first descriptor that needs them and stay. NULL: no memory, or no such
 * descriptor. */
static struct interest *epoll_interest(struct epoll *epoll, int fd)
{
	const unsigned index = (unsigned)fd / PAGE_FDS;
	struct interest_page *page = NULL;

	if (fd < 0 || index >= HFT_EPOLL_PAGES_MAX)
		return NULL;
	if (!epoll->pages[index]) {
		page = calloc(1, sizeof(*page));
		if (!page)
			return NULL;
		for (unsigned i = 0; i < PAGE_FDS; i++) {
			list_init(&page->list[i].readers);
			list_init(&page->list[i].writers);
		}
		epoll->pages[index] = page;
	}
	return epoll_find(epoll, fd);
}

static struct list *interest_list(struct interest *interest, const struct op *op)
{
	return op_readiness(op) == POLLOUT ? &interest->writers : &interest->readers;
}

/* Asks for the next event of `fd`. The descriptor may have been closed and opened behind our
 * back, so both ways of asking are tried. */
static int epoll_arm(struct epoll *epoll, struct interest *interest, int fd)
{
	struct epoll_event event = {.events = EPOLLONESHOT, .data.fd = fd};
	int action = interest->is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	if (!list_is_empty(&interest->readers))
		event.events |= EPOLLIN;
	if (!list_is_empty(&interest->writers))
		event.events |= EPOLLOUT;
	interest->is_known = true;
	if (epoll_ctl(epoll->epoll_fd, action, fd, &event) == 0)
		return 0;
	if (errno != ENOENT && errno != EEXIST)
		return -errno;
	action = errno == ENOENT ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	return epoll_ctl(epoll->epoll_fd, action, fd, &event) < 0 ? -errno : 0;
}

/* The set must not keep a file that somebody else has open, too. */
static void epoll_forget(struct epoll *epoll, int fd)
{
	struct interest *interest = epoll_find(epoll, fd);

	if (!interest || !interest->is_known)
		return;
	interest->is_known = false;
	(void)epoll_ctl(epoll->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* ---- one attempt of each kind: the result, or WOULD_WAIT ------------------------ */

/* Ready, and what for; 0 = not. Negative errno when it cannot be asked. */
static int ready_now(const struct op *op)
{
	struct pollfd ask = {.fd = epoll_fd_of(op), .events = (short)op_readiness(op)};

	if (poll(&ask, 1, 0) < 0)
		return -errno;
	return ask.revents & POLLNVAL ? -EBADF : ask.revents;
}

static int64_t try_poll(struct epoll *epoll, struct op *op)
{
	const int ready = ready_now(op);

	(void)epoll;
	return ready == 0 ? WOULD_WAIT : ready;
}

static int64_t try_connect(struct epoll *epoll, struct op *op)
{
	const int fd = (int)op->backend.token;
	const int ready = ready_now(op);
	int error = 0;

	if (ready == 0)
		return WOULD_WAIT;
	error = ready < 0 ? ready : socket_outcome(fd);
	op->backend.token = UINT32_MAX;
	if (error == 0)
		return fd;
	epoll_forget(epoll, fd);
	(void)close(fd);
	return error;
}

static int64_t try_accept(struct epoll *epoll, struct op *op)
{
	struct net_address *peer = &op->args.accept.ret_peer;
	const int ready = ready_now(op);
	int fd = -1;

	(void)epoll;
	if (ready <= 0)
		return ready == 0 ? WOULD_WAIT : ready;
	memset(peer, 0, sizeof(*peer));
	peer->bytes = sizeof(peer->storage);
	fd = accept4(op->fd, (struct sockaddr *)&peer->storage, &peer->bytes,
		     SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		socket_settle(fd);
		return fd;
	}
	/* EAGAIN: another accept of the same listener was faster. */
	return errno == EAGAIN || errno == EINTR ? WOULD_WAIT : -errno;
}

/* Bytes moved by one call for a data op, or a negative errno. */
static int64_t move_piece(struct op *op)
{
	const struct iovec piece = {.iov_base = op_data(op), .iov_len = op_data_left(op)};
	ssize_t count = 0;

	switch (op->kind) {
	case OP_RECV:
		count = recv(op->fd, piece.iov_base, piece.iov_len, MSG_DONTWAIT);
		break;
	case OP_SEND:
		count = send(op->fd, piece.iov_base, piece.iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
		break;
	case OP_READ:
		count = preadv2(op->fd, &piece, 1, -1, RWF_NOWAIT);
		if (count < 0 && errno == EOPNOTSUPP) /* pipes before 6.4; poll said ready */
			count = read(op->fd, piece.iov_base, piece.iov_len);
		break;
	default:
		assert(op->kind == OP_WRITE);
		count = write(op->fd, piece.iov_base, min_size(piece.iov_len, PIPE_WRITE_BYTES));
		break;
	}
	return count < 0 ? -errno : count;
}

/* Moves until it would wait, is over, or has had its turn; with sockets in one call mostly. */
static int64_t try_move(struct epoll *epoll, struct op *op)
{
	const bool must_ask = op->kind != OP_RECV && op->kind != OP_SEND;
	int64_t result = 0;
	int64_t count = 0;
	int ready = 0;

	for (unsigned i = 0; i < PIECES_PER_TURN; i++) {
		ready = must_ask ? ready_now(op) : POLLIN;
		if (ready == 0)
			return WOULD_WAIT;
		if (ready < 0)
			count = ready;
		else if (op->kind == OP_SKIP)
			count = pipe_drop(op->fd, epoll->null_fd,
					  op->args.skip.bytes - op->backend.progress);
		else
			count = move_piece(op);
		if (count == -EAGAIN)
			return WOULD_WAIT;
		if (count != -EINTR && op_moved(op, count, &result))
			return result;
	}
	return WOULD_WAIT;
}

static int64_t epoll_try(struct epoll *epoll, struct op *op)
{
	switch (op->kind) {
	case OP_CONNECT:
		return try_connect(epoll, op);
	case OP_ACCEPT:
		return try_accept(epoll, op);
	case OP_POLL:
		return try_poll(epoll, op);
	default:
		return try_move(epoll, op);
	}
}

/* ---- waiting for readiness ------------------------------------------------------ */

/* Ends an op that is in no line any more, with the socket it was making. */
static void epoll_give_up(struct epoll *epoll, struct op *op, int64_t result)
{
	int fd = (int)op->backend.token;

	if (op->kind == OP_CONNECT) {
		op->backend.token = UINT32_MAX;
		epoll_forget(epoll, fd);
		(void)close(fd);
	}
	epoll_finish(epoll, op, result);
}

/* Puts the op in its line; a descriptor that epoll refuses ends it. */
static void epoll_line_up(struct epoll *epoll, struct op *op)
{
	const int fd = epoll_fd_of(op);
	struct interest *interest = epoll_interest(epoll, fd);
	int error = interest ? 0 : -ENOMEM;

	if (interest) {
		op->backend.state = STATE_WAITING;
		list_push_tail(interest_list(interest, op), &op->backend.node);
		error = epoll_arm(epoll, interest, fd);
		if (error < 0)
			list_remove(&op->backend.node);
	}
	if (error < 0)
		epoll_give_up(epoll, op, error);
}

/* First come, first served: who finds others in line joins it. */
static void epoll_attempt(struct epoll *epoll, struct op *op)
{
	struct interest *interest = epoll_find(epoll, epoll_fd_of(op));
	int64_t result = WOULD_WAIT;

	if (!interest || list_is_empty(interest_list(interest, op)))
		result = epoll_try(epoll, op);
	if (result == WOULD_WAIT)
		epoll_line_up(epoll, op);
	else
		epoll_finish(epoll, op, result);
}

static void epoll_serve(struct epoll *epoll, struct list *line)
{
	struct list_node *node = NULL;

	while ((node = list_first(line))) {
		struct op *op = list_entry(node, struct op, backend.node);
		int64_t result = epoll_try(epoll, op);

		if (result == WOULD_WAIT)
			return;
		list_remove(node);
		epoll_finish(epoll, op, result);
	}
}

/* Ends everybody who waits for `fd`, the same way. */
static void epoll_end_all(struct epoll *epoll, struct interest *interest, int64_t result)
{
	struct list *lines[] = {&interest->readers, &interest->writers};
	struct list_node *node = NULL;

	for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
		while ((node = list_take_first(lines[i])))
			epoll_give_up(epoll, list_entry(node, struct op, backend.node), result);
	}
}

static void epoll_event(struct epoll *epoll, int fd)
{
	struct interest *interest = epoll_find(epoll, fd);
	int error = 0;

	if (!interest)
		return;
	epoll_serve(epoll, &interest->readers);
	epoll_serve(epoll, &interest->writers);
	if (list_is_empty(&interest->readers) && list_is_empty(&interest->writers))
		return;
	error = epoll_arm(epoll, interest, fd);
	if (error < 0)
		epoll_end_all(epoll, interest, error);
}

/* Results of file workers. */
static void epoll_fetch(struct epoll *epoll)
{
	struct list fetched;
	struct list_node *node = NULL;

	list_init(&fetched);
	inbox_take(&epoll->inbox, &fetched);
	while ((node = list_take_first(&fetched))) {
		struct op *op = list_entry(node, struct op, backend.node);

		file_client_returned(&epoll->files, op);
		epoll_finish(epoll, op, op->result);
	}
}

/* ---- the interface -------------------------------------------------------------- */

static void epoll_connect(struct epoll *epoll, struct op *op)
{
	const struct net_address *to = &op->args.connect.to;
	int fd = socket_for(to, SOCK_NONBLOCK);
	int error = 0;

	if (fd < 0) {
		epoll_finish(epoll, op, fd);
		return;
	}
	if (connect(fd, (const struct sockaddr *)&to->storage, to->bytes) < 0 &&
	    errno != EINPROGRESS) {
		error = -errno;
		(void)close(fd);
		epoll_finish(epoll, op, error);
		return;
	}
	op->backend.token = (uint32_t)fd;
	epoll_attempt(epoll, op);
}

/* Regular files are always "ready" and yet wait for the disk. */
static bool epoll_is_file(const struct op *op)
{
	struct stat seen;

	if (op->args.data.offset != OP_NO_OFFSET)
		return true;
	return fstat(op->fd, &seen) < 0 || S_ISREG(seen.st_mode) || S_ISBLK(seen.st_mode);
}

static bool epoll_is_for_workers(const struct op *op)
{
	if (op->kind == OP_READ || op->kind == OP_WRITE)
		return epoll_is_file(op);
	return op->kind == OP_DATASYNC || op_is_for_workers(op);
}

static void epoll_submit(struct ops *ops, struct op *op)
{
	struct epoll *epoll = epoll_of(ops);

	op_begin(op);
	if (op->kind == OP_NOTHING)
		epoll_finish(epoll, op, 0);
	else if (epoll_is_for_workers(op))
		epoll_hand(epoll, op);
	else if (op->kind == OP_CONNECT)
		epoll_connect(epoll, op);
	else
		epoll_attempt(epoll, op);
}

static void epoll_cancel(struct ops *ops, struct op *op)
{
	struct epoll *epoll = epoll_of(ops);

	switch ((enum op_state)op->backend.state) {
	case STATE_WAITING:
		list_remove(&op->backend.node);
		epoll_give_up(epoll, op, op_cut_short(op));
		break;
	case STATE_HANDED:
		op->backend.asked = ASKED_CANCEL;
		if (file_client_cancel(&epoll->files, op))
			epoll_finish(epoll, op, op_cut_short(op));
		break;
	default:
		break;
	}
}

static int epoll_look(struct epoll *epoll, const struct timespec *left)
{
	struct epoll_event events[HFT_EPOLL_EVENTS];
	int count = epoll_pwait2(epoll->epoll_fd, events, HFT_EPOLL_EVENTS, left, NULL);

	if (count < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		if (events[i].data.fd == epoll->inbox.event_fd) {
			epoll->is_woken = true;
			epoll_fetch(epoll);
		} else {
			epoll_event(epoll, events[i].data.fd);
		}
	}
	return 0;
}

static int epoll_turn(struct epoll *epoll, uint64_t deadline_ns)
{
	const uint64_t now_ns = clock_boot_ns();
	struct timespec left = {0};

	if (!list_is_empty(&epoll->over) || deadline_ns <= now_ns)
		return epoll_look(epoll, &left);
	if (deadline_ns == UINT64_MAX)
		return epoll_look(epoll, NULL);
	left.tv_sec = (time_t)((deadline_ns - now_ns) / 1000000000u);
	left.tv_nsec = (long)((deadline_ns - now_ns) % 1000000000u);
	return epoll_look(epoll, &left);
}

/* An event that led to nothing is not the end of the waiting. */
static int epoll_wait_for(struct ops *ops, uint64_t deadline_ns)
{
	struct epoll *epoll = epoll_of(ops);
	int error = 0;

	epoll->is_woken = false;
	do {
		error = epoll_turn(epoll, deadline_ns);
	} while (error == 0 && !epoll->is_woken && list_is_empty(&epoll->over) &&
		 clock_boot_ns() < deadline_ns);
	return error;
}

static struct op *epoll_take(struct ops *ops)
{
	struct list_node *node = list_take_first(&epoll_of(ops)->over);
	struct op *op = NULL;

	if (!node)
		return NULL;
	op = list_entry(node, struct op, backend.node);
	op->backend.state = STATE_NONE;
	return op;
}

static uint64_t epoll_now_ns(struct ops *ops)
{
	(void)ops;
	return clock_boot_ns();
}

static uint64_t epoll_wall_ns(struct ops *ops)
{
	(void)ops;
	return clock_wall_ns();
}

static void epoll_wake(struct ops *ops)
{
	inbox_ring(&epoll_of(ops)->inbox);
}

static int epoll_listen(struct ops *ops, const struct net_address *at, int *ret_fd,
			uint16_t *ret_port)
{
	(void)ops;
	return socket_listen(at, SOCK_NONBLOCK, ret_fd, ret_port);
}

static void epoll_close(struct ops *ops, int fd)
{
	struct epoll *epoll = epoll_of(ops);

	epoll_forget(epoll, fd);
	file_client_close(&epoll->files, fd);
}

static void epoll_abort(struct ops *ops, int fd)
{
	struct epoll *epoll = epoll_of(ops);
	struct interest *interest = epoll_find(epoll, fd);

	socket_reset_on_close(fd);
	if (interest)
		epoll_end_all(epoll, interest, -ECANCELED);
	epoll_forget(epoll, fd);
	(void)close(fd);
}

/* The kernel has no use for the slots here; the pool works without. */
static int epoll_register_pool(struct ops *ops, struct buffer_pool *pool)
{
	(void)ops;
	(void)pool;
	return -EOPNOTSUPP;
}

static void epoll_free(struct ops *ops)
{
	struct epoll *epoll = epoll_of(ops);

	assert(list_is_empty(&epoll->over));

	for (unsigned i = 0; i < HFT_EPOLL_PAGES_MAX; i++)
		free(epoll->pages[i]);
	inbox_done(&epoll->inbox);
	fd_close(&epoll->null_fd);
	fd_close(&epoll->epoll_fd);
	free(epoll);
}

static const struct ops_backend backend = {
	.name = "epoll",
	.submit = epoll_submit,
	.cancel = epoll_cancel,
	.wait = epoll_wait_for,
	.take = epoll_take,
	.now_ns = epoll_now_ns,
	.wall_ns = epoll_wall_ns,
	.wake = epoll_wake,
	.listen = epoll_listen,
	.close = epoll_close,
	.abort = epoll_abort,
	.register_pool = epoll_register_pool,
	.free = epoll_free,
};

static int epoll_open(struct epoll *epoll)
{
	struct epoll_event bell = {.events = EPOLLIN, .data.fd = epoll->inbox.event_fd};

	epoll->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (epoll->null_fd < 0)
		return -errno;
	epoll->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll->epoll_fd < 0)
		return -errno;
	if (epoll_ctl(epoll->epoll_fd, EPOLL_CTL_ADD, epoll->inbox.event_fd, &bell) < 0)
		return -errno;
	return 0;
}

int backend_epoll_new(const struct ops_settings *settings, struct ops **ret_ops)
{
	struct epoll *epoll = calloc(1, sizeof(*epoll));
	int error = 0;

	if (!epoll)
		return -ENOMEM;
	epoll->ops.backend = &backend;
	epoll->epoll_fd = -1;
	epoll->null_fd = -1;
	list_init(&epoll->over);
	file_client_init(&epoll->files, settings->workers, &epoll->inbox);
	error = inbox_init(&epoll->inbox);
	if (error == 0)
		error = epoll_open(epoll);
	if (error < 0) {
		epoll_free(&epoll->ops);
		return error;
	}
	*ret_ops = &epoll->ops;
	return 0;
}
