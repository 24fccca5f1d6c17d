/* SPDX-License-Identifier: Apache-2.0 */
/* id.h -- 16 random bytes that name a transfer, or that prove who somebody is (a token).
 *
 * What it is: compare, print, read. What it is not: where they come from; that is
 * secret_random() in host/. Sixteen zero bytes are "no id" and never given to anything. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

#define ID_TEXT_BYTES 33 /* 32 hexadecimal digits and NUL */

struct id {
	uint8_t bytes[16]; /* random; all zero: no id */
};

/* True when both are the same. */
bool id_equal(const struct id *a, const struct id *b);

/* The same for tokens: the time does not tell how many bytes agreed. */
bool id_equal_secret(const struct id *a, const struct id *b);

/* True when this is no id. */
bool id_is_zero(const struct id *id);

/* Prints 32 lower-case hexadecimal digits and NUL. */
void id_print(const struct id *id, char text[static ID_TEXT_BYTES]);

/* Reads what id_print() prints, capitals too. -EINVAL, with *ret_id untouched, for anything
 * else. Sixteen zero bytes are read like any other. */
HFT_MUST_USE int id_parse(const char *text, struct id *ret_id);
