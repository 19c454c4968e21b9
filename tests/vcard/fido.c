/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "fido.h"
#include "tests/vkey/store.h"
#include "wire.h"

#define P1_KEEPALIVE 0x80 /* the platform knows NFCCTAP_GETRESPONSE */
#define P1_CANCEL    0x11
#define P1_END       0x01
#define UP_NEEDED    0x02 /* as CTAPHID_KEEPALIVE */
#define PROCESSING   0x01
#define SW_KEEPALIVE 0x9100

static const uint8_t aid[] = { 0xa0, 0x00, 0x00, 0x06, 0x47, 0x2f, 0x00, 0x01 };

static long long
waited(const struct vc_fido *f)
{
	return f->pending ? vc_now_ms() - f->since_ms : LLONG_MAX;
}

/* A card without keep-alives does not wait: who hesitates is too late. */
static enum vk_deed
deed(struct vc_fido *f, struct vk_script *script, struct vk_touch *ret)
{
	enum vk_deed d = VK_TIMED_OUT;
	long long ms = waited(f);

	if (f->cancelled)
		return VK_GAVE_UP;
	if (!f->pending)
		ms = f->scene.delay_ms;
	if (!vk_scene_acts(&f->scene, script, ms, &d, ret))
		vk_script_used(script);
	return d;
}

static enum vk_deed
touch(void *ctx)
{
	struct vc_fido *f = ctx;
	struct vk_touch unused;

	return deed(f, &f->scene.touch, &unused);
}

static enum vk_deed
finger(void *ctx, struct vk_touch *ret)
{
	struct vc_fido *f = ctx;

	return deed(f, &f->scene.finger, ret);
}

static long long
now_ms(void *ctx)
{
	(void)ctx;
	return vc_now_ms();
}

enum sy_err
vc_fido_attach(struct vc_card *card, struct vk_key *key)
{
	struct vc_fido *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return SY_ERR_NOMEM;
	vk_scene_reset(&f->scene, key);
	key->person = (struct vk_person){ f, touch, finger, now_ms };
	key->model.card = true;
	card->fido = f;
	vc_fido_power(f);
	return SY_OK;
}

enum sy_err
vc_fido_load(struct vc_card *card, int dirfd)
{
	struct vk_key *key = NULL;
	unsigned int line;
	enum sy_err err;

	if ((err = vk_store_load(dirfd, &key, &line)) != SY_OK)
		return err;
	if ((err = vc_fido_attach(card, key)) != SY_OK)
		vk_key_free(&key);
	else
		key->log = fopen(VC_FIDO_LOG, "ae");
	return err;
}

void
vc_fido_free(struct vc_fido **fido)
{
	if (*fido == NULL)
		return;
	if ((*fido)->scene.key->log != NULL)
		fclose((*fido)->scene.key->log);
	vk_key_free(&(*fido)->scene.key);
	free(*fido);
	*fido = NULL;
}

void
vc_fido_power(struct vc_fido *f)
{
	f->pending = f->cancelled = false;
	vk_key_power(f->scene.key);
	f->scene.key->counts.powerups++;
}

bool
vc_fido_takes(const struct vc_fido *f, uint8_t cla)
{
	switch (f->scene.key->model.response) {
	case VK_CLA_00:
		return cla == 0x00;
	case VK_CLA_80:
		return cla == 0x80 || f->selected;
	case VK_CLA_ANY:
		break;
	}
	return cla == 0x00 || cla == 0x80;
}

static uint16_t
fido_select(struct vc_card *card, bool again, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_fido *f = card->fido;

	(void)again;
	(void)apdu;
	f->pending = false;
	f->selected = true;
	vc_bytes_raw(out, f->scene.key->model.u2f_name ? "U2F_V2" : "FIDO_2_0",
	    f->scene.key->model.u2f_name ? 6 : 8);
	return SW_OK;
}

/* Commands that may want a person. */
static bool
wants_person(const struct vc_bytes *command)
{
	const uint8_t code = command->len > 0 ? command->b[0] : 0;

	switch (code) {
	case VK_MAKE:
	case VK_ASSERT:
	case VK_RESET:
	case VK_SELECTION:
		return true;
	case VK_PIN:
		return vk_key_sub(command->b, command->len) == 6;
	case VK_BIO:
	case VK_BIO_PREVIEW:
		return vk_key_sub(command->b, command->len) <= 2;
	default:
		return false;
	}
}

static bool
idle(const struct vk_script *script)
{
	return vk_script_now(script)->act == VK_ACT_WAIT ||
	    vk_script_now(script)->act == VK_ACT_NONE;
}

static bool
ready(const struct vc_fido *f)
{
	const struct vk_scene *s = &f->scene;

	if (f->cancelled || waited(f) >= s->patience_ms)
		return true;
	if (vc_now_ms() < f->until_ms)
		return false;
	if (!wants_person(&f->command))
		return true;
	return waited(f) >= s->delay_ms && !idle(&s->touch) &&
	    !idle(&s->finger);
}

static uint16_t
finish(struct vc_fido *f, struct vc_bytes *out)
{
	vk_key_run(f->scene.key, f->command.b, f->command.len, out);
	if (f->faulty)
		vk_fault_edit(&f->fault, out);
	f->pending = f->cancelled = false;
	return SW_OK;
}

static uint16_t
go_on(struct vc_fido *f, struct vc_bytes *out)
{
	if (ready(f) && !(f->faulty && f->fault.kind == VK_FOREVER))
		return finish(f, out);
	vc_bytes_u8(out, wants_person(&f->command) ? UP_NEEDED : PROCESSING);
	return SW_KEEPALIVE;
}

/* NFCCTAP_MSG */
static uint16_t
fido_message(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_fido *f = card->fido;

	if ((apdu->p1 != 0x00 && apdu->p1 != P1_KEEPALIVE) || apdu->p2 != 0)
		return SW_WRONG_P1P2;
	if (apdu->lc == 0)
		return SW_WRONG_LENGTH;
	f->selected = false;
	vc_bytes_reset(&f->command);
	vc_bytes_raw(&f->command, apdu->data, apdu->lc);
	f->faulty = vk_faults_match(&f->scene.faults, f->command.b,
	    f->command.len, &f->fault);
	f->pending = apdu->p1 == P1_KEEPALIVE;
	f->since_ms = f->until_ms = vc_now_ms();
	if (f->faulty && f->fault.kind == VK_DELAY)
		f->until_ms += (long long)f->fault.ms;
	return f->pending ? go_on(f, out) : finish(f, out);
}

/* NFCCTAP_GETRESPONSE */
static uint16_t
fido_get_response(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	struct vc_fido *f = card->fido;

	if (!f->pending)
		return SW_CONDITIONS;
	if ((apdu->p1 != 0x00 && apdu->p1 != P1_CANCEL) || apdu->p2 != 0)
		return SW_WRONG_P1P2;
	f->cancelled = apdu->p1 == P1_CANCEL;
	if (f->cancelled)
		f->faulty = false;
	return go_on(f, out);
}

/* NFCCTAP_CONTROL: the platform is done. */
static uint16_t
fido_control(struct vc_card *card, const struct vc_apdu *apdu,
    struct vc_bytes *out)
{
	(void)out;
	if (apdu->p1 != P1_END || apdu->p2 != 0)
		return SW_WRONG_P1P2;
	card->fido->pending = false;
	return SW_OK;
}

static const struct vc_command commands[] = {
	{ 0x80, 0x10, VC_IN, true, fido_message },
	{ 0x80, 0x11, VC_OUT, false, fido_get_response },
	{ 0x80, 0x12, VC_OUT, false, fido_control },
};

const struct vc_applet vc_applet_fido = { "fido", aid, sizeof(aid), sizeof(aid),
	commands, SY_COUNT(commands), fido_select, NULL };
