# SPDX-License-Identifier: Apache-2.0
# Manual pages (mdoc): dist_man_MANS += %D%/name.section
dist_man_MANS += %D%/sanyosoctl.1
dist_man_MANS += %D%/sanyoso-policy.conf.5
dist_man_MANS += %D%/sanyoso-password.7
dist_man_MANS += %D%/pam_sanyoso.8
dist_man_MANS += %D%/sanyoso-agent.8
dist_man_MANS += %D%/sanyoso-agent.conf.5
dist_man_MANS += %D%/sanyosod.8
dist_man_MANS += %D%/sanyoso-server.conf.5
# In Japanese, where man(1) looks for it.
jaman1dir = $(mandir)/ja/man1
dist_jaman1_DATA = %D%/ja/sanyosoctl.1
jaman5dir = $(mandir)/ja/man5
dist_jaman5_DATA = %D%/ja/sanyoso-agent.conf.5
dist_jaman5_DATA += %D%/ja/sanyoso-policy.conf.5
dist_jaman5_DATA += %D%/ja/sanyoso-server.conf.5
jaman7dir = $(mandir)/ja/man7
dist_jaman7_DATA = %D%/ja/sanyoso-password.7
jaman8dir = $(mandir)/ja/man8
dist_jaman8_DATA = %D%/ja/pam_sanyoso.8
dist_jaman8_DATA += %D%/ja/sanyoso-agent.8
dist_jaman8_DATA += %D%/ja/sanyosod.8
