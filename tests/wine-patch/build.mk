# SPDX-License-Identifier: LGPL-2.1-or-later
# The series for Wine, against a tree with the lines that they edit; make check-wine-patch tries them
# on Wine.

TESTS += tests/wine-patch/test-series.sh
