/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pty.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "port.h"
#include "report.h"
#include "tests/vcard/wire.h"

#define REPORT_BYTES (1U + VK_FRAME_BYTES) /* report number first */
#define BURST_FRAMES 16
#define PAUSE_MS     5
#define PATIENCE_MS  200
#define FEW_BYTES    512
#define MANY_BYTES   3000
/* Where a USB device would stand. */
#define BRANCH "devices/vkey"

struct path {
	char s[PATH_MAX];
};

static struct path make_path(const char *format, ...) SY_PRINTF(1, 2);

static struct path
make_path(const char *format, ...)
{
	struct path p;
	va_list args;

	va_start(args, format);
	if (vsnprintf(p.s, sizeof(p.s), format, args) >= (int)sizeof(p.s))
		p.s[0] = '\0';
	va_end(args);
	return p;
}

static enum sy_err
write_file(const char *dir, const char *name, const void *p, size_t len)
{
	const struct path path = make_path("%s/%s", dir, name);
	const int fd =
	    open(path.s, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ssize_t n;

	if (fd < 0)
		return SY_ERR_IO;
	n = write(fd, p, len);
	close(fd);
	return n == (ssize_t)len ? SY_OK : SY_ERR_IO;
}

static enum sy_err
write_text(const char *dir, const char *name, const char *text)
{
	return write_file(dir, name, text, strlen(text));
}

/* All folders of a path. */
static enum sy_err
make_folders(const char *path)
{
	char copy[PATH_MAX];

	if (strlen(path) >= sizeof(copy))
		return SY_ERR_LIMIT;
	memcpy(copy, path, strlen(path) + 1);
	for (char *at = copy + 1; *at != '\0'; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(copy, 0755) != 0 && errno != EEXIST)
			return SY_ERR_IO;
		*at = '/';
	}
	return mkdir(copy, 0755) == 0 || errno == EEXIST ? SY_OK : SY_ERR_IO;
}

static enum sy_err
make_link(const char *to, const char *dir, const char *name)
{
	const struct path path = make_path("%s/%s", dir, name);

	return symlink(to, path.s) == 0 || errno == EEXIST ? SY_OK : SY_ERR_IO;
}

/* The USB device and its HID interface, as libudev walks up to them. */
static enum sy_err
write_parents(const struct vk_port *port, const char *usb, const char *hid)
{
	const struct path uevent = make_path(
	    "DRIVER=hid-generic\nHID_ID=0003:%08X:%08X\nHID_NAME=%s\n",
	    VK_VENDOR, VK_PRODUCT, port->name);
	const struct path vendor = make_path("%04x\n", VK_VENDOR);
	const struct path product = make_path("%04x\n", VK_PRODUCT);
	const struct path name = make_path("%s\n", port->name);
	enum sy_err err;

	if ((err = write_text(usb, "uevent", "DEVTYPE=usb_device\n")) !=
		SY_OK ||
	    (err = write_text(usb, "idVendor", vendor.s)) != SY_OK ||
	    (err = write_text(usb, "idProduct", product.s)) != SY_OK ||
	    (err = write_text(usb, "manufacturer", VK_MAKER "\n")) != SY_OK ||
	    (err = write_text(usb, "product", name.s)) != SY_OK ||
	    (err = make_link("../../../bus/usb", usb, "subsystem")) != SY_OK ||
	    (err = write_text(hid, "uevent", uevent.s)) != SY_OK ||
	    (err = write_file(hid, "report_descriptor", vk_report,
		 sizeof(vk_report))) != SY_OK)
		return err;
	return make_link("../../../../bus/hid", hid, "subsystem");
}

static enum sy_err
write_sys(const struct vk_port *port, const struct stat *tty)
{
	const unsigned int n = port->number;
	const struct path usb = make_path("%s/" BRANCH "/usb%u", port->sys, n);
	const struct path id =
	    make_path("0003:%04X:%04X.%04X", VK_VENDOR, VK_PRODUCT, n);
	const struct path hid = make_path("%s/%s", usb.s, id.s);
	const struct path node = make_path("%s/hidraw/hidraw%u", hid.s, n);
	const struct path class = make_path("%s/class/hidraw", port->sys);
	const struct path uevent =
	    make_path("MAJOR=%u\nMINOR=%u\nDEVNAME=hidraw%u\n",
		major(tty->st_rdev), minor(tty->st_rdev), n);
	const struct path link =
	    make_path("../../" BRANCH "/usb%u/%s/hidraw/hidraw%u", n, id.s, n);
	const struct path up = make_path("../../../%s", id.s);
	const struct path name = make_path("hidraw%u", n);
	const struct path busses[] = { make_path("%s/bus/usb", port->sys),
		make_path("%s/bus/hid", port->sys) };
	enum sy_err err;

	for (size_t i = 0; i < SY_COUNT(busses); i++)
		if ((err = make_folders(busses[i].s)) != SY_OK)
			return err;
	if ((err = make_folders(node.s)) != SY_OK ||
	    (err = make_folders(class.s)) != SY_OK ||
	    (err = write_parents(port, usb.s, hid.s)) != SY_OK ||
	    (err = write_text(node.s, "uevent", uevent.s)) != SY_OK ||
	    (err = make_link("../../../../../../class/hidraw", node.s,
		 "subsystem")) != SY_OK ||
	    (err = make_link(up.s, node.s, "device")) != SY_OK)
		return err;
	return make_link(link.s, class.s, name.s);
}

/* Only the class entry: what libudev looks for first. */
static void
hide_sys(const struct vk_port *port)
{
	const struct path link =
	    make_path("%s/class/hidraw/hidraw%u", port->sys, port->number);

	(void)unlink(link.s);
}

static struct path
node_path(const struct vk_port *port)
{
	return make_path("%s/hidraw%u", port->dev, port->number);
}

/* The terminal under the name of the device. */
static enum sy_err
bind_node(const struct vk_port *port, const char *tty)
{
	const struct path node = node_path(port);
	const int fd = open(node.s, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	else if (errno != EEXIST)
		return SY_ERR_IO;
	return mount(tty, node.s, NULL, MS_BIND, NULL) == 0 ? SY_OK : SY_ERR_IO;
}

static void
unbind_node(const struct vk_port *port)
{
	const struct path node = node_path(port);

	(void)umount2(node.s, MNT_DETACH);
	(void)unlink(node.s);
}

static enum sy_err
open_tty(struct vk_port *port, struct path *ret_tty, struct stat *ret_st)
{
	struct termios raw;

	cfmakeraw(memset(&raw, 0, sizeof(raw)));
	raw.c_cc[VMIN] = VK_FRAME_BYTES;
	raw.c_cflag |= CREAD | CS8;
	if (openpty(&port->master, &port->slave, NULL, &raw, NULL) != 0)
		return SY_ERR_IO;
	(void)fcntl(port->master, F_SETFD, FD_CLOEXEC);
	(void)fcntl(port->slave, F_SETFD, FD_CLOEXEC);
	if (fcntl(port->master, F_SETFL, O_NONBLOCK) != 0 ||
	    ttyname_r(port->slave, ret_tty->s, sizeof(ret_tty->s)) != 0 ||
	    fchown(port->slave, port->uid, port->gid) != 0 ||
	    fchmod(port->slave, port->mode) != 0 ||
	    fstat(port->slave, ret_st) != 0 ||
	    (port->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) < 0 ||
	    inotify_add_watch(port->watch, ret_tty->s, IN_OPEN | IN_CLOSE) < 0)
		return SY_ERR_IO;
	return SY_OK;
}

enum sy_err
vk_port_plug(struct vk_port *port)
{
	struct path tty;
	struct stat st;
	enum sy_err err;

	if (port->master >= 0)
		return SY_OK;
	if ((err = open_tty(port, &tty, &st)) != SY_OK ||
	    (err = bind_node(port, tty.s)) != SY_OK ||
	    (err = write_sys(port, &st)) != SY_OK)
		vk_port_unplug(port);
	return err;
}

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
vk_port_unplug(struct vk_port *port)
{
	hide_sys(port);
	unbind_node(port);
	shut(&port->watch);
	shut(&port->slave);
	/* Who has the other end open is told by the closing of this one. */
	shut(&port->master);
	port->openers = 0;
	port->inlen = 0;
}

/* Bytes that nobody has read yet. */
static int
unread(const struct vk_port *port)
{
	int n = 0;

	return ioctl(port->slave, FIONREAD, &n) == 0 ? n : 0;
}

/*
 * A terminal holds 4095 bytes, and drops what does not fit. USB sends a frame
 * each millisecond: now and then let the reader keep up.
 */
static void
pace(struct vk_port *port)
{
	const struct timespec one = { .tv_nsec = 1000000 };

	if (vc_now_ms() - port->last_ms > PAUSE_MS)
		port->burst = 0;
	if (++port->burst % BURST_FRAMES == 0) {
		int left = PATIENCE_MS;

		do
			(void)nanosleep(&one, NULL);
		while (--left > 0 && unread(port) > FEW_BYTES);
	}
	port->last_ms = vc_now_ms();
}

void
vk_port_expect(struct vk_port *port, size_t len)
{
	struct termios raw;

	if (port->master < 0 || tcgetattr(port->slave, &raw) != 0)
		return;
	raw.c_cc[VMIN] = (cc_t)(len < VK_FRAME_BYTES ? len : VK_FRAME_BYTES);
	(void)tcsetattr(port->slave, TCSANOW, &raw);
}

bool
vk_port_send(struct vk_port *port, const uint8_t *frame, size_t len)
{
	ssize_t n;

	if (port->master < 0)
		return false;
	pace(port);
	/* Nobody reads: a real device would drop it as well. */
	if (unread(port) > MANY_BYTES)
		return true;
	n = write(port->master, frame, len);
	return n == (ssize_t)len || errno == EAGAIN;
}

/*
 * A device gives each program what comes while it has it open. A terminal would
 * give the next one what the last one left.
 */
void
vk_port_opened(struct vk_port *port)
{
	_Alignas(struct inotify_event) char buf[4096];
	const struct inotify_event *e;
	ssize_t n;

	while (port->watch >= 0 &&
	    (n = read(port->watch, buf, sizeof(buf))) > 0) {
		for (const char *at = buf; at < buf + n;
		     at += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)(const void *)at;
			if ((e->mask & IN_OPEN) != 0) {
				if (port->openers++ == 0)
					(void)tcflush(port->slave, TCIFLUSH);
			} else if (port->openers > 0) {
				port->openers--;
			}
		}
	}
}

void
vk_port_read(struct vk_port *port)
{
	ssize_t n;

	if (port->master < 0)
		return;
	n = read(port->master, port->in + port->inlen,
	    sizeof(port->in) - port->inlen);
	if (n > 0)
		port->inlen += (size_t)n;
}

bool
vk_port_frame(struct vk_port *port, uint8_t ret[VK_FRAME_BYTES])
{
	if (port->inlen < REPORT_BYTES)
		return false;
	memcpy(ret, port->in + 1, VK_FRAME_BYTES);
	port->inlen -= REPORT_BYTES;
	memmove(port->in, port->in + REPORT_BYTES, port->inlen);
	return true;
}
