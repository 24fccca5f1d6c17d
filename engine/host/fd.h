/* SPDX-License-Identifier: Apache-2.0 */
/* fd.h -- descriptors: close them, hand them over, ask who is at the other end.
 *
 * What it is: the calls around descriptors that are easy to get wrong. What it is not: I/O of
 * files and connections; that is io/. -1 is "no descriptor" everywhere. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "base/compiler.h"

/* Closes *fd and makes it -1; nothing happens when it is -1 already. Keeps errno. A failure of
 * close() is not told: whoever needs the data on disk has called fsync. */
void fd_close(int *fd);

/* Makes reading and writing return -EAGAIN instead of waiting. 0 or a negative errno. */
HFT_MUST_USE int fd_set_nonblocking(int fd);

/* Sends up to `count` bytes over a Unix socket, with the descriptor `fd_to_pass`, or without
 * when it is -1. Returns the bytes sent, which may be fewer; the descriptor has gone when any byte
 * has. -EAGAIN: nothing was sent. Never raises SIGPIPE. Requires count > 0. The
 * descriptor stays open here. */
HFT_MUST_USE ssize_t fd_send_with(int socket, const void *data, size_t count, int fd_to_pass);

/* Receives up to `capacity` bytes from a Unix socket. *ret_fd becomes the descriptor that came with
 * them, close-on-exec and now the caller's, or -1. More descriptors than one are closed.
 * Returns the bytes, 0 at the end of the stream, or a negative errno with *ret_fd
 * untouched. -EPROTO: ancillary data did not fit; everything that came was closed. */
HFT_MUST_USE ssize_t fd_recv_with(int socket, void *buffer, size_t capacity, int *ret_fd);

/* Who connected (or made) the other end of a Unix socket, as the kernel saw it then. 0 or a
 * negative errno with the outputs untouched. */
HFT_MUST_USE int fd_peer(int socket, uid_t *ret_uid, gid_t *ret_gid, pid_t *ret_pid);
