/* SPDX-License-Identifier: Apache-2.0 */
/* slab.c -- see slab.h.
 *
 * The links between free things lie beside them, not inside: a thing that is used after it was
 * given back cannot break the slab, and a second give is seen. */
#include "base/slab.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define SLAB_TAKEN UINT32_MAX	    /* link of a thing that is taken */
#define SLAB_LAST  (UINT32_MAX - 1) /* link of the last free thing */

struct slab {
	uint8_t *objects;    /* count * object_bytes */
	uint32_t *links;     /* of each thing: the next free one, SLAB_LAST or SLAB_TAKEN */
	size_t object_bytes; /* with what alignment adds */
	uint32_t count;	     /* things there are */
	uint32_t in_use;     /* things taken */
	uint32_t first_free; /* index, or SLAB_LAST */
};

int slab_new(struct slab **ret_slab, size_t object_bytes, uint32_t count)
{
	const size_t align = alignof(max_align_t);
	struct slab *slab;

	assert(ret_slab);
	assert(object_bytes > 0);
	assert(count > 0 && count < SLAB_LAST);

	if (object_bytes > SIZE_MAX - align)
		return -EOVERFLOW;
	slab = calloc(1, sizeof(*slab));
	if (!slab)
		return -ENOMEM;
	slab->object_bytes = (object_bytes + align - 1) / align * align;
	slab->count = count;
	slab->objects = calloc(count, slab->object_bytes);
	slab->links = calloc(count, sizeof(*slab->links));
	if (!slab->objects || !slab->links) {
		slab_free(slab);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count; i++)
		slab->links[i] = i + 1 < count ? i + 1 : SLAB_LAST;
	*ret_slab = slab;
	return 0;
}

void slab_free(struct slab *slab)
{
	if (!slab)
		return;
	free(slab->objects);
	free(slab->links);
	free(slab);
}

void *slab_take(struct slab *slab)
{
	uint32_t index;
	void *object;

	assert(slab);

	index = slab->first_free;
	if (index == SLAB_LAST)
		return NULL;
	assert(index < slab->count);
	slab->first_free = slab->links[index];
	slab->links[index] = SLAB_TAKEN;
	slab->in_use++;
	object = slab->objects + index * slab->object_bytes;
	memset(object, 0, slab->object_bytes);
	return object;
}

void slab_give(struct slab *slab, void *object)
{
	uint32_t index = slab_index(slab, object);

	assert(slab->links[index] == SLAB_TAKEN);
	assert(slab->in_use > 0);

	slab->links[index] = slab->first_free;
	slab->first_free = index;
	slab->in_use--;
}

uint32_t slab_in_use(const struct slab *slab)
{
	assert(slab);

	return slab->in_use;
}

uint32_t slab_capacity(const struct slab *slab)
{
	assert(slab);

	return slab->count;
}

uint32_t slab_index(const struct slab *slab, const void *object)
{
	uintptr_t distance;

	assert(slab);
	assert((uintptr_t)object >= (uintptr_t)slab->objects);

	distance = (uintptr_t)object - (uintptr_t)slab->objects;
	assert(distance % slab->object_bytes == 0);
	assert(distance / slab->object_bytes < slab->count);
	return (uint32_t)(distance / slab->object_bytes);
}

void *slab_at(const struct slab *slab, uint32_t index)
{
	assert(slab);

	if (index >= slab->count || slab->links[index] != SLAB_TAKEN)
		return NULL;
	return slab->objects + index * slab->object_bytes;
}
