/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads what this kernel takes. What its BTF lacks is not tried; what it refuses although the BTF
 * has it (a hardened kernel, another verifier) is found by trying without.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs-internal.h"

#include "plain.skel.h"

/* Names that are asked for. */
enum name { NONE, PROBE, SET_STATE, CA_SET, DATA_READY, BAD_CSUM, TOTAL_RTO, CAST, NAMES };

static const char *const names_of_kernel[NAMES] = {
    [NONE] = "",
    [PROBE] = PROBE_NAME,
    [SET_STATE] = "btf_trace_inet_sock_set_state",
    [CA_SET] = "btf_trace_tcp_cong_state_set",
    [DATA_READY] = "btf_trace_sk_data_ready",
    [BAD_CSUM] = "btf_trace_tcp_bad_csum",
    [TOTAL_RTO] = "total_rto",
    [CAST] = "bpf_rdonly_cast",
};

struct optional {
    uint32_t feature;
    enum name name; /* of the tracepoint that it is hung on, if any */
    const char *costs;
};

static const struct optional optional[] = {
    {TE_COLLECT_CA_SET, CA_SET, "congestion signals are estimated"},
    {TE_COLLECT_DATA_READY, DATA_READY, "MaxAppRQueue is up to 5 % low"},
    {TE_COLLECT_BAD_CSUM, BAD_CSUM, "wrong checksums are no soft errors"},
    {TE_COLLECT_EGRESS, NONE,
     "what the Rec, SendBuff and SndCong classes see of sending is estimated"},
    {TE_COLLECT_INGRESS, NONE, "segments to half-closed connections are not counted"},
    {TE_COLLECT_HEADERS, NONE, "SACKs and time stamps are not seen"},
};

/* libbpf's own words, the verifier's among them, are for those who write programs. */
static int speak(enum libbpf_print_level level, const char *format, va_list args)
{
    if (level == LIBBPF_DEBUG || !getenv("TCPESTATSD_TRACE"))
        return 0;
    return vfprintf(stderr, format, args);
}

/* What the kernel ought to take; 0: not even the core. */
static uint32_t promised(const struct programs *p, const struct programs_name *names)
{
    uint32_t features = TE_COLLECT_CORE | TE_COLLECT_HEADERS;
    unsigned i;

    if (!names[PROBE].known || !names[SET_STATE].known)
        return 0;
    for (i = 0; i < sizeof(optional) / sizeof(*optional); i++)
        if (optional[i].name && names[optional[i].name].known)
            features |= optional[i].feature;
    if (p->cgroup >= 0)
        features |= TE_COLLECT_EGRESS | TE_COLLECT_INGRESS;
    if (names[TOTAL_RTO].known)
        features |= TE_COLLECT_TOTAL_RTO;
    return features;
}

/* The kernel's, which on arm64 are of 4, 16 or 64 KiB. */
static uint32_t round_to_pages(uint32_t n)
{
    uint32_t size = (uint32_t)sysconf(_SC_PAGESIZE);

    while (size < n)
        size *= 2;
    return size;
}

/*
 * The object for kernels without bpf_rdonly_cast() (before 6.2) does not name it: where vmlinux
 * lacks it libbpf would look for it in modules, which takes more privilege than we have. All else
 * is the same, and so is the skeleton.
 */
static struct collector_bpf *open_object(bool have_cast)
{
    struct collector_bpf *s = calloc(1, sizeof(*s));
    int err;

    if (!s)
        return NULL;
    err = collector_bpf__create_skeleton(s);
    if (!err && !have_cast)
        s->skeleton->data = (void *)(uintptr_t)plain_bpf__elf_bytes(&s->skeleton->data_sz);
    if (!err)
        err = bpf_object__open_skeleton(s->skeleton, NULL);
    if (err) {
        collector_bpf__destroy(s);
        errno = -err;
        return NULL;
    }
    return s;
}

static int try(struct programs *p, uint32_t features, bool have_cast)
{
    struct collector_bpf *s = open_object(have_cast);
    int err;

    if (!s)
        return -errno;
    s->rodata->features = features;
    s->rodata->us_per_tick = 1000000 / p->hz;
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
    struct programs_name names[NAMES];
    uint32_t features;
    bool have_cast;
    unsigned i;
    int err;

    libbpf_set_print(speak);
    for (i = 0; i < NAMES; i++)
        names[i].name = names_of_kernel[i];
    if (programs_find_names(names, NAMES)) {
        programs_say(options, "the kernel has no BTF");
        return -EOPNOTSUPP;
    }
    features = promised(p, names);
    have_cast = names[CAST].known && !(options->without & PROGRAMS_CAST);
    features &= ~options->without;
    if (!features) {
        programs_say(options, "the kernel lacks " PROBE_NAME " or btf_trace_inet_sock_set_state");
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
