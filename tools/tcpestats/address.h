/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Addresses as text. Not the host's inet_pton() and inet_ntop(): their spellings differ between
 * Linux, Wine and Windows, and the output of this program must not.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum address_family { FAMILY_ANY = 0, FAMILY_V4 = 2, FAMILY_V6 = 10 };

struct address {
    uint8_t bytes[16]; /* network byte order; FAMILY_V4 uses four, the others are 0 */
    uint16_t family;   /* enum address_family: the numbers of Linux' AF_INET and AF_INET6 */
};

#define ADDRESS_TEXT_MAX 46

/* Parses length characters. A v4-mapped IPv6 address becomes FAMILY_V4. */
bool address_parse(const char *text, size_t length, struct address *address);

/* Writes an address as RFC 5952 recommends. */
void address_format(const struct address *address, char text[ADDRESS_TEXT_MAX]);

/* fe80::/10: means nothing without an interface. */
bool address_is_link_local(const struct address *address);

/* A v4-mapped address becomes FAMILY_V4, unused bytes become 0. */
void address_canonical(struct address *address);

#endif
