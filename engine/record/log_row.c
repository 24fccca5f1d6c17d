/* SPDX-License-Identifier: Apache-2.0 */
/* log_row.c -- what is computed from a log record instead of being stored in it. */

#include "record/log_row.h"

#include <assert.h>

uint64_t log_row_rate(const struct log_row *row)
{
	uint64_t length_ns;

	assert(row);

	if (row->ended_wall_ns <= row->started_wall_ns)
		return 0;
	length_ns = row->ended_wall_ns - row->started_wall_ns;
	return (uint64_t)((unsigned __int128)row->bytes_moved * 1000000000U / length_ns);
}
