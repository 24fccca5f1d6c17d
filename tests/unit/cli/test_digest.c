/* SPDX-License-Identifier: Apache-2.0 */
/* test_digest.c -- hft digest and the engine mean the same. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include <hft/hft.h>

#include "wire/chain.h"

#define CHUNK_BYTES 4096

/* A file in memory with bytes that differ from chunk to chunk. */
static int make_file(size_t bytes, uint8_t **ret_content)
{
	uint8_t *content = malloc(bytes + 1);
	const int fd = memfd_create("digest", MFD_CLOEXEC);

	cr_assert_not_null(content);
	cr_assert_geq(fd, 0);
	for (size_t i = 0; i < bytes; i++)
		content[i] = (uint8_t)(i * 7 + i / 251);
	cr_assert_eq(write(fd, content, bytes), (ssize_t)bytes);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	*ret_content = content;
	return fd;
}

static void assert_same(size_t bytes)
{
	uint8_t *content = NULL;
	int fd = make_file(bytes, &content);
	char ours[HFT_DIGEST_BYTES];
	char theirs[DIGEST_TEXT_BYTES];
	uint64_t read_bytes = 0;
	struct chain chain;

	chain_init(&chain);
	for (size_t at = 0; at < bytes; at += CHUNK_BYTES) {
		const size_t left = bytes - at;
		const struct digest digest = digest_of(content + at,
						       left < CHUNK_BYTES ? left : CHUNK_BYTES);

		chain_add(&chain, &digest);
	}
	digest_print(&chain.value, theirs);
	cr_assert_eq(hft_digest_fd(fd, CHUNK_BYTES, ours, &read_bytes), 0);
	cr_assert_eq(read_bytes, bytes);
	cr_assert_str_eq(ours, theirs, "%zu bytes", bytes);
	free(content);
	cr_assert_eq(close(fd), 0);
}

Test(digest, a_file_has_the_digest_that_the_engine_chains)
{
	static const size_t sizes[] = {
		0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 100000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_same(sizes[i]);
}

Test(digest, a_pipe_that_gives_little_at_a_time_makes_no_difference)
{
	static const char text[] = "abc";
	char from_pipe[HFT_DIGEST_BYTES];
	struct chain chain;
	struct digest digest = digest_of("abcabc", 6);
	char expected[DIGEST_TEXT_BYTES];
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], text, 3), 3);
	cr_assert_eq(write(ends[1], text, 3), 3);
	cr_assert_eq(close(ends[1]), 0);
	cr_assert_eq(hft_digest_fd(ends[0], 0, from_pipe, NULL), 0);
	chain_init(&chain);
	chain_add(&chain, &digest);
	digest_print(&chain.value, expected);
	cr_assert_str_eq(from_pipe, expected);
}

Test(digest, what_cannot_be_read_leaves_the_outputs)
{
	char text[HFT_DIGEST_BYTES] = "x";
	uint64_t bytes = 7;

	cr_assert_eq(hft_digest_fd(-1, 0, text, &bytes), -EBADF);
	cr_assert_str_eq(text, "x");
	cr_assert_eq(bytes, 7);
}
