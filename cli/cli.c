/* SPDX-License-Identifier: Apache-2.0 */
/* cli.c -- see cli.h. */
#define _GNU_SOURCE 1

#include "cli.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/value.h"

#define MS_IN_S	 1000
#define NS_IN_MS 1000000
#define NS_IN_S	 UINT64_C(1000000000)

const char *cli_operand(const struct cli *cli, uint32_t index)
{
	return index + 1 < cli->arguments->operand_count ? cli->arguments->operands[index + 1]
							 : NULL;
}

const char *cli_option(const struct cli *cli, enum option option)
{
	return cli->arguments->text[option];
}

uint64_t cli_number(const struct cli *cli, enum option option)
{
	return cli->arguments->number[option];
}

int cli_fail(int exit_code, const char *format, ...)
{
	char text[2 * HFT_PATH_BYTES];
	char plain[2 * HFT_PATH_BYTES];
	va_list values;

	va_start(values, format);
	(void)vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	(void)fprintf(stderr, "hft: %s\n", value_plain(plain, sizeof(plain), text));
	return exit_code;
}

static int exit_of(int error)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
		return HFT_EXIT_REFUSED;
	case -ENOENT:
	case -ECONNREFUSED:
	case -ENOTDIR:
	case -EPIPE:
		return HFT_EXIT_NO_ENGINE;
	case -EINVAL:
	case -ENAMETOOLONG:
		return HFT_EXIT_USAGE;
	case -ETIMEDOUT:
		return HFT_EXIT_TIMEOUT;
	default:
		return HFT_EXIT_FAILED;
	}
}

int cli_fail_handle(const struct hft *handle, int error)
{
	const char *sentence = hft_sentence(handle);

	return cli_fail(exit_of(error), "%s", sentence[0] != '\0' ? sentence : strerror(-error));
}

int cli_open(const struct cli *cli, struct hft **ret_handle)
{
	struct hft *handle = NULL;
	const int error = hft_open(cli->socket, &handle);
	int exit_code;

	if (error == 0) {
		*ret_handle = handle;
		return HFT_EXIT_DONE;
	}
	exit_code = cli_fail_handle(handle, error);
	hft_close(handle);
	return exit_code;
}

const char *cli_message(const struct hft_end *end)
{
	static const char prefix[] = "hft: ";
	const size_t length = sizeof(prefix) - 1;

	return strncmp(end->message, prefix, length) == 0 ? end->message + length : end->message;
}

static int take_end(const struct hft_end *end, struct hft_end *ret_end)
{
	(void)fflush(stdout);
	if (end->message[0] != '\0')
		(void)cli_fail(0, "%s", cli_message(end));
	if (ret_end)
		*ret_end = *end;
	return end->exit;
}

int cli_take_events(const struct cli *cli, struct hft *handle, int error, cli_print_fn print,
		    struct hft_end *ret_end)
{
	const struct hft_event *event = NULL;

	while (error == 0 || error == -EINTR) {
		error = hft_next_event(handle, -1, &event);
		if (error < 0)
			continue;
		if (event->kind == HFT_EVENT_END)
			return take_end(&event->end, ret_end);
		if (cli->json)
			(void)puts(event->json);
		else if (print)
			print(event);
	}
	return cli_fail_handle(handle, error);
}

uint64_t cli_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * MS_IN_S + (uint64_t)now.tv_nsec / NS_IN_MS;
}

uint64_t cli_wall_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_IN_S + (uint64_t)now.tv_nsec;
}

/* A build folder, or an installation somewhere, has both programs in one place. */
static bool path_beside(char *path, size_t capacity)
{
	static const char name[] = "hft-engine";
	const ssize_t length = readlink("/proc/self/exe", path, capacity - 1);
	char *slash = NULL;

	if (length <= 0)
		return false;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash || (size_t)(slash + 1 - path) + sizeof(name) > capacity)
		return false;
	memcpy(slash + 1, name, sizeof(name));
	return access(path, X_OK) == 0;
}

int cli_become_engine(char *const *texts)
{
	char path[PATH_MAX];

	(void)fflush(stdout);
	if (path_beside(path, sizeof(path)))
		(void)execv(path, texts);
	else
		(void)execvp("hft-engine", texts);
	return cli_fail(errno == ENOENT ? HFT_EXIT_NO_ENGINE : HFT_EXIT_FAILED,
			"hft-engine cannot be run: %s: is it installed beside hft or in $PATH?",
			strerror(errno));
}
