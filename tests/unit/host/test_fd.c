/* SPDX-License-Identifier: Apache-2.0 */
/* test_fd.c -- descriptors travel through a socket, and none is left behind. */
#define _GNU_SOURCE 1 /* pipe2() */

#include "host/fd.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Descriptors this process has open. */
static int open_count(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = 0;

	cr_assert_not_null(folder);
	while (readdir(folder))
		count++;
	(void)closedir(folder);
	return count;
}

static void new_pair(int pair[2])
{
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
}

Test(fd, closing_makes_it_no_descriptor_and_keeps_errno)
{
	int before = open_count();
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int broken = 1 << 20;

	cr_assert_geq(fd, 0);
	fd_close(&fd);
	cr_assert_eq(fd, -1);
	cr_assert_eq(open_count(), before);
	fd_close(&fd);
	errno = ENOSPC;
	fd_close(&broken);
	cr_assert_eq(errno, ENOSPC);
}

Test(fd, nonblocking_reading_does_not_wait, .timeout = 10)
{
	int ends[2];
	char byte;

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	cr_assert_eq(fd_set_nonblocking(ends[0]), 0);
	cr_assert_eq(read(ends[0], &byte, 1), -1);
	cr_assert_eq(errno, EAGAIN);
	cr_assert_eq(fd_set_nonblocking(1 << 20), -EBADF);
}

Test(fd, a_descriptor_comes_with_its_bytes)
{
	int before = open_count();
	int ends[2], pair[2];
	int got = -7;
	struct stat sent_status, got_status;
	char bytes[8] = "";

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	new_pair(pair);
	cr_assert_eq(fd_send_with(pair[0], "hello", 5, ends[0]), 5);
	cr_assert_eq(fd_recv_with(pair[1], bytes, sizeof(bytes), &got), 5);
	cr_assert_str_eq(bytes, "hello");
	cr_assert_geq(got, 0);
	cr_assert_neq(got, ends[0]);
	cr_assert_eq(fstat(ends[0], &sent_status), 0);
	cr_assert_eq(fstat(got, &got_status), 0);
	cr_assert_eq(sent_status.st_ino, got_status.st_ino);
	cr_assert(fcntl(got, F_GETFD) & FD_CLOEXEC);

	fd_close(&got);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	fd_close(&pair[0]);
	fd_close(&pair[1]);
	cr_assert_eq(open_count(), before);
}

Test(fd, bytes_without_a_descriptor_bring_none)
{
	int pair[2];
	int got = -7;
	char bytes[8];

	new_pair(pair);
	cr_assert_eq(fd_send_with(pair[0], "hello", 5, -1), 5);
	cr_assert_eq(fd_recv_with(pair[1], bytes, sizeof(bytes), &got), 5);
	cr_assert_eq(got, -1);
}

Test(fd, the_end_of_the_stream_and_an_error_are_told_apart)
{
	int pair[2];
	int got = -7;
	char bytes[8];

	new_pair(pair);
	cr_assert_eq(fd_set_nonblocking(pair[1]), 0);
	cr_assert_eq(fd_recv_with(pair[1], bytes, sizeof(bytes), &got), -EAGAIN);
	cr_assert_eq(got, -7);
	fd_close(&pair[0]);
	cr_assert_eq(fd_recv_with(pair[1], bytes, sizeof(bytes), &got), 0);
	cr_assert_eq(got, -1);
	cr_assert_eq(fd_send_with(pair[1], "a", 1, -1), -EPIPE);
}

/* Sends one byte with `count` descriptors, as a stranger might. */
static void send_many(int socket, int fd, size_t count)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))] = {0};
	struct iovec part = {.iov_base = (char[]){'x'}, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(count * sizeof(int)),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	cr_assert_leq(count, 16);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	for (size_t i = 0; i < count; i++)
		memcpy(CMSG_DATA(header) + i * sizeof(int), &fd, sizeof(int));
	cr_assert_eq(sendmsg(socket, &message, 0), 1);
}

Test(fd, of_several_descriptors_one_is_kept_and_the_others_are_closed)
{
	int pair[2];
	int before;
	int got = -7;
	char bytes[8];

	new_pair(pair);
	before = open_count();
	for (size_t count = 2; count <= 4; count++) {
		send_many(pair[0], pair[0], count);
		cr_assert_eq(fd_recv_with(pair[1], bytes, sizeof(bytes), &got), 1);
		cr_assert_geq(got, 0);
		cr_assert_eq(open_count(), before + 1);
		fd_close(&got);
	}
}

Test(fd, too_many_descriptors_are_refused_and_all_closed)
{
	int pair[2];
	int before;
	int got = -7;
	char bytes[8];

	new_pair(pair);
	before = open_count();
	send_many(pair[0], pair[0], 16);
	cr_assert_eq(fd_recv_with(pair[1], bytes, sizeof(bytes), &got), -EPROTO);
	cr_assert_eq(got, -7);
	cr_assert_eq(open_count(), before);
}

Test(fd, the_peer_of_our_own_pair_is_ourselves)
{
	int pair[2];
	uid_t uid = (uid_t)-1;
	gid_t gid = (gid_t)-1;
	pid_t pid = -1;

	new_pair(pair);
	cr_assert_eq(fd_peer(pair[0], &uid, &gid, &pid), 0);
	cr_assert_eq(uid, getuid());
	cr_assert_eq(gid, getgid());
	cr_assert_eq(pid, getpid());
}

Test(fd, what_is_no_socket_has_no_peer)
{
	uid_t uid = 7;
	gid_t gid = 7;
	pid_t pid = 7;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	cr_assert_eq(fd_peer(fd, &uid, &gid, &pid), -ENOTSOCK);
	cr_assert_eq(uid, 7);
}
