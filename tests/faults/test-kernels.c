/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Older kernels, as far as a program can tell them: real replies of this one, of which the tcp_info
 * is cut to the length that each of them sends before the library sees it.
 */
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "kit.h"
#include "members/sources.h"

ssize_t __real_recv(int fd, void *buf, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags);

static const struct {
    const char *version;
    unsigned info_len;
} kernels[] = {
    {"2.6.39", 104}, {"4.1", 136},  {"4.4", 144}, {"4.9", 168}, {"4.14", 192}, {"4.19", 224},
    {"5.4", 232},    {"5.10", 232}, {"6.1", 232}, {"6.2", 240}, {"6.7", 248},  {"6.18", 280},
};

static unsigned info_max = 65535, cut, own_len; /* own_len: what this kernel sends */

/* Shortens the attribute in place: later ones move up, as if the kernel had never known more. */
static ssize_t shorten(struct nlmsghdr *head, ssize_t len)
{
    struct nlattr *attr;
    size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct inet_diag_msg)), gone;

    if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY || head->nlmsg_len > (size_t)len)
        return len;
    for (; at + NLA_HDRLEN <= head->nlmsg_len; at += NLA_ALIGN(attr->nla_len)) {
        attr = (struct nlattr *)((char *)head + at);
        if (attr->nla_type == INET_DIAG_INFO && info_max == 65535)
            own_len = attr->nla_len - NLA_HDRLEN;
        if (attr->nla_type != INET_DIAG_INFO || attr->nla_len <= NLA_HDRLEN + info_max)
            continue;
        gone = NLA_ALIGN(attr->nla_len) - (NLA_HDRLEN + info_max);
        attr->nla_len = (uint16_t)(NLA_HDRLEN + info_max);
        at += NLA_HDRLEN + info_max;
        memmove((char *)head + at, (char *)head + at + gone, head->nlmsg_len - at - gone);
        head->nlmsg_len -= (uint32_t)gone;
        cut++;
        return len - (ssize_t)gone;
    }
    return len;
}

ssize_t __wrap_recv(int fd, void *buf, size_t size, int flags)
{
    ssize_t len = __real_recv(fd, buf, size, flags);

    return len >= (ssize_t)sizeof(struct nlmsghdr) ? shorten(buf, len) : len;
}

static struct tcpestats_sample now[TCPESTATS_CLASS_COUNT], then[TCPESTATS_CLASS_COUNT];

static void read_all(struct tcpestats *te, const struct te_tuple *tuple,
                     struct tcpestats_sample samples[TCPESTATS_CLASS_COUNT])
{
    struct tcpestats_conn conn = kit_conn(tuple);

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        ck_assert_int_eq(kit_get(te, &conn, cls, &samples[cls]), 0);
}

/* What an old kernel cannot tell is said to be unknown; what it can is what ours says. */
static void compare(const char *version, unsigned info_len)
{
    unsigned same = 0;

    for (unsigned id = 0; id < TCPESTATS_FIELD_COUNT; id++) {
        const struct tcpestats_field *f = tcpestats_field(id);
        const struct te_source *old = te_source_best(id, info_len, 0);
        const struct te_source *own = te_source_best(id, own_len, 0);
        const struct tcpestats_value *a = &then[f->cls].values[id - then[f->cls].first];
        const struct tcpestats_value *b = &now[f->cls].values[id - now[f->cls].first];

        ck_assert_msg(a->fidelity >= old->fidelity, "%s: %s", version, f->name);
        if (old->fidelity == TCPESTATS_UNAVAILABLE)
            ck_assert_msg(a->status == TCPESTATS_NO_SOURCE, "%s: %s", version, f->name);
        ck_assert_msg(old->info_len <= info_len, "%s: %s", version, f->name);
        /* The same source of what does not move on an idle connection. */
        if (own != old || own->clock_driven || own->fidelity > TCPESTATS_DERIVED)
            continue;
        ck_assert_msg(a->status == b->status && a->value == b->value,
                      "%s: %s: %llu, not %llu (%u, %u)", version, f->name,
                      (unsigned long long)a->value, (unsigned long long)b->value, a->status,
                      b->status);
        same++;
    }
    ck_assert_uint_gt(same, 10);
}

START_TEST(an_older_kernel_tells_less_and_nothing_wrong)
{
    struct tcpestats *te;
    struct net_pair pair;

    if (!net_enter())
        return;
    kit_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    net_transfer(pair.client, pair.server, 100000);
    net_transfer(pair.server, pair.client, 3000);
    usleep(100000); /* delayed acknowledgements */
    for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
        struct tcpestats_conn conn = kit_conn(&pair.client_tuple);

        ck_assert_int_eq(kit_open(&te), 0);
        for (unsigned cls = 1; cls < TCPESTATS_CLASS_COUNT; cls++)
            ck_assert_int_eq(kit_set(te, &conn, cls, TCPESTATS_ON), 0);
        info_max = 65535;
        read_all(te, &pair.client_tuple, now);
        info_max = kernels[i].info_len;
        cut = 0;
        read_all(te, &pair.client_tuple, then);
        if (!cut)
            printf("%s: this kernel sends no more than that\n", kernels[i].version);
        compare(kernels[i].version, kernels[i].info_len);
        info_max = 65535;
        tcpestats_close(te);
    }
    net_close(&pair);
    kit_end();
}
END_TEST

/* What the byte counts of the oldest rest on, they all have: nothing acknowledged is lost. */
START_TEST(payload_is_counted_since_4_1)
{
    struct tcpestats *te;
    struct net_pair pair;

    if (!net_enter())
        return;
    kit_begin();
    net_connect(&pair, &(struct net_options){.to = "127.0.0.1"});
    net_transfer(pair.client, pair.server, 5000);
    usleep(100000);
    for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
        struct tcpestats_conn conn = kit_conn(&pair.server_tuple);
        struct tcpestats_sample *data = &then[TCPESTATS_DATA];
        const struct tcpestats_value *value;

        ck_assert_int_eq(kit_open(&te), 0);
        ck_assert_int_eq(kit_set(te, &conn, TCPESTATS_DATA, TCPESTATS_ON), 0);
        info_max = kernels[i].info_len;
        ck_assert_int_eq(kit_get(te, &conn, TCPESTATS_DATA, data), 0);
        value = &data->values[TCPESTATS_F_Data_ThruBytesReceived - data->first];
        if (info_max < TE_TI_END(tcpi_bytes_received))
            ck_assert_uint_eq(value->status, TCPESTATS_NO_SOURCE);
        else
            ck_assert_uint_eq(value->value, 5000);
        info_max = 65535;
        tcpestats_close(te);
    }
    net_close(&pair);
    kit_end();
}
END_TEST

SUITE("old kernels", 60, an_older_kernel_tells_less_and_nothing_wrong, payload_is_counted_since_4_1)
