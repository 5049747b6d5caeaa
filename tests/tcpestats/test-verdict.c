/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verdicts from made-up readings, and the conditions of --fail-if. */
#include <string.h>

#include "condition.h"
#include "suite.h"
#include "verdict.h"

static struct reading frame[TCPESTATS_CLASS_COUNT];
static struct evidence evidence;
static struct verdict verdict;

static void put(unsigned id, uint64_t value)
{
    const struct tcpestats_field *field = tcpestats_field(id);
    struct reading *reading = &frame[field->cls];
    uint8_t *at = (field->block == TCPESTATS_ROS ? reading->ros : reading->rod) + field->off_x86_64;
    bool is_wide = field->type == TCPESTATS_TYPE_ULONG64 || field->type == TCPESTATS_TYPE_SIZE_T;

    memcpy(at, &value, is_wide ? 8 : 4); /* little endian */
    reading->status[id - class_first(field->cls)] = TCPESTATS_KNOWN;
}

#define PUT(name, value) put(TCPESTATS_F_##name, (value))

/* A sender in the middle of its work on a path of 10 ms, by 64-bit Linux; nothing is wrong yet. */
static void begin(void)
{
    memset(frame, 0, sizeof(frame));
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++) {
        frame[cls].cls = cls;
        frame[cls].abi = TCPESTATS_ABI_X86_64;
        frame[cls].enabled = frame[cls].has_status = true;
        memset(frame[cls].status, TCPESTATS_NO_SOURCE, sizeof(frame[cls].status));
        frame[cls].time_ns = 1000000000;
    }
    PUT(Data_ThruBytesAcked, 0);
    PUT(Data_ThruBytesReceived, 0);
    PUT(Data_DataSegsOut, 0);
    PUT(Data_DataSegsIn, 0);
    PUT(Path_PktsRetrans, 0);
    PUT(Path_DsackDups, 0);
    PUT(Path_Timeouts, 0);
    PUT(Path_SubsequentTimeouts, 0);
    PUT(Path_CurMss, 1448);
    PUT(Path_CurRto, 210);
    PUT(Path_CurTimeoutCount, 0);
    PUT(SndCong_SndLimTimeRwin, 0);
    PUT(SndCong_SndLimTimeCwnd, 0);
    PUT(SndCong_SndLimTimeSnd, 0);
    PUT(SndCong_CurCwnd, 100000);
    PUT(SendBuff_CurRetxQueue, 90000);
    PUT(SendBuff_CurAppWQueue, 200000);
    PUT(ObsRec_CurRwinRcvd, 3000000);
    PUT(Rec_CurRwinSent, 64000);
    PUT(Rec_CurAppRQueue, 0);
    PUT(FineRtt_SumRtt, 10200);
    PUT(FineRtt_MinRtt, 10000);
    evidence_begin(&evidence);
    evidence_add(&evidence, frame);
}

static void second(uint64_t at_ns)
{
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        frame[cls].time_ns = at_ns;
    for (int i = 0; i < 10; i++)
        evidence_add(&evidence, frame);
    verdict_make(&evidence, &verdict);
}

/* A second later: 9 MB have gone out. */
static void sent(uint64_t receiver_ms, uint64_t path_ms, uint64_t sender_ms)
{
    PUT(Data_ThruBytesAcked, 9000000);
    PUT(Data_DataSegsOut, 6300);
    PUT(SndCong_SndLimTimeRwin, receiver_ms);
    PUT(SndCong_SndLimTimeCwnd, path_ms);
    PUT(SndCong_SndLimTimeSnd, sender_ms);
    second(2000000000);
}

static void must_say(enum direction direction, enum cause cause, enum certainty certainty)
{
    ck_assert_str_eq(cause_code(verdict.side[direction].cause), cause_code(cause));
    ck_assert_int_eq(verdict.side[direction].certainty, certainty);
}

START_TEST(one_reading_tells_nothing)
{
    begin();
    verdict_make(&evidence, &verdict);
    must_say(DIRECTION_OUT, CAUSE_UNKNOWN, CERTAINTY_NONE);
    must_say(DIRECTION_IN, CAUSE_UNKNOWN, CERTAINTY_NONE);
}
END_TEST

START_TEST(a_full_window_is_the_receivers)
{
    begin();
    evidence_begin(&evidence);
    PUT(ObsRec_CurRwinRcvd, 95000);
    evidence_add(&evidence, frame);
    sent(950, 30, 20);
    must_say(DIRECTION_OUT, CAUSE_RECEIVER_WINDOW, CERTAINTY_HIGH);
}
END_TEST

/* Two readings name the cause, but of windows and queues they show too little to be sure. */
START_TEST(two_readings_leave_a_doubt)
{
    struct reading before[TCPESTATS_CLASS_COUNT];

    begin();
    PUT(ObsRec_CurRwinRcvd, 95000);
    memcpy(before, frame, sizeof(before));
    sent(950, 30, 20);
    verdict_between(before, frame, &verdict);
    must_say(DIRECTION_OUT, CAUSE_RECEIVER_WINDOW, CERTAINTY_LOW);
}
END_TEST

START_TEST(a_closed_window_is_the_programs)
{
    begin();
    PUT(ObsRec_CurRwinRcvd, 0);
    PUT(SendBuff_CurRetxQueue, 0);
    sent(990, 0, 10);
    must_say(DIRECTION_OUT, CAUSE_RECEIVER_PROGRAM, CERTAINTY_HIGH);
}
END_TEST

START_TEST(what_was_sent_again_in_vain_is_reordering)
{
    begin();
    PUT(Path_PktsRetrans, 100);
    PUT(Path_DsackDups, 90);
    sent(0, 1000, 0);
    must_say(DIRECTION_OUT, CAUSE_REORDERING, CERTAINTY_HIGH);
    begin();
    PUT(Path_PktsRetrans, 100);
    PUT(Path_DsackDups, 1);
    sent(0, 1000, 0);
    must_say(DIRECTION_OUT, CAUSE_LOSS, CERTAINTY_HIGH);
    ck_assert_double_eq_tol(verdict.q[Q_RETRANSMITTED].value, 100.0 / 6300, 1e-6);
}
END_TEST

START_TEST(a_round_trip_far_above_its_least_is_a_queue)
{
    begin();
    PUT(FineRtt_SumRtt, 80000);
    sent(0, 1000, 0);
    must_say(DIRECTION_OUT, CAUSE_QUEUEING, CERTAINTY_HIGH);
    /* The queue may be what overtaking makes of it: then nobody is sure. */
    begin();
    PUT(FineRtt_SumRtt, 80000);
    PUT(Path_PktsRetrans, 80);
    PUT(Path_DsackDups, 19);
    sent(0, 1000, 0);
    must_say(DIRECTION_OUT, CAUSE_REORDERING, CERTAINTY_LOW);
    begin();
    sent(0, 1000, 0);
    must_say(DIRECTION_OUT, CAUSE_PATH_RATE, CERTAINTY_LOW);
}
END_TEST

START_TEST(nothing_to_send_is_the_programs)
{
    begin();
    PUT(SendBuff_CurRetxQueue, 0);
    PUT(SendBuff_CurAppWQueue, 0);
    sent(0, 100, 900);
    must_say(DIRECTION_OUT, CAUSE_SENDER_PROGRAM, CERTAINTY_HIGH);
    /* And nothing at all is nothing to complain of. */
    begin();
    PUT(SendBuff_CurRetxQueue, 0);
    PUT(SendBuff_CurAppWQueue, 0);
    evidence_begin(&evidence);
    evidence_add(&evidence, frame);
    second(2000000000);
    must_say(DIRECTION_OUT, CAUSE_IDLE, CERTAINTY_HIGH);
}
END_TEST

START_TEST(timeouts_come_before_what_lost_the_segments)
{
    begin();
    PUT(Path_PktsRetrans, 40);
    PUT(Path_Timeouts, 1);
    PUT(Path_SubsequentTimeouts, 2);
    PUT(Path_CurTimeoutCount, 2);
    sent(0, 1000, 0);
    must_say(DIRECTION_OUT, CAUSE_TIMEOUTS, CERTAINTY_HIGH);
}
END_TEST

/* The end that receives: data unread is its own, a window that is used up, too; else it can't tell.
 */
START_TEST(the_receiving_end_blames_nobody_without_a_reason)
{
    begin();
    PUT(SendBuff_CurRetxQueue, 0);
    PUT(SendBuff_CurAppWQueue, 0);
    PUT(Data_ThruBytesReceived, 1000000);
    PUT(Data_DataSegsIn, 700);
    PUT(Rec_CurRwinSent, 3000000);
    second(2000000000);
    ck_assert_int_eq(verdict.direction, DIRECTION_IN);
    must_say(DIRECTION_IN, CAUSE_UNKNOWN, CERTAINTY_NONE);

    begin();
    evidence_begin(&evidence);
    PUT(Rec_CurAppRQueue, 60000);
    PUT(Rec_CurRwinSent, 1000);
    evidence_add(&evidence, frame);
    PUT(Data_ThruBytesReceived, 100000);
    second(2000000000);
    must_say(DIRECTION_IN, CAUSE_RECEIVER_PROGRAM, CERTAINTY_HIGH);

    begin();
    PUT(Data_ThruBytesReceived, 6000000);
    PUT(Data_DataSegsIn, 4200);
    second(2000000000);
    must_say(DIRECTION_IN, CAUSE_RECEIVER_WINDOW, CERTAINTY_HIGH);
}
END_TEST

/* Without the members that it takes nothing is made up. */
START_TEST(what_is_not_known_is_not_judged)
{
    begin();
    memset(frame[TCPESTATS_SND_CONG].status, TCPESTATS_CLASS_OFF, TCPESTATS_CLASS_FIELDS_MAX);
    evidence_begin(&evidence);
    evidence_add(&evidence, frame);
    PUT(Data_ThruBytesAcked, 9000000);
    PUT(Data_DataSegsOut, 6300);
    second(2000000000);
    ck_assert(!verdict.q[Q_PATH].known);
    must_say(DIRECTION_OUT, CAUSE_UNKNOWN, CERTAINTY_NONE);
}
END_TEST

START_TEST(counters_of_32_bits_wrap)
{
    begin();
    evidence_begin(&evidence);
    PUT(Path_PktsRetrans, UINT32_MAX);
    evidence_add(&evidence, frame);
    PUT(Path_PktsRetrans, 62);
    sent(0, 1000, 0);
    ck_assert_double_eq_tol(verdict.q[Q_RETRANSMITTED].value, 63.0 / 6300, 1e-9);
}
END_TEST

/* Each cause that a direction can have has a sentence, and no place of a number is left empty. */
START_TEST(what_is_remembered_is_judged_from_when_it_began)
{
    struct reading begun[TCPESTATS_CLASS_COUNT];
    char text[VERDICT_TEXT_MAX];

    begin();
    /* Much had gone by before. */
    PUT(Data_ThruBytesAcked, 500000000);
    PUT(Data_DataSegsOut, 400000);
    PUT(Path_PktsRetrans, 90000);
    PUT(SndCong_SndLimTimeRwin, 800000);
    PUT(SndCong_SndLimTimeCwnd, 1000);
    PUT(SndCong_SndLimTimeSnd, 0);
    PUT(Path_SumRtt, 1000000);
    PUT(Path_CountRtt, 100);
    memcpy(begun, frame, sizeof(begun));
    PUT(Data_ThruBytesAcked, 509000000);
    PUT(Data_DataSegsOut, 406300);
    PUT(Path_PktsRetrans, 90010);
    PUT(SndCong_SndLimTimeCwnd, 11000);
    PUT(Path_SumRtt, 1000400);
    PUT(Path_CountRtt, 110);
    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        frame[cls].time_ns = 11000000000;
    evidence_add_span(&evidence, begun, frame);
    verdict_make(&evidence, &verdict);
    must_say(DIRECTION_OUT, CAUSE_QUEUEING, CERTAINTY_LOW);
    ck_assert_uint_eq(verdict.elapsed_ns, 10000000000);
    ck_assert(verdict.q[Q_RATE_OUT].value > 899999 && verdict.q[Q_RATE_OUT].value < 900001);
    ck_assert(verdict.q[Q_RTT].value > 39999 && verdict.q[Q_RTT].value < 40001);
    ck_assert(verdict.q[Q_PATH].value > 0.99 && verdict.q[Q_RETRANSMITTED].value < 0.002);
    /* A pause is not known of, and no number is made up. */
    PUT(SndCong_SndLimTimeCwnd, 1000);
    PUT(SndCong_SndLimTimeSnd, 10000);
    evidence_add_span(&evidence, begun, frame);
    verdict_make(&evidence, &verdict);
    must_say(DIRECTION_OUT, CAUSE_SENDER_PROGRAM, CERTAINTY_LOW);
    verdict_sentence(&verdict, DIRECTION_OUT, text);
    ck_assert_str_eq(text, "Probably: The program here gives too little to send: 900 kB/s.");
}
END_TEST

/* One more reading, a tenth of a second later: so much acknowledged, held back by who has the ms.
 */
static void look_later(struct recent *recent, uint64_t bytes, uint64_t receiver_ms,
                       uint64_t path_ms)
{
    static uint64_t acked, rwin, cwnd;

    for (unsigned cls = 0; cls < TCPESTATS_CLASS_COUNT; cls++)
        frame[cls].time_ns += 100000000;
    PUT(Data_ThruBytesAcked, acked += bytes);
    PUT(SndCong_SndLimTimeRwin, rwin += receiver_ms);
    PUT(SndCong_SndLimTimeCwnd, cwnd += path_ms);
    recent_add(recent, frame);
    verdict_make(&recent->shown, &verdict);
}

START_TEST(what_was_long_ago_is_not_recent)
{
    static struct recent recent;

    begin();
    PUT(ObsRec_CurRwinRcvd, 95000);
    for (int i = 0; i < 30; i++) {
        look_later(&recent, 900000, 95, 5);
        ck_assert_uint_le(verdict.frames, 2 * RECENT_READINGS + 1);
        ck_assert_uint_ge(verdict.frames, i < RECENT_READINGS ? (unsigned)i + 1 : RECENT_READINGS);
        ck_assert_uint_eq(verdict.elapsed_ns, (verdict.frames - 1) * UINT64_C(100000000));
    }
    must_say(DIRECTION_OUT, CAUSE_RECEIVER_WINDOW, CERTAINTY_HIGH);
    ck_assert(verdict.q[Q_RATE_OUT].value > 8999999 && verdict.q[Q_RATE_OUT].value < 9000001);
    /* The other end has given it a larger one, and a queue forms. */
    PUT(ObsRec_CurRwinRcvd, 3000000);
    PUT(FineRtt_SumRtt, 40000);
    for (int i = 0; i < 2 * RECENT_READINGS + 2; i++)
        look_later(&recent, 900000, 0, 100);
    must_say(DIRECTION_OUT, CAUSE_QUEUEING, CERTAINTY_HIGH);
}
END_TEST

START_TEST(every_cause_has_words)
{
    char text[VERDICT_TEXT_MAX];

    begin();
    sent(0, 1000, 0);
    for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
        unsigned said = 0;

        ck_assert_int_eq(cause_find(cause_code((enum cause)cause)), cause);
        ck_assert_ptr_nonnull(cause_words((enum cause)cause));
        for (unsigned direction = 0; direction < DIRECTIONS; direction++) {
            verdict.side[direction] = (struct verdict_side){(enum cause)cause, CERTAINTY_LOW};
            verdict_sentence(&verdict, (enum direction)direction, text);
            ck_assert_ptr_null(strchr(text, '{'));
            said += strlen(text) > 12;
        }
        ck_assert_uint_ge(said, 1);
    }
    ck_assert_int_eq(cause_find("no-such-cause"), CAUSE_COUNT);
}
END_TEST

static const struct {
    const char *text;
    bool holds;
} conditions[] = {
    {"retransmitted > 2 %", true},
    {"retransmitted>3%", false},
    {"retransmitted >= 0.02", true},
    {"rtt < 11 ms", true},
    {"rtt > 10200 us", false},
    {"rtt >= 0.0102 s", true},
    {"rate_out > 71.9 Mbit/s", true},
    {"rate_out < 9000 kB/s", false},
    {"rate_out = 9 MB/s", true},
    {"rate_out != 9 MB/s", false},
    {"cause = loss", true},
    {"cause != loss,timeouts", false},
    {"cause = queueing,loss", true},
    {" timeouts  ==  0 ", true},
    {"window <= 3000 kB", true},
    {"mss = 1448 B", true},
    {"ecn_out < 1 %", false} /* unknown */,
};

static const char *const wrong[] = {
    "",           "rtt",          "rtt 5 ms",       "rtt > ",          "rtt > 5",
    "rtt > 5 m",  "loss > 2 %",   "cause > loss",   "cause = rain",    "retransmitted > 2 ms",
    "rtt > x ms", "rtt > 5 ms y", "cause = loss x", "rate_out < 5 MB",
};

START_TEST(conditions_hold_or_do_not)
{
    struct condition condition;

    begin();
    PUT(Path_PktsRetrans, 150);
    sent(0, 1000, 0);
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        const char *why = condition_parse(conditions[i].text, &condition);

        ck_assert_msg(!why, "%s: %s", conditions[i].text, why);
        ck_assert_msg(condition_holds(&condition, &verdict) == conditions[i].holds, "%s",
                      conditions[i].text);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_msg(condition_parse(wrong[i], &condition) != NULL, "'%s' is none", wrong[i]);
}
END_TEST

SUITE("verdict", 20, one_reading_tells_nothing, a_full_window_is_the_receivers,
      two_readings_leave_a_doubt, a_closed_window_is_the_programs,
      what_was_sent_again_in_vain_is_reordering, a_round_trip_far_above_its_least_is_a_queue,
      nothing_to_send_is_the_programs, timeouts_come_before_what_lost_the_segments,
      the_receiving_end_blames_nobody_without_a_reason, what_is_not_known_is_not_judged,
      counters_of_32_bits_wrap, what_is_remembered_is_judged_from_when_it_began,
      what_was_long_ago_is_not_recent, every_cause_has_words, conditions_hold_or_do_not)
