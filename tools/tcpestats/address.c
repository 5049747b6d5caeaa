/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "address.h"

#include <stdio.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool parse_v4(const char *text, size_t length, uint8_t out[4])
{
    size_t at = 0;

    for (unsigned part = 0; part < 4; part++) {
        unsigned value = 0;
        size_t start;

        if (part && (at == length || text[at++] != '.'))
            return false;
        start = at;
        while (at < length && at - start < 3 && text[at] >= '0' && text[at] <= '9')
            value = value * 10 + (unsigned)(text[at++] - '0');
        /* "010" is eight to some programs and ten to others, so it is nothing to us. */
        if (at == start || value > 255 || (at - start > 1 && text[start] == '0'))
            return false;
        out[part] = (uint8_t)value;
    }
    return at == length;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool parse_v6(const char *text, size_t length, uint8_t out[16])
{
    size_t at = 0, bytes = 0, gap = 17; /* gap: where "::" stood; 17: nowhere */

    memset(out, 0, 16);
    if (length >= 2 && text[0] == ':' && text[1] == ':') {
        gap = 0;
        at = 2;
    }
    while (at < length) {
        size_t start = at;
        unsigned value = 0;

        while (at < length && at - start < 4 && hex_digit(text[at]) >= 0)
            value = value << 4 | (unsigned)hex_digit(text[at++]);
        if (at < length && text[at] == '.') {
            if (bytes > 12 || !parse_v4(text + start, length - start, out + bytes))
                return false;
            bytes += 4;
            break;
        }
        if (at == start || bytes == 16)
            return false;
        out[bytes++] = (uint8_t)(value >> 8);
        out[bytes++] = (uint8_t)value;
        if (at == length)
            break;
        if (text[at++] != ':' || at == length)
            return false;
        if (text[at] == ':') {
            if (gap != 17)
                return false;
            gap = bytes;
            at++;
        }
    }
    if (gap == 17)
        return bytes == 16;
    if (bytes == 16) /* "::" has to stand for something */
        return false;
    memmove(out + 16 - (bytes - gap), out + gap, bytes - gap);
    memset(out + gap, 0, 16 - bytes);
    return true;
}

void address_canonical(struct address *address)
{
    if (address->family == FAMILY_V6 &&
        !memcmp(address->bytes, mapped_prefix, sizeof(mapped_prefix))) {
        memcpy(address->bytes, address->bytes + 12, 4);
        address->family = FAMILY_V4;
    }
    if (address->family == FAMILY_V4)
        memset(address->bytes + 4, 0, 12);
}

bool address_parse(const char *text, size_t length, struct address *address)
{
    struct address parsed = {{0}, FAMILY_V4};

    if (memchr(text, ':', length)) {
        parsed.family = FAMILY_V6;
        if (!parse_v6(text, length, parsed.bytes))
            return false;
    } else if (!parse_v4(text, length, parsed.bytes)) {
        return false;
    }
    address_canonical(&parsed);
    *address = parsed;
    return true;
}

void address_format(const struct address *address, char text[ADDRESS_TEXT_MAX])
{
    const uint8_t *b = address->bytes;
    unsigned longest = 0, longest_at = 8, at = 0;
    char *out = text;

    if (address->family == FAMILY_V4) {
        snprintf(text, ADDRESS_TEXT_MAX, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
        return;
    }
    for (unsigned i = 0; i < 8; i++) {
        unsigned run = 0;

        while (i + run < 8 && !b[2 * (i + run)] && !b[2 * (i + run) + 1])
            run++;
        if (run > 1 && run > longest) {
            longest = run;
            longest_at = i;
        }
    }
    while (at < 8) {
        if (at == longest_at) {
            out += sprintf(out, "::");
            at += longest;
            continue;
        }
        if (at && at != longest_at + longest)
            *out++ = ':';
        out += sprintf(out, "%x", (unsigned)b[2 * at] << 8 | b[2 * at + 1]);
        at++;
    }
    *out = 0;
}

bool address_is_link_local(const struct address *address)
{
    return address->family == FAMILY_V6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}
