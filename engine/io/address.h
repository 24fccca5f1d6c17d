/* SPDX-License-Identifier: Apache-2.0 */
/* address.h -- text to struct net_address (op.h) and back.
 *
 * Addresses in numbers only, IPv4 and IPv6; a name is the business of OP_RESOLVE. No I/O,
 * but for the index of an interface named in a link-local address ("fe80::1%eth0").
 * Its one idea: what net_address_print() writes, net_address_parse() reads back equal. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "io/op.h"

/* Reads "10.0.0.1", "10.0.0.1:30000", "::1", "[::1]" or "[::1]:30000". `port` (host order)
 * is taken where the text names none. Returns -EINVAL, and leaves *ret_address alone, for
 * anything else, also for a host name, an empty text and a port above 65535. */
HFT_MUST_USE int net_address_parse(const char *text, uint16_t port,
				   struct net_address *ret_address);

/* Writes "10.0.0.2:30000" or "[::1]:30000", always ended by 0 and cut if `bytes` is too small
 * (HFT_ADDRESS_BYTES is enough for any); "?" when the address is none. Returns `text`.
 * Requires bytes > 0. */
const char *net_address_print(const struct net_address *address, char *text, size_t bytes);

/* The port in host order; 0 when the address is none. */
uint16_t net_address_port(const struct net_address *address);

/* Sets the port (host order). The address must not be none. */
void net_address_set_port(struct net_address *address, uint16_t port);

/* Same family, same address, same port, same scope. Two "none" are equal. */
bool net_address_equal(const struct net_address *one, const struct net_address *other);
