/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TUN links whose far end is the test, so that every byte on them is known. */
#ifndef TUN_KIT_H
#define TUN_KIT_H

#include <stdbool.h>
#include <stdint.h>

struct tun_link {
    int fd;
    char name[16];
    uint32_t index;
};

/* Why a TUN link cannot be made here, or NULL. In a namespace of the test's own. */
const char *tun_lacking(void);

/* tap: with Ethernet frames. index 0: the kernel's choice. Ends the test when it cannot be made. */
void tun_make(struct tun_link *tun, const char *name, bool tap, uint32_t index);
void tun_remove(struct tun_link *tun);

/* Up with 198.51.100.1/24 and no IPv6, so that nothing is sent but what the test sends. */
void tun_up(const struct tun_link *tun);
void tun_down(const struct tun_link *tun);
void tun_rename(struct tun_link *tun, const char *name);

/* count packets of size bytes arrive on the link. size is at least 20. */
void tun_arrive(const struct tun_link *tun, unsigned count, unsigned size);

/* count packets of size bytes leave by the link and are taken off it. size is at least 28. */
void tun_leave(const struct tun_link *tun, unsigned count, unsigned size);

#endif
