# SPDX-License-Identifier: Apache-2.0
# End-to-end runs: NN-goal.sh, started by tools/test.
EXTRA_DIST += %D%
