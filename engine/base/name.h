/* SPDX-License-Identifier: Apache-2.0 */
/* name.h -- which file names we take from the other side, and how our helpers' names are made.
 *
 * What it is: rules about text. What it is not: protection by itself: a safe path may still
 * lead through a symbolic link, which the one function that resolves paths refuses.
 * A component is what stands between two slashes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/id.h"

/* True for a component that may become a file: not empty, not "." or "..", at most 255 bytes,
 * valid UTF-8, no slash, no control character (U+0000..U+001F, U+007F..U+009F: they would
 * break lines of logs and lists). */
bool name_is_safe(const char *name);

/* True for a path whose components are all safe: so not absolute, no empty component, no
 * trailing slash. At most HFT_PATH_DEPTH_MAX components. */
bool name_relative_is_safe(const char *path);

/* Makes the name of the part file, ".NAME.TRANSFERID.part". NAME is shortened, at a character, so
 * that the whole has at most 255 bytes: the transfer id identifies the file, never NAME
 * (D-301). -ENAMETOOLONG, with `target` untouched, when `capacity` is too small for that.
 * Requires a safe name. */
HFT_MUST_USE int name_part(char *target, size_t capacity, const char *name, const struct id *id);

/* True for a path whose last component has the form of such a name, whatever its ending: a dot, a
 * name, a dot, 32 hexadecimal digits, a dot, an ending. No file is received under one, since it
 * could be somebody else's part file. */
bool name_is_helper(const char *path);

/* The same as name_part() with another ending instead of "part", such as "snap" or "csv.part". */
HFT_MUST_USE int name_helper(char *target, size_t capacity, const char *name, const struct id *id,
			     const char *ending);
