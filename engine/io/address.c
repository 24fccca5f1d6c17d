/* SPDX-License-Identifier: Apache-2.0 */
/* address.c -- numeric addresses and ports, read and printed. The grammar, in full:
 *
 *   address = IPv4 [":" port] | IPv6 | "[" IPv6 "]" [":" port]
 *   IPv6    = what inet_pton() takes, [ "%" interface name or index ]
 *
 * Text is copied into a bounded buffer piece by piece; nothing is guessed. */
#include "io/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <hft/limits.h>

/* The same storage seen as each family; reading it through the union keeps the compiler's
 * aliasing rules. */
union address_view {
	struct sockaddr_storage storage;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

/* Reads a decimal number of at most `most`; the whole text or nothing. */
static int parse_number(const char *text, uint32_t most, uint32_t *ret_number)
{
	uint64_t number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > most)
			return -EINVAL;
	}
	*ret_number = (uint32_t)number;
	return 0;
}

static int parse_port(const char *text, uint16_t *ret_port)
{
	uint32_t number = 0;

	if (parse_number(text, UINT16_MAX, &number) < 0)
		return -EINVAL;
	*ret_port = (uint16_t)number;
	return 0;
}

static int parse_scope(const char *text, uint32_t *ret_scope)
{
	unsigned index = 0;

	if (parse_number(text, UINT32_MAX, ret_scope) == 0)
		return 0;
	index = if_nametoindex(text);
	if (index == 0)
		return -EINVAL;
	*ret_scope = index;
	return 0;
}

static int parse_four(const char *text, uint16_t port, struct net_address *ret_address)
{
	union address_view view;

	memset(&view, 0, sizeof(view));
	view.four.sin_family = AF_INET;
	view.four.sin_port = htobe16(port);
	if (inet_pton(AF_INET, text, &view.four.sin_addr) != 1)
		return -EINVAL;
	ret_address->storage = view.storage;
	ret_address->bytes = sizeof(view.four);
	return 0;
}

/* `text` is changed: the scope is cut off. */
static int parse_six(char *text, uint16_t port, struct net_address *ret_address)
{
	union address_view view;
	char *scope = strchr(text, '%');

	memset(&view, 0, sizeof(view));
	view.six.sin6_family = AF_INET6;
	view.six.sin6_port = htobe16(port);
	if (scope) {
		*scope = '\0';
		if (parse_scope(scope + 1, &view.six.sin6_scope_id) < 0)
			return -EINVAL;
	}
	if (inet_pton(AF_INET6, text, &view.six.sin6_addr) != 1)
		return -EINVAL;
	ret_address->storage = view.storage;
	ret_address->bytes = sizeof(view.six);
	return 0;
}

/* `text` begins with '['. */
static int parse_bracketed(char *text, uint16_t port, struct net_address *ret_address)
{
	char *end = strchr(text, ']');

	if (!end)
		return -EINVAL;
	if (end[1] == ':') {
		if (parse_port(end + 2, &port) < 0)
			return -EINVAL;
	} else if (end[1] != '\0') {
		return -EINVAL;
	}
	*end = '\0';
	return parse_six(text + 1, port, ret_address);
}

int net_address_parse(const char *text, uint16_t port, struct net_address *ret_address)
{
	char copy[HFT_ADDRESS_BYTES];
	size_t bytes = 0;
	char *colon = NULL;

	assert(text);
	assert(ret_address);

	bytes = strnlen(text, sizeof(copy));
	if (bytes == sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, bytes + 1);

	if (copy[0] == '[')
		return parse_bracketed(copy, port, ret_address);
	colon = strchr(copy, ':');
	if (colon && strchr(colon + 1, ':'))
		return parse_six(copy, port, ret_address);
	if (colon) {
		*colon = '\0';
		if (parse_port(colon + 1, &port) < 0)
			return -EINVAL;
	}
	return parse_four(copy, port, ret_address);
}

const char *net_address_print(const struct net_address *address, char *text, size_t bytes)
{
	const union address_view view = {.storage = address->storage};
	char number[INET6_ADDRSTRLEN] = "";
	char scope[16] = "";

	assert(text);
	assert(bytes > 0);

	if (address->bytes != 0 && view.storage.ss_family == AF_INET) {
		inet_ntop(AF_INET, &view.four.sin_addr, number, sizeof(number));
		snprintf(text, bytes, "%s:%u", number, be16toh(view.four.sin_port));
	} else if (address->bytes != 0 && view.storage.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &view.six.sin6_addr, number, sizeof(number));
		if (view.six.sin6_scope_id != 0)
			snprintf(scope, sizeof(scope), "%%%u", view.six.sin6_scope_id);
		snprintf(text, bytes, "[%s%s]:%u", number, scope, be16toh(view.six.sin6_port));
	} else {
		snprintf(text, bytes, "?");
	}
	return text;
}

uint16_t net_address_port(const struct net_address *address)
{
	const union address_view view = {.storage = address->storage};

	if (address->bytes == 0)
		return 0;
	if (view.storage.ss_family == AF_INET)
		return be16toh(view.four.sin_port);
	return be16toh(view.six.sin6_port);
}

void net_address_set_port(struct net_address *address, uint16_t port)
{
	union address_view view = {.storage = address->storage};

	assert(address->bytes != 0);

	if (view.storage.ss_family == AF_INET)
		view.four.sin_port = htobe16(port);
	else
		view.six.sin6_port = htobe16(port);
	address->storage = view.storage;
}

bool net_address_equal(const struct net_address *one, const struct net_address *other)
{
	const union address_view a = {.storage = one->storage};
	const union address_view b = {.storage = other->storage};

	if (one->bytes == 0 || other->bytes == 0)
		return one->bytes == other->bytes;
	if (a.storage.ss_family != b.storage.ss_family ||
	    net_address_port(one) != net_address_port(other))
		return false;
	if (a.storage.ss_family == AF_INET)
		return a.four.sin_addr.s_addr == b.four.sin_addr.s_addr;
	return memcmp(&a.six.sin6_addr, &b.six.sin6_addr, sizeof(a.six.sin6_addr)) == 0 &&
	       a.six.sin6_scope_id == b.six.sin6_scope_id;
}
