/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A second opinion about the argument checks of the four Windows functions: the documented rules as
 * a list, of which the first that applies gives the code. Brings the checks themselves along, which
 * belong to the Windows side and are in no library of the host.
 */
#ifndef CHECK_ORACLE_H
#define CHECK_ORACLE_H

#include "../../dlls/iphlpapi/check.c"
#include "tcpestats.h"

/* sizeof Windows' structures as its headers' users see them: i386, x86_64. */
static const unsigned documented[9][3][2] = {
    {{0, 0}, {12, 12}, {0, 0}},   {{1, 1}, {0, 0}, {96, 96}}, {{1, 1}, {4, 4}, {72, 88}},
    {{1, 1}, {0, 0}, {160, 160}}, {{1, 1}, {0, 0}, {16, 32}}, {{1, 1}, {0, 0}, {56, 72}},
    {{1, 1}, {0, 0}, {16, 16}},   {{8, 8}, {0, 0}, {40, 40}}, {{1, 1}, {0, 0}, {16, 16}},
};

static unsigned exact_size(uint32_t cls, unsigned block, unsigned pointer_size)
{
    return cls > 8 ? 0 : documented[cls][block][pointer_size == 8];
}

static bool helper_there;
static unsigned helper_asked;
static uint32_t access_code;
static unsigned access_asked;

static bool ask_helper(void)
{
    helper_asked++;
    return helper_there;
}

static uint32_t ask_access(void)
{
    access_asked++;
    return access_code;
}

static const struct check_env oracle_env = {ask_helper, ask_access};

struct rule {
    bool applies;
    uint32_t code;
};

static uint32_t first_of(const struct rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (rules[i].applies)
            return rules[i].code;
    }
    return 0;
}

/* A buffer that is there but is not the structure, or is not there at all. */
static bool unfit(const struct check_buffer *b, unsigned exact)
{
    return b->size != 0 && (b->ptr == NULL || exact == 0 || b->size < exact || b->size > exact);
}

static uint32_t expected_get(const struct check_get *g, unsigned pointer_size)
{
    const struct check_buffer *b = g->block;
    const struct rule rules[] = {
        {g->row == NULL, 87},
        {!helper_there, 50},
        {(int32_t)g->cls < 0 || (int32_t)g->cls >= 9, 87},
        {b[0].version || b[1].version || b[2].version, 50},
        {unfit(&b[0], exact_size(g->cls, 0, pointer_size)), 1784},
        {unfit(&b[1], exact_size(g->cls, 1, pointer_size)), 1784},
        {unfit(&b[2], exact_size(g->cls, 2, pointer_size)), 1784},
    };

    return first_of(rules, sizeof(rules) / sizeof(rules[0]));
}

static uint32_t expected_set(const struct check_set *s, unsigned pointer_size)
{
    const struct rule rules[] = {
        {s->row == NULL, 87},
        {!helper_there, 50},
        {s->rw.size == 0, 0},
        {access_code != 0, access_code},
        {s->rw.version != 0 || s->offset != 0, 50},
        {(int32_t)s->cls < 0 || (int32_t)s->cls >= 9, 87},
        {s->cls == 0, 1784},
        {unfit(&s->rw, exact_size(s->cls, 0, pointer_size)), 1784},
    };

    return first_of(rules, sizeof(rules) / sizeof(rules[0]));
}

#endif
