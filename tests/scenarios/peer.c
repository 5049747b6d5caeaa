/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The peer's end of the TUN: packets out of the kernel and into it. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"

/* What a SYN without an MSS option means (RFC 9293). */
enum {
    MSS_DEFAULT_V4 = 536,
    MSS_DEFAULT_V6 = 1220,
    TIMESTAMP_BYTES = 12,
    MSS_OF_DEVICE = 1460,
    WINDOW_MAX = 65535
};

uint8_t pattern(uint64_t position)
{
    return (uint8_t)(position * 31 + (position >> 8) * 7 + 5);
}

uint32_t peer_mss(const struct rig *rig)
{
    int mss = rig->peer.syn.mss;

    if (mss < 0)
        mss = rig->family == 4 ? MSS_DEFAULT_V4 : MSS_DEFAULT_V6;
    if (mss > MSS_OF_DEVICE)
        mss = MSS_OF_DEVICE;
    return (uint32_t)mss - (rig->peer.syn.ts ? TIMESTAMP_BYTES : 0);
}

uint64_t peer_window_of(const struct rig *rig, const struct tcp_packet *p)
{
    const struct peer *peer = &rig->peer;

    if (p->flags & TCP_SYN || peer->syn.wscale < 0 || peer->theirs.wscale < 0)
        return p->window;
    return (uint64_t)p->window << peer->theirs.wscale;
}

static void print_flags(FILE *f, uint8_t flags)
{
    static const struct {
        uint8_t bit;
        char letter;
    } letters[] = {{TCP_SYN, 'S'}, {TCP_FIN, 'F'}, {TCP_RST, 'R'}, {TCP_PSH, 'P'},
                   {TCP_ACK, '.'}, {TCP_ECE, 'E'}, {TCP_CWR, 'W'}};
    unsigned i;

    for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        if (flags & letters[i].bit)
            fputc(letters[i].letter, f);
}

void print_segment(FILE *f, const struct rig *rig, bool from_kernel, const struct tcp_packet *p)
{
    static const char *const codepoints[] = {"", " ect1", " ect0", " CE"};
    const struct peer *peer = &rig->peer;
    uint32_t isn = from_kernel ? peer->kernel_isn : peer->isn;
    uint32_t other = from_kernel ? peer->isn : peer->kernel_isn;
    const struct tcp_options *o = &p->options;
    unsigned i;

    fprintf(f, "%s ", from_kernel ? "kernel >" : "peer   >");
    print_flags(f, p->flags);
    fprintf(f, " seq %u len %u", p->seq - isn, p->len);
    if (p->flags & TCP_ACK)
        fprintf(f, " ack %u", p->ack - other);
    fprintf(f, " win %u%s", p->window, codepoints[p->ecn]);
    if (o->mss >= 0)
        fprintf(f, " mss %d", o->mss);
    if (o->wscale >= 0)
        fprintf(f, " wscale %d", o->wscale);
    if (o->sack_ok)
        fprintf(f, " sackOK");
    if (o->ts)
        fprintf(f, " ts %u/%u", o->tsval, o->tsecr);
    for (i = 0; i < o->blocks; i++)
        fprintf(f, " sack %u..%u", o->sack[i][0] - other, o->sack[i][1] - other);
    fputc('\n', f);
}

static void trace(struct rig *rig, bool from_kernel, const struct tcp_packet *p)
{
    fprintf(rig->tracing, "  %9.6f ", (double)(now_us() - rig->start_us) / 1e6);
    print_segment(rig->tracing, rig, from_kernel, p);
}

static void count_out(struct wire *wire, const struct tcp_packet *p)
{
    uint32_t end = p->seq + p->len + !!(p->flags & TCP_SYN) + !!(p->flags & TCP_FIN);
    int32_t old = (int32_t)(wire->sent_end - p->seq);

    wire->segs_out++;
    wire->data_segs_out += p->len > 0;
    wire->bytes_out += p->len;
    wire->syn_acks += (p->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
    if (end != p->seq && wire->segs_out > 1 && old > 0) {
        wire->segs_again++;
        wire->bytes_again += (uint32_t)old < p->len ? (uint32_t)old : p->len;
    }
    if (wire->segs_out == 1 || (int32_t)(end - wire->sent_end) > 0)
        wire->sent_end = end;
}

static void check_payload(struct rig *rig, const struct tcp_packet *p)
{
    uint32_t i, position = p->seq - rig->peer.kernel_isn - 1;

    for (i = 0; i < p->len; i++)
        if (p->payload[i] != pattern(position + i))
            fail(rig, "payload of the segment at %u is not what was written", position + 1);
}

static void keep(struct rig *rig, const uint8_t *bytes, size_t len, const struct tcp_packet *p)
{
    struct peer *peer = &rig->peer;
    struct arrival *a;

    if (p->flags & TCP_SYN)
        peer->kernel_isn = p->seq;
    trace(rig, true, p);
    count_out(&peer->wire, p);
    peer->rwin = peer_window_of(rig, p);
    check_payload(rig, p);
    if (peer->count == QUEUE_MAX)
        fail(rig, "more packets than the queue holds");
    a = &peer->queue[(peer->first + peer->count++) % QUEUE_MAX];
    a->bytes = malloc(len);
    if (!a->bytes)
        fail(rig, "no memory");
    memcpy(a->bytes, bytes, len);
    a->len = len;
    a->p = *p;
    a->p.payload = a->bytes + (p->payload - bytes);
}

static bool take_in(struct rig *rig)
{
    static uint8_t buf[PACKET_MAX];
    struct tcp_packet p;
    ssize_t n = read(rig->tun.fd, buf, sizeof(buf));

    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            fail(rig, "reading the TUN: %s", strerror(errno));
        return errno == EINTR;
    }
    switch (segment_read(buf, (size_t)n, &rig->peer.ends, &p)) {
    case SEGMENT_OURS:
        keep(rig, buf, (size_t)n, &p);
        break;
    case SEGMENT_BAD:
        fail(rig, "a segment with a wrong checksum or option");
    case SEGMENT_OTHER:
        break;
    }
    return true;
}

void peer_pump(struct rig *rig, uint64_t deadline_us)
{
    struct pollfd fd = {.fd = rig->tun.fd, .events = POLLIN};
    unsigned before = rig->peer.count;
    uint64_t now;

    for (;;) {
        while (take_in(rig))
            ;
        now = now_us();
        if (rig->peer.count != before || now >= deadline_us)
            return;
        poll(&fd, 1, (int)((deadline_us - now + 999) / 1000));
    }
}

void peer_idle(struct rig *rig, uint64_t us)
{
    uint64_t deadline = now_us() + us;

    do
        peer_pump(rig, deadline);
    while (now_us() < deadline);
}

const struct tcp_packet *peer_next(struct rig *rig, uint64_t within_us)
{
    struct peer *peer = &rig->peer;

    peer_pump(rig, peer->count ? 0 : now_us() + within_us);
    if (!peer->count)
        return NULL;
    free(peer->last.bytes);
    peer->last = peer->queue[peer->first];
    peer->first = (peer->first + 1) % QUEUE_MAX;
    peer->count--;
    if (peer->last.p.options.ts)
        peer->ts_recent = peer->last.p.options.tsval;
    return &peer->last.p;
}

static void inject(struct rig *rig, const uint8_t *bytes, size_t len)
{
    if (write(rig->tun.fd, bytes, len) != (ssize_t)len)
        fail(rig, "writing the TUN: %s", strerror(errno));
}

static void fill_payload(struct rig *rig, struct tcp_packet *p)
{
    static uint8_t payload[PACKET_MAX];
    uint32_t i, position = p->seq - rig->peer.isn - 1;

    for (i = 0; i < p->len; i++)
        payload[i] = pattern(position + i);
    p->payload = payload;
}

static uint16_t window_field(const struct peer *peer, uint8_t flags)
{
    int shift = flags & TCP_SYN || peer->syn.wscale < 0 ? 0 : peer->syn.wscale;
    uint32_t field = peer->window >> shift;

    return (uint16_t)(field > WINDOW_MAX ? WINDOW_MAX : field);
}

void peer_send(struct rig *rig, struct tcp_packet *p)
{
    static uint8_t buf[PACKET_MAX];
    struct peer *peer = &rig->peer;
    uint32_t end = p->seq + p->len + !!(p->flags & TCP_SYN) + !!(p->flags & TCP_FIN);

    p->window = window_field(peer, p->flags);
    fill_payload(rig, p);
    if ((int32_t)(end - peer->snd_nxt) > 0 || p->flags & TCP_SYN)
        peer->snd_nxt = end;
    peer->wire.segs_in++;
    peer->wire.data_segs_in += p->len > 0;
    peer->wire.bytes_in += p->len;
    trace(rig, false, p);
    inject(rig, buf, segment_write(buf, &peer->ends, p));
    peer_pump(rig, 0);
}

void peer_too_big(struct rig *rig, uint16_t mtu)
{
    static uint8_t buf[PACKET_MAX];
    const struct arrival *last = &rig->peer.last;

    if (!last->bytes)
        fail(rig, "no packet to complain about");
    fprintf(rig->tracing, "  router  > too big, MTU %u\n", mtu);
    inject(rig, buf, segment_too_big(buf, &rig->peer.ends, last->bytes, last->len, mtu));
    peer_pump(rig, 0);
}
