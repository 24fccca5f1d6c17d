/* SPDX-License-Identifier: Apache-2.0 */
/* socket_call.h -- the socket and pipe calls that both kernel backends make the same way.
 *
 * Short calls that never wait. No ops and no lists in here.
 * Its one idea: an option that all our connections need is set in one place, with its reason. */
#pragma once

#include <stdint.h>

#include "base/compiler.h"

struct net_address;

/* A stream socket for dialing `to`, close-on-exec, without Nagle. `flags` may add
 * SOCK_NONBLOCK. Returns the descriptor or a negative errno. */
HFT_MUST_USE int socket_for(const struct net_address *to, int flags);

/* What socket_for() does to a socket it makes, for one that was accepted. Harmless for a socket
 * that is not TCP. */
void socket_settle(int fd);

/* Listens on `at`; `flags` may add SOCK_NONBLOCK. Gives descriptor and port, or a negative errno
 * with both untouched. */
HFT_MUST_USE int socket_listen(const struct net_address *at, int flags, int *ret_fd,
			       uint16_t *ret_port);

/* How a connect that was under way has ended: 0 or a negative errno. */
HFT_MUST_USE int socket_outcome(int fd);

/* Makes the last close of `fd` a reset that drops whatever is not acknowledged, so that the
 * kernel lets go of our memory at once (kernel.md K10). Harmless for other descriptors. */
void socket_reset_on_close(int fd);

/* Drops up to `bytes` that lie in a pipe, without copying. Returns how many, 0 at the end of the
 * stream, -EAGAIN when it is empty. `null_fd` is /dev/null. */
HFT_MUST_USE int64_t pipe_drop(int fd, int null_fd, uint64_t bytes);
