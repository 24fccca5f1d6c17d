/* SPDX-License-Identifier: Apache-2.0 */
/* slab.c -- see slab.h.
 *
 * The links between free things lie beside them, not inside: a thing that is used after it was
 * given back cannot break the slab, and a second give is seen.
 *
 * A free thing is warm, with what its last user left in it, or cold: zeros that nobody touched yet.
 * Warm ones go first and are zeroed then. Of large things only a few stay warm, the others lose
 * their pages and are cold again: a session has tables of 100 KiB for a worst case that it rarely
 * sees, and to write zeros into a thousand of them would make them resident. */
#include "base/slab.h"

#include <errno.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <hft/limits.h>

#define SLAB_TAKEN UINT32_MAX	    /* link of a thing that is taken */
#define SLAB_LAST  (UINT32_MAX - 1) /* link of the last free thing */

struct slab {
	uint8_t *objects;    /* count * object_bytes */
	uint32_t *links;     /* of each thing: the next free one, SLAB_LAST or SLAB_TAKEN */
	size_t object_bytes; /* with what alignment adds */
	bool paged;	     /* large things: objects is a mapping */
	uint32_t count;	     /* things there are */
	uint32_t in_use;     /* things taken */
	uint32_t first_cold; /* index, or SLAB_LAST */
	uint32_t first_warm; /* index, or SLAB_LAST */
	uint32_t warm_count; /* free things that are warm */
	uint32_t warm_max;   /* as many may be */
};

static uint8_t *slab_map(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);

	if (memory == MAP_FAILED)
		return NULL;
	/* With transparent huge pages "always", the first byte of a thing would make 2 MiB
	 * resident. A kernel without them refuses, which is as good. */
	(void)madvise(memory, bytes, MADV_NOHUGEPAGE);
	return memory;
}

static int slab_new_objects(struct slab *slab, uint32_t count)
{
	if (slab->object_bytes > SIZE_MAX / count)
		return -ENOMEM;
	slab->objects = slab->paged ? slab_map(count * slab->object_bytes)
				    : calloc(count, slab->object_bytes);
	return slab->objects ? 0 : -ENOMEM;
}

int slab_new(struct slab **ret_slab, size_t object_bytes, uint32_t count)
{
	const bool paged = object_bytes >= HFT_SLAB_PAGED_BYTES;
	const size_t align = paged ? HFT_SLAB_PAGED_BYTES : alignof(max_align_t);
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
	slab->paged = paged;
	slab->count = count;
	slab->warm_max = paged ? HFT_SLAB_WARM_MAX : count;
	slab->first_warm = SLAB_LAST;
	slab->links = calloc(count, sizeof(*slab->links));
	if (!slab->links || slab_new_objects(slab, count) < 0) {
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
	if (!slab->paged)
		free(slab->objects);
	else if (slab->objects)
		(void)munmap(slab->objects, slab->count * slab->object_bytes);
	free(slab->links);
	free(slab);
}

static void *slab_pop(struct slab *slab, uint32_t *first)
{
	uint32_t index = *first;

	assert(index < slab->count);
	*first = slab->links[index];
	slab->links[index] = SLAB_TAKEN;
	slab->in_use++;
	return slab->objects + index * slab->object_bytes;
}

void *slab_take(struct slab *slab)
{
	void *object;

	assert(slab);

	if (slab->first_warm != SLAB_LAST) {
		object = slab_pop(slab, &slab->first_warm);
		slab->warm_count--;
		memset(object, 0, slab->object_bytes);
		return object;
	}
	return slab->first_cold == SLAB_LAST ? NULL : slab_pop(slab, &slab->first_cold);
}

/* The next touch of a dropped page finds zeros. Pages that are locked into memory cannot be
 * dropped. */
static void slab_drop_pages(const struct slab *slab, void *object)
{
	if (madvise(object, slab->object_bytes, MADV_DONTNEED) < 0)
		memset(object, 0, slab->object_bytes);
}

static void slab_push(struct slab *slab, uint32_t *first, uint32_t index)
{
	slab->links[index] = *first;
	*first = index;
	slab->in_use--;
}

void slab_give(struct slab *slab, void *object)
{
	uint32_t index = slab_index(slab, object);

	assert(slab->links[index] == SLAB_TAKEN);
	assert(slab->in_use > 0);

	if (slab->warm_count < slab->warm_max) {
		slab->warm_count++;
		slab_push(slab, &slab->first_warm, index);
		return;
	}
	slab_drop_pages(slab, object);
	slab_push(slab, &slab->first_cold, index);
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
