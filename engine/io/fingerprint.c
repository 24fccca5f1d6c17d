/* SPDX-License-Identifier: Apache-2.0 */
/* fingerprint.c -- the text of a fingerprint (tls.h): `SHA256:` and 43 digits of base64.
 *
 * 32 bytes are 10 groups of three, four digits each, and two bytes more, three digits: no
 * padding, as ssh prints its keys. There is exactly one text for each fingerprint. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "io/tls.h"

#define PREFIX	     "SHA256:"
#define PREFIX_BYTES (sizeof(PREFIX) - 1)
#define DIGITS	     43

static_assert(PREFIX_BYTES + DIGITS + 1 <= FINGERPRINT_TEXT_BYTES, "the text does not fit");

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void fingerprint_print(const struct fingerprint *fingerprint, char out[FINGERPRINT_TEXT_BYTES])
{
	char *at = out + PREFIX_BYTES;
	uint32_t bits = 0;
	unsigned bit_count = 0;

	memcpy(out, PREFIX, PREFIX_BYTES);
	for (size_t i = 0; i < sizeof(fingerprint->bytes); i++) {
		bits = bits << 8 | fingerprint->bytes[i];
		bit_count += 8;
		while (bit_count >= 6) {
			bit_count -= 6;
			*at++ = base64_digits[bits >> bit_count & 63];
		}
	}
	*at++ = base64_digits[bits << (6 - bit_count) & 63];
	*at = '\0';
}

int fingerprint_parse(const char *text, struct fingerprint *ret_fingerprint)
{
	struct fingerprint read = {.bytes = {0}};
	uint32_t bits = 0;
	unsigned bit_count = 0;
	size_t count = 0;

	assert(text);
	assert(ret_fingerprint);

	if (strlen(text) != PREFIX_BYTES + DIGITS || memcmp(text, PREFIX, PREFIX_BYTES) != 0)
		return -EINVAL;
	for (size_t i = 0; i < DIGITS; i++) {
		const char *digit = strchr(base64_digits, text[PREFIX_BYTES + i]);

		if (!digit)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)(digit - base64_digits);
		bit_count += 6;
		if (bit_count >= 8) {
			bit_count -= 8;
			read.bytes[count++] = (uint8_t)(bits >> bit_count);
		}
	}
	/* The last digit carries two bits of nothing; another value would be a second text. */
	if ((bits & 3) != 0)
		return -EINVAL;
	*ret_fingerprint = read;
	return 0;
}
