/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VK_REPORT_H
#define VK_REPORT_H

/* What the device says of itself, in the tree of devices and by ioctl. */

#define VK_VENDOR  0x1209U /* pid.codes, for tests */
#define VK_PRODUCT 0x0001U
#define VK_MAKER   "Sanyoso Test"

/* The report descriptor of CTAP 2.1, section 11.2.8.2: 64 bytes both ways. */
static const unsigned char vk_report[] = {
	0x06, 0xd0, 0xf1, /* usage page: FIDO alliance */
	0x09, 0x01,       /* usage: U2F authenticator device */
	0xa1, 0x01,       /* collection: application */
	0x09, 0x20,       /* usage: input report data */
	0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x81, 0x02, 0x09,
	0x21, /* usage: output report data */
	0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40, 0x91, 0x02,
	0xc0, /* end collection */
};

#endif /* VK_REPORT_H */
