# SPDX-License-Identifier: Apache-2.0
# Messages. The catalogue is built where bindtextdomain finds it both before
# installation (BUILDDIR/po) and after (localedir).
localejadir = $(localedir)/ja/LC_MESSAGES
localeja_DATA = %D%/ja/LC_MESSAGES/sanyoso.mo
CLEANFILES += $(localeja_DATA)
EXTRA_DIST += %D%/ja.po %D%/POTFILES

%D%/ja/LC_MESSAGES/sanyoso.mo: %D%/ja.po
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(MSGFMT) --check -o $@ $(srcdir)/po/ja.po

# Take new messages from the sources into ja.po (developers only).
update-po:
	cd $(srcdir) && xgettext --from-code=UTF-8 -k_ -kN_ -kP_:1,2 --add-comments=TRANSLATORS \
		--package-name=sanyoso -f po/POTFILES -o po/sanyoso.pot && \
	msgmerge -q -U --backup=none po/ja.po po/sanyoso.pot && \
	rm -f po/sanyoso.pot
.PHONY: update-po
