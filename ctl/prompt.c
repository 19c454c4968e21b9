/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/prompt.h"

static void
write_all(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		const ssize_t n = write(fd, text, left);

		if (n < 0 && errno != EINTR)
			return;
		if (n > 0) {
			text += n;
			left -= (size_t)n;
		}
	}
}

/* Byte by byte: nothing of the next line may be taken. */
static bool
read_line(int fd, struct sy_secret *ret)
{
	bool fits = true;
	char c;

	for (;;) {
		const ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (c == '\n')
			break;
		/* What is too long is read to its end, then refused. */
		if (sy_secret_append(ret, &c, 1) != SY_OK)
			fits = false;
	}
	sy_memzero(&c, sizeof(c));
	return fits;
}

bool
prompt_read(const char *text, bool echo, struct sy_secret *ret)
{
	const int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	const int fd = tty >= 0 ? tty : STDIN_FILENO;
	struct termios before, quiet;
	bool hidden = false, ok;

	if (!echo && tcgetattr(fd, &before) == 0) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
		hidden = tcsetattr(fd, TCSAFLUSH, &quiet) == 0;
	}
	write_all(tty >= 0 ? tty : STDERR_FILENO, text);
	ok = read_line(fd, ret);
	if (hidden) {
		(void)tcsetattr(fd, TCSAFLUSH, &before);
		write_all(tty >= 0 ? tty : STDERR_FILENO, "\n");
	}
	if (tty >= 0)
		close(tty);
	if (!ok)
		sy_secret_clear(ret);
	return ok;
}
