/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/inherence/device/hidraw.h"
#include "lib/possession/device/name.h"

/* HID 1.11 section 6.2.2: an item's prefix is tag, type and size. */
#define ITEM_LONG    0xfe
#define ITEM_SIZE(p) ((p)&0x03)
#define ITEM_KIND(p) ((p)&0xfc)
#define MAIN_INPUT   0x80
#define MAIN_OUTPUT  0x90
#define MAIN_COLLECT 0xa0
#define GLOBAL_PAGE  0x04
#define GLOBAL_SIZE  0x74
#define GLOBAL_COUNT 0x94
#define LOCAL_USAGE  0x08
#define FIDO_PAGE    0xf1d0
#define FIDO_USAGE   0x01
#define UEVENT_MAX   4096
#define UEVENT_NAME  "HID_NAME="
#define DIGITS_MAX   5

struct item {
	uint8_t kind;
	uint8_t size;
	uint32_t value;
};

/* What the items up to here have said. */
struct walk {
	uint32_t page, usage, report_size, report_count;
	bool collected; /* the outermost collection began */
	bool fido;
	uint32_t in, out; /* bits */
};

/* One item; of a long one nothing is of use to us. */
static enum sy_err
next_item(struct sy_reader *r, struct item *ret)
{
	static const uint8_t sizes[] = { 0, 1, 2, 4 };
	const uint8_t *data;
	uint8_t prefix, len, tag;
	enum sy_err err;

	if ((err = sy_reader_u8(r, &prefix)) != SY_OK)
		return err;
	*ret = (struct item){ .kind = ITEM_KIND(prefix) };
	if (prefix == ITEM_LONG) {
		ret->kind = ITEM_LONG;
		if ((err = sy_reader_u8(r, &len)) != SY_OK ||
		    (err = sy_reader_u8(r, &tag)) != SY_OK)
			return err;
		return sy_reader_raw(r, len, &data);
	}
	ret->size = sizes[ITEM_SIZE(prefix)];
	if ((err = sy_reader_raw(r, ret->size, &data)) != SY_OK)
		return err;
	for (size_t i = ret->size; i > 0; i--)
		ret->value = ret->value << 8 | data[i - 1];
	return SY_OK;
}

/* Usages of four bytes have their page in the upper half. */
static bool
is_fido(const struct walk *w)
{
	const uint32_t page = w->usage >> 16 != 0 ? w->usage >> 16 : w->page;

	return page == FIDO_PAGE && (w->usage & 0xffff) == FIDO_USAGE;
}

static enum sy_err
add_report(struct walk *w, uint32_t *bits)
{
	/* Neither product can wrap: both are bounded first. */
	if (w->report_size > UINT8_MAX || w->report_count > UINT16_MAX ||
	    *bits > UINT16_MAX)
		return SY_ERR_FORMAT;
	*bits += w->report_size * w->report_count;
	return SY_OK;
}

static enum sy_err
take_item(struct walk *w, const struct item *item)
{
	switch (item->kind) {
	case GLOBAL_PAGE:
		w->page = item->value;
		return SY_OK;
	case GLOBAL_SIZE:
		w->report_size = item->value;
		return SY_OK;
	case GLOBAL_COUNT:
		w->report_count = item->value;
		return SY_OK;
	case LOCAL_USAGE:
		w->usage = item->value;
		return SY_OK;
	case MAIN_COLLECT:
		if (!w->collected)
			w->fido = is_fido(w);
		w->collected = true;
		return SY_OK;
	case MAIN_INPUT:
		return add_report(w, &w->in);
	case MAIN_OUTPUT:
		return add_report(w, &w->out);
	default:
		return SY_OK;
	}
}

static bool
report_fits(uint32_t bits)
{
	return bits % 8 == 0 && bits / 8 >= HIDRAW_REPORT_MIN &&
	    bits / 8 <= HIDRAW_REPORT_MAX;
}

enum sy_err
hidraw_parse(const uint8_t *descriptor, size_t len, struct hidraw_reports *ret)
{
	struct walk w = { .page = 0 };
	struct sy_reader r;
	struct item item;
	enum sy_err err;

	if (len > HIDRAW_DESCRIPTOR_MAX)
		return SY_ERR_FORMAT;
	sy_reader_init(&r, descriptor, len);
	while (sy_reader_left(&r) > 0) {
		if ((err = next_item(&r, &item)) != SY_OK)
			return err;
		if (item.kind != ITEM_LONG &&
		    (err = take_item(&w, &item)) != SY_OK)
			return err;
	}
	if (!w.fido)
		return SY_ERR_NOT_FOUND;
	if (!report_fits(w.in) || !report_fits(w.out))
		return SY_ERR_FORMAT;
	ret->in = (uint8_t)(w.in / 8);
	ret->out = (uint8_t)(w.out / 8);
	return SY_OK;
}

/* The whole of a small file of the kernel's. */
static bool
read_attribute(const char *sys, const char *name, const char *attribute,
    uint8_t *out, size_t cap, size_t *ret_len)
{
	char path[PATH_MAX];
	size_t have = 0;
	ssize_t n = 1;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s/device/%s", sys, name,
		attribute) >= sizeof(path) ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return false;
	while (n > 0 && have < cap) {
		n = read(fd, out + have, cap - have);
		if (n > 0)
			have += (size_t)n;
	}
	(void)close(fd);
	*ret_len = have;
	return n == 0;
}

/* What the device calls itself: a line of its uevent. */
static void
read_product(const char *sys, struct hidraw_key *key)
{
	char text[UEVENT_MAX + 1];
	char *line = text, *end;
	size_t len;

	device_copy_name(key->product, sizeof(key->product), key->name);
	if (!read_attribute(sys, key->name, "uevent", (uint8_t *)text,
		UEVENT_MAX, &len))
		return;
	text[len] = '\0';
	for (; *line != '\0'; line = end + (*end == '\n')) {
		end = strchrnul(line, '\n');
		if (strncmp(line, UEVENT_NAME, strlen(UEVENT_NAME)) == 0) {
			const bool last = *end == '\0';

			*end = '\0';
			device_copy_name(key->product, sizeof(key->product),
			    line + strlen(UEVENT_NAME));
			if (last)
				return;
			*end = '\n';
		}
	}
}

/* "hidraw" and a number: nothing else becomes part of a path. */
static bool
is_name(const char *name)
{
	const char *digits = name + strlen("hidraw");
	const size_t len = strlen(name);

	if (strncmp(name, "hidraw", strlen("hidraw")) != 0 ||
	    len == strlen("hidraw") || len > strlen("hidraw") + DIGITS_MAX)
		return false;
	return strspn(digits, "0123456789") == strlen(digits);
}

static bool
read_key(const char *sys, const char *name, struct hidraw_key *key)
{
	uint8_t descriptor[HIDRAW_DESCRIPTOR_MAX + 1];
	size_t len;

	if (!is_name(name) ||
	    !read_attribute(sys, name, "report_descriptor", descriptor,
		sizeof(descriptor), &len) ||
	    hidraw_parse(descriptor, len, &key->reports) != SY_OK)
		return false;
	(void)snprintf(key->name, sizeof(key->name), "%.*s",
	    HIDRAW_NAME_SIZE - 1, name);
	read_product(sys, key);
	return true;
}

size_t
hidraw_list(const char *sys, struct hidraw_key *out, size_t cap)
{
	const struct dirent *entry;
	size_t n = 0;
	DIR *dir;

	if ((dir = opendir(sys)) == NULL)
		return 0;
	while (n < cap && (entry = readdir(dir)) != NULL) {
		if (read_key(sys, entry->d_name, &out[n]))
			n++;
	}
	(void)closedir(dir);
	return n;
}

static enum sy_err
open_err(int error)
{
	return error == EACCES || error == EPERM ? SY_ERR_PERM
						 : SY_ERR_CARD_GONE;
}

enum sy_err
hidraw_open(const char *dev, const char *name, int *ret_fd)
{
	char path[PATH_MAX];
	struct stat st;
	enum sy_err err = SY_OK;
	int fd;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dev, name) >=
	    sizeof(path))
		return SY_ERR_ARG;
	fd =
	    open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	if (fd < 0)
		return open_err(errno);
	if (fstat(fd, &st) != 0 || !S_ISCHR(st.st_mode))
		err = SY_ERR_CARD_GONE;
	/* As libfido2 does: two programs that read one key's replies would
	 * take them away from each other. */
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		err = SY_ERR_CARD_BUSY;
	if (err != SY_OK) {
		(void)close(fd);
		return err;
	}
	*ret_fd = fd;
	return SY_OK;
}
