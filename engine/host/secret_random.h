/* SPDX-License-Identifier: Apache-2.0 */
/* secret_random.h -- bytes that nobody can guess, from the kernel.
 *
 * For ids, tokens and keys. Numbers that shall come again from a seed: base/random.h. */
#pragma once

#include <stddef.h>

#include "base/compiler.h"

/* Fills `buffer`. Waits, at the start of the machine, until the kernel has gathered enough; later
 * never. 0 or a negative errno with the contents undefined. Any thread. */
HFT_MUST_USE int secret_random(void *buffer, size_t count);
