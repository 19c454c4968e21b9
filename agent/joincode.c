/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <sanyoso/code.h>

#include "join.h"
#include "text.h"

/* Read to the end of the line or of the file. */
static enum sy_err
read_line(int fd, struct sy_secret *line)
{
	char c = '\0';
	ssize_t n;
	enum sy_err err = SY_OK;

	while (err == SY_OK) {
		n = read(fd, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = SY_ERR_IO;
		if (n <= 0 || c == '\n')
			break;
		err = sy_secret_append(line, &c, 1);
	}
	sy_memzero(&c, sizeof(c));
	return err;
}

static enum sy_err
ask_terminal(struct sy_secret *line)
{
	const int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	char prompt[SY_DIALOG_TEXT_SIZE];
	struct termios before, quiet;
	enum sy_err err;

	if (fd < 0)
		return SY_ERR_IO;
	if (tcgetattr(fd, &before) != 0) {
		(void)close(fd);
		return SY_ERR_IO;
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_lflag |= ICANON;
	text_get(SY_LANG_DEFAULT, TEXT_JOIN_PROMPT, NULL, prompt);
	if (tcsetattr(fd, TCSAFLUSH, &quiet) != 0 ||
	    write(fd, prompt, strlen(prompt)) < 0)
		err = SY_ERR_IO;
	else
		err = read_line(fd, line);
	(void)tcsetattr(fd, TCSAFLUSH, &before);
	if (write(fd, "\n", 1) < 0 && err == SY_OK)
		err = SY_ERR_IO;
	(void)close(fd);
	return err;
}

enum sy_err
join_read_code(int fd, struct sy_secret **ret_code)
{
	SY_AUTO(sy_secret_free) struct sy_secret *line = NULL;
	enum sy_err err;

	if ((err = sy_secret_new(SY_CODE_TEXT_MAX, &line)) != SY_OK)
		return err;
	err = fd >= 0 ? read_line(fd, line) : ask_terminal(line);
	if (err != SY_OK)
		return err;
	*ret_code = line;
	line = NULL;
	return SY_OK;
}
