/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "members/fields.h"

/* The names under which tcpestats-fields.h knows classes and types. */
enum {
    C_SynOpts = TCPESTATS_SYN_OPTS,
    C_Data = TCPESTATS_DATA,
    C_SndCong = TCPESTATS_SND_CONG,
    C_Path = TCPESTATS_PATH,
    C_SendBuff = TCPESTATS_SEND_BUFF,
    C_Rec = TCPESTATS_REC,
    C_ObsRec = TCPESTATS_OBS_REC,
    C_Bandwidth = TCPESTATS_BANDWIDTH,
    C_FineRtt = TCPESTATS_FINE_RTT
};

static const struct tcpestats_field fields[TCPESTATS_FIELD_COUNT] = {
#define TCPESTATS_FIELD(cls, block, name, type, off32, off64, unit, kind, unknown, rfc) \
    {(enum tcpestats_class)C_##cls,                                                     \
     TCPESTATS_##block,                                                                 \
     #name,                                                                             \
     TCPESTATS_TYPE_##type,                                                             \
     off32,                                                                             \
     off64,                                                                             \
     unit,                                                                              \
     TCPESTATS_KIND_##kind,                                                             \
     unknown,                                                                           \
     rfc},
#include "tcpestats-fields.h"
#undef TCPESTATS_FIELD
};

/* The first member of each class, and one past the last. */
static const struct {
    const char *name;
    unsigned first;
} classes[TCPESTATS_CLASS_COUNT + 1] = {
    {"SynOpts", TCPESTATS_F_SynOpts_ActiveOpen},
    {"Data", TCPESTATS_F_Data_DataBytesOut},
    {"SndCong", TCPESTATS_F_SndCong_LimCwnd},
    {"Path", TCPESTATS_F_Path_FastRetran},
    {"SendBuff", TCPESTATS_F_SendBuff_CurRetxQueue},
    {"Rec", TCPESTATS_F_Rec_CurRwinSent},
    {"ObsRec", TCPESTATS_F_ObsRec_CurRwinRcvd},
    {"Bandwidth", TCPESTATS_F_Bandwidth_OutboundBandwidth},
    {"FineRtt", TCPESTATS_F_FineRtt_RttVar},
    {NULL, TCPESTATS_FIELD_COUNT},
};

/* By class, block and ABI; they follow from the members, but the padding at the end is C's. */
static const uint16_t block_sizes[TCPESTATS_CLASS_COUNT][3][2] = {
    [TCPESTATS_SYN_OPTS] = {{0, 0}, {12, 12}, {0, 0}},
    [TCPESTATS_DATA] = {{1, 1}, {0, 0}, {96, 96}},
    [TCPESTATS_SND_CONG] = {{1, 1}, {4, 4}, {72, 88}},
    [TCPESTATS_PATH] = {{1, 1}, {0, 0}, {160, 160}},
    [TCPESTATS_SEND_BUFF] = {{1, 1}, {0, 0}, {16, 32}},
    [TCPESTATS_REC] = {{1, 1}, {0, 0}, {56, 72}},
    [TCPESTATS_OBS_REC] = {{1, 1}, {0, 0}, {16, 16}},
    [TCPESTATS_BANDWIDTH] = {{8, 8}, {0, 0}, {40, 40}},
    [TCPESTATS_FINE_RTT] = {{1, 1}, {0, 0}, {16, 16}},
};

const struct tcpestats_field *tcpestats_field(unsigned id)
{
    return id < TCPESTATS_FIELD_COUNT ? &fields[id] : NULL;
}

const char *tcpestats_class_name(unsigned cls)
{
    return cls < TCPESTATS_CLASS_COUNT ? classes[cls].name : NULL;
}

size_t tcpestats_block_size(unsigned cls, unsigned block, unsigned abi)
{
    if (cls >= TCPESTATS_CLASS_COUNT || block > TCPESTATS_ROD || abi > TCPESTATS_ABI_X86_64)
        return 0;
    return block_sizes[cls][block][abi];
}

unsigned te_class_first(unsigned cls)
{
    return classes[cls].first;
}

unsigned te_class_count(unsigned cls)
{
    return classes[cls + 1].first - classes[cls].first;
}

bool te_class_has_switch(unsigned cls)
{
    return cls < TCPESTATS_CLASS_COUNT && block_sizes[cls][TCPESTATS_RW][0];
}

bool te_field_is_inbound(const struct tcpestats_field *field)
{
    return field->cls == TCPESTATS_BANDWIDTH && field->name[0] == 'I';
}

unsigned te_type_size(enum tcpestats_type type, enum tcpestats_abi abi)
{
    static const uint8_t sizes[][2] = {
        [TCPESTATS_TYPE_BOOLEAN] = {1, 1}, [TCPESTATS_TYPE_UCHAR] = {1, 1},
        [TCPESTATS_TYPE_ULONG] = {4, 4},   [TCPESTATS_TYPE_ULONG64] = {8, 8},
        [TCPESTATS_TYPE_SIZE_T] = {4, 8},
    };

    return sizes[type][abi];
}
