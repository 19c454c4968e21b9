/* SPDX-License-Identifier: Apache-2.0 */
#include <config.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ctl/client.h"
#include "ctl/ctl.h"
#include "ctl/output.h"

static const struct output_column columns[] = {
	{ N_("AAGUID"), "aaguid", OUTPUT_PLAIN },
	{ N_("MODEL"), "name", OUTPUT_PLAIN },
	{ N_("STATUS"), "status", OUTPUT_PLAIN },
	{ N_("REPORT"), "report", OUTPUT_PLAIN },
	{ N_("ALLOWED"), "allowed", OUTPUT_YES },
	{ N_("FINGERPRINT"), "fingerprint", OUTPUT_YES },
	{ N_("COUNTS AS ONE"), "inherence", OUTPUT_YES },
	{ N_("KEYS"), "tokens", OUTPUT_PLAIN },
	{ NULL, NULL, OUTPUT_PLAIN },
};

/* What is in force; CTL_PARTLY if something is to be done about it. */
static enum ctl_exit
show_number(const struct sy_model_list *list)
{
	char imported[32], next[32];

	if (list->number == 0) {
		output_line("%s",
		    _("No metadata of FIDO2 keys are in force. Bring a file "
		      "of the FIDO Metadata Service in with \"metadata "
		      "import\"."));
		return CTL_PARTLY;
	}
	output_time(list->imported, imported);
	output_time(list->next_update, next);
	output_line(_("Metadata number %lld, imported %s, newer ones to be "
		      "expected by %s."),
	    (long long)list->number, imported, next);
	if (list->next_update == 0 || list->next_update >= time(NULL))
		return CTL_DONE;
	output_line("%s",
	    _("That day has passed: bring a newer file in with \"metadata "
	      "import\"."));
	return CTL_PARTLY;
}

static enum ctl_exit
show_models(const void *reply)
{
	const struct sy_model_list *list = reply;
	const enum ctl_exit status = show_number(list);

	output_table(&sy_message_model_item, &list->models, columns);
	return status;
}

/* Models that are of no use to anybody who has one. */
static void
warn_models(const struct sy_model_list *list)
{
	const struct sy_model_item *items = list->models.items;

	for (size_t i = 0; i < list->models.count; i++) {
		if (items[i].tokens == 0 ||
		    strcmp(items[i].status, "good") == 0)
			continue;
		output_line(_("%s %s: %s %s, and %lld keys of it are there. "
			      "See \"token list --model\"; end them with "
			      "\"token revoke --model\"."),
		    items[i].aaguid, items[i].name, items[i].status,
		    items[i].report, (long long)items[i].tokens);
	}
}

/* --- a file, in parts --- */

static enum ctl_exit
no_file(const char *path, const char *why)
{
	fprintf(stderr, "sanyosoctl: ");
	fprintf(stderr, _("%s can't be read: %s."), path, why);
	fputc('\n', stderr);
	return CTL_REFUSED;
}

/* The next part; whether it is the last shows by looking one byte ahead. */
static enum ctl_exit
read_part(FILE *f, const char *path, struct sy_metadata_part *part)
{
	int next;

	part->offset += part->bytes_len;
	part->bytes_len =
	    (uint16_t)fread(part->bytes, 1, sizeof(part->bytes), f);
	next = getc(f);
	if (ferror(f) != 0)
		return no_file(path, strerror(errno));
	if (part->offset == 0 && part->bytes_len == 0)
		return no_file(path, _("it is empty"));
	if (part->offset + part->bytes_len > SY_METADATA_MAX)
		return no_file(path, _("it is too large"));
	part->last = next == EOF;
	if (!part->last)
		(void)ungetc(next, f);
	return CTL_DONE;
}

static enum ctl_exit
send_parts(const struct ctl_context *ctx, FILE *f, const char *path,
    struct sy_model_list *ret)
{
	/* Nobody asks what is said of the parts before the last. */
	const struct ctl_context quiet = { .root = ctx->root };
	struct sy_metadata_part part = { .offset = 0 };
	enum ctl_exit status;

	do {
		if ((status = read_part(f, path, &part)) != CTL_DONE)
			return status;
		sy_message_clear(&sy_message_model_list, ret);
		status = client_call(part.last ? ctx : &quiet,
		    "/v1/admin/metadata/import", &sy_message_metadata_part,
		    &part, &sy_message_model_list, ret);
	} while (status == CTL_DONE && !part.last);
	return status;
}

/* The words of "metadata import". */
struct import_words {
	char file[4096];
};

static const struct sy_field import_fields[] = {
	{ .name = "file",
	    .type = SY_FIELD_TEXT,
	    .offset = offsetof(struct import_words, file),
	    .size = sizeof(((struct import_words *)NULL)->file) },
};

static const struct sy_message import_words = {
	.name = "import_words",
	.size = sizeof(struct import_words),
	.fields = import_fields,
	.count = SY_COUNT(import_fields),
};

static enum ctl_exit
import_run(const struct ctl_context *ctx, const void *words)
{
	const char *path = ((const struct import_words *)words)->file;
	struct sy_model_list list = { .number = 0 };
	FILE *f = fopen(path, "re");
	enum ctl_exit status;

	if (f == NULL)
		return no_file(path, strerror(errno));
	status = send_parts(ctx, f, path, &list);
	(void)fclose(f);
	if (status == CTL_DONE) {
		status = show_number(&list);
		warn_models(&list);
	}
	sy_message_clear(&sy_message_model_list, &list);
	return status;
}

const struct ctl_command metadata_commands[] = {
	{ .noun = "metadata",
	    .verb = "import",
	    .summary = N_("bring in what is known of models of FIDO2 keys"),
	    .words = { { "FILE", "file", CTL_TEXT, true, NULL } },
	    .ask = &import_words,
	    .talk = import_run },
	{ .noun = "metadata",
	    .verb = "show",
	    .summary = N_("models of FIDO2 keys, and how many keys are there"),
	    .path = "/v1/admin/token/models",
	    .ask = &sy_message_empty,
	    .reply = &sy_message_model_list,
	    .show = show_models },
	{ .noun = NULL },
};
