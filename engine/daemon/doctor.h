/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.h -- what this machine, its kernel and this user can do: one line each, with a remedy.
 *
 * It changes nothing and needs no running engine. The line:
 *   WORD NAME: what was seen; what it means; what would enable it
 * WORD is ok, degraded (works, slower or with less) or missing (does not work, or cannot start). */
#ifndef HFT_DAEMON_DOCTOR_H
#define HFT_DAEMON_DOCTOR_H

#include "daemon/arguments.h"

/* Prints the lines to stdout. Returns the exit code: 1 when something is missing. */
int doctor_show(const struct arguments *arguments);

#endif
