/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_messages.c -- any bytes as the payload of each message.
 *
 * The first byte of the input chooses the type, the rest is the payload; header and
 * checksum are made for it. What is accepted must encode to the very same bytes, and must
 * not fit a buffer that is one byte too small. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/crc32c.h"
#include "wire/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the run, also where assertions are switched off. */
static void must(int holds)
{
	if (!holds)
		__builtin_trap();
}

static void must_round_trip(const struct message *message, const struct frame_header *header,
			    const uint8_t *payload)
{
	uint8_t buffer[HFT_MESSAGE_BYTES_MAX];
	struct frame_header again;
	size_t bytes = 0;

	must(message_encode(message, buffer, sizeof(buffer), &bytes) == 0);
	must(bytes == HFT_FRAME_BYTES + (size_t)header->payload_bytes);
	must(memcmp(buffer + HFT_FRAME_BYTES, payload, header->payload_bytes) == 0);
	must(frame_decode(buffer, &again) == 0);
	must(again.type == header->type && again.payload_crc == header->payload_crc);
	must(message_encode(message, buffer, bytes - 1, &bytes) == -ENOBUFS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_header header = {0};
	struct outcome refusal;
	struct message message;

	if (size == 0 || size - 1 > HFT_CONTROL_PAYLOAD_BYTES)
		return 0;
	header.type = (uint8_t)(MESSAGE_FIRST + data[0] % (MESSAGE_TYPES - MESSAGE_FIRST));
	header.payload_bytes = (uint32_t)(size - 1);
	header.payload_crc = crc32c(0, data + 1, size - 1);
	if (message_decode(&header, data + 1, &message) == 0) {
		must_round_trip(&message, &header, data + 1);
	} else {
		message_refusal(&header, &refusal);
		must(refusal.sentence[0]);
	}
	return 0;
}
