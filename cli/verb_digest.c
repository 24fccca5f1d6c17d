/* SPDX-License-Identifier: Apache-2.0 */
/* verb_digest.c -- hft digest FILE: the engine's file digest, to compare with logs. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "client/value.h"

static void print_digest(const struct cli *cli, const char *path, const char *digest,
			 uint64_t bytes)
{
	char text[6 * HFT_PATH_BYTES];

	if (cli->json)
		(void)printf(
			"{\"event\":\"digest\",\"path\":%s,\"bytes\":%llu,\"digest\":\"%s\"}\n",
			value_json(text, sizeof(text), path), (unsigned long long)bytes, digest);
	else
		(void)printf("%s  %s\n", digest, value_plain(text, sizeof(text), path));
}

int verb_digest(const struct cli *cli)
{
	const char *path = cli_operand(cli, 0);
	const bool is_stdin = strcmp(path, "-") == 0;
	const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char digest[HFT_DIGEST_BYTES];
	uint64_t bytes = 0;
	int error;

	if (fd < 0)
		return cli_fail(errno == ENOENT ? HFT_EXIT_NOT_FOUND : HFT_EXIT_FAILED,
				"cannot read %s: %s", path, strerror(errno));
	error = hft_digest_fd(fd, 0, digest, &bytes);
	if (!is_stdin)
		(void)close(fd);
	if (error < 0)
		return cli_fail(HFT_EXIT_FAILED, "cannot read %s: %s", path, strerror(-error));
	print_digest(cli, path, digest, bytes);
	return HFT_EXIT_DONE;
}
