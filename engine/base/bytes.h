/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h -- numbers and texts to bytes and back; whatever we store or send is little-endian.
 *
 * What it is: put and get at an address, and two cursors that know where their buffer ends.
 * What it is not: a format; each format is drawn where it is coded.
 * Its one idea: a cursor that failed once stays failed and does nothing more, so a
 * decoder reads all its fields in a row and asks once, at the end, whether all was well.
 * Nothing here allocates or keeps state; any thread may use its own cursor. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"

/* Reads the little-endian number at `at`, which needs no alignment. */
uint16_t bytes_get_u16le(const uint8_t *at);
/* The same for four bytes. */
uint32_t bytes_get_u32le(const uint8_t *at);
/* The same for eight bytes. */
uint64_t bytes_get_u64le(const uint8_t *at);

/* Writes the number little-endian to `at`, which needs no alignment. */
void bytes_put_u16le(uint8_t *at, uint16_t value);
/* The same for four bytes. */
void bytes_put_u32le(uint8_t *at, uint32_t value);
/* The same for eight bytes. */
void bytes_put_u64le(uint8_t *at, uint64_t value);

/* Where a decoder stands. The bytes belong to the caller and must outlive it. */
struct bytes_reader {
	const uint8_t *at;  /* next byte to read */
	const uint8_t *end; /* one behind the last byte */
	bool failed;	    /* something was wanted that is not there; never cleared */
};

/* Where an encoder stands. The buffer belongs to the caller and must outlive it. */
struct bytes_writer {
	uint8_t *start; /* first byte of the buffer */
	uint8_t *at;	/* next byte to write */
	uint8_t *end;	/* one behind the last byte of the buffer */
	bool failed;	/* something did not fit; never cleared */
};

/* Starts reading `count` bytes at `data`, which may be NULL when `count` is 0. */
void bytes_reader_init(struct bytes_reader *reader, const void *data, size_t count);

/* Reads one number; 0, and the reader fails, when it is not all there. */
uint8_t bytes_read_u8(struct bytes_reader *reader);
/* The same for a little-endian number of two bytes. */
uint16_t bytes_read_u16(struct bytes_reader *reader);
/* The same for four bytes. */
uint32_t bytes_read_u32(struct bytes_reader *reader);
/* The same for eight bytes. */
uint64_t bytes_read_u64(struct bytes_reader *reader);

/* Copies `count` bytes to `target`; when they are not all there the reader fails and
 * `target` is filled with zeros, so that nobody computes with what was there before. */
void bytes_read_block(struct bytes_reader *reader, void *target, size_t count);

/* Reads a text (length as u16, then the bytes) into `target` and ends it with NUL. The reader
 * fails, and `target` is the empty text, when the text is not all there, does not fit
 * `capacity` with its NUL, or contains a NUL. Requires capacity > 0. Whether it is UTF-8 is the
 * caller's question (text_is_utf8()). */
void bytes_read_text(struct bytes_reader *reader, char *target, size_t capacity);

/* Steps over `count` bytes; fails when they are not all there. */
void bytes_read_skip(struct bytes_reader *reader, size_t count);

/* Bytes not read yet; 0 when failed. */
size_t bytes_reader_left(const struct bytes_reader *reader);

/* True when nothing failed and every byte has been read: what a decoder returns by. */
bool bytes_reader_done(const struct bytes_reader *reader);

/* Starts writing into `buffer`, which may be NULL when `capacity` is 0. */
void bytes_writer_init(struct bytes_writer *writer, void *buffer, size_t capacity);

/* Writes one number; when it does not fit, the writer fails and writes nothing of it. */
void bytes_write_u8(struct bytes_writer *writer, uint8_t value);
/* The same for a little-endian number of two bytes. */
void bytes_write_u16(struct bytes_writer *writer, uint16_t value);
/* The same for four bytes. */
void bytes_write_u32(struct bytes_writer *writer, uint32_t value);
/* The same for eight bytes. */
void bytes_write_u64(struct bytes_writer *writer, uint64_t value);

/* Writes `count` bytes; `data` may be NULL when `count` is 0. */
void bytes_write_block(struct bytes_writer *writer, const void *data, size_t count);

/* Writes a text as bytes_read_text() reads it; fails when it is longer than 65535 bytes. */
void bytes_write_text(struct bytes_writer *writer, const char *text);

/* Bytes written so far; 0 when failed, so that half a message is never sent by mistake. */
size_t bytes_writer_count(const struct bytes_writer *writer);
