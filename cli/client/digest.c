/* SPDX-License-Identifier: Apache-2.0 */
/* digest.c -- the engine's digest of a local file: see hft_digest_fd() in <hft/hft.h>.
 *
 * The definition is drawn in engine/wire/chain.h, which a client does not link; a test
 * compares the two:
 *   value(0)     XXH3-128 of "hft file digest v1"
 *   value(n + 1) XXH3-128 of value(n) and the XXH3-128 of chunk n */
#define _GNU_SOURCE 1

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hft/hft.h>

#include "base/checksum.h"

/* Fills the buffer as far as the source goes. Returns the bytes or a negative errno. */
static ssize_t read_chunk(int fd, char *chunk, size_t capacity)
{
	size_t filled = 0;

	while (filled < capacity) {
		const ssize_t bytes = read(fd, chunk + filled, capacity - filled);

		if (bytes == 0)
			break;
		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0)
			return -errno;
		filled += (size_t)bytes;
	}
	return (ssize_t)filled;
}

static struct digest chain_of(const struct digest *value, const struct digest *chunk)
{
	struct digest both[2] = {*value, *chunk};

	static_assert(sizeof(both) == 32, "two digests and nothing between");
	return digest_of(both, sizeof(both));
}

int hft_digest_fd(int fd, uint32_t chunk_bytes, char text[HFT_DIGEST_BYTES], uint64_t *ret_bytes)
{
	static const char seed[] = "hft file digest v1";
	const size_t capacity = chunk_bytes ? chunk_bytes : HFT_CHUNK_BYTES_DEFAULT;
	struct digest value = digest_of(seed, sizeof(seed) - 1);
	char *chunk = malloc(capacity);
	uint64_t total = 0;
	ssize_t bytes = 0;

	static_assert(HFT_DIGEST_BYTES == DIGEST_TEXT_BYTES, "the text has room");
	if (!chunk)
		return -ENOMEM;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* only a hint; a pipe refuses */
	while ((bytes = read_chunk(fd, chunk, capacity)) > 0) {
		const struct digest digest = digest_of(chunk, (size_t)bytes);

		value = chain_of(&value, &digest);
		total += (uint64_t)bytes;
	}
	free(chunk);
	if (bytes < 0)
		return (int)bytes;
	digest_print(&value, text);
	if (ret_bytes)
		*ret_bytes = total;
	return 0;
}
