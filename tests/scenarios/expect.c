/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel must say: the steps `expect ...`. Numbers are relative to the initial ones. */
#include <string.h>

#include "rig.h"

enum { PATIENCE_US = 6000000 };

struct expected {
    uint8_t flags;
    uint32_t seq, len;
    bool with_seq, with_ack, with_window, with_ecn;
    uint32_t ack;
    uint64_t window[2];
    uint8_t ecn;
    struct tcp_options options; /* its blocks */
    uint64_t within_us;
    unsigned times;
};

static void expect_block(struct rig *rig, struct tcp_options *o)
{
    uint64_t range[2];

    if (o->blocks == SACK_BLOCKS)
        fail(rig, "too many SACK blocks");
    need_range(rig, range);
    o->sack[o->blocks][0] = rig->peer.isn + (uint32_t)range[0];
    o->sack[o->blocks++][1] = rig->peer.isn + (uint32_t)range[1];
}

static void read_expectation(struct rig *rig, struct expected *e)
{
    struct step *step = rig->step;

    e->within_us = PATIENCE_US;
    e->times = 1;
    while (step_peek(step)) {
        if (step_take(step, "ack")) {
            e->with_ack = true;
            e->ack = (uint32_t)need_number(rig);
        } else if (step_take(step, "win")) {
            e->with_window = true;
            need_range(rig, e->window);
        } else if (step_take(step, "sack") || step_take(step, "dsack")) {
            expect_block(rig, &e->options);
        } else if (step_take(step, "ece")) {
            e->flags |= TCP_ECE;
        } else if (step_take(step, "cwr")) {
            e->flags |= TCP_CWR;
        } else if (step_take(step, "fin")) {
            e->flags |= TCP_FIN;
        } else if (step_take(step, "ect") || step_take(step, "not-ect")) {
            e->with_ecn = true;
            e->ecn = strcmp(step->words[step->next - 1], "ect") == 0 ? ECN_ECT0 : ECN_NONE;
        } else if (step_take(step, "within")) {
            e->within_us = need_time(rig);
        } else if (step_take(step, "times")) {
            e->times = (unsigned)need_number(rig);
        } else {
            break;
        }
    }
}

static bool same_blocks(const struct tcp_options *a, const struct tcp_options *b)
{
    return a->blocks == b->blocks && memcmp(a->sack, b->sack, a->blocks * sizeof(a->sack[0])) == 0;
}

static const char *mismatch(const struct rig *rig, const struct expected *e,
                            const struct tcp_packet *p, unsigned i)
{
    const struct peer *peer = &rig->peer;

    if ((p->flags & ~TCP_PSH) != e->flags)
        return "flags";
    if (p->len != e->len)
        return "length";
    if (e->with_seq && p->seq - peer->kernel_isn != e->seq + i * e->len)
        return "sequence number";
    if (e->with_ack && p->ack - peer->isn != e->ack)
        return "acknowledgement";
    if (e->with_window &&
        (peer_window_of(rig, p) < e->window[0] || peer_window_of(rig, p) > e->window[1]))
        return "window";
    if (e->with_ecn && p->ecn != e->ecn)
        return "ECN codepoint";
    return same_blocks(&p->options, &e->options) ? NULL : "SACK blocks";
}

static void await_expected(struct rig *rig, struct expected *e)
{
    const struct tcp_packet *p;
    const char *wrong;
    unsigned i;

    read_expectation(rig, e);
    for (i = 0; i < e->times; i++) {
        p = peer_next(rig, e->within_us);
        if (!p)
            fail(rig, "packet %u of %u did not come", i + 1, e->times);
        wrong = mismatch(rig, e, p, i);
        if (!wrong)
            continue;
        printf("packet %u of %u: ", i + 1, e->times);
        print_segment(stdout, rig, true, p);
        fail(rig, "another %s than expected", wrong);
    }
}

static void expect_data(struct rig *rig, struct step *step)
{
    struct expected e = {.flags = TCP_ACK, .with_seq = true};

    (void)step;
    e.seq = (uint32_t)need_number(rig);
    e.len = (uint32_t)need_number(rig);
    await_expected(rig, &e);
}

static void expect_ack(struct rig *rig, struct step *step)
{
    struct expected e = {.flags = TCP_ACK, .with_ack = true};

    (void)step;
    e.ack = (uint32_t)need_number(rig);
    await_expected(rig, &e);
}

/* A probe carries no data and a sequence number that is no longer wanted. */
static void expect_probe(struct rig *rig, struct step *step)
{
    struct expected e = {.flags = TCP_ACK, .with_seq = true};

    (void)step;
    e.seq = (uint32_t)need_number(rig);
    await_expected(rig, &e);
}

static void expect_fin(struct rig *rig, struct step *step)
{
    struct expected e = {.flags = TCP_ACK | TCP_FIN, .with_seq = true};

    (void)step;
    e.seq = (uint32_t)need_number(rig);
    await_expected(rig, &e);
}

static void expect_reset(struct rig *rig, struct step *step)
{
    const struct tcp_packet *p = peer_next(rig, PATIENCE_US);

    (void)step;
    if (!p || !(p->flags & TCP_RST))
        fail(rig, "no reset");
}

static void expect_nothing(struct rig *rig, struct step *step)
{
    (void)step;
    peer_idle(rig, need_time(rig));
    if (rig->peer.count)
        fail(rig, "%u packets came", rig->peer.count);
}

/* What the kernel's SYN or SYN-ACK carried, all of it. */
static void expect_syn(struct rig *rig, struct step *step)
{
    const struct peer *peer = &rig->peer;
    struct tcp_options o = {.mss = -1, .wscale = -1};
    const struct tcp_options *t = &peer->theirs;
    uint8_t ecn = 0;

    while (step_peek(step)) {
        if (step_take(step, "mss"))
            o.mss = (int)need_number(rig);
        else if (step_take(step, "wscale"))
            o.wscale = (int)need_number(rig);
        else if (step_take(step, "sack"))
            o.sack_ok = true;
        else if (step_take(step, "ts"))
            o.ts = true;
        else if (step_take(step, "ecn"))
            ecn = peer->active ? TCP_ECE | TCP_CWR : TCP_ECE;
        else
            break;
    }
    if (t->mss != o.mss || t->wscale != o.wscale || t->sack_ok != o.sack_ok || t->ts != o.ts)
        fail(rig, "the kernel sent mss %d wscale %d sack %d ts %d", t->mss, t->wscale, t->sack_ok,
             t->ts);
    if ((peer->their_flags & (TCP_ECE | TCP_CWR)) != ecn)
        fail(rig, "the kernel's ECN flags are %#x", peer->their_flags & (TCP_ECE | TCP_CWR));
}

/* Takes whatever comes in this time. */
static void expect_anything(struct rig *rig, struct step *step)
{
    uint64_t until = now_us() + need_time(rig), now;

    (void)step;
    while ((now = now_us()) < until)
        peer_next(rig, until - now);
    while (rig->peer.count)
        peer_next(rig, 0);
}

const struct command expect_commands[] = {
    {"expect data", expect_data, true},
    {"expect ack", expect_ack, true},
    {"expect probe", expect_probe, true},
    {"expect fin", expect_fin, true},
    {"expect reset", expect_reset, true},
    {"expect nothing", expect_nothing, false},
    {"expect syn", expect_syn, false},
    {"expect anything", expect_anything, false},
    {NULL, NULL, false},
};
