/* SPDX-License-Identifier: Apache-2.0 */
/* verb_cancel.c -- hft cancel ID [--drop]. */

#include "cli.h"

int verb_cancel(const struct cli *cli)
{
	struct hft *handle = NULL;
	int exit_code = cli_open(cli, &handle);
	int error;

	if (exit_code != HFT_EXIT_DONE)
		return exit_code;
	error = hft_cancel(handle, cli_operand(cli, 0), arguments_has(cli->arguments, OPTION_DROP));
	exit_code = cli_take_events(cli, handle, error, NULL, NULL);
	hft_close(handle);
	return exit_code;
}
