/* SPDX-License-Identifier: Apache-2.0 */
/* chunk_digest.h -- one chunk and what it hashed to.
 *
 * The pair that travels from the deciders to the journal as chunks become durable. */
#ifndef HFT_RECORD_CHUNK_DIGEST_H
#define HFT_RECORD_CHUNK_DIGEST_H

#include <stdint.h>

#include "base/checksum.h"

struct chunk_digest {
	uint64_t chunk;	      /* index of the chunk in the file */
	struct digest digest; /* XXH3-128 of its bytes */
};

#endif
