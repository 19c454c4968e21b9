/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "run.h"

/* authenticatorGetInfo, CTAP 2.1 section 6.4. */

#define LIST_MAX     8
#define MAX_ID_BYTES 128

static void
put_list(int key, const char *const *list, size_t n, struct vc_bytes *out)
{
	vk_cbor_put_int(out, key);
	vk_cbor_head(out, VK_ARRAY, n);
	for (size_t i = 0; i < n; i++)
		vk_cbor_put_text(out, list[i]);
}

static void
put_versions(const struct vk_model *m, struct vc_bytes *out)
{
	const char *list[LIST_MAX];
	size_t n = 0;

	list[n++] = "FIDO_2_0";
	if (m->preview)
		list[n++] = "FIDO_2_1_PRE";
	if (!m->old)
		list[n++] = "FIDO_2_1";
	put_list(0x01, list, n, out);
}

static void
put_extensions(const struct vk_model *m, struct vc_bytes *out)
{
	const char *list[LIST_MAX];
	size_t n = 0;

	if (m->uvm)
		list[n++] = "uvm";
	list[n++] = "credProtect";
	if (!m->old)
		list[n++] = "minPinLength";
	put_list(0x02, list, n, out);
}

struct option {
	const char *name;
	bool there;
	bool value;
};

/* In canonical order: shorter names first. */
static void
put_options(const struct vk_key *key, struct vc_bytes *out)
{
	const struct vk_model *m = &key->model;
	const bool finger = vk_key_has_finger(key);
	const struct option list[] = {
		{ "rk", true, true },
		{ "up", true, true },
		{ "uv", m->sensor, finger },
		{ "alwaysUv", !m->old, key->always_uv },
		{ "credMgmt", m->final, true },
		{ "authnrCfg", !m->old, true },
		{ "bioEnroll", m->final && m->sensor, finger },
		{ "clientPin", m->pin, key->has_pin },
		{ "pinUvAuthToken", !m->old, true },
		{ "setMinPINLength", !m->old && m->pin, true },
		{ "makeCredUvNotRqd", !m->old && !m->strict, !key->always_uv },
		{ "credentialMgmtPreview", m->preview, true },
		{ "userVerificationMgmtPreview", m->preview && m->sensor,
		    finger },
		{ "noMcGaPermissionsWithClientPin", m->finger_only, true },
	};
	unsigned int n = 0;

	for (size_t i = 0; i < SY_COUNT(list); i++)
		n += list[i].there;
	vk_cbor_put_int(out, 0x04);
	vk_cbor_head(out, VK_MAP, n);
	for (size_t i = 0; i < SY_COUNT(list); i++) {
		if (!list[i].there)
			continue;
		vk_cbor_put_text(out, list[i].name);
		vk_cbor_put_bool(out, list[i].value);
	}
}

/* The newer protocol is preferred, so it comes first. */
static void
put_protocols(const struct vk_model *m, struct vc_bytes *out)
{
	const bool two = (m->protocol & 4) != 0, one = (m->protocol & 2) != 0;

	vk_cbor_put_int(out, 0x06);
	vk_cbor_head(out, VK_ARRAY, (unsigned int)two + one);
	if (two)
		vk_cbor_put_int(out, 2);
	if (one)
		vk_cbor_put_int(out, 1);
}

static void
put_algorithm(int alg, struct vc_bytes *out)
{
	vk_cbor_head(out, VK_MAP, 2);
	vk_cbor_put_text(out, "alg");
	vk_cbor_put_int(out, alg);
	vk_cbor_put_text(out, "type");
	vk_cbor_put_text(out, "public-key");
}

static void
put_algorithms(const struct vk_model *m, struct vc_bytes *out)
{
	vk_cbor_put_int(out, 0x0a);
	vk_cbor_head(out, VK_ARRAY, 1U + m->eddsa + m->rs256);
	put_algorithm(VK_ES256, out);
	if (m->eddsa)
		put_algorithm(VK_EDDSA, out);
	if (m->rs256)
		put_algorithm(VK_RS256, out);
}

static void
put_number(int key, int64_t v, struct vc_bytes *out)
{
	vk_cbor_put_int(out, key);
	vk_cbor_put_int(out, v);
}

/* What came with CTAP 2.1. */
static void
put_newer(const struct vk_key *key, struct vc_bytes *out)
{
	const char *transport = key->model.card ? "nfc" : "usb";

	put_number(0x07, 16, out);
	put_number(0x08, MAX_ID_BYTES, out);
	put_list(0x09, &transport, 1, out);
	put_algorithms(&key->model, out);
	vk_cbor_put_int(out, 0x0c);
	vk_cbor_put_bool(out, key->pin_change);
	put_number(0x0d, key->pin_min, out);
	put_number(0x0e, (int64_t)key->model.firmware, out);
	put_number(0x10, VK_MIN_RPS, out);
	put_number(0x12, key->model.sensor ? VK_FINGER : VK_PASSCODE, out);
	put_number(0x14, (int64_t)(VK_RESIDENT_MAX - vk_key_residents(key)),
	    out);
}

uint8_t
vk_info(struct vk_key *key, const struct vk_item *map, struct vc_bytes *out)
{
	const struct vk_model *m = &key->model;

	(void)map;
	vk_cbor_head(out, VK_MAP, m->old ? 6 : 16);
	put_versions(m, out);
	put_extensions(m, out);
	vk_cbor_put_int(out, 0x03);
	vk_cbor_put_bytes(out, m->aaguid, VK_AAGUID_BYTES);
	put_options(key, out);
	put_number(0x05, VK_MESSAGE_BYTES, out);
	put_protocols(m, out);
	if (!m->old)
		put_newer(key, out);
	return VK_OK;
}
