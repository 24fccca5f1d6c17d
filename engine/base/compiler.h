/* SPDX-License-Identifier: Apache-2.0 */
/* compiler.h -- the few words that C17 and the compiler give us under awkward names.
 *
 * What it is: attributes, two macros that need the type of their argument, and typed
 * smallest and largest. What it is not: a place for functions with a subject.
 * Its one idea: a macro only where a function cannot do it. */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* The caller has to look at the result; a deliberate "no" is written (void)call(). Stands first in
 * a declaration. GCC lets (void) say no only to the form of C2x, which clang 14 does not know. */
#if defined(__GNUC__) && !defined(__clang__)
#define HFT_MUST_USE [[nodiscard]]
#else
#define HFT_MUST_USE __attribute__((warn_unused_result))
#endif

/* Has the compiler check the arguments from number `first` on against the printf format
 * that is argument number `text`; both count from 1, `first` is 0 for a va_list. */
#define HFT_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Elements of an array; does not compile for a pointer. */
#define ARRAY_COUNT(array)                                                       \
	(sizeof(array) / sizeof((array)[0]) +                                    \
	 0 * sizeof(char[1 - 2 * __builtin_types_compatible_p(__typeof__(array), \
							      __typeof__(&(array)[0]))]))

/* The struct of this type whose member `member` is what `pointer` points to. */
#define container_of(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* The smaller of two. */
static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The larger of two. */
static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* The smaller of two. */
static inline uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The larger of two. */
static inline uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* The smaller of two. */
static inline size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The larger of two. */
static inline size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}
