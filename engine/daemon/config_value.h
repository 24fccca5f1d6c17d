/* SPDX-License-Identifier: Apache-2.0 */
/* config_value.h -- reads one value of the configuration, as its row of the table says.
 *
 * Text in, field out; and the sentence of what is allowed, made from the same row. It knows no
 * files, lines and sections, and reports nothing: a negative errno says what is wrong. */
#ifndef HFT_DAEMON_CONFIG_VALUE_H
#define HFT_DAEMON_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "daemon/config.h"
#include "daemon/config_keys.h"

/* Stores `text` where `key` says: `record` is the struct config_retry for the keys that [retry]
 * may hold, else the struct of the section ([engine]: config_engine, and so on). Hosts are looked
 * up in `config`. Returns, with the field untouched:
 *   -EINVAL        not among the allowed values
 *   -ENAMETOOLONG  longer than there is room for
 *   -E2BIG         too many in a list
 *   -ENOENT        names a user, group or host that is not there
 *   -EOPNOTSUPP    known, but not implemented in this version */
HFT_MUST_USE int config_value_store(const struct config *config, const struct config_key *key,
				    const char *text, void *record);

/* Stores the key's default, if it has one. */
void config_value_preset(const struct config_key *key, void *record);

/* True when both mean the same, such as R and replace, or 020 and 20. */
bool config_value_same(const struct config_key *key, const char *one, const char *other);

/* Writes what is allowed, for people: "0-9999 s", "new, replace, append (classic N, R, M)".
 * Cut if `bytes` is too small. Returns `text`. */
const char *config_value_allowed(const struct config_key *key, char *text, size_t bytes);

/* True for a name of a host or group: 1 to 63 letters, digits, dots, dashes and underscores. */
bool config_name_is_valid(const char *name);

/* True for an id: 1 to 50 bytes, without blanks, commas, slashes and control characters. */
bool config_id_is_valid(const char *id);

#endif
