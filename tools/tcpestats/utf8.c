/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "utf8.h"

#include <string.h>

uint32_t utf8_next(const char **text)
{
    /* By number of bytes that follow: smallest character that needs as many, and the lead byte. */
    static const struct {
        uint32_t smallest;
        uint8_t lead, mask;
    } forms[] = {{0, 0x00, 0x80}, {0x80, 0xc0, 0xe0}, {0x800, 0xe0, 0xf0}, {0x10000, 0xf0, 0xf8}};
    const unsigned char *s = (const unsigned char *)*text;

    (*text)++;
    for (unsigned more = 0; more < 4; more++) {
        uint32_t c = s[0] & ~(uint32_t)forms[more].mask;

        if ((s[0] & forms[more].mask) != forms[more].lead)
            continue;
        for (unsigned i = 1; i <= more; i++) {
            if ((s[i] & 0xc0) != 0x80) /* also stops at the end of the string */
                return UTF8_BAD;
            c = c << 6 | (s[i] & 0x3f);
        }
        if (c < forms[more].smallest || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
            return UTF8_BAD;
        *text += more;
        return c;
    }
    return UTF8_BAD;
}

bool utf8_is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

size_t utf8_length(const char *text)
{
    size_t length = 0;

    while (*text) {
        utf8_next(&text);
        length++;
    }
    return length;
}

void utf8_printable(const char *text, char *out, size_t size)
{
    while (*text) {
        const char *start = text;
        uint32_t c = utf8_next(&text);
        bool bad = c == UTF8_BAD || utf8_is_control(c);
        size_t length = bad ? 1 : (size_t)(text - start);

        if (length >= size)
            break;
        memcpy(out, bad ? "?" : start, length);
        out += length;
        size -= length;
    }
    *out = 0;
}
