/* SPDX-License-Identifier: Apache-2.0 */
/* parse.h -- numbers and words that people write in configuration and on command lines.
 *
 * What it is: strict: the whole text or nothing, no blanks, no sign, no guess at a base. What
 * it is not: a message; the caller knows which key it was and quotes the text. Outputs
 * are untouched on failure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

/* Decimal digits only. -EINVAL for anything else (also the empty text), -ERANGE when the number
 * does not fit. */
HFT_MUST_USE int parse_u64(const char *text, uint64_t *ret_value);

/* The same; -ERANGE also when outside [least, most]. Requires least <= most. */
HFT_MUST_USE int parse_u64_between(const char *text, uint64_t least, uint64_t most,
				   uint64_t *ret_value);

/* A number of bytes: digits, then nothing, k, M or G (also K, m, g) for powers of 1024, because
 * that is how files, buffers and memory are counted; 1M is 1048576. -EINVAL, -ERANGE. */
HFT_MUST_USE int parse_bytes(const char *text, uint64_t *ret_bytes);

/* The words yes and no, as in the configuration. -EINVAL for anything else. */
HFT_MUST_USE int parse_bool(const char *text, bool *ret_value);

/* File permissions: octal digits, with or without a leading 0. -EINVAL for anything else, -ERANGE
 * above 07777. */
HFT_MUST_USE int parse_octal(const char *text, uint32_t *ret_mode);
