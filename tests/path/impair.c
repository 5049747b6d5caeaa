/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "impair.h"

#include <inttypes.h>
#include <stdlib.h>

enum { NS_PER_S = 1000000000, PPM = 1000000 };

static bool listed(const struct index_list *list, uint64_t index)
{
    size_t i;

    for (i = 0; i < list->count; i++) {
        const struct index_range *r = &list->range[i];

        if (index >= r->first && index <= r->last && (index - r->first) % r->step == 0)
            return true;
    }
    return false;
}

/* End of the window that now lies in, or 0. */
static uint64_t window_end(const struct impair *m, const struct window_list *list, uint64_t now)
{
    size_t i;

    if (m->start_ns == 0)
        return 0;
    for (i = 0; i < list->count; i++) {
        uint64_t start = m->start_ns + list->window[i].start_ns;

        if (now >= start && now - start < list->window[i].length_ns)
            return start + list->window[i].length_ns;
    }
    return 0;
}

/* splitmix64 */
static uint64_t next_random(struct impair *m)
{
    uint64_t z = m->random += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void impair_start(struct impair *m)
{
    m->random = m->config.seed;
}

/*
 * The four draws of a packet. All are made for every packet, so that switching one impairment on
 * does not change which packets the others hit.
 */
struct luck {
    bool loss, reorder, dup, ce;
};

static bool draw(struct impair *m, uint64_t ppm)
{
    return next_random(m) % PPM < ppm;
}

static struct luck draw_luck(struct impair *m)
{
    struct luck luck;

    luck.loss = draw(m, m->config.loss_ppm);
    luck.reorder = draw(m, m->config.reorder_ppm);
    luck.dup = draw(m, m->config.dup_ppm);
    luck.ce = draw(m, m->config.ce_ppm);
    return luck;
}

/* When the last bit of the packet has left the link; 0: no room in the link's queue. */
static uint64_t through_link(struct impair *m, uint64_t now, size_t len)
{
    const struct impair_config *c = &m->config;
    uint64_t free_at = m->link_free_ns > now ? m->link_free_ns : now;
    uint64_t waiting;

    if (c->rate == 0)
        return now;
    waiting = (uint64_t)((double)(free_at - now) * (double)c->rate / 8 / NS_PER_S);
    if (c->limit && waiting + len > c->limit)
        return 0;
    m->link_free_ns = free_at + (uint64_t)((double)len * 8 * NS_PER_S / (double)c->rate);
    return m->link_free_ns;
}

static enum cause drop_cause(struct impair *m, const struct verdict *v, uint64_t at, bool new_data,
                             const struct luck *luck)
{
    if (window_end(m, &m->config.blackout, at))
        return DROP_BLACKOUT;
    if (new_data && listed(&m->config.drop, v->flow->new_index))
        return DROP_INDEX;
    if (v->seen == SEEN_AGAIN && listed(&m->config.drop_retrans, v->flow->again_index))
        return DROP_INDEX;
    return luck->loss ? DROP_LOSS : KEPT;
}

static void count_drop(struct impair *m, const struct verdict *v, enum cause cause)
{
    m->dropped[cause]++;
    if (!v->flow)
        return;
    m->dropped_data[cause] += v->segment.payload != 0;
    flow_dropped(v->flow, &v->segment, v->seen);
}

struct verdict impair_packet(struct impair *m, uint64_t now, uint8_t *packet, size_t len)
{
    const struct impair_config *c = &m->config;
    struct verdict v = {.cause = KEPT, .seen = SEEN_NOTHING};
    struct luck luck = draw_luck(m);
    uint64_t sent, hold;
    bool new_data;

    m->packets++;
    m->bytes += len;
    if (packet_segment(packet, len, &v.segment))
        v.seen = flow_see(&m->flows, &v.segment, &v.flow);
    new_data = v.seen == SEEN_NEW && v.segment.payload;
    if (new_data && m->start_ns == 0)
        m->start_ns = now;

    /* Losses happen behind the link: a lost packet has used its share of the rate. */
    sent = through_link(m, now, len);
    v.cause = sent ? drop_cause(m, &v, sent, new_data, &luck) : DROP_LIMIT;
    if (v.cause != KEPT) {
        count_drop(m, &v, v.cause);
        return v;
    }

    if (luck.ce || (new_data && listed(&c->ce, v.flow->new_index))) {
        if (packet_mark_ce(packet, len))
            m->marked_ce++;
        else
            m->not_ecn_capable++;
    }
    v.due_ns = sent + c->delay_ns;
    if (luck.reorder || (new_data && listed(&c->reorder, v.flow->new_index))) {
        m->reordered++;
        v.due_ns += c->reorder_ns;
    }
    hold = window_end(m, &c->hold, v.due_ns);
    if (hold) {
        m->held++;
        v.due_ns = hold;
    }
    v.twice = luck.dup || (new_data && listed(&c->dup, v.flow->new_index));
    m->duplicated += v.twice;
    return v;
}

void impair_no_room(struct impair *m, const struct verdict *v)
{
    count_drop(m, v, DROP_MEMORY);
}

void impair_report(const struct impair *m, FILE *out)
{
    static const char *const cause[CAUSES] = {[DROP_LIMIT] = "limit",
                                              [DROP_INDEX] = "index",
                                              [DROP_LOSS] = "loss",
                                              [DROP_BLACKOUT] = "blackout",
                                              [DROP_MEMORY] = "memory"};
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"packets", m->packets},
        {"bytes", m->bytes},
        {"out_packets", m->out_packets},
        {"out_bytes", m->out_bytes},
        {"reordered", m->reordered},
        {"duplicated", m->duplicated},
        {"marked_ce", m->marked_ce},
        {"not_ecn_capable", m->not_ecn_capable},
        {"held", m->held},
        {"write_errors", m->write_errors},
        {"untracked", m->flows.untracked},
    };
    unsigned i;

    fputc('{', out);
    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        fprintf(out, "\"%s\": %" PRIu64 ", ", numbers[i].name, numbers[i].value);
    for (i = KEPT + 1; i < CAUSES; i++)
        fprintf(out, "\n  \"dropped_%s\": %" PRIu64 ", \"dropped_data_%s\": %" PRIu64 ",", cause[i],
                m->dropped[i], cause[i], m->dropped_data[i]);
    fputs("\n  \"flows\": ", out);
    flow_report(&m->flows, out);
    fputc('}', out);
}

void impair_free(struct impair *m)
{
    struct index_list *lists[] = {&m->config.drop, &m->config.drop_retrans, &m->config.reorder,
                                  &m->config.dup, &m->config.ce};

    for (unsigned i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        free(lists[i]->range);
    free(m->config.blackout.window);
    free(m->config.hold.window);
    flow_table_free(&m->flows);
}
