/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ledger.h"
#include "sender.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_MSS = 536, TIMESTAMP_BYTES = 12 };

/* Windows' TCP_SOFT_ERROR */
enum soft { BELOW_DATA = 1, ABOVE_DATA = 2, BELOW_ACK = 3, ABOVE_ACK = 4, BELOW_TS = 5 };

struct walk {
    struct ledger *l;
    struct sender sender;
    bool started;           /* the peer's SYN was seen */
    uint32_t acked_out;     /* the last acknowledgement that we sent */
    uint16_t window_out;    /* and its window field */
    uint32_t edge;          /* right edge of the window offered */
    bool last_was_dup;      /* the last acknowledgement sent was a duplicate */
    bool got_again;         /* the last segment that came held nothing new */
    uint32_t ts_recent;     /* RFC 7323 */
    bool shut;              /* the next segment does not fit the window */
    uint32_t *next_payload; /* by packet: bytes of the next new segment that goes out, 0: none */
};

unsigned ledger_mss(const struct ledger *l)
{
    int mss = l->theirs.mss > 0 ? l->theirs.mss : DEFAULT_MSS;

    return (unsigned)mss - (l->mine.timestamps && l->theirs.timestamps ? TIMESTAMP_BYTES : 0);
}

static struct handshake options_of(const struct packet *p)
{
    return (struct handshake){p->mss, p->wscale, p->sack_ok, p->has_ts};
}

static void soft_error(struct walk *w, enum soft reason)
{
    series_add(&w->l->soft, w->l->last_ns, (double)++w->l->in.soft_errors);
    w->l->in.soft_reason = reason;
}

static void disturbed(struct ledger *l, const struct packet *p)
{
    if (p->ns < l->calm_ns)
        l->calm_ns = p->ns;
}

/* A pure acknowledgement that says once more what the last one said, while something is missing or
 * something came twice. */
static bool duplicate_out(const struct walk *w, const struct packet *p, uint32_t ack)
{
    return !p->payload && !(p->flags & (FLAG_SYN | FLAG_FIN | FLAG_RST)) && ack == w->acked_out &&
           (p->sacks || (p->window == w->window_out && (w->l->got.count || w->got_again)));
}

static void offer_window(struct walk *w, const struct packet *p, uint32_t ack)
{
    struct ledger *l = w->l;
    bool scaled = !(p->flags & FLAG_SYN) && l->mine.wscale >= 0 && l->theirs.wscale >= 0;
    uint32_t window = (uint32_t)p->window << (scaled ? l->mine.wscale : 0);

    series_add(&l->rwin_sent, p->ns, window);
    if (ack + window > w->edge)
        w->edge = ack + window;
}

static void acknowledge(struct walk *w, const struct packet *p)
{
    uint32_t ack = p->ack - w->l->irs;
    bool dup = duplicate_out(w, p, ack);

    w->l->out.dup_acks += dup;
    w->l->out.dup_ack_episodes += dup && !w->last_was_dup;
    w->last_was_dup = dup;
    w->acked_out = ack;
    w->window_out = p->window;
    offer_window(w, p, ack);
}

static void goes_out(struct walk *w, const struct packet *p)
{
    struct ledger *l = w->l;

    l->out.segs++;
    if (p->flags & FLAG_SYN) {
        w->sender.iss = l->iss = p->seq;
        l->mine = options_of(p);
        l->opened |= !(p->flags & FLAG_ACK);
        l->out.synacks += !!(p->flags & FLAG_ACK);
    }
    if (p->payload) {
        l->out.data_segs++;
        l->out.bytes += p->payload;
        l->out.cwr += !!(p->flags & FLAG_CWR);
    }
    if ((p->payload || p->flags & (FLAG_SYN | FLAG_FIN)) && sender_sends(&w->sender, p)) {
        l->out.retrans_segs++;
        l->out.retrans_bytes += p->payload;
        disturbed(l, p);
    }
    if (p->flags & FLAG_ACK)
        acknowledge(w, p);
    if (p->has_ts) {
        w->sender.ts_val = p->ts_val;
        w->sender.ts_ns = p->ns;
    }
}

/*
 * Does the socket discard the segment for its timestamp, before it looks at anything else (RFC
 * 7323, 5.3)? A pure acknowledgement that says nothing new is let pass, and so is one tick.
 */
static bool stale(const struct walk *w, const struct packet *p, uint32_t from)
{
    int32_t age = (int32_t)(w->ts_recent - p->ts_val);
    bool repeats = !p->payload && !(p->flags & FLAG_FIN) && from == w->l->got.next &&
                   p->ack - w->sender.iss == w->l->una &&
                   sender_window(&w->sender, p) <= w->sender.window;

    return p->has_ts && !(p->flags & FLAG_SYN) && age > 1 && !repeats;
}

static void check_ack(struct walk *w, const struct packet *p)
{
    uint32_t ack = p->ack - w->sender.iss;

    if (ack > w->l->nxt) {
        soft_error(w, ABOVE_ACK);
    } else if (ack < w->l->una) {
        soft_error(w, BELOW_ACK);
        w->l->in.old_acks++;
    }
}

static void take_payload(struct walk *w, const struct packet *p, uint32_t from)
{
    struct ledger *l = w->l;
    uint32_t to = from + p->payload, fresh;

    if (to <= l->got.next)
        soft_error(w, BELOW_DATA);
    else if (from >= w->edge)
        soft_error(w, ABOVE_DATA);
    fresh = receive(&l->got, from, to);
    l->in.covered += !fresh && to > l->got.next;
    l->in.again_bytes += p->payload - fresh;
    w->got_again = fresh == 0;
    if (receive_waiting(&l->got) > l->most_waiting)
        l->most_waiting = receive_waiting(&l->got);
}

/* The segment is not acceptable: nothing that it says is heard, its data is answered. */
static void discard(struct walk *w, const struct packet *p, enum soft reason)
{
    soft_error(w, reason);
    w->l->in.again_bytes += p->payload;
    w->got_again |= p->payload > 0;
}

static void count_in(struct ledger *l, const struct packet *p)
{
    l->in.segs++;
    l->in.data_segs += p->payload > 0;
    l->in.bytes += p->payload;
    l->in.ce += p->ecn == ECN_CE;
    l->in.ece += p->flags & FLAG_ECE && !(p->flags & FLAG_SYN);
    l->in.sacks += p->sacks > 0;
    l->in.sack_blocks += p->sacks;
    if (p->sacks || (p->flags & FLAG_ECE && !(p->flags & FLAG_SYN)))
        disturbed(l, p);
}

static void take_syn(struct walk *w, const struct packet *p)
{
    w->started = true;
    w->l->irs = p->seq;
    w->ts_recent = p->ts_val;
    w->l->theirs = options_of(p);
    w->l->got.next = 1;
}

static void comes_in(struct walk *w, const struct packet *p)
{
    struct ledger *l = w->l;
    uint32_t from;

    count_in(l, p);
    if (p->flags & FLAG_SYN && w->started) {
        soft_error(w, BELOW_DATA);
        return;
    }
    if (p->flags & FLAG_SYN)
        take_syn(w, p);
    from = p->seq - w->l->irs;
    if (stale(w, p, from)) {
        discard(w, p, BELOW_TS);
        return;
    }
    if (from + p->payload < w->acked_out) {
        discard(w, p, BELOW_DATA);
        return;
    }
    if (p->flags & FLAG_ACK) {
        check_ack(w, p);
        sender_hears(&w->sender, p, from);
    }
    if (p->payload)
        take_payload(w, p, from);
    if (p->has_ts && from <= w->acked_out && from + p->payload >= w->acked_out &&
        (int32_t)(p->ts_val - w->ts_recent) > 0)
        w->ts_recent = p->ts_val;
}

/* By packet: how long the next new segment is that will go out. */
static void look_ahead(struct walk *w, const struct packets *list)
{
    uint32_t isn = 0, nxt = 0, next = 0;

    w->next_payload = calloc(list->count + 1, sizeof(*w->next_payload));
    if (!w->next_payload)
        err(1, "memory");
    for (size_t i = 0; i < list->count; i++) {
        const struct packet *p = &list->at[i];

        if (!p->out)
            continue;
        if (p->flags & FLAG_SYN)
            isn = p->seq;
        if (p->payload && p->seq - isn >= nxt) {
            w->next_payload[i] = p->payload;
            nxt = p->seq - isn + p->payload;
        }
    }
    for (size_t i = list->count; i-- > 0;) {
        uint32_t own = w->next_payload[i];

        w->next_payload[i] = next;
        if (own)
            next = own;
    }
}

/* Books the time up to the next packet. */
static void spend(struct walk *w, uint32_t next, uint64_t ns)
{
    struct ledger *l = w->l;
    const struct sender *s = &w->sender;
    bool shut = next && l->una && l->nxt + next > s->wl2 + s->window;

    l->rwin_spells += shut && !w->shut;
    w->shut = shut;
    if (shut)
        l->rwin_us += (double)ns / 1e3;
    if (shut || (l->nxt > l->una && l->una))
        l->busy_us += (double)ns / 1e3;
}

void ledger_make(struct ledger *l, const struct packets *list, uint64_t cut_ns)
{
    struct walk w = {.l = l, .sender = {.l = l}};

    memset(l, 0, sizeof(*l));
    l->mine = l->theirs = (struct handshake){-1, -1, false, false};
    l->calm_ns = UINT64_MAX;
    look_ahead(&w, list);
    for (size_t i = 0; i < list->count && list->at[i].ns <= cut_ns; i++) {
        const struct packet *p = &list->at[i];

        /* Packets are stamped before they queue for the capture. */
        if (i && p->ns > l->last_ns)
            spend(&w, w.next_payload[i - 1], p->ns - l->last_ns);
        if (p->ns > l->last_ns)
            l->last_ns = p->ns;
        if (p->out)
            goes_out(&w, p);
        else
            comes_in(&w, p);
    }
    free(w.next_payload);
    sender_free(&w.sender);
}

void ledger_free(struct ledger *l)
{
    series_free(&l->flight);
    series_free(&l->rwin_sent);
    series_free(&l->rwin_rcvd);
    series_free(&l->soft);
    rtt_free(&l->rtt);
    receive_free(&l->got);
}
