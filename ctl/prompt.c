/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/prompt.h"

/* Signals that would end us with the echo switched off. */
static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define ENDING (sizeof(ending) / sizeof(ending[0]))

static volatile sig_atomic_t caught; /* the one that came, or 0 */

static void
on_signal(int number)
{
	caught = number;
}

/* While something is typed unseen. The signals come only while it is waited
 * for, so that none is missed. */
struct hidden {
	bool is; /* echo was there, and is off */
	struct termios before;
	struct sigaction actions[ENDING];
	sigset_t mask; /* of signals, as it was */
};

/* What is ignored (nohup, a job in the background) ends nobody and stays so. */
static void catch (int number, struct sigaction *ret_before)
{
	const struct sigaction action = { .sa_handler = on_signal };

	(void)sigaction(number, NULL, ret_before);
	if (ret_before->sa_handler != SIG_IGN)
		(void)sigaction(number, &action, NULL);
}

/* Echo off, until show. Ctrl-Z does nothing meanwhile: whoever came back would
 * type with the echo on. */
static void
hide(int fd, struct hidden *h)
{
	struct termios quiet;
	sigset_t blocked;

	if (tcgetattr(fd, &h->before) != 0)
		return;
	(void)sigemptyset(&blocked);
	for (size_t i = 0; i < ENDING; i++)
		(void)sigaddset(&blocked, ending[i]);
	(void)sigprocmask(SIG_BLOCK, &blocked, &h->mask);
	for (size_t i = 0; i < ENDING; i++)
		catch (ending[i], &h->actions[i]);
	quiet = h->before;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
	(void)tcsetattr(fd, TCSAFLUSH, &quiet);
	h->is = true;
}

/* As it was; a signal that came meanwhile comes now. */
static void
show(int fd, const struct hidden *h)
{
	if (!h->is)
		return;
	(void)tcsetattr(fd, TCSAFLUSH, &h->before);
	for (size_t i = 0; i < ENDING; i++)
		(void)sigaction(ending[i], &h->actions[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &h->mask, NULL);
	if (caught != 0)
		(void)raise(caught);
}

/* Until something can be read; false if a signal came first. */
static bool
wait_for(int fd, const struct hidden *h)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (ppoll(&p, 1, NULL, h->is ? &h->mask : NULL) < 0)
		if (errno != EINTR || caught != 0)
			return false;
	return true;
}

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
read_line(int fd, const struct hidden *h, struct sy_secret *ret)
{
	bool fits = true;
	char c;

	while (wait_for(fd, h)) {
		const ssize_t n = read(fd, &c, 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (c == '\n') {
			sy_memzero(&c, sizeof(c));
			return fits;
		}
		/* What is too long is read to its end, then refused. */
		if (sy_secret_append(ret, &c, 1) != SY_OK)
			fits = false;
	}
	return false;
}

bool
prompt_read(const char *text, bool echo, struct sy_secret *ret)
{
	const int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	const int in = tty >= 0 ? tty : STDIN_FILENO;
	const int out = tty >= 0 ? tty : STDERR_FILENO;
	struct hidden hidden = { .is = false };
	bool ok;

	caught = 0;
	if (!echo)
		hide(in, &hidden);
	write_all(out, text);
	ok = read_line(in, &hidden, ret);
	if (hidden.is)
		write_all(out, "\n");
	show(in, &hidden);
	if (tty >= 0)
		close(tty);
	if (!ok)
		sy_secret_clear(ret);
	return ok;
}
