/* SPDX-License-Identifier: Apache-2.0 */
/* rule.c -- appends the names of checked rules to $HFT_RULES_FILE; see rule.h.
 *
 * One open, one write, one close for each rule: Criterion runs each test in a
 * process of its own, so nothing can be kept between two of them. */
#include "support/rule.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void rule_record(const char *rule)
{
	const char *path = getenv("HFT_RULES_FILE");
	char line[32];
	size_t bytes = 0;
	int fd = -1;

	assert(rule);
	if (!path || !*path)
		return;

	bytes = strlen(rule);
	assert(bytes + 1 < sizeof(line));
	for (size_t i = 0; i < bytes; i++)
		line[i] = rule[i] == '_' ? '-' : rule[i];
	line[bytes++] = '\n';

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, line, bytes) != (ssize_t)bytes) {
		perror(path);
		abort();
	}
	(void)close(fd);
}
