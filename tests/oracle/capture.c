/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "capture.h"

#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* A frame holds the kernel's header and the longest IPv6 and TCP headers there are in our runs. */
enum {
    FRAME = 256,
    BLOCK = 1 << 17,
    BLOCKS = 96,
    FRAMES = BLOCKS * (BLOCK / FRAME),
    TICK_MS = 10,
    LINKTYPE_RAW = 101
};
static const uint32_t PCAP_NANOSECONDS = 0xa1b23c4d;

struct capture {
    int fd;
    uint8_t *ring;
    unsigned next; /* frame */
    FILE *file;
    pthread_t thread;
    atomic_ullong last_ns;
    atomic_bool stop;
    bool torn;
};

struct pcap_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, snaplen, linktype;
};

struct pcap_record {
    uint32_t sec, nsec, captured, length;
};

static void keep(struct capture *c, const struct tpacket2_hdr *h)
{
    const uint8_t *data = (const uint8_t *)h + h->tp_net;
    uint32_t room = FRAME - h->tp_net;
    struct pcap_record r = {h->tp_sec, h->tp_nsec, h->tp_snaplen < room ? h->tp_snaplen : room,
                            h->tp_len};

    if (fwrite(&r, sizeof(r), 1, c->file) != 1 ||
        fwrite(data, 1, r.captured, c->file) != r.captured)
        c->torn = true;
    atomic_store(&c->last_ns, h->tp_sec * 1000000000ull + h->tp_nsec);
}

static void drain(struct capture *c)
{
    for (;;) {
        struct tpacket2_hdr *h = (struct tpacket2_hdr *)(c->ring + (size_t)c->next * FRAME);
        uint32_t status = __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE);

        if (!(status & TP_STATUS_USER))
            return;
        keep(c, h);
        __atomic_store_n(&h->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
        c->next = (c->next + 1) % FRAMES;
    }
}

static void *run(void *arg)
{
    struct capture *c = arg;
    struct pollfd p = {c->fd, POLLIN, 0};

    while (!atomic_load(&c->stop)) {
        drain(c);
        poll(&p, 1, TICK_MS);
    }
    drain(c);
    return NULL;
}

static int open_ring(struct capture *c, const char *device)
{
    struct sockaddr_ll a = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(ETH_P_ALL),
                            .sll_ifindex = (int)if_nametoindex(device)};
    struct tpacket_req req = {BLOCK, BLOCKS, FRAME, FRAMES};
    int version = TPACKET_V2;

    /* Protocol 0 until bound: nothing from other devices gets in. */
    c->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || a.sll_ifindex == 0 ||
        setsockopt(c->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) != 0 ||
        setsockopt(c->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) != 0)
        return -1;
    c->ring = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, c->fd, 0);
    if (c->ring == MAP_FAILED)
        return -1;
    return bind(c->fd, (struct sockaddr *)&a, sizeof(a));
}

struct capture *capture_start(const char *device, const char *file)
{
    struct pcap_header h = {PCAP_NANOSECONDS, 2, 4, 0, 0, FRAME, LINKTYPE_RAW};
    struct capture *c = calloc(1, sizeof(*c));

    if (!c || !(c->file = fopen(file, "wbe")) || fwrite(&h, sizeof(h), 1, c->file) != 1) {
        warn("%s", file);
        return NULL;
    }
    if (open_ring(c, device) != 0 || pthread_create(&c->thread, NULL, run, c) != 0) {
        warn("capturing on %s", device);
        return NULL;
    }
    return c;
}

uint64_t capture_last_ns(const struct capture *c)
{
    return atomic_load(&c->last_ns);
}

long capture_stop(struct capture *c)
{
    struct tpacket_stats stats = {0};
    socklen_t len = sizeof(stats);
    long missed;

    atomic_store(&c->stop, true);
    pthread_join(c->thread, NULL);
    missed = getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0
                 ? (long)stats.tp_drops
                 : -1;
    if (fclose(c->file) != 0 || c->torn)
        missed = -1;
    munmap(c->ring, (size_t)BLOCK * BLOCKS);
    close(c->fd);
    free(c);
    return missed;
}
