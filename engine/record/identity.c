/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c -- comparing what the file system says about a source, then and now. */

#include "record/identity.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

static bool same_content(const struct source_identity *before, const struct source_identity *now)
{
	return before->type == now->type && before->inode == now->inode &&
	       before->bytes == now->bytes && before->mtime_ns == now->mtime_ns;
}

enum identity_difference identity_compare(const struct source_identity *before,
					  const struct source_identity *now)
{
	assert(before);
	assert(now);

	if (before->type == now->type && before->type != SOURCE_FILE)
		return IDENTITY_SAME;
	if (!same_content(before, now))
		return IDENTITY_DIFFERENT;
	if (before->device != now->device)
		return IDENTITY_ONLY_DEVICE;
	if (before->ctime_ns != now->ctime_ns)
		return IDENTITY_ONLY_CTIME;
	return IDENTITY_SAME;
}

static const char *type_words(uint32_t type)
{
	switch (type) {
	case SOURCE_FILE:
		return "a file";
	case SOURCE_STREAM:
		return "a stream";
	default:
		return "not known";
	}
}

/* "3.250 s later", "0.001 s earlier": what a person can do something with; the wall clock
 * in nanoseconds is not. */
static void describe_time(const char *what, uint64_t before_ns, uint64_t now_ns, char *text,
			  size_t text_bytes)
{
	uint64_t apart_ns = now_ns > before_ns ? now_ns - before_ns : before_ns - now_ns;
	uint64_t apart_us = apart_ns / 1000;

	(void)snprintf(text, text_bytes, "%s, %" PRIu64 ".%06" PRIu64 " s %s", what,
		       apart_us / 1000000, apart_us % 1000000,
		       now_ns > before_ns ? "later" : "earlier");
}

void identity_describe(const struct source_identity *before, const struct source_identity *now,
		       char *text, size_t text_bytes)
{
	assert(before);
	assert(now);
	assert(text);
	assert(text_bytes > 0);

	if (before->type != now->type)
		(void)snprintf(text, text_bytes, "it was %s and is %s", type_words(before->type),
			       type_words(now->type));
	else if (identity_compare(before, now) == IDENTITY_SAME)
		(void)snprintf(text, text_bytes, "nothing differs");
	else if (before->bytes != now->bytes)
		(void)snprintf(text, text_bytes,
			       "the size was %" PRIu64 " and is %" PRIu64 " bytes", before->bytes,
			       now->bytes);
	else if (before->mtime_ns != now->mtime_ns)
		describe_time("it was written to again", before->mtime_ns, now->mtime_ns, text,
			      text_bytes);
	else if (before->inode != now->inode)
		(void)snprintf(text, text_bytes,
			       "another file has its name (inode %" PRIu64 ", was %" PRIu64 ")",
			       now->inode, before->inode);
	else if (before->device != now->device)
		(void)snprintf(text, text_bytes,
			       "it is on another device (%" PRIu64 ", was %" PRIu64 ")",
			       now->device, before->device);
	else
		describe_time("its attributes changed", before->ctime_ns, now->ctime_ns, text,
			      text_bytes);
}
