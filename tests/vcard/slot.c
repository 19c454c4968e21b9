/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "station.h"

/* Control bytes of vpcd. */
enum { VPCD_OFF = 0, VPCD_ON = 1, VPCD_RESET = 2, VPCD_ATR = 4 };

#define SEND_TIMEOUT_S 5

static void
hang_up(struct vc_station *st)
{
	if (st->fd >= 0) {
		close(st->fd);
		st->empty_until = vc_now_ms() + VC_EMPTY_MS;
	}
	st->fd = -1;
	st->seen = false;
	st->inlen = 0;
	st->late = false;
	vc_card_power(st->card);
}

void
vc_slot_insert(struct vc_station *st)
{
	const struct timeval limit = { .tv_sec = SEND_TIMEOUT_S };
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(st->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int one = 1;

	st->wanted = true;
	if (st->fd >= 0 || vc_now_ms() < st->empty_until)
		return;
	st->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (st->fd < 0)
		return;
	if (connect(st->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		/* Nobody is there: the slot is as empty as it was. */
		close(st->fd);
		st->fd = -1;
		return;
	}
	if (setsockopt(st->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) !=
		0 ||
	    setsockopt(st->fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
		sizeof(limit)) != 0)
		hang_up(st);
}

void
vc_slot_remove(struct vc_station *st)
{
	st->wanted = false;
	hang_up(st);
}

static void
send_message(struct vc_station *st, const uint8_t *p, size_t len)
{
	uint8_t frame[2 + VC_BYTES_MAX];
	size_t done = 0;
	ssize_t n;

	frame[0] = (uint8_t)(len >> 8);
	frame[1] = (uint8_t)len;
	memcpy(frame + 2, p, len);
	/* One write: vpcd's reads then never wait for a second segment. */
	while (done < 2 + len) {
		n = send(st->fd, frame + done, 2 + len - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			hang_up(st);
			return;
		}
		done += (size_t)n;
	}
}

void
vc_slot_send_late(struct vc_station *st)
{
	st->late = false;
	if (st->fd >= 0)
		send_message(st, st->reply.b, st->reply.len);
}

/* A fault that keeps the command from being run. True if it did. */
static bool
strike_before(struct vc_station *st, const struct vc_fault *f, const uint8_t *p,
    size_t len)
{
	if (f->kind == VC_RESET && !f->after)
		vc_card_power(st->card);
	if ((f->kind != VC_PULL && f->kind != VC_MUTE) || f->after)
		return false;
	vc_card_arrived(st->card, p, len);
	if (f->kind == VC_PULL)
		vc_slot_remove(st);
	return true;
}

static void
handle_apdu(struct vc_station *st, const uint8_t *p, size_t len)
{
	struct vc_fault f;
	const bool faulty = vc_faults_match(&st->faults, p, len, &f);

	if (faulty && strike_before(st, &f, p, len))
		return;
	vc_card_transmit(st->card, p, len, &st->reply);
	if (!faulty) {
		send_message(st, st->reply.b, st->reply.len);
		return;
	}
	if (f.kind == VC_RESET && f.after)
		vc_card_power(st->card);
	if (f.kind == VC_MUTE)
		return;
	if (f.kind == VC_PULL) {
		vc_slot_remove(st);
		return;
	}
	if (f.kind == VC_DELAY) {
		st->late = true;
		st->due = vc_now_ms() + (long long)f.ms;
		return;
	}
	vc_fault_edit(&f, &st->reply);
	send_message(st, st->reply.b, st->reply.len);
}

static void
handle_control(struct vc_station *st, uint8_t byte)
{
	if (byte == VPCD_ATR) {
		send_message(st, st->card->atr, st->card->atrlen);
		return;
	}
	if (byte != VPCD_OFF && byte != VPCD_ON && byte != VPCD_RESET)
		return;
	vc_card_power(st->card);
	if (byte == VPCD_ON) {
		st->card->counts.powerups++;
		st->seen = true;
	}
}

/* Take whole messages off the front of the input. */
static void
handle_input(struct vc_station *st)
{
	size_t at = 0;

	while (st->fd >= 0 && st->inlen - at >= 2) {
		const uint8_t *p = st->in + at;
		const size_t len = (size_t)p[0] << 8 | p[1];

		if (st->inlen - at < 2 + len)
			break;
		if (len == 1)
			handle_control(st, p[2]);
		else if (len > 1)
			handle_apdu(st, p + 2, len);
		at += 2 + len;
	}
	if (st->fd < 0)
		return;
	st->inlen -= at;
	memmove(st->in, st->in + at, st->inlen);
}

void
vc_slot_readable(struct vc_station *st)
{
	const int one = 1;
	ssize_t n;

	/*
	 * vpcd writes length and body apart with Nagle on: without this our
	 * delayed acknowledgement costs 40 ms per command. It has to be said
	 * again before every read.
	 */
	(void)setsockopt(st->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
	n = recv(st->fd, st->in + st->inlen, sizeof(st->in) - st->inlen, 0);
	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		hang_up(st);
		return;
	}
	st->inlen += (size_t)n;
	handle_input(st);
}
