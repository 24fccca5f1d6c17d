/* SPDX-License-Identifier: Apache-2.0 */
/* value.h -- what people type and read: numbers, times, sizes, and texts made harmless.
 *
 * Inside cli/; it is in this folder because it stands on base/, which `hft` itself does not
 * include. No I/O, no clock. Outputs are untouched on failure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Room for the texts below. */
#define VALUE_BYTES 32

/* A whole number within bounds: -EINVAL, -ERANGE. */
HFT_MUST_USE int value_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret_value);

/* Bytes, with k, M or G for powers of 1024: -EINVAL, -ERANGE. */
HFT_MUST_USE int value_bytes(const char *text, uint64_t *ret_bytes);

/* A point in time: "2026-11-21T10:40:00Z", local "2026-11-21" or "2026-11-21 10:40[:00]", or so
 * long before now_ns: "45s", "30m", "2h", "3d". -EINVAL. */
HFT_MUST_USE int value_time(const char *text, uint64_t now_ns, uint64_t *ret_wall_ns);

/* True for 32 hexadecimal digits that are not all 0. */
bool value_is_id(const char *text);

/* "512 B", "1.00 KiB", "98.5 MiB": three digits that count. Returns text. */
const char *value_print_bytes(uint64_t bytes, char text[VALUE_BYTES]);

/* "0.4 s", "10.4 s", "3 min 20 s", "2 h 05 min". Returns text. */
const char *value_print_duration(uint64_t duration_ms, char text[VALUE_BYTES]);

/* "0:05", "12:07", "1:02:03". Returns text. */
const char *value_print_countdown(uint64_t seconds, char text[VALUE_BYTES]);

/* "2026-11-21 10:40:00" in local time, "-" for 0. Returns text. */
const char *value_print_time(uint64_t wall_ns, char text[VALUE_BYTES]);

/* Copies a text for a terminal: control characters, which may come from another host, and bytes
 * that are not UTF-8 become '?'; what does not fit is cut at a character. Returns target. Requires
 * capacity > 0. */
char *value_plain(char *target, size_t capacity, const char *source);

/* Copies a text as a JSON string with its quotes; what is not UTF-8 becomes '?'. Returns target,
 * cut if too small: six bytes for each byte and three more are always enough. */
char *value_json(char *target, size_t capacity, const char *source);

/* The word nearest to what was typed, NULL when none is near enough to be meant. */
const char *value_nearest(const char *typed, const char *const *words, size_t count);
