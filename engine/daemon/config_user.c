/* SPDX-License-Identifier: Apache-2.0 */
/* config_user.c -- see config_user.h. */
#include "daemon/config_user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"

/* An entry with all its members; larger groups are not found, and nobody owns files by them. */
#define ENTRY_BYTES 65536

/* -1 would mean "leave it" to the kernel, so the largest number is no user. */
static int number_find(const char *text, uint32_t *ret_number)
{
	uint64_t number = 0;
	int error = parse_u64_between(text, 0, UINT32_MAX - 1, &number);

	if (error == 0)
		*ret_number = (uint32_t)number;
	return error;
}

int config_user_find(const char *text, uint32_t *ret_uid)
{
	char buffer[ENTRY_BYTES];
	struct passwd entry;
	struct passwd *found = NULL;

	if (text[0] == '\0')
		return -EINVAL;
	if (number_find(text, ret_uid) == 0)
		return 0;
	if (getpwnam_r(text, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return -ENOENT;
	*ret_uid = found->pw_uid;
	return 0;
}

static int group_find(const char *text, uint32_t *ret_gid)
{
	char buffer[ENTRY_BYTES];
	struct group entry;
	struct group *found = NULL;

	if (text[0] == '\0')
		return -EINVAL;
	if (number_find(text, ret_gid) == 0)
		return 0;
	if (getgrnam_r(text, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return -ENOENT;
	*ret_gid = found->gr_gid;
	return 0;
}

int config_owner_find(const char *text, uint32_t *ret_uid, uint32_t *ret_gid)
{
	const char *colon = strchr(text, ':');
	char user[256];
	uint32_t uid = 0;
	uint32_t gid = UINT32_MAX;
	int error = 0;

	if (text_copy(user, sizeof(user), text) < 0)
		return -ENAMETOOLONG;
	if (colon && (size_t)(colon - text) < sizeof(user))
		user[colon - text] = '\0';
	error = config_user_find(user, &uid);
	if (error == 0 && colon)
		error = group_find(colon + 1, &gid);
	if (error < 0)
		return error;
	*ret_uid = uid;
	*ret_gid = gid;
	return 0;
}
