/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ends.h"

#include <string.h>

static const char *const codes[] = {
    [TCPESTATS_END_UNKNOWN] = "unknown",       [TCPESTATS_END_CLOSED] = "closed",
    [TCPESTATS_END_RESET] = "reset",           [TCPESTATS_END_ABORTED] = "aborted",
    [TCPESTATS_END_TIMED_OUT] = "timed-out",   [TCPESTATS_END_REFUSED] = "refused",
    [TCPESTATS_END_UNANSWERED] = "unanswered",
};

#define ENDINGS (sizeof(codes) / sizeof(codes[0]))

const char *ending_code(enum tcpestats_ending how)
{
    return codes[(unsigned)how < ENDINGS ? how : TCPESTATS_END_UNKNOWN];
}

enum tcpestats_ending ending_find(const char *code)
{
    for (unsigned how = 0; how < ENDINGS; how++)
        if (code && !strcmp(codes[how], code))
            return (enum tcpestats_ending)how;
    return TCPESTATS_END_UNKNOWN;
}
