# SPDX-License-Identifier: Apache-2.0
# Tools of the source tree; none is installed.
EXTRA_DIST += %D%
