/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connection selectors and other text of the command line. Input: the text itself. */
#include "fuzz.h"
#include "members.h"
#include "select.h"
#include "utf8.h"

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && a->address.family == b->address.family &&
           !memcmp(a->address.bytes, b->address.bytes, sizeof(a->address.bytes));
}

/* What names one connection can be written down, read back, and means the same. */
static void check_exact(const struct selector *s)
{
    char local[ENDPOINT_TEXT_MAX], remote[ENDPOINT_TEXT_MAX], text[2 * ENDPOINT_TEXT_MAX];
    struct selector again;

    MUST(s->local.port && s->remote.port);
    MUST(s->local.address.family == s->remote.address.family);
    MUST(selector_matches(s, &s->local, &s->remote));
    endpoint_format(&s->local, s->zone, local);
    endpoint_format(&s->remote, s->zone, remote);
    snprintf(text, sizeof(text), "%s-%s", local, remote);
    MUST(!selector_parse(text, &again));
    MUST(again.exact && same_endpoint(&again.local, &s->local) &&
         same_endpoint(&again.remote, &s->remote));
    if (s->local.address.family == FAMILY_V6)
        MUST(!strcmp(again.zone, s->zone));
    /* Another port is another connection. */
    again.local.port ^= 1;
    MUST(!selector_matches(s, &again.local, &again.remote));
}

static void check_conditions(const struct selector *s)
{
    struct endpoint local = {s->any, s->local.port ? s->local.port : s->any_port};
    struct endpoint remote = {s->any, s->remote.port ? s->remote.port : s->any_port};

    if (s->any_port && s->local.port && s->remote.port)
        return; /* the three may contradict each other */
    MUST(selector_matches(s, &local, &remote));
    local.port ^= 1;
    if (s->local.port)
        MUST(!selector_matches(s, &local, &remote));
}

static void check_selector(const char *text)
{
    struct selector s;
    const char *wrong = selector_parse(text, &s);

    if (wrong) {
        MUST(wrong[0] && strlen(wrong) < 200);
        return;
    }
    MUST(memchr(s.zone, 0, sizeof(s.zone)) && memchr(s.process, 0, sizeof(s.process)));
    MUST(selector_wants_owner(&s) == (s.pid || s.process[0]));
    if (s.exact)
        check_exact(&s);
    else
        check_conditions(&s);
}

/* Text for a terminal is no longer than it was, and everything in it shows. */
static void check_printable(const char *text)
{
    char *out = strdup(text);
    const char *at = out;

    MUST(out);
    utf8_make_printable(out);
    MUST(strlen(out) <= strlen(text));
    MUST(!*text || *out);
    while (*at)
        MUST(utf8_is_printable(utf8_next(&at)));
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *text = take_string(&in, size);
    struct address address;
    char formatted[ADDRESS_TEXT_MAX];

    check_selector(text);
    check_printable(text);
    MUST(class_find(text) <= TCPESTATS_CLASS_COUNT);
    /* Not ended by a zero, as in the middle of a selector. */
    if (address_parse((const char *)data, size, &address)) {
        struct address again;

        address_format(&address, formatted);
        MUST(address_parse(formatted, strlen(formatted), &again));
        MUST(!memcmp(&address, &again, sizeof(again)));
    }
    free(text);
    return 0;
}
