/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <linux/input.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "report.h"

/*
 * Loaded into every program of a machine with virtual keys, by the file
 * /etc/ld.so.preload of its mount namespace. A terminal does not know the
 * ioctls of a HID device: where the kernel refuses them they are answered here.
 * The tree of devices is in memory: libudev, which wants sysfs, is told that it
 * is. Every system call is still made, so that filters see what they would see.
 */

#define EXPORT __attribute__((visibility("default")))
#define NAME   VK_MAKER " Key"

EXPORT int ioctl(int fd, unsigned long request, ...);

/* As the kernel: no more than the caller has room for. */
static int
give_descriptor(struct hidraw_report_descriptor *d)
{
	memcpy(d->value, vk_report,
	    d->size < sizeof(vk_report) ? d->size : sizeof(vk_report));
	return 0;
}

static int
give_text(char *out, size_t cap, const char *text)
{
	const size_t len = strlen(text) + 1;

	memcpy(out, text, len < cap ? len : cap);
	return (int)(len < cap ? len : cap);
}

/* What the kernel's hidraw would say; -1 for anything else. */
static int
answer(unsigned long request, void *arg)
{
	struct hidraw_devinfo *info = arg;

	switch (request) {
	case HIDIOCGRDESCSIZE:
		*(int *)arg = sizeof(vk_report);
		return 0;
	case HIDIOCGRDESC:
		return give_descriptor(arg);
	case HIDIOCGRAWINFO:
		info->bustype = BUS_USB;
		info->vendor = (__s16)VK_VENDOR;
		info->product = (__s16)VK_PRODUCT;
		return 0;
	default:
		break;
	}
	if (_IOC_TYPE(request) != 'H' || _IOC_DIR(request) != _IOC_READ)
		return -1;
	if (_IOC_NR(request) == _IOC_NR(HIDIOCGRAWNAME(0)))
		return give_text(arg, _IOC_SIZE(request), NAME);
	if (_IOC_NR(request) == _IOC_NR(HIDIOCGRAWPHYS(0)))
		return give_text(arg, _IOC_SIZE(request), "vkey/input0");
	if (_IOC_NR(request) == _IOC_NR(HIDIOCGRAWUNIQ(0)))
		return give_text(arg, _IOC_SIZE(request), "");
	return -1;
}

/* A filter may say ENOTTY, too; the kernel says something else of no file. */
static bool
reaches_kernel(unsigned long request, void *arg)
{
	const int before = errno;
	const bool reached =
	    syscall(SYS_ioctl, -1, request, arg) == -1 && errno == EBADF;

	errno = before;
	return reached;
}

int
ioctl(int fd, unsigned long request, ...)
{
	const int before = errno;
	va_list args;
	void *arg;
	long r;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	r = syscall(SYS_ioctl, fd, request, arg);
	if (r >= 0 || errno != ENOTTY || _IOC_TYPE(request) != 'H' ||
	    !reaches_kernel(request, arg) || (r = answer(request, arg)) < 0)
		return (int)r;
	errno = before;
	return (int)r;
}

EXPORT int fstatfs(int fd, struct statfs *st);
EXPORT int fstatfs64(int fd, struct statfs64 *st);

static bool
is_sys(int fd)
{
	char link[64], path[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	/* The call that libudev makes as well, so no filter stops only us. */
	n = readlinkat(AT_FDCWD, link, path, sizeof(path) - 1);
	return n >= 5 && memcmp(path, "/sys/", 5) == 0;
}

int
fstatfs(int fd, struct statfs *st)
{
	const int r = (int)syscall(SYS_fstatfs, fd, st);

	if (r == 0 && is_sys(fd))
		st->f_type = SYSFS_MAGIC;
	return r;
}

int
fstatfs64(int fd, struct statfs64 *st)
{
	const int r = (int)syscall(SYS_fstatfs, fd, st);

	if (r == 0 && is_sys(fd))
		st->f_type = SYSFS_MAGIC;
	return r;
}
