/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <string.h>

#include "agent/check/findings.h"
#include "agent/check/words.h"

static const struct {
	const char *name; /* in JSON */
	const char *word; /* for people */
} severities[FINDING_SEVERITIES] = {
	[FINDING_OK] = { "ok", N_("ok") },
	[FINDING_NOTE] = { "note", N_("note") },
	[FINDING_UNKNOWN] = { "unknown", N_("not checked") },
	[FINDING_WARNING] = { "warning", N_("warning") },
	[FINDING_ERROR] = { "error", N_("error") },
};

void
findings_open(struct findings *findings, FILE *out, bool json, bool verbose)
{
	*findings = (struct findings){
		.out = out,
		.json = json,
		.verbose = verbose,
	};
	if (json)
		(void)fputs("{\"findings\":[", out);
}

static size_t
shown(const struct findings *f)
{
	size_t n = 0;

	for (size_t i = 0; i < FINDING_SEVERITIES; i++)
		if (i != FINDING_OK || f->verbose)
			n += f->counts[i];
	return n;
}

int
findings_close(struct findings *f)
{
	const size_t wrong =
	    f->counts[FINDING_ERROR] + f->counts[FINDING_WARNING];

	if (f->json)
		(void)fprintf(f->out,
		    "%s],\"errors\":%zu,\"warnings\":%zu,\"unknown\":%zu}\n",
		    shown(f) > 0 ? "\n" : "", f->counts[FINDING_ERROR],
		    f->counts[FINDING_WARNING], f->counts[FINDING_UNKNOWN]);
	else
		(void)fprintf(f->out,
		    _("Errors: %zu, warnings: %zu, not checked: %zu.\n"),
		    f->counts[FINDING_ERROR], f->counts[FINDING_WARNING],
		    f->counts[FINDING_UNKNOWN]);
	/* What nobody could read was not told. */
	if (fflush(f->out) != 0 || ferror(f->out))
		f->counts[FINDING_UNKNOWN]++;
	if (wrong > 0)
		return 1;
	return f->counts[FINDING_UNKNOWN] > 0 ? 3 : 0;
}

/* A text in one line of a terminal: names of files may hold anything. */
static void
put_plain(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		(void)fputc((unsigned char)*text < 0x20 || *text == 0x7f
			? '?'
			: *text,
		    out);
}

static void
put_member(FILE *out, const char *name, const char *text)
{
	(void)fprintf(out, "\"%s\":\"", name);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc((unsigned char)*text < 0x20 || *text == 0x7f
			? '?'
			: *text,
		    out);
	}
	(void)fputc('"', out);
}

static void
put_json(const struct findings *f, const struct finding *finding)
{
	(void)fputs(shown(f) > 1 ? ",\n{" : "\n{", f->out);
	put_member(f->out, "severity", severities[finding->severity].name);
	(void)fputc(',', f->out);
	put_member(f->out, "check", finding->check);
	(void)fputc(',', f->out);
	put_member(f->out, "place", finding->place);
	(void)fputc(',', f->out);
	put_member(f->out, "what", finding->what);
	(void)fputc(',', f->out);
	put_member(f->out, "mend", finding->mend);
	(void)fputc('}', f->out);
}

static void
put_line(const struct findings *f, const struct finding *finding)
{
	(void)fprintf(f->out, "%s: ", _(severities[finding->severity].word));
	if (finding->place[0] != '\0') {
		put_plain(f->out, finding->place);
		(void)fputs(": ", f->out);
	}
	put_plain(f->out, finding->what);
	if (finding->mend[0] != '\0') {
		(void)fputc(' ', f->out);
		put_plain(f->out, finding->mend);
	}
	(void)fputc('\n', f->out);
}

void
findings_add(struct findings *f, const struct finding *finding)
{
	f->counts[finding->severity]++;
	if (finding->severity == FINDING_OK && !f->verbose)
		return;
	if (f->json)
		put_json(f, finding);
	else
		put_line(f, finding);
}

void
findings_say(struct findings *f, enum finding_severity severity,
    const char *check, const char *place, const char *mend, const char *fmt,
    ...)
{
	struct finding finding = { .severity = severity, .check = check };
	va_list ap;

	(void)snprintf(finding.place, sizeof(finding.place), "%s", place);
	if (mend != NULL)
		(void)snprintf(finding.mend, sizeof(finding.mend), "%s", mend);
	va_start(ap, fmt);
	(void)vsnprintf(finding.what, sizeof(finding.what), fmt, ap);
	va_end(ap);
	findings_add(f, &finding);
}
