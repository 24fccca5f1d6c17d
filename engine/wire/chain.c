/* SPDX-License-Identifier: Apache-2.0 */
/* chain.c -- see chain.h. */
#include "wire/chain.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"

/* What an empty chain hashes: makes the digest of an empty file differ from zeros, and a file
 * digest from the digest of any chunk that happens to be 32 bytes long. */
static const char chain_label[18] = {'h', 'f', 't', ' ', 'f', 'i', 'l', 'e', ' ',
				     'd', 'i', 'g', 'e', 's', 't', ' ', 'v', '1'};

void chain_init(struct chain *chain)
{
	assert(chain);

	chain->value = digest_of(chain_label, sizeof(chain_label));
	chain->chunks = 0;
}

void chain_add(struct chain *chain, const struct digest *chunk)
{
	uint8_t link[2 * sizeof(struct digest)];

	assert(chain);
	assert(chunk);
	assert(chain->chunks < UINT64_MAX);

	memcpy(link, &chain->value, sizeof(chain->value));
	memcpy(link + sizeof(chain->value), chunk, sizeof(*chunk));
	chain->value = digest_of(link, sizeof(link));
	chain->chunks++;
}
