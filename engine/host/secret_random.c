/* SPDX-License-Identifier: Apache-2.0 */
/* secret_random.c -- see secret_random.h.
 *
 * More than 256 bytes may come in pieces when a signal arrives, so it asks until all are there. */
#include "host/secret_random.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

int secret_random(void *buffer, size_t count)
{
	uint8_t *at = buffer;

	assert(buffer || count == 0);

	while (count > 0) {
		ssize_t got = getrandom(at, count, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		at += got;
		count -= (size_t)got;
	}
	return 0;
}
