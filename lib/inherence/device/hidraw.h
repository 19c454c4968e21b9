/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DEVICE_HIDRAW_H
#define DEVICE_HIDRAW_H

#include <stdbool.h>

#include <sanyoso/device.h>

/*
 * FIDO keys on USB as Linux shows them: /sys/class/hidraw says which devices
 * there are and what they are for, without opening any of them; /dev/hidrawN is
 * the device. No ioctl, no udev.
 */
#define HIDRAW_SYS            "/sys/class/hidraw"
#define HIDRAW_DEV            "/dev"
#define HIDRAW_NAME_SIZE      16   /* "hidraw255" and to spare */
#define HIDRAW_REPORT_MAX     64   /* bytes; CTAP 2.1 section 11.2.4 */
#define HIDRAW_REPORT_MIN     8    /* an initialization packet with one byte */
#define HIDRAW_KEYS_MAX       8    /* that we look at */
#define HIDRAW_DESCRIPTOR_MAX 4096 /* HID_MAX_DESCRIPTOR_SIZE of Linux */

/* Sizes of reports, without a report number. */
struct hidraw_reports {
	uint8_t in;
	uint8_t out;
};

struct hidraw_key {
	char name[HIDRAW_NAME_SIZE];         /* "hidraw0" */
	char product[SY_DEVICE_READER_SIZE]; /* as it calls itself, clean */
	struct hidraw_reports reports;
};

/*
 * Whether a report descriptor (HID 1.11 section 6.2.2) is that of a FIDO key:
 * usage page F1D0, usage 01 (CTAP 2.1 section 11.2.8.2), one input and one
 * output report of whole bytes. SY_ERR_NOT_FOUND: of another device;
 * SY_ERR_FORMAT: malformed.
 */
SY_MUST_USE enum sy_err hidraw_parse(const uint8_t *descriptor, size_t len,
    struct hidraw_reports *ret);

/*
 * The FIDO keys below ${sys}, in no order, at most ${cap}. A device that can't
 * be read is left out: it may be on its way out. Never fails: none is 0.
 */
size_t hidraw_list(const char *sys, struct hidraw_key *out, size_t cap);

/*
 * Open ${dev}/${name} for ourselves. SY_ERR_PERM (not ours to open),
 * SY_ERR_CARD_BUSY (another program locked it), SY_ERR_CARD_GONE.
 */
SY_MUST_USE enum sy_err hidraw_open(const char *dev, const char *name,
    int *ret_fd);

#endif /* DEVICE_HIDRAW_H */
