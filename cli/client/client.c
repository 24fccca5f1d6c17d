/* SPDX-License-Identifier: Apache-2.0 */
/* client.c -- the connection of a handle: see <hft/hft.h> and client.h.
 *
 * The buffer holds the line of the event told last, so that its text stays valid, and what came
 * behind it; the line goes when the next event is asked for. */
#define _GNU_SOURCE 1

#include "client/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define SYSTEM_SOCKET "/run/hft/control.sock"
#define NS_IN_MS      1000000
#define MS_IN_S	      1000

int client_fail(struct hft *handle, int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(handle->sentence, sizeof(handle->sentence), format, arguments);
	va_end(arguments);
	return error;
}

/* Milliseconds that never go back. */
static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * MS_IN_S + now.tv_nsec / NS_IN_MS;
}

/* What is left until the deadline, for poll(); -1 stays -1. */
static int left_ms(int timeout_ms, int64_t begin_ms)
{
	const int64_t left = timeout_ms - (now_ms() - begin_ms);

	if (timeout_ms < 0)
		return -1;
	return left < 0 ? 0 : (int)left;
}

/* ---- opening -------------------------------------------------------------------- */

const char *hft_socket_path(char *path, size_t capacity)
{
	const char *chosen = getenv("HFT_SOCKET");
	const char *folder = getenv("XDG_RUNTIME_DIR");
	struct stat file;

	if (chosen && chosen[0] != '\0')
		return text_copy(path, capacity, chosen) < 0 ? NULL : path;
	if (geteuid() != 0 && folder && folder[0] == '/' &&
	    text_format(path, capacity, "%s/hft/control.sock", folder) == 0 &&
	    stat(path, &file) == 0)
		return path;
	return text_copy(path, capacity, SYSTEM_SOCKET) < 0 ? NULL : path;
}

static int make_nonblocking(int fd)
{
	const int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

static int connect_to(struct hft *handle, const struct sockaddr_un *address)
{
	const struct timeval patience = {.tv_sec = 1}; /* for a full line of callers */
	int error;

	handle->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (handle->fd < 0)
		return -errno;
	if (setsockopt(handle->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(handle->fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		error = -errno;
	else
		error = make_nonblocking(handle->fd);
	if (error < 0) {
		(void)close(handle->fd);
		handle->fd = -1;
	}
	return error;
}

static int explain_connect(struct hft *handle, int error, const char *path)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
	case -ENOTDIR:
		return client_fail(handle, error,
				   "no engine answers at %s: is hft-engine running there?", path);
	case -EACCES:
	case -EPERM:
		return client_fail(handle, error,
				   "you may not ask the engine at %s: become root, or a member of "
				   "its control group (hft)",
				   path);
	default:
		return client_fail(handle, error, "the engine at %s: %s", path, strerror(-error));
	}
}

int hft_open(const char *socket, struct hft **ret_handle)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct hft *handle = calloc(1, sizeof(*handle));
	char path[HFT_PATH_BYTES];
	const char *chosen;
	int error;

	assert(ret_handle);

	*ret_handle = handle;
	if (!handle)
		return -ENOMEM;
	handle->fd = -1;
	chosen = socket ? socket : hft_socket_path(path, sizeof(path));
	if (!chosen || text_copy(address.sun_path, sizeof(address.sun_path), chosen) < 0)
		return client_fail(handle, -ENAMETOOLONG,
				   "the path of the socket is longer than 107 bytes");
	error = connect_to(handle, &address);
	return error < 0 ? explain_connect(handle, error, chosen) : 0;
}

int hft_open_fd(int fd, struct hft **ret_handle)
{
	struct hft *handle = calloc(1, sizeof(*handle));
	int error;

	assert(ret_handle);

	*ret_handle = handle;
	if (!handle) {
		(void)close(fd);
		return -ENOMEM;
	}
	handle->fd = fd;
	error = make_nonblocking(fd);
	return error < 0 ? client_fail(handle, error, "%s", strerror(-error)) : 0;
}

void hft_close(struct hft *handle)
{
	if (!handle)
		return;
	if (handle->fd >= 0)
		(void)close(handle->fd);
	free(handle);
}

const char *hft_sentence(const struct hft *handle)
{
	return handle ? handle->sentence : "no memory left";
}

int hft_descriptor(const struct hft *handle)
{
	assert(handle);
	return handle->fd;
}

/* ---- asking --------------------------------------------------------------------- */

int client_begin(struct hft *handle)
{
	assert(handle);

	handle->sentence[0] = '\0';
	if (handle->fd < 0)
		return client_fail(handle, -EPIPE, "there is no connection to an engine");
	if (handle->running)
		return client_fail(handle, -EBUSY, "another request of this handle still runs");
	return 0;
}

/* Sends a piece; the descriptor goes with its first byte. */
static ssize_t send_piece(int socket, const char *data, size_t bytes, int fd_to_pass)
{
	struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = bytes};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {0};
	ssize_t sent;

	if (fd_to_pass >= 0) {
		struct cmsghdr *header = (struct cmsghdr *)control;

		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &fd_to_pass, sizeof(fd_to_pass));
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
	}
	sent = sendmsg(socket, &message, MSG_NOSIGNAL);
	return sent < 0 ? -errno : sent;
}

static int send_all(struct hft *handle, size_t bytes, int fd_to_pass)
{
	const int64_t begin_ms = now_ms();
	size_t sent_bytes = 0;

	while (sent_bytes < bytes) {
		struct pollfd ready = {.fd = handle->fd, .events = POLLOUT};
		const ssize_t sent = send_piece(handle->fd, handle->out + sent_bytes,
						bytes - sent_bytes,
						sent_bytes == 0 ? fd_to_pass : -1);

		if (sent >= 0) {
			sent_bytes += (size_t)sent;
			continue;
		}
		if (sent != -EAGAIN && sent != -EINTR)
			return (int)sent;
		if (poll(&ready, 1, left_ms(CLIENT_SEND_MS, begin_ms)) == 0)
			return -ETIMEDOUT;
	}
	return 0;
}

int client_ask(struct hft *handle, const struct control_request *request, int fd_to_pass)
{
	size_t bytes = 0;
	int error = control_request_encode(request, handle->out, sizeof(handle->out), &bytes);

	if (error == -EINVAL)
		return client_fail(handle, error, "a \"%s\" like that cannot be asked for",
				   control_request_name(request->kind));
	if (error < 0)
		return client_fail(handle, error, "%s", strerror(-error));
	error = send_all(handle, bytes, fd_to_pass);
	if (error == -ETIMEDOUT)
		return client_fail(handle, error, "the engine does not take the request");
	/* An engine that turned us away has closed its end and says why in what can be read. */
	if (error < 0 && error != -EPIPE && error != -ECONNRESET)
		return client_fail(handle, error, "the engine cannot be asked: %s",
				   strerror(-error));
	handle->running = true;
	return 0;
}

/* ---- being told ----------------------------------------------------------------- */

static int fail_gone(struct hft *handle)
{
	return client_fail(handle, -EPIPE, "the engine has gone");
}

/* 0 when a whole line is at the start of the buffer and *ret_bytes its length; -EAGAIN. */
static int find_line(struct hft *handle, size_t *ret_bytes)
{
	const char *end;

	if (handle->taken_bytes > 0) {
		handle->in_bytes -= handle->taken_bytes;
		memmove(handle->in, handle->in + handle->taken_bytes, handle->in_bytes);
		handle->taken_bytes = 0;
	}
	end = memchr(handle->in, '\n', handle->in_bytes);
	if (!end && handle->in_bytes >= HFT_CONTROL_LINE_BYTES)
		return client_fail(handle, -EPROTO, "the engine says more than a line can hold");
	if (!end)
		return -EAGAIN;
	*ret_bytes = (size_t)(end - handle->in);
	return 0;
}

static int take_line(struct hft *handle, size_t bytes)
{
	int error = control_event_decode(handle->in, bytes, &handle->event);

	if (error < 0 && error != -EOPNOTSUPP)
		return client_fail(handle, -EPROTO, "the engine says what is no event");
	handle->taken_bytes = bytes + 1;
	handle->in[bytes] = '\0';
	client_tell_nothing(handle);
	if (error == 0)
		client_tell(handle);
	handle->told.json = handle->in;
	handle->told.json_bytes = bytes;
	if (handle->told.kind == HFT_EVENT_END)
		handle->running = false;
	return 0;
}

/* 0 when something came, -EAGAIN when nothing did. */
static int receive(struct hft *handle)
{
	const ssize_t bytes = recv(handle->fd, handle->in + handle->in_bytes,
				   HFT_CONTROL_LINE_BYTES - handle->in_bytes, 0);

	if (bytes > 0) {
		handle->in_bytes += (size_t)bytes;
		return 0;
	}
	if (bytes == 0 || errno == ECONNRESET || errno == EPIPE)
		return fail_gone(handle);
	if (errno == EAGAIN || errno == EINTR)
		return -EAGAIN;
	return client_fail(handle, -errno, "the engine cannot be heard: %s", strerror(errno));
}

/* Waits until there is something to receive; -EAGAIN when the time is up. */
static int wait_for_more(struct hft *handle, int wait_ms)
{
	struct pollfd ready = {.fd = handle->fd, .events = POLLIN};
	const int count = poll(&ready, 1, wait_ms);

	if (count > 0)
		return 0;
	return count == 0 ? -EAGAIN : -errno;
}

int hft_next_event(struct hft *handle, int timeout_ms, const struct hft_event **ret_event)
{
	const int64_t begin_ms = now_ms();
	size_t bytes = 0;
	int error;

	assert(handle);
	assert(ret_event);

	handle->sentence[0] = '\0';
	if (!handle->running)
		return -ENODATA;
	for (;;) {
		error = find_line(handle, &bytes);
		if (error == 0)
			break;
		if (error == -EAGAIN)
			error = receive(handle);
		if (error == -EAGAIN)
			error = wait_for_more(handle, left_ms(timeout_ms, begin_ms));
		if (error < 0)
			return error;
	}
	error = take_line(handle, bytes);
	if (error == 0)
		*ret_event = &handle->told;
	return error;
}

int hft_for_each_event(struct hft *handle, bool (*each)(void *arg, const struct hft_event *event),
		       void *arg)
{
	const struct hft_event *event = NULL;
	int error;

	assert(handle);
	assert(each);

	for (;;) {
		error = hft_next_event(handle, -1, &event);
		if (error == -EINTR)
			continue;
		if (error < 0)
			return error;
		if (!each(arg, event))
			return -ECANCELED;
		if (event->kind == HFT_EVENT_END)
			return event->end.exit;
	}
}
