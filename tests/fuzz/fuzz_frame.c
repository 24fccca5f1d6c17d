/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_frame.c -- any 64 bytes as a frame header and as a seal.
 *
 * What is accepted must encode to the very same bytes: then no two byte strings mean one
 * header, and nothing in it goes unchecked. Each input is tried as it is and with magic
 * and checksum made right, because no fuzzer guesses a CRC. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stops the run, also where assertions are switched off. */
static void must(int holds)
{
	if (!holds)
		__builtin_trap();
}

static void must_refuse(int error, const uint8_t bytes[HFT_FRAME_BYTES])
{
	struct outcome refusal;

	frame_refusal(error, bytes, &refusal);
	must(refusal.status == HFT_NO_AGREEMENT && refusal.sentence[0]);
}

static void try_bytes(const uint8_t bytes[HFT_FRAME_BYTES])
{
	uint8_t again[HFT_FRAME_BYTES];
	struct frame_header header;
	struct seal seal;
	int error = frame_decode(bytes, &header);

	if (error < 0) {
		must_refuse(error, bytes);
	} else {
		frame_encode(&header, again);
		must(memcmp(again, bytes, sizeof(again)) == 0);
	}

	error = seal_decode(bytes, &seal);
	if (error < 0) {
		must_refuse(error, bytes);
	} else {
		seal_encode(&seal, again);
		must(memcmp(again, bytes, sizeof(again)) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t bytes[HFT_FRAME_BYTES] = {0};

	if (size > 0)
		memcpy(bytes, data, size < sizeof(bytes) ? size : sizeof(bytes));
	try_bytes(bytes);

	memcpy(bytes, "HFTF\x01", 5);
	bytes_put_u32le(bytes + 60, crc32c(0, bytes, 60));
	try_bytes(bytes);
	return 0;
}
