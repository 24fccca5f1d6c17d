/* SPDX-License-Identifier: Apache-2.0 */
/* socket_call.c -- see socket_call.h. */
#define _GNU_SOURCE
#include "io/socket_call.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <hft/limits.h>

#include "io/address.h"

/* More than a pipe can hold where we may not ask for more (kernel.md K3). */
#define PIPE_DROP_BYTES ((uint64_t)1 << 20)

void socket_settle(int fd)
{
	const int on = 1;

	/* Frames are sent whole: Nagle would only hold back the last segment of each. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int socket_for(const struct net_address *to, int flags)
{
	int fd = -1;

	if (to->bytes == 0)
		return -EDESTADDRREQ;
	fd = socket(to->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0)
		return -errno;
	socket_settle(fd);
	return fd;
}

/* IPv6 alone: "0.0.0.0" and "::" are then two listeners on one port, and no peer shows up as
 * ::ffff:10.0.0.1. REUSEADDR: connections of a former life must not keep us from starting. */
static int listen_at(int fd, const struct net_address *at)
{
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (at->storage.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&at->storage, at->bytes) < 0)
		return -errno;
	return listen(fd, HFT_LISTEN_BACKLOG) < 0 ? -errno : 0;
}

int socket_listen(const struct net_address *at, int flags, int *ret_fd, uint16_t *ret_port)
{
	struct net_address bound = {.bytes = sizeof(bound.storage)};
	int error = 0;
	int fd = socket_for(at, flags);

	if (fd < 0)
		return fd;
	error = listen_at(fd, at);
	if (error == 0 && getsockname(fd, (struct sockaddr *)&bound.storage, &bound.bytes) < 0)
		error = -errno;
	if (error < 0) {
		(void)close(fd);
		return error;
	}
	*ret_fd = fd;
	*ret_port = net_address_port(&bound);
	return 0;
}

int socket_outcome(int fd)
{
	int error = 0;
	socklen_t bytes = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &bytes) < 0)
		return -errno;
	return -error;
}

void socket_reset_on_close(int fd)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

int64_t pipe_drop(int fd, int null_fd, uint64_t bytes)
{
	ssize_t count = 0;

	if (bytes > PIPE_DROP_BYTES)
		bytes = PIPE_DROP_BYTES;
	do {
		count = splice(fd, NULL, null_fd, NULL, (size_t)bytes, SPLICE_F_NONBLOCK);
	} while (count < 0 && errno == EINTR);
	return count < 0 ? -errno : count;
}
