/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the peer says: the steps `peer ...`. Numbers are relative to the initial ones. */
#include "rig.h"

enum { HEADERS_V4 = 40, HEADERS_V6 = 60 };

static void add_block(struct rig *rig, struct tcp_options *o)
{
    uint64_t range[2];

    if (o->blocks == SACK_BLOCKS)
        fail(rig, "too many SACK blocks");
    need_range(rig, range);
    o->sack[o->blocks][0] = rig->peer.kernel_isn + (uint32_t)range[0];
    o->sack[o->blocks++][1] = rig->peer.kernel_isn + (uint32_t)range[1];
}

static struct tcp_packet blank(struct rig *rig)
{
    const struct peer *peer = &rig->peer;
    struct tcp_packet p = {
        .seq = peer->snd_nxt,
        .ack = peer->ack,
        .flags = TCP_ACK,
        .options = {.mss = -1, .wscale = -1, .ts = peer->syn.ts},
    };

    p.options.tsval = (uint32_t)(now_us() / 1000);
    p.options.tsecr = peer->ts_recent;
    return p;
}

/* The words that any segment of the peer may carry; how often to send it. */
static unsigned decorate(struct rig *rig, struct tcp_packet *p)
{
    struct step *step = rig->step;
    unsigned times = 1;

    while (step_peek(step)) {
        if (step_take(step, "ack"))
            p->ack = rig->peer.kernel_isn + (uint32_t)need_number(rig);
        else if (step_take(step, "seq"))
            p->seq = rig->peer.isn + (uint32_t)need_number(rig);
        else if (step_take(step, "win"))
            rig->peer.window = (uint32_t)need_number(rig);
        else if (step_take(step, "sack") || step_take(step, "dsack"))
            add_block(rig, &p->options);
        else if (step_take(step, "ece"))
            p->flags |= TCP_ECE;
        else if (step_take(step, "cwr"))
            p->flags |= TCP_CWR;
        else if (step_take(step, "ect"))
            p->ecn = ECN_ECT0;
        else if (step_take(step, "ce"))
            p->ecn = ECN_MARKED;
        else if (step_take(step, "fin"))
            p->flags |= TCP_FIN;
        else if (step_take(step, "stale"))
            p->options.tsval -= (uint32_t)(need_time(rig) / 1000);
        else if (step_take(step, "echo"))
            p->options.tsecr = need_mark(rig)->tsval;
        else if (step_take(step, "times"))
            times = (unsigned)need_number(rig);
        else
            break;
    }
    return times;
}

static void peer_ack(struct rig *rig, struct step *step)
{
    struct tcp_packet p = blank(rig), again;
    unsigned times;

    (void)step;
    p.ack = rig->peer.kernel_isn + (uint32_t)need_number(rig);
    times = decorate(rig, &p);
    if ((int32_t)(p.ack - rig->peer.ack) > 0)
        rig->peer.ack = p.ack;
    while (times--) {
        again = p;
        peer_send(rig, &again);
    }
}

static void peer_data(struct rig *rig, struct step *step)
{
    struct tcp_packet p = blank(rig), next;
    unsigned times, i;

    (void)step;
    p.seq = rig->peer.isn + (uint32_t)need_number(rig);
    p.len = (uint32_t)need_number(rig);
    p.flags |= TCP_PSH;
    times = decorate(rig, &p);
    for (i = 0; i < times; i++) {
        next = p;
        next.seq += i * p.len;
        peer_send(rig, &next);
    }
}

static void peer_fin(struct rig *rig, struct step *step)
{
    struct tcp_packet p = blank(rig);

    (void)step;
    p.flags |= TCP_FIN;
    decorate(rig, &p);
    peer_send(rig, &p);
}

static void peer_reset(struct rig *rig, struct step *step)
{
    struct tcp_packet p = blank(rig);

    (void)step;
    p.flags |= TCP_RST;
    decorate(rig, &p);
    peer_send(rig, &p);
}

static void peer_isn(struct rig *rig, struct step *step)
{
    (void)step;
    rig->peer.isn = (uint32_t)need_number(rig);
}

static void peer_window(struct rig *rig, struct step *step)
{
    (void)step;
    rig->peer.window = (uint32_t)need_number(rig);
}

/* A router on the path whose link takes segments of this MSS at most. */
static void peer_path(struct rig *rig, struct step *step)
{
    (void)step;
    peer_too_big(rig, (uint16_t)(need_number(rig) + (rig->family == 4 ? HEADERS_V4 : HEADERS_V6)));
}

const struct command peer_commands[] = {
    {"peer ack", peer_ack, true},       {"peer data", peer_data, true},
    {"peer fin", peer_fin, true},       {"peer reset", peer_reset, true},
    {"peer isn", peer_isn, false},      {"peer window", peer_window, false},
    {"peer path-mss", peer_path, true}, {NULL, NULL, false},
};
