/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sizes of the blocks in both ABIs, written down once and not taken from a header: abi.c compares
 * them with the compiler's. SIZES(class, Rw, Ros, Rod on i386, Rod on x86_64); 0: no such block.
 */
#ifndef SIZES_H
#define SIZES_H

#define ALL_SIZES(SIZES)           \
    SIZES(SynOpts, 0, 12, 0, 0)    \
    SIZES(Data, 1, 0, 96, 96)      \
    SIZES(SndCong, 1, 4, 72, 88)   \
    SIZES(Path, 1, 0, 160, 160)    \
    SIZES(SendBuff, 1, 0, 16, 32)  \
    SIZES(Rec, 1, 0, 56, 72)       \
    SIZES(ObsRec, 1, 0, 16, 16)    \
    SIZES(Bandwidth, 8, 0, 40, 40) \
    SIZES(FineRtt, 1, 0, 16, 16)

#endif
