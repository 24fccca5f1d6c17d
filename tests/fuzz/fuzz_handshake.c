/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_handshake.c -- any three messages as HELLO, what follows it, and the answer.
 *
 * The input is up to three times: type (1 byte), payload length (2, little endian),
 * payload. Messages that do not decode end it. Whatever the checks refuse, they must
 * refuse with an outcome that REFUSE can carry; whatever they let pass must keep what
 * handshake.h promises. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "wire/handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the run, also where assertions are switched off. */
static void must(int holds)
{
	if (!holds)
		__builtin_trap();
}

/* Takes the next message off the input; 0 if there is none or it is not valid. */
static int take_message(struct bytes_reader *input, struct message *ret_message)
{
	struct frame_header header = {.type = bytes_read_u8(input)};

	header.payload_bytes = bytes_read_u16(input);
	if (header.type < MESSAGE_FIRST || header.type >= MESSAGE_TYPES ||
	    bytes_reader_left(input) < header.payload_bytes)
		return 0;
	header.payload_crc = crc32c(0, input->at, header.payload_bytes);
	if (message_decode(&header, input->at, ret_message) < 0)
		return 0;
	bytes_read_skip(input, header.payload_bytes);
	return 1;
}

/* error came with refusal: it must be one that can be sent. */
static void must_be_sendable(int error, const struct outcome *refusal)
{
	uint8_t buffer[HFT_MESSAGE_BYTES_MAX];
	struct message message;
	size_t bytes = 0;

	if (error == 0)
		return;
	memset(&message, 0, sizeof(message));
	message.type = MESSAGE_REFUSE;
	message.of.refuse.outcome = *refusal;
	must(refusal->sentence[0] != '\0');
	must(message_encode(&message, buffer, sizeof(buffer), &bytes) == 0);
}

static void check_hello(const struct message_hello *hello)
{
	struct outcome refusal;
	uint16_t version = 0;
	int error = handshake_agree_version(hello, &version, &refusal);

	must_be_sendable(error, &refusal);
	must(error < 0 || (version >= hello->version_min && version <= hello->version_max));
	must((handshake_agree_capabilities(hello) & ~hello->capabilities) == 0);
	error = handshake_check_epoch(hello->engine_name, 1000, hello->owner_epoch, &refusal);
	must_be_sendable(error, &refusal);
	must((error < 0) == (hello->owner_epoch < 1000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes_reader input;
	struct message hello;
	struct message second;
	struct message answer;
	struct outcome refusal;
	int error = 0;
	int has_second = 0;

	bytes_reader_init(&input, data, size);
	if (!take_message(&input, &hello) || !handshake_may_begin_with(hello.type))
		return 0;
	check_hello(&hello.of.hello);

	has_second = handshake_has_second((enum hello_purpose)hello.of.hello.purpose);
	if (has_second) {
		if (!take_message(&input, &second))
			return 0;
		error = handshake_check_second(&hello.of.hello, &second, &refusal);
		must_be_sendable(error, &refusal);
		if (error < 0)
			return 0;
	}
	if (!take_message(&input, &answer))
		return 0;
	error = handshake_check_answer(&hello.of.hello, has_second ? &second : NULL, &answer,
				       &refusal);
	must_be_sendable(error, &refusal);
	must(error < 0 || answer.type == MESSAGE_REFUSE || answer.type != MESSAGE_ACCEPT ||
	     answer.of.accept.lanes <= second.of.offer.lanes_wanted);
	return 0;
}
