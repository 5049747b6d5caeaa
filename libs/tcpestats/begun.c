/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What counters were when their class was switched on: the kernel has counted them before, too. */
#include "handle.h"
#include "sized.h"

/* In the order in which a memory file has them. */
static const uint16_t kept[TE_BEGUN_COUNTERS] = {
    TCPESTATS_F_Data_ThruBytesAcked,
    TCPESTATS_F_Data_ThruBytesReceived,
    TCPESTATS_F_Data_DataSegsOut,
    TCPESTATS_F_Data_DataSegsIn,
    TCPESTATS_F_SndCong_SndLimTimeRwin,
    TCPESTATS_F_SndCong_SndLimTimeCwnd,
    TCPESTATS_F_SndCong_SndLimTimeSnd,
    TCPESTATS_F_Path_PktsRetrans,
    TCPESTATS_F_Path_DsackDups,
    TCPESTATS_F_Path_Timeouts,
    TCPESTATS_F_Path_SubsequentTimeouts,
    TCPESTATS_F_Path_EcnSignals,
    TCPESTATS_F_Path_SumRtt,
    TCPESTATS_F_Path_CountRtt,
    TCPESTATS_F_Rec_CeRcvd,
    TCPESTATS_F_Rec_DupAcksOut,
};

#define NOT_KNOWN UINT64_MAX

static bool is_on(uint32_t classes, unsigned cls)
{
    return classes & TE_CLASS_BIT(cls) || (cls == TCPESTATS_BANDWIDTH && classes & ON_INBOUND);
}

void te_note_begun(struct tcpestats_snapshot *snapshot, uint32_t classes)
{
    struct te_begun *begun = &snapshot->entry.begun;
    struct tcpestats_sample sample = {.size = sizeof(sample)};

    snapshot->off_too = false;
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        if (!is_on(classes, cls))
            continue;
        begun->on_ns[cls] = snapshot->now.time_ns;
        te_fill_sample(&sample, cls, snapshot);
        for (unsigned i = 0; i < TE_BEGUN_COUNTERS; i++) {
            const struct tcpestats_value *value;

            if (tcpestats_field(kept[i])->cls != cls)
                continue;
            value = &sample.values[kept[i] - sample.first];
            begun->counters[i] = value->status == TCPESTATS_KNOWN ? value->value : NOT_KNOWN;
        }
    }
}

int tcpestats_read_begun(const struct tcpestats_snapshot *snapshot, enum tcpestats_class cls,
                         struct tcpestats_sample *sample)
{
    const struct te_begun *begun;
    int error = tcpestats_read(snapshot, cls, sample);
    bool known;

    if (error)
        return error;
    begun = &snapshot->entry.begun;
    known = is_on(snapshot->entry.enabled, cls) && begun->on_ns[cls];
    sample->time_ns = known ? begun->on_ns[cls] + (uint64_t)te_clock_offset() : 0;
    for (unsigned i = 0; i < sample->count; i++)
        sample->values[i] = (struct tcpestats_value){
            .status = known ? TCPESTATS_NO_SAMPLE : TCPESTATS_CLASS_OFF,
            .fidelity = TCPESTATS_UNAVAILABLE,
        };
    for (unsigned i = 0; i < TE_BEGUN_COUNTERS && known; i++)
        if (tcpestats_field(kept[i])->cls == cls && begun->counters[i] != NOT_KNOWN)
            sample->values[kept[i] - sample->first] = (struct tcpestats_value){
                .value = begun->counters[i],
                .status = TCPESTATS_KNOWN,
                .fidelity = TCPESTATS_APPROXIMATE,
                .backend = TCPESTATS_REMEMBERED,
            };
    if (sample->size >= TE_END_OF(struct tcpestats_sample, since_ns))
        sample->record_age_ns = sample->since_ns = 0;
    return 0;
}
