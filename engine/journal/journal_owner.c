/* SPDX-License-Identifier: Apache-2.0 */
/* journal_owner.c -- the owner file: lock, line of text, epoch. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_OFD_SETLK: a lock of the open file, not of the process */
#endif

#include "journal/journal_owner.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWNER_TEXT_BYTES 256

static uint64_t parse_number(const char *text, const char *name)
{
	const char *found = strstr(text, name);
	uint64_t number = 0;

	if (!found)
		return 0;
	for (found += strlen(name); *found >= '0' && *found <= '9'; found++) {
		if (number > UINT64_MAX / 10 - 1)
			return 0;
		number = 10 * number + (uint64_t)(*found - '0');
	}
	return number;
}

static void parse_word(const char *text, const char *name, char *word, size_t word_bytes)
{
	const char *found = strstr(text, name);
	size_t length;

	word[0] = '\0';
	if (!found)
		return;
	found += strlen(name);
	length = strcspn(found, " \n");
	if (length >= word_bytes)
		length = word_bytes - 1;
	memcpy(word, found, length);
	word[length] = '\0';
}

static int read_owner(int fd, struct journal_owner *ret_owner)
{
	char text[OWNER_TEXT_BYTES];
	ssize_t bytes = pread(fd, text, sizeof(text) - 1, 0);

	if (bytes < 0)
		return -errno;
	text[bytes] = '\0';
	ret_owner->epoch = parse_number(text, "epoch=");
	ret_owner->pid = parse_number(text, "pid=");
	parse_word(text, "boot=", ret_owner->boot_id, sizeof(ret_owner->boot_id));
	parse_word(text, "node=", ret_owner->node, sizeof(ret_owner->node));
	return 0;
}

int journal_owner_lock(const char *path, int *ret_fd, struct journal_owner *ret_previous)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int error = 0;
	int fd;

	assert(path);
	assert(ret_fd);
	assert(ret_previous);

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		error = errno == EACCES || errno == EAGAIN ? -EBUSY : -errno;
	if (error == 0 || error == -EBUSY) {
		int read_error = read_owner(fd, ret_previous);

		if (error == 0)
			error = read_error;
	}
	if (error < 0) {
		(void)close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

int journal_owner_write(int fd, const struct journal_owner *owner)
{
	char text[OWNER_TEXT_BYTES];
	int length;

	assert(fd >= 0);
	assert(owner);

	length = snprintf(text, sizeof(text), "epoch=%" PRIu64 " pid=%" PRIu64 " boot=%s node=%s\n",
			  owner->epoch, owner->pid, owner->boot_id, owner->node);
	if (length < 0 || (size_t)length >= sizeof(text))
		return -EINVAL;
	/* The epoch stands first: a torn write of a line that only grows cannot lower it. */
	if (pwrite(fd, text, (size_t)length, 0) != length)
		return errno ? -errno : -EIO;
	if (ftruncate(fd, length) < 0 || fdatasync(fd) < 0)
		return -errno;
	return 0;
}

int journal_owner_check(const char *path, uint64_t epoch)
{
	struct journal_owner owner = {0};
	int error;
	int fd;

	assert(path);

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	error = read_owner(fd, &owner);
	(void)close(fd);
	if (error < 0)
		return error;
	return owner.epoch > epoch ? -ESTALE : 0;
}

static void read_boot_id(char *boot_id, size_t bytes)
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, boot_id, bytes - 1);

	boot_id[got > 0 ? got : 0] = '\0';
	boot_id[strcspn(boot_id, " \n")] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

void journal_owner_of_process(struct journal_owner *owner, const char *node, uint64_t epoch)
{
	assert(owner);
	assert(node);

	memset(owner, 0, sizeof(*owner));
	owner->epoch = epoch;
	owner->pid = (uint64_t)getpid();
	read_boot_id(owner->boot_id, sizeof(owner->boot_id));
	(void)snprintf(owner->node, sizeof(owner->node), "%s", node);
}
