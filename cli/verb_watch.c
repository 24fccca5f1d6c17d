/* SPDX-License-Identifier: Apache-2.0 */
/* verb_watch.c -- hft watch [ID]: live progress; Ctrl-C leaves and cancels nothing. */

#include "cli.h"
#include "follow.h"

int verb_watch(const struct cli *cli)
{
	const char *id = cli_operand(cli, 0);
	const struct follow_options follow = {
		.wait_s = (uint32_t)cli_number(cli, OPTION_WAIT),
		.id = id,
		.forever = id == NULL,
	};
	struct hft *handle = NULL;
	int exit_code = cli_open(cli, &handle);
	int error;

	if (exit_code != HFT_EXIT_DONE)
		return exit_code;
	follow_hold_signals();
	error = hft_watch(handle, id);
	if (error == 0)
		return follow_run(cli, handle, &follow);
	exit_code = cli_fail_handle(handle, error);
	hft_close(handle);
	return exit_code;
}
