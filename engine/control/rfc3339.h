/* SPDX-License-Identifier: Apache-2.0 */
/* rfc3339.h -- wall times as text: 2026-11-21T10:40:00.123Z.
 *
 * Always UTC, always milliseconds when printed; what is finer is lost. Not a clock. */
#pragma once

#include <stdint.h>

#include "base/compiler.h"

#define RFC3339_BYTES 25 /* "2026-11-21T10:40:00.123Z" and NUL */

/* Prints nanoseconds since 1970; every value has four digits of a year. */
void rfc3339_print(uint64_t wall_ns, char text[static RFC3339_BYTES]);

/* Reads what rfc3339_print() prints, also without the fraction or with one to nine digits.
 * -EINVAL, with *ret_wall_ns untouched, for anything else, also times before 1970, after
 * 2554 and leap seconds. */
HFT_MUST_USE int rfc3339_parse(const char *text, uint64_t *ret_wall_ns);
