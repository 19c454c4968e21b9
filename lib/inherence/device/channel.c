/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <sanyoso/secret.h>

#include "lib/inherence/cbor.h"
#include "lib/inherence/device/channel.h"
#include "lib/inherence/device/uvm.h"

/* libfido2 hands over any path but NULL, and takes "nfc:" for its own. */
#define ANY_PATH "channel"

/* clientPIN: command, map, 01, protocol, 02, subcommand. */
#define UV_TOKEN_AT   5
#define CTAP_UV_TOKEN 0x06

/* open() gets nothing but a path: this is the channel that it is for. */
static struct channel *opening;

void
channel_begin(struct channel *channel, unsigned int ms)
{
	channel->due = channel->host->now_ms(channel->host->arg) + ms;
	channel->why = SY_OK;
	channel->touch_told = false;
}

void
channel_free(struct channel **channel)
{
	if (*channel == NULL)
		return;
	(*channel)->kind->free(*channel);
	*channel = NULL;
}

enum sy_err
channel_check_line(const struct channel *channel)
{
	const enum sy_err err = channel->host->wait(channel->host->arg, 0);

	if (err == SY_ERR_TIMEOUT)
		return SY_OK;
	return err == SY_OK ? SY_ERR_PROTOCOL : err;
}

void
channel_tell_touch(struct channel *channel)
{
	if (channel->touch_told || channel->touch == NULL)
		return;
	channel->touch_told = true;
	channel->touch(channel->touch_arg);
}

/* --- what libfido2 calls --- */

static void *
on_open(const char *path)
{
	(void)path;
	return opening;
}

static void
on_close(void *handle)
{
	(void)handle;
}

/* Never called where there are transport functions, but they must be there. */
static int
on_read(void *handle, unsigned char *buffer, size_t len, int ms)
{
	(void)handle;
	(void)buffer;
	(void)len;
	(void)ms;
	return -1;
}

static int
on_write(void *handle, const unsigned char *buffer, size_t len)
{
	(void)handle;
	(void)buffer;
	(void)len;
	return -1;
}

/* Whether the key may wait for its person now. Of clientPIN's subcommands
 * (CTAP 2.1 section 6.5.5) one does: libfido2 puts it behind the protocol. */
static bool
is_by_person(const uint8_t *message, size_t len)
{
	switch (message[0]) {
	case CTAP_MAKE_CREDENTIAL:
	case CTAP_GET_ASSERTION:
	case CTAP_SELECTION:
	case CTAP_BIO:
	case CTAP_BIO_PREVIEW:
		return true;
	case CTAP_CLIENT_PIN:
		return len > UV_TOKEN_AT && message[UV_TOKEN_AT - 1] == 0x02 &&
		    message[UV_TOKEN_AT] == CTAP_UV_TOKEN;
	default:
		return false;
	}
}

/* Send a message, changed where this libfido2 lacks something. */
static enum sy_err
send_message(struct channel *channel, uint8_t command, const uint8_t *message,
    size_t len)
{
	uint8_t changed[CHANNEL_MESSAGE_MAX];
	size_t changed_len = len;
	enum sy_err err;

	channel->by_person = false;
	if (command != CHANNEL_CBOR || len == 0)
		return channel->kind->send(channel, command, message, len);
	channel->by_person = is_by_person(message, len);
	if (len > sizeof(changed))
		return SY_ERR_LIMIT;
	memcpy(changed, message, len);
	if (message[0] == CTAP_BIO_PREVIEW && channel->bio_final)
		changed[0] = CTAP_BIO;
	if (message[0] == CTAP_GET_ASSERTION && channel->ask_uvm &&
	    (err = uvm_insert(message, len, changed, sizeof(changed),
		 &changed_len)) != SY_OK)
		return err;
	err = channel->kind->send(channel, command, changed, changed_len);
	sy_memzero(changed, sizeof(changed));
	return err;
}

static int
on_send(fido_dev_t *dev, uint8_t command, const unsigned char *message,
    size_t len)
{
	struct channel *channel = fido_dev_io_handle(dev);
	enum sy_err err;

	if ((err = send_message(channel, command, message, len)) == SY_OK)
		return 0;
	channel->why = err;
	return -1;
}

/*
 * libfido2's decoder makes room for as many items as are announced, be it
 * gigabytes, before it looks for them. An answer that announces more than it
 * has is one with the status that CTAP has for that.
 */
static void
refuse_announced(uint8_t *answer, size_t *len)
{
	if (*len < 2 || answer[0] != FIDO_OK ||
	    sy_cbor_fits(answer + 1, *len - 1))
		return;
	answer[0] = FIDO_ERR_INVALID_CBOR;
	*len = 1;
}

static int
on_receive(fido_dev_t *dev, uint8_t command, unsigned char *out, size_t cap,
    int ms)
{
	struct channel *channel = fido_dev_io_handle(dev);
	size_t len = 0;
	enum sy_err err;

	if (channel->why != SY_OK)
		return -1;
	err = channel->kind->receive(channel, command, out, cap, ms, &len);
	if (err == SY_OK) {
		if (command == CHANNEL_CBOR)
			refuse_announced(out, &len);
		return (int)len;
	}
	/* A poll that found nothing is no failure. */
	if (err != SY_ERR_NOT_FOUND)
		channel->why = err;
	return -1;
}

static enum sy_err
set_functions(fido_dev_t *dev)
{
	const fido_dev_io_t io = { .open = on_open,
		.close = on_close,
		.read = on_read,
		.write = on_write };
	const fido_dev_transport_t transport = { .rx = on_receive,
		.tx = on_send };

	if (fido_dev_set_io_functions(dev, &io) != FIDO_OK ||
	    fido_dev_set_transport_functions(dev, &transport) != FIDO_OK)
		return SY_ERR_INTERNAL;
	return SY_OK;
}

enum sy_err
channel_open(struct channel *channel, fido_dev_t **ret_dev)
{
	fido_dev_t *dev;
	enum sy_err err;

	if ((dev = fido_dev_new()) == NULL)
		return SY_ERR_NOMEM;
	if ((err = set_functions(dev)) == SY_OK) {
		opening = channel;
		if (fido_dev_open(dev, ANY_PATH) != FIDO_OK)
			err =
			    channel->why != SY_OK ? channel->why : SY_ERR_CARD;
		else if (!fido_dev_is_fido2(dev))
			err = SY_ERR_KEY_UNFIT;
		opening = NULL;
	}
	if (err != SY_OK) {
		channel_close(&dev);
		return err;
	}
	*ret_dev = dev;
	return SY_OK;
}

void
channel_close(fido_dev_t **dev)
{
	if (*dev == NULL)
		return;
	(void)fido_dev_close(*dev);
	fido_dev_free(dev);
}
