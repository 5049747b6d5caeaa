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

/*
 * Unicode's format characters and those that it calls ignorable by default, beside the controls, in
 * their order.
 * Letters of scripts that run from right to left are not among them: they are somebody's name.
 */
static const struct {
    uint32_t first, last;
} unprintable[] = {
    {0x0000, 0x001f},   /* C0 */
    {0x007f, 0x009f},   /* DEL, C1 */
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x034f, 0x034f},   /* grapheme joiner */
    {0x061c, 0x061c},   /* direction: Arabic letter mark */
    {0x115f, 0x1160},   /* fillers: Hangul */
    {0x17b4, 0x17b5},   /* vowels that do not show: Khmer */
    {0x180b, 0x180f},   /* variations, separators: Mongolian */
    {0x200b, 0x200f},   /* no width; direction: marks */
    {0x2028, 0x202e},   /* ends of lines; direction: embeddings, overrides */
    {0x2060, 0x206f},   /* joiners, operators that do not show; direction: isolates */
    {0x3164, 0x3164},   /* filler: Hangul */
    {0xfdd0, 0xfdef},   /* no characters */
    {0xfe00, 0xfe0f},   /* variations */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xffa0, 0xffa0},   /* filler: Hangul, half width */
    {0xfff0, 0xfffb},   /* annotations */
    {0x13430, 0x1343f}, /* joiners: hieroglyphs */
    {0x1bca0, 0x1bca3}, /* format: shorthand */
    {0x1d173, 0x1d17a}, /* format: music */
    {0xe0000, 0xe0fff}, /* tags, variations */
};

bool utf8_is_printable(uint32_t c)
{
    const size_t count = sizeof(unprintable) / sizeof(unprintable[0]);

    for (size_t i = 0; i < count && c >= unprintable[i].first; i++)
        if (c <= unprintable[i].last)
            return false;
    return c <= 0x10ffff && (c & 0xfffe) != 0xfffe; /* the last two of each plane are none */
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

void utf8_make_printable(char *text)
{
    const char *next = text;
    char *out = text;

    while (*next) {
        const char *start = next;

        if (utf8_is_printable(utf8_next(&next))) {
            memmove(out, start, (size_t)(next - start));
            out += next - start;
        } else {
            *out++ = '?';
        }
    }
    *out = 0;
}
