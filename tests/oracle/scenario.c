/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "scenario.h"

#include <string.h>
#include <sys/socket.h>

#define SEND(n, bytes, ms)                           \
    {                                                \
        .count = n, .size = (bytes), .pause_ms = ms, \
    }
#define ASK(n, bytes, ms)                                        \
    {                                                            \
        .count = n, .size = (bytes), .pause_ms = ms, .ask = true \
    }
#define ANSWER         \
    {                  \
        .answer = true \
    }
#define LISTEN \
    {          \
        0      \
    }
#define PLAIN \
    {         \
        0     \
    }
#define ECN      \
    {            \
        .ecn = 1 \
    }
#define SLOW(buffer, bytes)                \
    {                                      \
        .rcvbuf = (buffer), .sip = (bytes) \
    }
#define SCENARIO(name, family, path, options, left, right, purpose) \
    {name, family, path, options, {left, right}, purpose},

static const struct scenario scenarios[] = {
#include "scenarios.def"
};

enum { COUNT = sizeof(scenarios) / sizeof(scenarios[0]) };

const struct scenario *scenario_at(unsigned index)
{
    return index < COUNT ? &scenarios[index] : NULL;
}

const struct scenario *scenario_find(const char *name)
{
    for (unsigned i = 0; i < COUNT; i++)
        if (strcmp(scenarios[i].name, name) == 0)
            return &scenarios[i];
    return NULL;
}

uint64_t scenario_reads(const struct scenario *s, int end)
{
    const struct traffic *mine = &s->traffic[end], *theirs = &s->traffic[!end];

    return theirs->answer ? mine->count * mine->size : theirs->count * theirs->size;
}
