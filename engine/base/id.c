/* SPDX-License-Identifier: Apache-2.0 */
/* id.c -- see id.h.
 *
 * Only id_equal_secret() is more than it seems: it looks at every byte whatever it finds. */
#include "base/id.h"

#include <string.h>

#include "base/hex.h"

bool id_equal(const struct id *a, const struct id *b)
{
	assert(a);
	assert(b);

	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool id_equal_secret(const struct id *a, const struct id *b)
{
	volatile uint8_t difference = 0; /* volatile: no early end may be compiled into the loop */

	assert(a);
	assert(b);

	for (size_t i = 0; i < sizeof(a->bytes); i++)
		difference = (uint8_t)(difference | (a->bytes[i] ^ b->bytes[i]));
	return difference == 0;
}

bool id_is_zero(const struct id *id)
{
	static const struct id zero;

	assert(id);

	return id_equal(id, &zero);
}

void id_print(const struct id *id, char text[static ID_TEXT_BYTES])
{
	assert(id);

	hex_print(id->bytes, sizeof(id->bytes), text);
}

int id_parse(const char *text, struct id *ret_id)
{
	assert(ret_id);

	return hex_parse(text, sizeof(ret_id->bytes), ret_id->bytes);
}
