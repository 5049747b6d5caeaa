/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sender.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* No timeout is shorter than 200 ms; what an acknowledgement prompts follows it at once. */
static const uint64_t least_timeout_ns = 190000000, prompt_ns = 2000000, twin_ns = 5000000;

static void remember(struct sender *s, uint32_t from, uint32_t to, uint64_t ns)
{
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 4096;
        s->sent = realloc(s->sent, s->room * sizeof(*s->sent));
        if (!s->sent)
            err(1, "memory");
    }
    s->sent[s->count++] = (struct sent){.from = from, .to = to, .ns = ns};
}

static bool any_sacked(const struct sender *s)
{
    for (size_t i = s->first; i < s->count; i++)
        if (s->sent[i].sacked)
            return true;
    return false;
}

/* Has the peer said anything that makes one think of loss? */
static bool in_trouble(const struct sender *s)
{
    return s->pending || s->l->una < s->recover || any_sacked(s);
}

/* The tail loss probe: the last segment again, with nothing to prompt it, before any timeout. */
static bool is_probe(const struct sender *s, uint32_t to, uint64_t ns)
{
    return to == s->l->nxt && s->l->una > 0 && !s->probed && !in_trouble(s) &&
           ns - s->progress_ns >= prompt_ns;
}

/* The head of what is outstanding goes out again. Nothing prompted it: a timer. */
static void judge_timer(struct sender *s, uint64_t ns)
{
    struct ledger *l = s->l;

    if (ns - s->advance_ns < least_timeout_ns || ns - s->progress_ns < prompt_ns)
        return;
    if (s->expiries++ == 0) {
        l->timer.first++;
        l->timer.abrupt += !in_trouble(s);
    } else {
        l->timer.again++;
    }
    rtt_backed_off(&l->rtt, ns);
}

static void send_again(struct sender *s, uint32_t from, uint32_t to, uint64_t ns)
{
    bool probe = is_probe(s, to, ns);

    if (from == s->l->una) {
        if (!probe)
            judge_timer(s, ns);
        s->advance_ns = ns;
    }
    for (size_t i = s->first; i < s->count; i++)
        if (s->sent[i].from < to && s->sent[i].to > from)
            s->sent[i].again = true;
    s->resent = s->l->nxt;
    s->answered = true;
    /* A probe asks for news; that nothing was lost is what it may find. */
    if (probe) {
        s->probed = true;
        s->l->timer.probes++;
        return;
    }
    s->recover = s->l->nxt;
}

bool sender_sends(struct sender *s, const struct packet *p)
{
    struct ledger *l = s->l;
    uint32_t from = p->seq - s->iss;
    uint32_t to = from + p->payload + !!(p->flags & FLAG_SYN) + !!(p->flags & FLAG_FIN);
    bool again = from < l->nxt;

    if (again) {
        send_again(s, from, to, p->ns);
    } else {
        if (l->una == l->nxt)
            s->advance_ns = p->ns;
        remember(s, from, to, p->ns);
    }
    if (to > l->nxt)
        l->nxt = to;
    if (p->payload)
        series_add(&l->flight, p->ns, l->nxt - l->una);
    return again;
}

/* Send times of what an acknowledgement newly delivered and was sent once only; 0: none. */
struct fresh {
    uint64_t first_acked, last_acked, first_sacked, last_sacked;
    bool ambiguous; /* part of what is acknowledged was sent more than once */
    uint64_t delivered;
};

static void take_acked(struct sender *s, uint32_t ack, struct fresh *f)
{
    while (s->first < s->count && s->sent[s->first].to <= ack) {
        const struct sent *t = &s->sent[s->first++];

        f->delivered += !t->sacked;
        if (t->again) {
            f->ambiguous = true;
        } else if (!t->sacked) {
            f->last_acked = t->ns;
            if (!f->first_acked)
                f->first_acked = t->ns;
        }
    }
}

static void take_sacked(struct sender *s, const struct packet *p, struct fresh *f)
{
    for (size_t i = s->first; i < s->count; i++) {
        struct sent *t = &s->sent[i];

        for (unsigned k = 0; k < p->sacks && !t->sacked; k++) {
            if (t->from < p->sack[k].from - s->iss || t->to > p->sack[k].to - s->iss)
                continue;
            t->sacked = true;
            f->delivered++;
            if (t->again)
                continue;
            f->last_sacked = t->ns;
            if (!f->first_sacked)
                f->first_sacked = t->ns;
        }
    }
}

static void measure(struct sender *s, const struct packet *p, const struct fresh *f, bool advanced)
{
    uint64_t oldest = f->first_acked && !f->ambiguous ? f->first_acked : f->first_sacked;
    uint64_t newest = f->last_sacked ? f->last_sacked : f->last_acked;

    struct rtt_times times = {p->ns, 0, 0};

    if (oldest) {
        times.oldest_us = (double)(p->ns - oldest) / 1e3;
        times.newest_us = (double)(p->ns - newest) / 1e3;
    } else if (advanced && p->has_ts && p->ts_ecr) {
        /* The timestamp clock ticks in milliseconds; it stood at ts_val when we last sent. */
        double ms = (double)(int32_t)(s->ts_val - p->ts_ecr) + (double)(p->ns - s->ts_ns) / 1e6;

        times.oldest_us = times.newest_us = ms < 1 ? 1e3 : ms * 1e3;
    } else {
        return;
    }
    rtt_sample(&s->l->rtt, &times, s->l->una, s->l->nxt);
}

static bool same_ack(const struct packet *a, const struct packet *b)
{
    return a->ack == b->ack && a->window == b->window && a->ts_val == b->ts_val &&
           a->ts_ecr == b->ts_ecr && a->sacks == b->sacks && a->payload == b->payload &&
           memcmp(a->sack, b->sack, sizeof(a->sack)) == 0;
}

/* A first block below the acknowledgement, or within the second block, reports a duplicate. */
static void look_for_dsack(struct sender *s, const struct packet *p)
{
    const struct sack_block *a = &p->sack[0], *b = &p->sack[1];
    uint32_t from = a->from - s->iss, to = a->to - s->iss;
    uint64_t segs = (to - from + ledger_mss(s->l) - 1) / ledger_mss(s->l);
    bool within = p->sacks > 1 && from >= b->from - s->iss && to <= b->to - s->iss;

    if (!p->sacks || to <= from || (from >= p->ack - s->iss && !within))
        return;
    s->progress_ns = p->ns;
    s->l->in.dsack_segs += segs;
    if (same_ack(p, &s->last_ack) && p->ns - s->last_ack.ns < twin_ns)
        s->l->in.dsack_twins += segs;
}

/* RFC 5681, and with SACK whatever the window does. */
static bool is_duplicate(const struct sender *s, const struct packet *p, uint32_t ack)
{
    return !p->payload && !(p->flags & (FLAG_SYN | FLAG_FIN | FLAG_RST)) && ack == s->l->una &&
           s->l->una < s->l->nxt && (p->sacks || p->window == s->last_window);
}

static void close_episode(struct sender *s, uint32_t advance)
{
    if (s->pending && !s->answered && s->l->una >= s->resent) {
        s->l->reordered.acks += s->pending;
        s->l->reordered.episodes++;
        s->l->reordered.bytes += advance;
    }
    s->pending = 0;
    s->answered = false;
}

uint32_t sender_window(const struct sender *s, const struct packet *p)
{
    bool scaled = !(p->flags & FLAG_SYN) && s->l->mine.wscale >= 0 && s->l->theirs.wscale >= 0;

    return (uint32_t)p->window << (scaled ? s->l->theirs.wscale : 0);
}

/*
 * Linux believes the window of a segment that acknowledges something new, of one that is newer than
 * the last it believed, and of one as new that offers more or is shut. So a segment sent again may
 * set the window; RFC 9293, 3.10.7.4, goes by its sequence number alone.
 */
static void take_window(struct sender *s, const struct packet *p, uint32_t seq, uint32_t ack,
                        bool advanced)
{
    uint32_t window = sender_window(s, p);

    if (!(p->flags & FLAG_SYN) && !advanced && seq <= s->wl1 &&
        (seq < s->wl1 || (window && window <= s->window)))
        return;
    s->wl1 = seq;
    s->wl2 = ack;
    s->window = window;
    series_add(&s->l->rwin_rcvd, p->ns, s->window);
}

void sender_hears(struct sender *s, const struct packet *p, uint32_t seq)
{
    struct ledger *l = s->l;
    uint32_t ack = p->ack - s->iss;
    struct fresh f = {0};
    bool duplicate, advanced;

    if (ack > l->nxt)
        return;
    duplicate = is_duplicate(s, p, ack);
    advanced = ack > l->una;
    look_for_dsack(s, p);
    take_sacked(s, p, &f);
    if (advanced) {
        take_acked(s, ack, &f);
        close_episode(s, ack - l->una);
        l->una = ack;
        s->advance_ns = p->ns;
        s->expiries = 0;
        s->probed = false;
        series_add(&l->flight, p->ns, l->nxt - l->una);
    }
    if (duplicate) {
        l->in.dup_acks++;
        s->pending++;
    }
    if (duplicate || f.delivered || advanced)
        s->progress_ns = p->ns;
    if (p->flags & FLAG_ECE && !(p->flags & FLAG_SYN))
        l->in.ece_acked += f.delivered;
    if (ack >= l->una)
        take_window(s, p, seq, ack, advanced);
    measure(s, p, &f, advanced);
    s->last_window = p->window;
    s->last_ack = *p;
}

void sender_free(struct sender *s)
{
    free(s->sent);
}
