/* SPDX-License-Identifier: Apache-2.0 */
/* control_socket.h -- the file of the control socket, and who is at its other end.
 *
 * What control_server.h promises about the path and about who may ask, without clients and
 * requests. Its calls may wait for a name service. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <hft/limits.h>

#include "base/compiler.h"
#include "daemon/control_server.h"

/* A listening socket and the file that stands for it. */
struct control_socket {
	int fd;		/* listens, non-blocking; -1 = none */
	dev_t device;	/* of the file, to know it again */
	ino_t inode;	/* of the file */
	char path[108]; /* of the file; as long as the kernel allows */
};

/* Who may ask. */
struct control_rule {
	bool has_group; /* group counts */
	gid_t group;	/* members may ask */
	uid_t own;	/* our user */
};

/* Makes the folder if it is missing, replaces a file that nobody answers at, listens with mode 0660
 * and the group of the rule. Errors as in control_server_new(), with a sentence. */
HFT_MUST_USE int control_socket_open(const char *path, const struct control_rule *rule,
				     struct control_socket *ret_socket,
				     char sentence[HFT_SENTENCE_BYTES]);

/* Removes the file if it is still the same. The descriptor stays open: whoever polls it closes it.
 */
void control_socket_remove(const struct control_socket *socket);

/* Our user, and the group if there is one of that name; "" = none. False when a name was given
 * and there is no such group. */
bool control_rule_init(struct control_rule *rule, const char *group);

/* Who is at the other end of a connected socket, with its name. 0 or a negative errno. */
HFT_MUST_USE int control_peer(int fd, const struct control_rule *rule,
			      struct control_credentials *ret_who);

/* True when that peer may ask: root, our user, or a process in the group, as it was when it
 * connected. */
bool control_peer_may_ask(int fd, const struct control_rule *rule,
			  const struct control_credentials *who);
