/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "flow.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FLOWS_MAX = 4096, ACK_FLAG = 0x10 };

/* a before b, in sequence space */
static bool before(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) < 0;
}

static bool flow_is(const struct flow *f, const struct segment *s)
{
    return f->src_port == s->src_port && f->dst_port == s->dst_port && f->family == s->family &&
           memcmp(f->src, s->src, s->addr_len) == 0 && memcmp(f->dst, s->dst, s->addr_len) == 0;
}

static struct flow *flow_add(struct flow_table *table, const struct segment *s)
{
    struct flow *f;

    if (table->count == FLOWS_MAX || !(f = calloc(1, sizeof(*f))))
        return NULL;
    f->family = s->family;
    memcpy(f->src, s->src, s->addr_len);
    memcpy(f->dst, s->dst, s->addr_len);
    f->src_port = s->src_port;
    f->dst_port = s->dst_port;
    f->isn = f->next_seq = s->seq;
    f->next = table->first;
    table->first = f;
    table->count++;
    return f;
}

/* NULL: not known yet. */
static struct flow *flow_known(struct flow_table *table, const struct segment *s)
{
    struct flow **at, *f;

    for (at = &table->first; (f = *at); at = &f->next) {
        if (!flow_is(f, s))
            continue;
        /* A SYN with another number is another connection on the same ports: the newest counts. */
        if ((s->flags & TCP_SYN) && s->seq != f->isn)
            break;
        /* The busy flow moves to the front. */
        *at = f->next;
        f->next = table->first;
        table->first = f;
        return f;
    }
    return NULL;
}

/* Takes [start, end) out of what is known to be lost; true if there was any of it. */
static bool repair(struct flow *f, uint32_t start, uint32_t end)
{
    bool found = false;
    unsigned i;

    for (i = 0; i < f->lost_count;) {
        struct lost_range *r = &f->lost[i];
        struct lost_range tail = {end, r->end};

        if (!before(r->start, end) || !before(start, r->end)) {
            i++;
            continue;
        }
        found = true;
        if (before(r->start, start)) {
            r->end = start;
            if (before(tail.start, tail.end) && f->lost_count < FLOW_LOST_MAX)
                f->lost[f->lost_count++] = tail;
            i++;
        } else if (before(end, r->end)) {
            r->start = end;
            i++;
        } else {
            *r = f->lost[--f->lost_count];
        }
    }
    return found;
}

/* A segment that takes no sequence space. */
static void see_acknowledgement(struct flow *f, const struct segment *s)
{
    bool again = f->acked && s->ack == f->ack;

    if (!(s->flags & ACK_FLAG) || s->flags & TCP_RST)
        return;
    f->count.sacks += s->sack_blocks != 0;
    f->count.dup_acks += again && (s->sack_blocks || s->window == f->window);
    f->acked = true;
    f->ack = s->ack;
    f->window = s->window;
}

enum seen flow_see(struct flow_table *table, const struct segment *s, struct flow **flow)
{
    uint32_t end = s->seq + s->seq_len;
    struct flow *f;

    *flow = NULL;
    f = flow_known(table, s);
    if (s->seq_len == 0) {
        if (f)
            see_acknowledgement(f, s);
        return SEEN_NOTHING;
    }
    if (!f)
        f = flow_add(table, s);
    if (!f) {
        table->untracked++;
        return SEEN_NOTHING;
    }
    *flow = f;
    if (s->payload) {
        f->count.data_segs++;
        f->count.data_bytes += s->payload;
    }
    if (before(s->seq, f->next_seq)) {
        f->count.retrans_segs++;
        f->count.retrans_bytes += s->payload;
        f->count.retrans_control += s->payload == 0;
        f->again_index++;
        if (repair(f, s->seq, end))
            f->count.repairs++;
        else
            f->count.needless++;
        if (before(f->next_seq, end)) {
            f->count.new_bytes += end - f->next_seq - !!(s->flags & TCP_FIN);
            f->next_seq = end;
        }
        return SEEN_AGAIN;
    }
    f->next_seq = end;
    f->count.new_bytes += s->payload;
    if (s->payload)
        f->new_index++;
    return SEEN_NEW;
}

void flow_dropped(struct flow *f, const struct segment *s, enum seen seen)
{
    if (s->payload) {
        f->count.dropped_data++;
        f->count.dropped_bytes += s->payload;
        f->count.dropped_retrans += seen == SEEN_AGAIN;
    } else {
        f->count.dropped_control++;
    }
    if (f->lost_count < FLOW_LOST_MAX)
        f->lost[f->lost_count++] = (struct lost_range){s->seq, s->seq + s->seq_len};
    else
        f->untracked++;
}

uint64_t flow_unrepaired(const struct flow *f)
{
    uint64_t sum = 0;
    unsigned i;

    for (i = 0; i < f->lost_count; i++)
        sum += f->lost[i].end - f->lost[i].start;
    return sum;
}

void flow_report(const struct flow_table *table, FILE *out)
{
    const struct flow *f;

    fputc('[', out);
    for (f = table->first; f; f = f->next) {
        int af = f->family == 4 ? AF_INET : AF_INET6;
        char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
        const struct flow_counts *c = &f->count;
        const struct {
            const char *name;
            uint64_t value;
        } numbers[] = {
            {"data_segs", c->data_segs},
            {"data_bytes", c->data_bytes},
            {"new_segs", f->new_index},
            {"new_bytes", c->new_bytes},
            {"retrans_segs", c->retrans_segs},
            {"retrans_bytes", c->retrans_bytes},
            {"retrans_control", c->retrans_control},
            {"repairs", c->repairs},
            {"needless", c->needless},
            {"dropped_data", c->dropped_data},
            {"dropped_bytes", c->dropped_bytes},
            {"dropped_retrans", c->dropped_retrans},
            {"dropped_control", c->dropped_control},
            {"sacks", c->sacks},
            {"dup_acks", c->dup_acks},
            {"unrepaired_bytes", flow_unrepaired(f)},
            {"untracked", f->untracked},
        };

        inet_ntop(af, f->src, src, sizeof(src));
        inet_ntop(af, f->dst, dst, sizeof(dst));
        fprintf(out, "%s\n   {\"src\": \"%s\", \"src_port\": %u, \"dst\": \"%s\", \"dst_port\": %u",
                f == table->first ? "" : ",", src, f->src_port, dst, f->dst_port);
        for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
            fprintf(out, ", \"%s\": %" PRIu64, numbers[i].name, numbers[i].value);
        fputc('}', out);
    }
    fputs("]", out);
}

void flow_table_free(struct flow_table *table)
{
    struct flow *f;

    while ((f = table->first)) {
        table->first = f->next;
        free(f);
    }
    table->count = 0;
}
