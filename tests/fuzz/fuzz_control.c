/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_control.c -- requests and events from anybody.
 *
 * What is accepted must be written again and read back as the same. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/event.h"
#include "control/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char line[HFT_CONTROL_LINE_BYTES];

static void try_request(const char *text, size_t bytes)
{
	static struct control_request first, second;
	char sentence[HFT_SENTENCE_BYTES] = "";
	size_t written = 0;

	memset(&first, 0, sizeof(first));
	if (control_request_decode(text, bytes, &first, sentence) < 0) {
		assert(memchr(sentence, '\0', sizeof(sentence)));
		return;
	}
	if (control_request_encode(&first, line, sizeof(line), &written) < 0)
		abort();
	memset(&second, 0, sizeof(second));
	if (control_request_decode(line, written, &second, sentence) < 0)
		abort();
	/* Times are read finer than they are written. */
	if (first.kind == CONTROL_LOG)
		first.log.since_wall_ns -= first.log.since_wall_ns % 1000000;
	if (memcmp(&first, &second, sizeof(first)) != 0)
		abort();
}

static void try_event(const char *text, size_t bytes)
{
	static struct control_event first, second;
	size_t written = 0;
	size_t again = 0;
	static char twice[HFT_CONTROL_LINE_BYTES];

	if (control_event_decode(text, bytes, &first) < 0)
		return;
	if (control_event_encode(&first, line, sizeof(line), &written) < 0)
		abort();
	if (control_event_decode(line, written, &second) < 0)
		abort();
	if (control_event_encode(&second, twice, sizeof(twice), &again) < 0)
		abort();
	if (written != again || memcmp(line, twice, again) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > HFT_CONTROL_LINE_BYTES)
		return 0;
	try_request((const char *)data, size);
	try_event((const char *)data, size);
	return 0;
}
