#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Six causes that are made on a path, each by one congestion control and one strength: a quarter of
# a minute of what `make check-verdicts` does. One word may be missed on a busy machine; a wrong
# one may not be said without a doubt.
SECONDS_WATCHED=3 exec tests/verdicts/matrix.sh --strengths=2 --cc=cubic --families=4 \
    --backends=sock_diag --least=90 \
    --causes="receiver-window receiver-program sender-program loss queueing small-mss"
