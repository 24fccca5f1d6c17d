/* SPDX-License-Identifier: Apache-2.0 */
/* text.h -- texts in buffers of fixed size, whole or not at all.
 *
 * What it is: copy and format that refuse what does not fit, and what must be known of UTF-8 to
 * cut a text without breaking a character. What it is not: a string type. A text is
 * never cut silently, because a cut path names another file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Copies `source` with its NUL. -ENAMETOOLONG, with `target` untouched, when it does not fit
 * `capacity` bytes. The two may be the same, but not overlap otherwise. */
HFT_MUST_USE int text_copy(char *target, size_t capacity, const char *source);

/* Formats like printf. -ENAMETOOLONG, with `target` untouched, when the result with its NUL does
 * not fit `capacity` bytes or HFT_TEXT_FORMAT_BYTES. `target` may be an argument. */
HFT_MUST_USE int text_format(char *target, size_t capacity, const char *format, ...)
	HFT_PRINTF(3, 4);

/* True when the bytes are UTF-8 in its shortest form, without surrogates and nothing above
 * U+10FFFF. NUL is a character like any other. `text` may be NULL when `count` is 0. */
bool text_is_utf8(const char *text, size_t count);

/* Cuts the text to at most `most_bytes` bytes without its NUL, at a character boundary: never
 * between the bytes of one character. Text that is not UTF-8 is cut too, at most three bytes
 * shorter than wanted. */
void text_shorten_utf8(char *text, size_t most_bytes);
