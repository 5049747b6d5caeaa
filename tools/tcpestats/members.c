/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "members.h"

#include <string.h>
#include <strings.h>

/* By status. Part of the JSON output: never changed. */
static const char *const reasons[] = {
    [TCPESTATS_NO_SAMPLE] = "nothing measured yet",
    [TCPESTATS_NO_SOURCE] = "no source on this kernel",
    [TCPESTATS_CLASS_OFF] = "collection is off",
    [TCPESTATS_NOT_IN_USE] = "not in use on this connection",
    [STATUS_NOT_REPORTED] = "not reported by Windows",
};

unsigned class_find(const char *name)
{
    unsigned cls = 0;

    while (cls < TCPESTATS_CLASS_COUNT && strcasecmp(tcpestats_class_name(cls), name))
        cls++;
    return cls;
}

unsigned class_first(unsigned cls)
{
    static const uint8_t firsts[] = {
        TCPESTATS_F_SynOpts_ActiveOpen,    TCPESTATS_F_Data_DataBytesOut,
        TCPESTATS_F_SndCong_LimCwnd,       TCPESTATS_F_Path_FastRetran,
        TCPESTATS_F_SendBuff_CurRetxQueue, TCPESTATS_F_Rec_CurRwinSent,
        TCPESTATS_F_ObsRec_CurRwinRcvd,    TCPESTATS_F_Bandwidth_OutboundBandwidth,
        TCPESTATS_F_FineRtt_RttVar,        TCPESTATS_FIELD_COUNT,
    };

    return firsts[cls < TCPESTATS_CLASS_COUNT ? cls : TCPESTATS_CLASS_COUNT];
}

bool reading_is_on(const struct reading *reading)
{
    return reading->cls == TCPESTATS_SYN_OPTS || reading->enabled || reading->enabled_inbound;
}

static bool is_inbound(const struct tcpestats_field *member)
{
    return member->cls == TCPESTATS_BANDWIDTH && !strncmp(member->name, "Inbound", 7);
}

/* Reads the member's bytes; *ones: all of them are 0xff. */
static uint64_t decode(const struct reading *reading, const struct tcpestats_field *member,
                       bool *ones)
{
    const uint8_t *at = (member->block == TCPESTATS_ROS ? reading->ros : reading->rod) +
                        (reading->abi == TCPESTATS_ABI_I386 ? member->off_i386
                                                            : member->off_x86_64);
    bool wide = member->type == TCPESTATS_TYPE_ULONG64 ||
                (member->type == TCPESTATS_TYPE_SIZE_T && reading->abi == TCPESTATS_ABI_X86_64);
    uint64_t value64;
    uint32_t value32;

    if (wide) {
        memcpy(&value64, at, sizeof(value64));
        *ones = value64 == UINT64_MAX;
        return value64;
    }
    if (member->type == TCPESTATS_TYPE_BOOLEAN || member->type == TCPESTATS_TYPE_UCHAR) {
        *ones = *at == UINT8_MAX;
        return *at;
    }
    memcpy(&value32, at, sizeof(value32));
    *ones = value32 == UINT32_MAX;
    return value32;
}

/* What the numbers of a host that gives no status mean: Windows' own documentation. */
static unsigned guess_status(const struct reading *reading, const struct tcpestats_field *member)
{
    bool on = is_inbound(member) ? reading->enabled_inbound : reading->enabled;

    return reading->cls == TCPESTATS_SYN_OPTS || on ? TCPESTATS_KNOWN : TCPESTATS_CLASS_OFF;
}

struct member_value member_read(const struct reading *reading, unsigned id)
{
    const struct tcpestats_field *member = tcpestats_field(id);
    struct member_value out = {.known = false};
    unsigned at = id - class_first(reading->cls);
    unsigned status = reading->has_status ? reading->status[at] : guess_status(reading, member);
    bool ones;
    uint64_t value = decode(reading, member, &ones);

    /* Also with a status: on Windows it was read a moment before the value. */
    if (status == TCPESTATS_KNOWN && ones && member->unknown_is_ones)
        status = reading->has_status ? TCPESTATS_NO_SAMPLE : STATUS_NOT_REPORTED;
    out.row = reading->has_status ? reading->row[at] : 0;
    if (status == TCPESTATS_KNOWN) {
        out.known = true;
        out.value = value;
        out.fidelity = reading->has_status ? fidelity_name(reading->fidelity[at]) : NULL;
        out.backend = out.row ? backend_name(reading->backend[at]) : NULL;
    } else {
        out.reason = status < sizeof(reasons) / sizeof(reasons[0]) ? reasons[status] : "unknown";
    }
    return out;
}

unsigned status_of_reason(const char *reason)
{
    unsigned status = TCPESTATS_NO_SAMPLE;

    while (status < STATUS_NOT_REPORTED && (!reason || strcmp(reasons[status], reason)))
        status++;
    return reason ? status : TCPESTATS_NO_SAMPLE;
}

const char *fidelity_name(unsigned fidelity)
{
    static const char *const names[] = {"exact", "derived", "approximate", "unavailable",
                                        "reserved"};

    return fidelity < sizeof(names) / sizeof(names[0]) ? names[fidelity] : NULL;
}

const char *backend_name(unsigned backend)
{
    static const char *const names[] = {"sock_diag", "collector", "remembered"};

    return backend < sizeof(names) / sizeof(names[0]) ? names[backend] : NULL;
}

const char *collector_name(unsigned state)
{
    static const char *const names[] = {"absent", "refused", "present"};

    return state < sizeof(names) / sizeof(names[0]) ? names[state] : NULL;
}

const char *kind_name(enum tcpestats_kind kind)
{
    static const char *const names[] = {"counter",  "gauge", "maximum", "minimum",
                                        "sequence", "enum",  "boolean"};

    return (unsigned)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}
