/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/inherence/device/ctaphid.h"

#define FRAME_FIRST     0x80 /* of an initialization packet's command */
#define FIRST_HEADER    7
#define NEXT_HEADER     5
#define SEQUENCE_MAX    0x7f
#define SLICE_MS        50   /* how often the agent's line is looked at */
#define DRAIN_MS        800  /* for the answer to CANCEL */
#define WRITE_MS        2000 /* for one report */
#define BUSY_MS         100  /* before the same message is sent again */
#define BUSY_TRIES      30
#define SILENT_MS       6000  /* a key at work says so every 100 ms */
#define ALONE_MS        10000 /* for what needs nobody */
#define TOUCH_AFTER_MS  400   /* of keep-alives that do not say why */
#define ERROR_BUSY      0x06  /* CTAP 2.1 section 11.2.9.1.6 */
#define STATUS_UPNEEDED 0x02  /* CTAP 2.1 section 11.2.9.1.7 */

struct ctaphid {
	struct channel base;
	int fd;
	uint32_t channel;
	struct hidraw_reports reports;
	uint8_t nonce[CHANNEL_NONCE_SIZE];
	uint8_t command;
	size_t len;
	uint8_t message[CHANNEL_MESSAGE_MAX]; /* sent again if it was busy */
};

/* --- reading --- */

static uint32_t
get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
take_data(struct ctaphid_reply *reply, const uint8_t *data, size_t len)
{
	const size_t left = reply->total - reply->have;
	const size_t n = len < left ? len : left;

	memcpy(reply->out + reply->have, data, n);
	reply->have += n;
}

static enum ctaphid_step
take_first(struct ctaphid_reply *reply, const uint8_t *report, size_t len)
{
	const uint8_t command = report[4] & (uint8_t)~FRAME_FIRST;
	const size_t total = (size_t)report[5] << 8 | report[6];

	if (command == CHANNEL_KEEPALIVE || command == CHANNEL_ERROR) {
		if (total != 1 || reply->begun)
			return CTAPHID_BROKEN;
		reply->status = report[FIRST_HEADER];
		return command == CHANNEL_ERROR ? CTAPHID_REFUSED
						: CTAPHID_KEEPALIVE;
	}
	/* On the channel of all, INITs of others are answered as well. */
	if (reply->channel == CTAPHID_BROADCAST &&
	    (command != reply->command || total != CHANNEL_INIT_SIZE))
		return CTAPHID_OTHER;
	if (command != reply->command || total > reply->cap || reply->begun)
		return CTAPHID_BROKEN;
	reply->begun = true;
	reply->total = total;
	take_data(reply, report + FIRST_HEADER, len - FIRST_HEADER);
	return reply->have == reply->total ? CTAPHID_DONE : CTAPHID_MORE;
}

enum ctaphid_step
ctaphid_take(struct ctaphid_reply *reply, const uint8_t *report, size_t len)
{
	if (len < HIDRAW_REPORT_MIN)
		return CTAPHID_BROKEN;
	if (get_u32(report) != reply->channel)
		return CTAPHID_OTHER;
	if ((report[4] & FRAME_FIRST) != 0)
		return take_first(reply, report, len);
	if (!reply->begun)
		return reply->channel == CTAPHID_BROADCAST ? CTAPHID_OTHER
							   : CTAPHID_BROKEN;
	if (report[4] != reply->sequence)
		return CTAPHID_BROKEN;
	reply->sequence++;
	take_data(reply, report + NEXT_HEADER, len - NEXT_HEADER);
	return reply->have == reply->total ? CTAPHID_DONE : CTAPHID_MORE;
}

/* One report. TIMEOUT, CARD_GONE, CARD. */
static enum sy_err
read_report(const struct ctaphid *hid, unsigned int ms,
    uint8_t report[HIDRAW_REPORT_MAX])
{
	struct pollfd fd = { .fd = hid->fd, .events = POLLIN };
	ssize_t n;

	if (poll(&fd, 1, (int)ms) <= 0)
		return SY_ERR_TIMEOUT;
	if ((fd.revents & POLLIN) == 0)
		return SY_ERR_CARD_GONE;
	n = read(hid->fd, report, hid->reports.in);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return SY_ERR_TIMEOUT;
	if (n <= 0)
		return SY_ERR_CARD_GONE;
	return n == hid->reports.in ? SY_OK : SY_ERR_CARD;
}

/* --- writing --- */

static enum sy_err
write_report(const struct ctaphid *hid, const uint8_t *report)
{
	uint8_t numbered[1 + HIDRAW_REPORT_MAX] = { 0 };
	const size_t len = 1 + (size_t)hid->reports.out;
	struct pollfd fd = { .fd = hid->fd, .events = POLLOUT };
	ssize_t n;

	memcpy(numbered + 1, report, hid->reports.out);
	if (poll(&fd, 1, WRITE_MS) <= 0)
		return SY_ERR_CARD_MUTE;
	/* A kernel may let us wait here for a key that does not take it. */
	hid->base.host->guard(hid->base.host->arg, 2 * WRITE_MS + BUSY_MS,
	    SY_ERR_CARD_MUTE);
	n = write(hid->fd, numbered, len);
	hid->base.host->guard(hid->base.host->arg, 0, SY_OK);
	sy_memzero(numbered, sizeof(numbered));
	return n == (ssize_t)len ? SY_OK : SY_ERR_CARD_GONE;
}

static void
put_channel(const struct ctaphid *hid, uint8_t *report)
{
	report[0] = (uint8_t)(hid->channel >> 24);
	report[1] = (uint8_t)(hid->channel >> 16);
	report[2] = (uint8_t)(hid->channel >> 8);
	report[3] = (uint8_t)hid->channel;
}

static enum sy_err
write_message(const struct ctaphid *hid, uint8_t command,
    const uint8_t *message, size_t len)
{
	uint8_t report[HIDRAW_REPORT_MAX] = { 0 };
	size_t at, n = hid->reports.out - (size_t)FIRST_HEADER;
	uint8_t sequence = 0;
	enum sy_err err;

	put_channel(hid, report);
	report[4] = command | FRAME_FIRST;
	report[5] = (uint8_t)(len >> 8);
	report[6] = (uint8_t)len;
	n = n < len ? n : len;
	if (n > 0)
		memcpy(report + FIRST_HEADER, message, n);
	if ((err = write_report(hid, report)) != SY_OK)
		return err;
	for (at = n; at < len; at += n) {
		if (sequence > SEQUENCE_MAX)
			return SY_ERR_LIMIT;
		memset(report, 0, sizeof(report));
		put_channel(hid, report);
		report[4] = sequence++;
		n = hid->reports.out - (size_t)NEXT_HEADER;
		n = n < len - at ? n : len - at;
		memcpy(report + NEXT_HEADER, message + at, n);
		if ((err = write_report(hid, report)) != SY_OK)
			return err;
	}
	return SY_OK;
}

static enum sy_err
hid_send(struct channel *channel, uint8_t command, const uint8_t *message,
    size_t len)
{
	struct ctaphid *hid = (struct ctaphid *)channel;

	if (len > sizeof(hid->message))
		return SY_ERR_LIMIT;
	if (command == CHANNEL_CANCEL)
		return write_message(hid, command, message, len);
	if (command == CHANNEL_INIT) {
		if (len != sizeof(hid->nonce))
			return SY_ERR_ARG;
		memcpy(hid->nonce, message, len);
		hid->channel = CTAPHID_BROADCAST;
	}
	hid->command = command;
	hid->len = len;
	memcpy(hid->message, message, len);
	return write_message(hid, command, message, len);
}

/* --- waiting for a reply --- */

/*
 * Tell the key that nobody waits any more, and hear it out: what comes now is
 * no answer to what is sent next. TIMEOUT if it did stop.
 */
static enum sy_err
cancel(struct ctaphid *hid, struct ctaphid_reply *reply)
{
	const struct device_host *host = hid->base.host;
	const uint64_t until = host->now_ms(host->arg) + DRAIN_MS;
	uint8_t report[HIDRAW_REPORT_MAX];
	enum sy_err err;

	if (hid->channel == CTAPHID_BROADCAST)
		return SY_ERR_CARD_MUTE;
	if ((err = write_message(hid, CHANNEL_CANCEL, NULL, 0)) != SY_OK)
		return err;
	while (host->now_ms(host->arg) < until) {
		enum ctaphid_step step;

		err = read_report(hid, SLICE_MS, report);
		if (err == SY_ERR_TIMEOUT)
			continue;
		if (err != SY_OK)
			return err;
		step = ctaphid_take(reply, report, hid->reports.in);
		if (step == CTAPHID_DONE || step == CTAPHID_REFUSED)
			return SY_ERR_TIMEOUT;
		if (step == CTAPHID_BROKEN)
			return SY_ERR_CARD;
	}
	return SY_ERR_CARD_MUTE;
}

/* Whether the whole reply is the one to our INIT; if so we have a channel. */
static bool
take_init(struct ctaphid *hid, struct ctaphid_reply *reply)
{
	if (hid->command != CHANNEL_INIT)
		return true;
	if (reply->have != CHANNEL_INIT_SIZE ||
	    memcmp(reply->out, hid->nonce, sizeof(hid->nonce)) != 0) {
		*reply = (struct ctaphid_reply){ .channel = reply->channel,
			.command = reply->command,
			.out = reply->out,
			.cap = reply->cap };
		return false;
	}
	hid->channel = get_u32(reply->out + CHANNEL_NONCE_SIZE);
	return true;
}

/* A wait for a reply. */
struct wait {
	struct ctaphid_reply reply;
	uint64_t began;
	uint64_t until; /* of this call */
	uint64_t due;   /* when the key has to have answered */
	uint64_t heard; /* when it last said anything */
	unsigned int busy;
};

static void
take_keepalive(struct ctaphid *hid, const struct wait *w, uint64_t now)
{
	if (hid->base.by_person &&
	    (w->reply.status == STATUS_UPNEEDED ||
		now - w->began >= TOUCH_AFTER_MS))
		channel_tell_touch(&hid->base);
}

/* Another program's turn: it has not looked at our message. */
static enum sy_err
send_again(struct ctaphid *hid, struct wait *w)
{
	const struct device_host *host = hid->base.host;

	if (w->reply.status != ERROR_BUSY)
		return SY_ERR_CARD;
	if (++w->busy > BUSY_TRIES)
		return SY_ERR_CARD_BUSY;
	host->sleep_ms(host->arg, BUSY_MS);
	return write_message(hid, hid->command, hid->message, hid->len);
}

/* One step of waiting: OK when the reply is whole, NOT_FOUND to go on. */
static enum sy_err
wait_step(struct ctaphid *hid, struct wait *w, uint64_t now)
{
	uint8_t report[HIDRAW_REPORT_MAX];
	const uint64_t left = w->until - now;
	enum ctaphid_step step;
	enum sy_err err;

	err = read_report(hid, left < SLICE_MS ? (unsigned int)left : SLICE_MS,
	    report);
	if (err != SY_OK)
		return err == SY_ERR_TIMEOUT ? SY_ERR_NOT_FOUND : err;
	step = ctaphid_take(&w->reply, report, hid->reports.in);
	if (step != CTAPHID_OTHER)
		w->heard = now;
	switch (step) {
	case CTAPHID_DONE:
		return take_init(hid, &w->reply) ? SY_OK : SY_ERR_NOT_FOUND;
	case CTAPHID_KEEPALIVE:
		take_keepalive(hid, w, now);
		return SY_ERR_NOT_FOUND;
	case CTAPHID_REFUSED:
		err = send_again(hid, w);
		return err == SY_OK ? SY_ERR_NOT_FOUND : err;
	case CTAPHID_BROKEN:
		return SY_ERR_CARD;
	case CTAPHID_MORE:
	case CTAPHID_OTHER:
		break;
	}
	return SY_ERR_NOT_FOUND;
}

/* As hid_receive; NOT_FOUND only where ${ms} was over before the deadline and
 * nothing had come. */
static enum sy_err
wait_reply(struct ctaphid *hid, struct wait *w, int ms)
{
	const struct device_host *host = hid->base.host;
	enum sy_err err, line;
	uint64_t now = host->now_ms(host->arg);

	w->began = w->heard = now;
	w->due = hid->base.due;
	if (!hid->base.by_person && now + ALONE_MS < w->due)
		w->due = now + ALONE_MS;
	w->until = w->due;
	if (ms >= 0 && now + (uint64_t)ms < w->until)
		w->until = now + (uint64_t)ms;
	for (;; now = host->now_ms(host->arg)) {
		if ((line = channel_check_line(&hid->base)) != SY_OK) {
			(void)cancel(hid, &w->reply);
			return line;
		}
		if (now >= w->due || now - w->heard >= SILENT_MS)
			return cancel(hid, &w->reply);
		/* What has begun comes to its end. */
		if (w->reply.begun)
			w->until = w->due;
		if (now > w->until)
			return SY_ERR_NOT_FOUND;
		if ((err = wait_step(hid, w, now)) != SY_ERR_NOT_FOUND)
			return err;
	}
}

static enum sy_err
hid_receive(struct channel *channel, uint8_t command, uint8_t *out, size_t cap,
    int ms, size_t *ret_len)
{
	struct ctaphid *hid = (struct ctaphid *)channel;
	struct wait w = { .reply = { .channel = hid->channel,
			      .command = command,
			      .out = out,
			      .cap = cap } };
	enum sy_err err;

	if ((err = wait_reply(hid, &w, ms)) != SY_OK)
		return err;
	*ret_len = w.reply.have;
	return SY_OK;
}

static enum sy_err
hid_check(struct channel *channel)
{
	const struct ctaphid *hid = (const struct ctaphid *)channel;
	struct pollfd fd = { .fd = hid->fd, .events = POLLIN };
	uint8_t report[HIDRAW_REPORT_MAX];
	enum sy_err err;

	if (poll(&fd, 1, 0) <= 0)
		return SY_OK;
	/* Nothing is asked: what comes is another's, or its end. */
	err = read_report(hid, 0, report);
	return err == SY_ERR_CARD_GONE ? err : SY_OK;
}

static void
hid_free(struct channel *channel)
{
	struct ctaphid *hid = (struct ctaphid *)channel;

	(void)close(hid->fd);
	sy_memzero(hid, sizeof(*hid));
	free(hid);
}

static const struct channel_kind kind = { .send = hid_send,
	.receive = hid_receive,
	.check = hid_check,
	.free = hid_free };

enum sy_err
ctaphid_new(const struct device_host *host, int fd,
    const struct hidraw_reports *reports, struct channel **ret_channel)
{
	struct ctaphid *hid;

	if ((hid = calloc(1, sizeof(*hid))) == NULL) {
		(void)close(fd);
		return SY_ERR_NOMEM;
	}
	hid->base.kind = &kind;
	hid->base.host = host;
	hid->fd = fd;
	hid->channel = CTAPHID_BROADCAST;
	hid->reports = *reports;
	*ret_channel = &hid->base;
	return SY_OK;
}
