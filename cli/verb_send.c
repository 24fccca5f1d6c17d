/* SPDX-License-Identifier: Apache-2.0 */
/* verb_send.c -- hft send PATH HOST[:NAME], hft send FILEID.
 *
 * The file is opened here, as the caller, and the engine gets the descriptor: what the caller may
 * not read is not sent, whatever the engine may. */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "follow.h"

/* What is sent, put together from the arguments. */
struct source {
	int fd;			   /* opened; -1 = the engine opens the definition's */
	char path[HFT_PATH_BYTES]; /* absolute, or "-" */
	char host[HFT_HOST_BYTES]; /* "" = the definition's */
	char name[HFT_NAME_BYTES]; /* "" = the receiver's definition */
	const char *file_id;	   /* NULL = ad hoc */
};

static int fail_open(const char *path, int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return cli_fail(HFT_EXIT_NOT_FOUND, "%s: no such file", path);
	default:
		return cli_fail(HFT_EXIT_FAILED, "cannot read %s: %s", path, strerror(error));
	}
}

/* Refuses what the engine cannot send, before it is asked. */
static int check_type(int fd, const char *path)
{
	struct stat file;

	if (fstat(fd, &file) < 0)
		return fail_open(path, errno);
	if (S_ISDIR(file.st_mode))
		return cli_fail(HFT_EXIT_USAGE,
				"%s is a folder, which this release does not send (send -r comes "
				"later): tar c %s | hft send - HOST:NAME.tar",
				path, path);
	if (!S_ISREG(file.st_mode) && !S_ISFIFO(file.st_mode) && !S_ISSOCK(file.st_mode))
		return cli_fail(HFT_EXIT_USAGE,
				"%s is neither a file nor a pipe: cat %s | hft send - HOST:NAME",
				path, path);
	return HFT_EXIT_DONE;
}

/* Absolute without resolving links: a later reopening shall go the same way. */
static int make_absolute(struct source *source, const char *path)
{
	char folder[HFT_PATH_BYTES] = "";
	int length;

	while (path[0] == '.' && path[1] == '/' && path[2] != '/')
		path += 2;
	if (path[0] != '/' && !getcwd(folder, sizeof(folder)))
		return cli_fail(HFT_EXIT_FAILED, "the folder we are in has no path: %s",
				strerror(errno));
	length = snprintf(source->path, sizeof(source->path), "%s%s%s", folder,
			  folder[0] != '\0' && strcmp(folder, "/") != 0 ? "/" : "", path);
	if (length < 0 || (size_t)length >= sizeof(source->path))
		return cli_fail(HFT_EXIT_USAGE, "the path is longer than %d bytes",
				HFT_PATH_BYTES - 1);
	return HFT_EXIT_DONE;
}

/* Waits for the other end of a FIFO, as reading it would. */
static int open_source(struct source *source, const char *path)
{
	int exit_code;

	if (strcmp(path, "-") == 0) {
		(void)snprintf(source->path, sizeof(source->path), "-");
		source->fd = STDIN_FILENO;
		return check_type(source->fd, "standard input");
	}
	exit_code = make_absolute(source, path);
	if (exit_code != HFT_EXIT_DONE)
		return exit_code;
	source->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (source->fd < 0)
		return fail_open(path, errno);
	return check_type(source->fd, path);
}

/* "tokyo", "tokyo:in/a", "[::1]:in/a". */
static int split_target(struct source *source, const char *target)
{
	const char *end = target[0] == '[' ? strchr(target, ']') : NULL;
	const char *host = end ? target + 1 : target;
	const size_t length = end ? (size_t)(end - host) : strcspn(target, ":");
	const char *rest = end ? end + 1 : target + length;

	if (length == 0 || (rest[0] != '\0' && rest[0] != ':'))
		return cli_fail(HFT_EXIT_USAGE, "%s: not HOST or HOST:NAME", target);
	if (length >= sizeof(source->host))
		return cli_fail(HFT_EXIT_USAGE, "%s: a host has at most %d bytes", target,
				HFT_HOST_BYTES - 1);
	if (rest[0] == ':' && strlen(rest + 1) >= sizeof(source->name))
		return cli_fail(HFT_EXIT_USAGE, "%s: a name has at most %d bytes", target,
				HFT_NAME_BYTES - 1);
	(void)snprintf(source->host, sizeof(source->host), "%.*s", (int)length, host);
	if (rest[0] == ':')
		(void)snprintf(source->name, sizeof(source->name), "%s", rest + 1);
	return HFT_EXIT_DONE;
}

/* Without a name, or with one that ends in a slash, the file keeps its own. */
static int complete_name(struct source *source)
{
	const size_t used = strlen(source->name);
	const char *slash = strrchr(source->path, '/');
	int length;

	if (source->name[0] == '/')
		return cli_fail(
			HFT_EXIT_USAGE,
			"%s: a name is beneath the receiver's folder and does not begin with "
			"a slash",
			source->name);
	if (used > 0 && source->name[used - 1] != '/')
		return HFT_EXIT_DONE;
	if (strcmp(source->path, "-") == 0)
		return cli_fail(HFT_EXIT_USAGE, "standard input has no name: hft send - HOST:NAME");
	length = snprintf(source->name + used, sizeof(source->name) - used, "%s",
			  slash ? slash + 1 : source->path);
	if (length <= 0 || (size_t)length >= sizeof(source->name) - used)
		return cli_fail(HFT_EXIT_USAGE, "%s: no name over there comes of it", source->path);
	return HFT_EXIT_DONE;
}

static int read_ad_hoc(const struct cli *cli, struct source *source)
{
	int exit_code = split_target(source, cli_operand(cli, 1));

	if (cli_option(cli, OPTION_HOST) || cli_option(cli, OPTION_GROUP) ||
	    cli_option(cli, OPTION_FILE))
		return cli_fail(HFT_EXIT_USAGE,
				"--host, --group and --file go with a file id: hft send FILEID");
	if (exit_code == HFT_EXIT_DONE)
		exit_code = open_source(source, cli_operand(cli, 0));
	if (exit_code == HFT_EXIT_DONE)
		exit_code = complete_name(source);
	return exit_code;
}

static int read_by_id(const struct cli *cli, struct source *source)
{
	const char *host = cli_option(cli, OPTION_HOST);
	const char *path = cli_option(cli, OPTION_FILE);

	source->file_id = cli_operand(cli, 0);
	if (strchr(source->file_id, '/'))
		return cli_fail(HFT_EXIT_USAGE, "where to? hft send %s HOST[:NAME]",
				source->file_id);
	if (host && strlen(host) >= sizeof(source->host))
		return cli_fail(HFT_EXIT_USAGE, "%s: a host has at most %d bytes", host,
				HFT_HOST_BYTES - 1);
	if (host)
		(void)snprintf(source->host, sizeof(source->host), "%s", host);
	return path ? open_source(source, path) : HFT_EXIT_DONE;
}

static int send_source(const struct cli *cli, const struct source *source)
{
	const struct hft_send_options options = {
		.path = source->path,
		.host = source->host,
		.group = cli_option(cli, OPTION_GROUP),
		.name = source->name,
		.file_id = source->file_id,
		.priority = (uint16_t)cli_number(cli, OPTION_PRIORITY),
		.detach = arguments_has(cli->arguments, OPTION_DETACH),
		.from_start = arguments_has(cli->arguments, OPTION_FROM_START),
		.lanes = (uint32_t)cli_number(cli, OPTION_LANES),
		.wait_s = (uint32_t)cli_number(cli, OPTION_WAIT),
		.limit_rate_bytes = cli_number(cli, OPTION_LIMIT_RATE),
	};
	const struct follow_options follow = {
		.detach = options.detach,
		.may_cancel = !options.detach,
		.wait_s = options.wait_s,
	};
	struct hft *handle = NULL;
	int exit_code = cli_open(cli, &handle);
	int error;

	if (exit_code != HFT_EXIT_DONE)
		return exit_code;
	follow_hold_signals();
	error = hft_send(handle, &options, source->fd);
	if (error == 0)
		return follow_run(cli, handle, &follow);
	exit_code = cli_fail_handle(handle, error);
	hft_close(handle);
	return exit_code;
}

int verb_send(const struct cli *cli)
{
	struct source source = {.fd = -1};
	int exit_code;

	if (arguments_has(cli->arguments, OPTION_RECURSIVE))
		return cli_fail(
			HFT_EXIT_USAGE,
			"send -r comes later; for now: tar c DIR | hft send - HOST:NAME.tar");
	if (arguments_has(cli->arguments, OPTION_LIMIT_RATE) &&
	    cli_number(cli, OPTION_LIMIT_RATE) == 0)
		return cli_fail(HFT_EXIT_USAGE, "--limit-rate none is for queue change; leave it "
						"out to send without one");
	exit_code = cli_operand(cli, 1) ? read_ad_hoc(cli, &source) : read_by_id(cli, &source);
	if (exit_code == HFT_EXIT_DONE)
		exit_code = send_source(cli, &source);
	if (source.fd > STDERR_FILENO)
		(void)close(source.fd);
	return exit_code;
}
