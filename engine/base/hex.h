/* SPDX-License-Identifier: Apache-2.0 */
/* hex.h -- bytes as hexadecimal digits, for identities, digests and fingerprints.
 *
 * Prints lower case, reads both cases, and reads nothing but digits: no 0x, no blanks. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Prints 2 * count digits and NUL to `text`, which has room for 2 * count + 1 bytes. */
void hex_print(const void *data, size_t count, char *text);

/* Reads exactly 2 * count digits and the end of the text. -EINVAL, with ret_data untouched, for
 * anything else. */
HFT_MUST_USE int hex_parse(const char *text, size_t count, void *ret_data);
