/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "json-strict.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 64

struct text {
    const unsigned char *at, *end;
};

static bool value(struct text *t, unsigned depth);

static int peek(const struct text *t)
{
    return t->at < t->end ? *t->at : -1;
}

static bool eat(struct text *t, char c)
{
    if (peek(t) != c)
        return false;
    t->at++;
    return true;
}

static bool word(struct text *t, const char *expected)
{
    while (*expected)
        if (!eat(t, *expected++))
            return false;
    return true;
}

static void blank(struct text *t)
{
    while (eat(t, ' ') || eat(t, '\n') || eat(t, '\t') || eat(t, '\r'))
        ;
}

static bool hex(struct text *t, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        int c = peek(t);
        const char *digit = c > 0 ? strchr(digits, c | (c >= 'A' && c <= 'F' ? 0x20 : 0)) : NULL;

        if (!digit)
            return false;
        *unit = *unit << 4 | (uint32_t)(digit - digits);
        t->at++;
    }
    return true;
}

static bool escape(struct text *t)
{
    uint32_t unit;
    int c = peek(t);

    if (c != 'u')
        return c > 0 && strchr("\"\\/bfnrt", c) && (t->at++, true);
    t->at++;
    if (!hex(t, &unit) || (unit >= 0xdc00 && unit < 0xe000))
        return false;
    /* The first of a pair needs the second. */
    if (unit >= 0xd800 && unit < 0xdc00)
        return word(t, "\\u") && hex(t, &unit) && unit >= 0xdc00 && unit < 0xe000;
    return true;
}

/* One character of more than one byte; shortest form, no surrogates, no C1 controls. */
static bool wide(struct text *t)
{
    unsigned lead = *t->at++, more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    uint32_t c = lead & (0x3fu >> more);
    static const uint32_t least[] = {0, 0xa0, 0x800, 0x10000};

    if (lead < 0xc2 || lead > 0xf4)
        return false;
    for (unsigned i = 0; i < more; i++) {
        if (t->at >= t->end || *t->at < 0x80 || *t->at > 0xbf)
            return false;
        c = c << 6 | (*t->at++ & 0x3f);
    }
    return c >= least[more] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

static bool string(struct text *t)
{
    if (!eat(t, '"'))
        return false;
    for (;;) {
        int c = peek(t);

        if (c < 0x20 || c == 0x7f)
            return false;
        if (c == '"')
            return eat(t, '"');
        if (c >= 0x80 ? !wide(t) : (t->at++, c == '\\' && !escape(t)))
            return false;
    }
}

static bool digits(struct text *t)
{
    const unsigned char *start = t->at;

    while (peek(t) >= '0' && peek(t) <= '9')
        t->at++;
    return t->at > start;
}

static bool number(struct text *t)
{
    eat(t, '-');
    if (!eat(t, '0') && !digits(t))
        return false;
    if (eat(t, '.') && !digits(t))
        return false;
    if (eat(t, 'e') || eat(t, 'E')) {
        if (!eat(t, '+'))
            eat(t, '-');
        return digits(t);
    }
    return true;
}

static bool nested(struct text *t, char closing, bool keys, unsigned depth)
{
    blank(t);
    if (eat(t, closing))
        return true;
    do {
        blank(t);
        if (keys && (!string(t) || (blank(t), !eat(t, ':'))))
            return false;
        if (!value(t, depth))
            return false;
    } while (eat(t, ','));
    return eat(t, closing);
}

static bool value(struct text *t, unsigned depth)
{
    bool ok;

    if (depth > DEPTH_MAX)
        return false;
    blank(t);
    switch (peek(t)) {
    case '{':
    case '[':
        ok = *t->at++ == '{' ? nested(t, '}', true, depth + 1) : nested(t, ']', false, depth + 1);
        break;
    case '"':
        ok = string(t);
        break;
    case 't':
        ok = word(t, "true");
        break;
    case 'f':
        ok = word(t, "false");
        break;
    case 'n':
        ok = word(t, "null");
        break;
    default:
        ok = number(t);
    }
    blank(t);
    return ok;
}

bool json_is_valid(const char *text, size_t length)
{
    struct text t = {(const unsigned char *)text, (const unsigned char *)text + length};

    return value(&t, 0) && t.at == t.end;
}
