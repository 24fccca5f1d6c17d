/* SPDX-License-Identifier: Apache-2.0 */
/* fd.c -- see fd.h.
 *
 * A sender may attach more descriptors than were asked for, and the room that alignment adds to
 * the control buffer lets a second one in: so all that came are looked at, and all but
 * one are closed. What found no room at all the kernel has closed, and says so. */
#define _GNU_SOURCE 1 /* struct ucred */

#include "host/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void fd_close(int *fd)
{
	int kept = errno;

	assert(fd);

	if (*fd < 0)
		return;
	(void)close(*fd); /* not again after EINTR: Linux has closed it by then */
	*fd = -1;
	errno = kept;
}

int fd_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

ssize_t fd_send_with(int socket, const void *data, size_t count, int fd_to_pass)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = count};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
	ssize_t sent;

	assert(data);
	assert(count > 0); /* a descriptor travels only with a byte */

	if (fd_to_pass >= 0) {
		struct cmsghdr *header = (struct cmsghdr *)control;

		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd_to_pass, sizeof(fd_to_pass));
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
	}
	do {
		sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : sent;
}

/* Keeps the first descriptor of the message in *fd and closes the others. */
static void fd_gather(struct msghdr *message, int *fd)
{
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		size_t bytes = header->cmsg_len - CMSG_LEN(0);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
			int got;

			memcpy(&got, CMSG_DATA(header) + at, sizeof(got));
			if (*fd < 0)
				*fd = got;
			else
				fd_close(&got);
		}
	}
}

ssize_t fd_recv_with(int socket, void *buffer, size_t capacity, int *ret_fd)
{
	struct iovec part = {.iov_base = buffer, .iov_len = capacity};
	alignas(struct cmsghdr) char control[CMSG_SPACE(4 * sizeof(int))];
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int fd = -1;
	ssize_t count;

	assert(buffer && capacity > 0);
	assert(ret_fd);

	do {
		count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return -errno;
	fd_gather(&message, &fd);
	if (message.msg_flags & MSG_CTRUNC) {
		fd_close(&fd);
		return -EPROTO;
	}
	*ret_fd = fd;
	return count;
}

int fd_peer(int socket, uid_t *ret_uid, gid_t *ret_gid, pid_t *ret_pid)
{
	struct ucred peer;
	socklen_t bytes = sizeof(peer);

	assert(ret_uid && ret_gid);
	assert(ret_pid);

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) < 0)
		return -errno;
	*ret_uid = peer.uid;
	*ret_gid = peer.gid;
	*ret_pid = peer.pid;
	return 0;
}
