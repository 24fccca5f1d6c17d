/* SPDX-License-Identifier: Apache-2.0 */
/* host_file.c -- see host_file.h. */
#define _GNU_SOURCE 1

#include "host_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FINGERPRINT_PREFIX "SHA256:"
#define FINGERPRINT_DIGITS 43 /* base64 of 32 bytes, without the padding */
#define FILE_MODE	   0644
#define FOLDER_MODE	   0755
#define SYSTEM_CONFIG	   "/etc/hft/hft.conf"

/* ---- what ------------------------------------------------------------------------ */

static bool is_all_of(const char *text, const char *allowed)
{
	return text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

const char *host_entry_complaint(const struct host_entry *entry)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char allowed[sizeof(letters) + 24];
	const size_t prefix = strlen(FINGERPRINT_PREFIX);

	(void)snprintf(allowed, sizeof(allowed), "%s0123456789._-", letters);
	if (!is_all_of(entry->name, allowed) || entry->name[0] == '.' || entry->name[0] == '-' ||
	    strlen(entry->name) >= HFT_HOST_BYTES)
		return "the name: letters, digits, dots, dashes and underscores, at most 63";
	(void)snprintf(allowed, sizeof(allowed), "%s0123456789.:-_,%% []", letters);
	if (!is_all_of(entry->address, allowed) ||
	    strlen(entry->address) >= HFT_CONTROL_ADDRESSES_BYTES)
		return "the address: host names or addresses, several with commas";
	(void)snprintf(allowed, sizeof(allowed), "%s0123456789+/", letters);
	if (strncmp(entry->fingerprint, FINGERPRINT_PREFIX, prefix) != 0 ||
	    strlen(entry->fingerprint + prefix) != FINGERPRINT_DIGITS ||
	    !is_all_of(entry->fingerprint + prefix, allowed))
		return "the fingerprint: SHA256: and 43 characters, as `hft identity` prints it "
		       "there";
	return NULL;
}

/* ---- where ----------------------------------------------------------------------- */

static int print_path(char *path, size_t capacity, const char *first, const char *second)
{
	const int length = snprintf(path, capacity, "%s%s", first, second);

	return length < 0 || (size_t)length >= capacity ? -ENAMETOOLONG : 0;
}

static int find_config(const char *config, char *path, size_t capacity)
{
	const char *chosen = config ? config : getenv("HFT_CONFIG");
	const char *home = getenv("HOME");
	int error;

	if (chosen && chosen[0] != '\0')
		return print_path(path, capacity, chosen, "");
	if (geteuid() == 0 || !home || home[0] != '/')
		return print_path(path, capacity, SYSTEM_CONFIG, "");
	error = print_path(path, capacity, home, "/.config/hft/hft.conf");
	/* The system's is read only where the user has none. */
	if (error == 0 && access(path, F_OK) < 0 && access(SYSTEM_CONFIG, F_OK) == 0)
		return print_path(path, capacity, SYSTEM_CONFIG, "");
	return error;
}

int host_file_folder(const char *config, char *folder, size_t capacity)
{
	char path[HFT_PATH_BYTES];
	char *slash = NULL;
	int error = find_config(config, path, sizeof(path));

	if (error < 0)
		return error;
	slash = strrchr(path, '/');
	if (!slash)
		return print_path(folder, capacity, "conf.d", "");
	slash[1] = '\0';
	return print_path(folder, capacity, path, "conf.d");
}

/* Makes the folder, and those above it that are missing. */
static int make_folders(const char *folder)
{
	char path[HFT_PATH_BYTES];
	int error = print_path(path, sizeof(path), folder, "");

	for (char *at = path + 1; error == 0 && *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(path, FOLDER_MODE) < 0 && errno != EEXIST)
			error = -errno;
		*at = '/';
	}
	if (error == 0 && mkdir(path, FOLDER_MODE) < 0 && errno != EEXIST)
		error = -errno;
	return error;
}

/* ---- writing --------------------------------------------------------------------- */

static int write_entry(int fd, const struct host_entry *entry)
{
	char text[2 * HFT_CONTROL_ADDRESSES_BYTES];
	const int length = snprintf(text, sizeof(text),
				    "# Written by `hft host add`.\n[host %s]\naddress      = "
				    "%s\nfingerprint  = %s\n",
				    entry->name, entry->address, entry->fingerprint);
	ssize_t written;

	if (length < 0 || (size_t)length >= sizeof(text))
		return -ENAMETOOLONG;
	written = write(fd, text, (size_t)length);
	if (written != length)
		return written < 0 ? -errno : -ENOSPC;
	return fsync(fd) < 0 ? -errno : 0;
}

/* Gives the file its name, unless there is one of that name. */
static int publish(int folder_fd, const char *hidden, const char *name)
{
	if (renameat2(folder_fd, hidden, folder_fd, name, RENAME_NOREPLACE) < 0)
		return -errno;
	return fsync(folder_fd) < 0 ? -errno : 0;
}

static int write_file(int folder_fd, const struct host_entry *entry)
{
	char name[HFT_HOST_BYTES + 8];
	char hidden[HFT_HOST_BYTES + 32];
	int error;
	int fd;

	(void)snprintf(name, sizeof(name), "%s.conf", entry->name);
	if (faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	(void)snprintf(hidden, sizeof(hidden), ".%s.%ld", entry->name, (long)getpid());
	fd = openat(folder_fd, hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd < 0)
		return -errno;
	error = write_entry(fd, entry);
	(void)close(fd);
	if (error == 0)
		error = publish(folder_fd, hidden, name);
	if (error < 0)
		(void)unlinkat(folder_fd, hidden, 0);
	return error;
}

int host_file_write(const char *folder, const struct host_entry *entry, char *ret_path,
		    size_t capacity)
{
	char path[HFT_PATH_BYTES];
	int length;
	int error;
	int fd;

	assert(!host_entry_complaint(entry));

	length = snprintf(path, sizeof(path), "%s/%s.conf", folder, entry->name);
	if (length < 0 || (size_t)length >= sizeof(path) || (size_t)length >= capacity)
		return -ENAMETOOLONG;
	error = make_folders(folder);
	if (error < 0)
		return error;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = write_file(fd, entry);
	(void)close(fd);
	if (error == 0)
		(void)snprintf(ret_path, capacity, "%s", path);
	return error;
}
