/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads what this kernel takes. What its BTF lacks is not tried; what it refuses although the BTF
 * has it (a hardened kernel, another verifier) is found by trying without.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "programs-internal.h"

struct optional {
    uint32_t feature;
    const char *tracepoint; /* NULL: not hung on one */
    const char *costs;
};

static const struct optional optional[] = {
    {TE_COLLECT_CA_SET, "btf_trace_tcp_cong_state_set", "congestion signals are estimated"},
    {TE_COLLECT_DATA_READY, "btf_trace_sk_data_ready", "MaxAppRQueue is up to 5 % low"},
    {TE_COLLECT_BAD_CSUM, "btf_trace_tcp_bad_csum", "wrong checksums are no soft errors"},
    {TE_COLLECT_EGRESS, NULL,
     "what the Rec, SendBuff and SndCong classes see of sending is estimated"},
    {TE_COLLECT_INGRESS, NULL, "segments to half-closed connections are not counted"},
    {TE_COLLECT_HEADERS, NULL, "SACKs and time stamps are not seen"},
};

/* libbpf's own words, the verifier's among them, are for those who write programs. */
static int speak(enum libbpf_print_level level, const char *format, va_list args)
{
    if (level == LIBBPF_DEBUG || !getenv("TCPESTATSD_TRACE"))
        return 0;
    return vfprintf(stderr, format, args);
}

static bool has_typedef(const struct btf *btf, const char *name)
{
    return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
}

static bool has_member(const struct btf *btf, const char *type, const char *member)
{
    int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
    const struct btf_type *t = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
    const struct btf_member *m;
    unsigned i;

    if (!t)
        return false;
    m = btf_members(t);
    for (i = 0; i < btf_vlen(t); i++) {
        const char *name = btf__name_by_offset(btf, m[i].name_off);

        if (name && strcmp(name, member) == 0)
            return true;
    }
    return false;
}

/* What the kernel ought to take; 0: not even the core. */
static uint32_t promised(const struct programs *p, const struct btf *btf)
{
    uint32_t features = TE_COLLECT_CORE | TE_COLLECT_HEADERS;
    unsigned i;

    if (!has_typedef(btf, "btf_trace_tcp_probe") ||
        !has_typedef(btf, "btf_trace_inet_sock_set_state"))
        return 0;
    for (i = 0; i < sizeof(optional) / sizeof(*optional); i++)
        if (optional[i].tracepoint && has_typedef(btf, optional[i].tracepoint))
            features |= optional[i].feature;
    if (p->cgroup >= 0)
        features |= TE_COLLECT_EGRESS | TE_COLLECT_INGRESS;
    if (has_member(btf, "tcp_sock", "total_rto"))
        features |= TE_COLLECT_TOTAL_RTO;
    return features;
}

static uint32_t round_to_pages(uint32_t n)
{
    uint32_t size = 4096;

    while (size < n)
        size *= 2;
    return size;
}

static int try(struct programs *p, uint32_t features, bool have_cast)
{
    struct collector_bpf *s = collector_bpf__open();
    int err;

    if (!s)
        return -errno;
    s->rodata->features = features;
    s->rodata->us_per_tick = 1000000 / p->hz;
    s->rodata->have_cast = have_cast;
    bpf_program__set_autoload(s->progs.cong_state_set, features & TE_COLLECT_CA_SET);
    bpf_program__set_autoload(s->progs.data_ready, features & TE_COLLECT_DATA_READY);
    bpf_program__set_autoload(s->progs.bad_csum, features & TE_COLLECT_BAD_CSUM);
    bpf_program__set_autoload(s->progs.egress, features & TE_COLLECT_EGRESS);
    bpf_program__set_autoload(s->progs.ingress, features & TE_COLLECT_INGRESS);
    err = bpf_map__set_max_entries(s->maps.records, p->count);
    if (!err)
        err = bpf_map__set_max_entries(s->maps.tuples, p->count);
    if (!err)
        err = bpf_map__set_max_entries(s->maps.owners, p->count);
    if (!err)
        err = bpf_map__set_max_entries(s->maps.awaited, p->count);
    /* Room for more notices than records can make before they are read: none may be lost. */
    if (!err)
        err = bpf_map__set_max_entries(
            s->maps.notices, round_to_pages(p->count * 4 * (uint32_t)(sizeof(struct notice) + 8)));
    if (!err)
        err = collector_bpf__load(s);
    if (err) {
        collector_bpf__destroy(s);
        return err;
    }
    collector_bpf__destroy(p->skeleton);
    p->skeleton = s;
    p->features = features;
    return 0;
}

/* From the core upwards, keeping what works. */
static int build_up(struct programs *p, uint32_t features, bool have_cast)
{
    uint32_t kept = features & (TE_COLLECT_CORE | TE_COLLECT_TOTAL_RTO);
    unsigned i;
    int err = try(p, kept, have_cast);

    for (i = 0; !err && i < sizeof(optional) / sizeof(*optional); i++)
        if (features & optional[i].feature && try(p, kept | optional[i].feature, have_cast) == 0)
            kept |= optional[i].feature;
    return err;
}

int programs_load(struct programs *p, const struct programs_options *options)
{
    struct btf *btf;
    uint32_t features;
    bool have_cast;
    unsigned i;
    int err;

    libbpf_set_print(speak);
    btf = btf__load_vmlinux_btf();
    if (!btf) {
        programs_say(options, "the kernel has no BTF");
        return -EOPNOTSUPP;
    }
    features = promised(p, btf);
    have_cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
    btf__free(btf);
    features &= ~options->without;
    if (!features) {
        programs_say(options, "the kernel lacks the tracepoint tcp_probe or inet_sock_set_state");
        return -EOPNOTSUPP;
    }
    err = try(p, features, have_cast);
    if (err)
        err = build_up(p, features, have_cast);
    if (err)
        return err == -EPERM || err == -ENOMEM ? err : -EOPNOTSUPP;
    for (i = 0; i < sizeof(optional) / sizeof(*optional); i++)
        if (!(p->features & optional[i].feature))
            programs_say(options, "not to be had from this kernel: %s", optional[i].costs);
    return 0;
}
