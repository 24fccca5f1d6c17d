/* SPDX-License-Identifier: Apache-2.0 */
/* control_socket.c -- see control_socket.h.
 *
 * The groups of a peer are those its process had when it connected (SO_PEERGROUPS, Linux 4.13):
 * no list of members is asked for, so no name service can let somebody in, and `newgrp` and
 * containers mean what they mean for files. Only the user's name comes from one. */
#define _GNU_SOURCE 1 /* SO_PEERGROUPS, accept4 */

#include "daemon/control_socket.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "host/fd.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

#define SOCKET_MODE   0660  /* of the file: our user, and the group */
#define FOLDER_MODE   0755  /* members of the group must reach the socket */
#define BACKLOG	      64    /* callers that the kernel holds */
#define NAME_BYTES    16384 /* what a name service may need for one entry */
#define GROUPS_ENOUGH 256   /* groups of a process; more take an allocation */

/* ---- the file ------------------------------------------------------------------- */

static int fail(char sentence[HFT_SENTENCE_BYTES], int error, const char *path, const char *what)
{
	if (text_format(sentence, HFT_SENTENCE_BYTES, "control socket %s: %s: %s", path, what,
			strerror(-error)) < 0)
		sentence[0] = '\0';
	return error;
}

static int address_of(const char *path, struct sockaddr_un *ret_address)
{
	memset(ret_address, 0, sizeof(*ret_address));
	ret_address->sun_family = AF_UNIX;
	return text_copy(ret_address->sun_path, sizeof(ret_address->sun_path), path);
}

/* One level: what is above belongs to the system. */
static int make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash = NULL;

	if (text_copy(folder, sizeof(folder), path) < 0)
		return -ENAMETOOLONG;
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return 0;
	*slash = '\0';
	if (mkdir(folder, FOLDER_MODE) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

/* -EADDRINUSE when somebody answers, 0 when nobody does. A full line of callers is an answer. */
static int ask_for_life(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		error = errno;
	fd_close(&fd);
	if (error == ECONNREFUSED || error == ENOENT)
		return 0;
	return error == 0 || error == EAGAIN ? -EADDRINUSE : -error;
}

/* Takes away what a dead engine left, and nothing else. */
static int clear_way(const struct sockaddr_un *address, char sentence[HFT_SENTENCE_BYTES])
{
	const char *path = address->sun_path;
	struct stat found;
	int error;

	if (lstat(path, &found) < 0)
		return errno == ENOENT ? 0 : fail(sentence, -errno, path, "cannot be looked at");
	if (!S_ISSOCK(found.st_mode))
		return fail(sentence, -EEXIST, path, "something else stands in the way");
	error = ask_for_life(address);
	if (error == -EADDRINUSE)
		return fail(sentence, error, path, "an engine answers there already");
	if (error < 0)
		return fail(sentence, error, path, "cannot tell whether an engine is there");
	if (unlink(path) < 0 && errno != ENOENT)
		return fail(sentence, -errno, path, "the old one cannot be removed");
	return 0;
}

/* The file gets its mode from the descriptor, less the umask, so it is never more open than
 * wanted; the rest is added behind. */
static int bind_file(int fd, const struct sockaddr_un *address, const struct control_rule *rule)
{
	if (fchmod(fd, SOCKET_MODE) < 0 ||
	    bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	/* Without the right to give it to the group the members stay outside: that is safe, and
	 * what running as another user without that group means. */
	if (rule->has_group && chown(address->sun_path, (uid_t)-1, rule->group) < 0 &&
	    errno != EPERM)
		return -errno;
	if (chmod(address->sun_path, SOCKET_MODE) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return 0;
}

int control_socket_open(const char *path, const struct control_rule *rule,
			struct control_socket *ret_socket, char sentence[HFT_SENTENCE_BYTES])
{
	struct control_socket made = {.fd = -1};
	struct sockaddr_un address;
	struct stat file;
	int error = 0;

	assert(path);
	assert(rule);
	assert(ret_socket);
	static_assert(sizeof(made.path) == sizeof(address.sun_path), "as long as the kernel's");

	if (address_of(path, &address) < 0 || text_copy(made.path, sizeof(made.path), path) < 0)
		return fail(sentence, -ENAMETOOLONG, path, "107 bytes are the most");
	error = make_folder(path);
	if (error < 0)
		return fail(sentence, error, path, "its folder cannot be made");
	error = clear_way(&address, sentence);
	if (error < 0)
		return error;
	made.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	error = made.fd < 0 ? -errno : bind_file(made.fd, &address, rule);
	if (error == 0 && lstat(path, &file) < 0)
		error = -errno;
	if (error < 0) {
		fd_close(&made.fd);
		return fail(sentence, error, path, "cannot listen");
	}
	made.device = file.st_dev;
	made.inode = file.st_ino;
	*ret_socket = made;
	return 0;
}

void control_socket_remove(const struct control_socket *socket)
{
	struct stat file;

	assert(socket);

	if (lstat(socket->path, &file) == 0 && file.st_dev == socket->device &&
	    file.st_ino == socket->inode)
		(void)unlink(socket->path); /* a left file would be replaced at the next start */
}

/* ---- who ------------------------------------------------------------------------ */

bool control_rule_init(struct control_rule *rule, const char *group)
{
	char text[NAME_BYTES];
	struct group entry;
	struct group *found = NULL;

	assert(rule);
	assert(group);

	memset(rule, 0, sizeof(*rule));
	rule->own = geteuid();
	if (group[0] == '\0')
		return true;
	if (getgrnam_r(group, &entry, text, sizeof(text), &found) != 0 || !found)
		return false;
	rule->has_group = true;
	rule->group = entry.gr_gid;
	return true;
}

static void name_of(uid_t uid, char *name, size_t capacity)
{
	char text[NAME_BYTES];
	struct passwd entry;
	struct passwd *found = NULL;

	if (getpwuid_r(uid, &entry, text, sizeof(text), &found) == 0 && found &&
	    text_is_utf8(found->pw_name, strlen(found->pw_name)) &&
	    text_copy(name, capacity, found->pw_name) == 0)
		return;
	(void)snprintf(name, capacity, "%lu", (unsigned long)uid);
}

int control_peer(int fd, const struct control_rule *rule, struct control_credentials *ret_who)
{
	struct control_credentials who = {0};
	int error;

	assert(rule);
	assert(ret_who);

	error = fd_peer(fd, &who.uid, &who.gid, &who.pid);
	if (error < 0)
		return error;
	who.privileged = who.uid == 0 || who.uid == rule->own;
	name_of(who.uid, who.name, sizeof(who.name));
	*ret_who = who;
	return 0;
}

static bool has_group(const gid_t *groups, size_t bytes, gid_t wanted)
{
	for (size_t i = 0; i < bytes / sizeof(*groups); i++) {
		if (groups[i] == wanted)
			return true;
	}
	return false;
}

static bool peer_is_member(int fd, gid_t wanted)
{
	gid_t few[GROUPS_ENOUGH];
	gid_t *many = NULL;
	socklen_t bytes = sizeof(few);
	bool is_member = false;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, few, &bytes) == 0)
		return has_group(few, bytes, wanted);
	if (errno != ERANGE) /* then bytes says how many there are */
		return false;
	many = malloc(bytes);
	if (many && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, many, &bytes) == 0)
		is_member = has_group(many, bytes, wanted);
	free(many);
	return is_member;
}

bool control_peer_may_ask(int fd, const struct control_rule *rule,
			  const struct control_credentials *who)
{
	if (who->privileged)
		return true;
	if (!rule->has_group)
		return false;
	return who->gid == rule->group || peer_is_member(fd, rule->group);
}
