/* SPDX-License-Identifier: Apache-2.0 */
/* paths.c -- see paths.h. */
#include "daemon/paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

/* A variable that is set to nothing is as good as not set. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

void paths_of_process(struct paths_user *ret_user)
{
	*ret_user = (struct paths_user){
		.root = geteuid() == 0,
		.home = variable("HOME"),
		.config = variable("HFT_CONFIG"),
		.socket = variable("HFT_SOCKET"),
		.state_folder = variable("XDG_STATE_HOME"),
		.runtime_folder = variable("XDG_RUNTIME_DIR"),
	};
}

int paths_config(const struct paths_user *user, char path[HFT_PATH_BYTES])
{
	char own[HFT_PATH_BYTES];

	if (user->config)
		return text_copy(path, HFT_PATH_BYTES, user->config);
	if (!user->root && user->home &&
	    text_format(own, sizeof(own), "%s/.config/hft/hft.conf", user->home) == 0 &&
	    access(own, F_OK) == 0)
		return text_copy(path, HFT_PATH_BYTES, own);
	return text_copy(path, HFT_PATH_BYTES, "/etc/hft/hft.conf");
}

int paths_state(const struct paths_user *user, char path[HFT_PATH_BYTES])
{
	if (user->root)
		return text_copy(path, HFT_PATH_BYTES, "/var/lib/hft");
	if (user->state_folder)
		return text_format(path, HFT_PATH_BYTES, "%s/hft", user->state_folder);
	if (user->home)
		return text_format(path, HFT_PATH_BYTES, "%s/.local/state/hft", user->home);
	return -ENOENT;
}

int paths_socket(const struct paths_user *user, char path[HFT_PATH_BYTES])
{
	if (user->socket)
		return text_copy(path, HFT_PATH_BYTES, user->socket);
	if (user->root)
		return text_copy(path, HFT_PATH_BYTES, "/run/hft/control.sock");
	if (user->runtime_folder)
		return text_format(path, HFT_PATH_BYTES, "%s/hft/control.sock",
				   user->runtime_folder);
	return -ENOENT;
}

int paths_make_folder(const char *path)
{
	char part[HFT_PATH_BYTES];
	int error = text_copy(part, sizeof(part), path);

	if (error < 0)
		return error;
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(part, 0700) < 0 && errno != EEXIST ? -errno : 0;
}
