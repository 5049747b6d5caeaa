/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lines of tcpestats log: columns, JSON, CSV. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conns.h"
#include "log.h"
#include "print.h"
#include "report.h"
#include "table.h"

static struct quantity number(const struct log_line *line, enum tcpestats_field_id id)
{
    struct member_value value = {.known = false};

    if (line->ended->readings)
        value = member_read(&line->ended->readings[tcpestats_field(id)->cls], id);
    return (struct quantity){value.known, (double)value.value};
}

/* All but for people go by this table. */
static const struct {
    const char *name;
    enum tcpestats_field_id id;
} numbers[] = {
    {"bytes_out", TCPESTATS_F_Data_DataBytesOut},
    {"bytes_acked", TCPESTATS_F_Data_ThruBytesAcked},
    {"bytes_in", TCPESTATS_F_Data_ThruBytesReceived},
    {"segments_out", TCPESTATS_F_Data_SegsOut},
    {"segments_in", TCPESTATS_F_Data_SegsIn},
    {"retransmissions", TCPESTATS_F_Path_PktsRetrans},
    {"rtt_us", TCPESTATS_F_FineRtt_SumRtt},
    {"least_rtt_us", TCPESTATS_F_FineRtt_MinRtt},
    {"receiver_limited_ms", TCPESTATS_F_SndCong_SndLimTimeRwin},
    {"path_limited_ms", TCPESTATS_F_SndCong_SndLimTimeCwnd},
};

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

/* The sender's time is what is left over of a life whose length is known. */
static struct quantity sender_ms(const struct log_line *line)
{
    const struct evidence *e = &line->evidence;

    return (struct quantity){line->ended->readings && !(e->unknown & 1u << E_MS_SENDER),
                             e->growth[E_MS_SENDER]};
}

static const struct verdict_side *side_of(const struct log_line *line)
{
    return &line->verdict.side[line->verdict.direction];
}

/* ---- For people ---- */

static void clock_text(uint64_t wall_ns, char text[16])
{
    time_t seconds = (time_t)(wall_ns / 1000000000);
    const struct tm *local = localtime(&seconds);
    size_t length = local ? strftime(text, 16, "%H:%M:%S", local) : 0;

    snprintf(text + length, 16 - length, ".%03u", (unsigned)(wall_ns / 1000000 % 1000));
}

/* "<0.3s", "12.1s", ">40s": as far as looks tell. */
static void length_text(const struct log_line *line, char text[16])
{
    double least = (double)line->least_ns / 1e9, most = (double)line->most_ns / 1e9;

    if (line->most_ns == UINT64_MAX)
        snprintf(text, 16, line->is_seen ? ">%.3gs" : "-", least);
    else if (!line->is_seen)
        snprintf(text, 16, "<%.2gs", most);
    else
        snprintf(text, 16, "%.3gs", (least + most) / 2);
}

static void bytes_text(struct quantity bytes, char text[16])
{
    strcpy(text, "-");
    if (!bytes.known)
        return;
    format_rate((uint64_t)bytes.value, text);
    text[strlen(text) - 2] = 0; /* "/s" */
}

static void rtt_text(const struct log_line *line, char text[32])
{
    struct quantity last = number(line, TCPESTATS_F_FineRtt_SumRtt);
    struct quantity least = number(line, TCPESTATS_F_FineRtt_MinRtt);

    if (last.known && least.known)
        snprintf(text, 32, "%.3g/%.3g", least.value / 1000, last.value / 1000);
    else
        strcpy(text, "-");
}

/* "receiver/path/sender" in per cent of the time that is known of. */
static void limits_text(const struct log_line *line, char text[24])
{
    const struct quantity *q = line->verdict.q;

    if (line->ended->readings && q[Q_PATH].known)
        snprintf(text, 24, "%.0f/%.0f/%.0f", 100 * q[Q_RECEIVER].value, 100 * q[Q_PATH].value,
                 100 * q[Q_SENDER].value);
    else
        strcpy(text, "-");
}

static void retrans_text(const struct log_line *line, char text[16])
{
    const struct quantity *share = &line->verdict.q[Q_RETRANSMITTED];

    if (line->ended->readings && share->known)
        snprintf(text, 16, "%.2g%%", 100 * share->value);
    else
        strcpy(text, "-");
}

#define COLUMNS "%-12s  %-43s  %-8s  %-16s  %7s  %8s  %8s  %11s  %6s  %11s  %9s  %-10s  %s"

static void show_text(const struct log_line *line)
{
    const struct ended *ended = line->ended;
    char clock[16], label[CONN_LABEL_MAX], process[PROCESS_MAX + 16];
    char length[16], out[16], in[16], segments[32] = "-", retrans[16], rtt[32], limits[24];
    const char *user = "-";
    struct quantity segs_out = number(line, TCPESTATS_F_Data_SegsOut);
    struct quantity segs_in = number(line, TCPESTATS_F_Data_SegsIn);

    clock_text(line->wall_ns, clock);
    conn_label(&ended->conn, label);
    if (line->is_seen)
        user = backend_user_name(&ended->conn);
    strcpy(process, "-");
    if (line->owner.pid)
        snprintf(process, sizeof(process), "%s(%u)", line->owner.name, (unsigned)line->owner.pid);
    length_text(line, length);
    bytes_text(number(line, TCPESTATS_F_Data_ThruBytesAcked), out);
    bytes_text(number(line, TCPESTATS_F_Data_ThruBytesReceived), in);
    if (segs_out.known && segs_in.known)
        snprintf(segments, sizeof(segments), "%.0f/%.0f", segs_out.value, segs_in.value);
    retrans_text(line, retrans);
    rtt_text(line, rtt);
    limits_text(line, limits);
    print_line(stdout, COLUMNS, clock, label, user, process, length, out, in, segments, retrans,
               rtt, limits, ending_code(ended->ending),
               side_of(line)->cause == CAUSE_UNKNOWN ? "-" : cause_code(side_of(line)->cause));
}

/* ---- For machines ---- */

static void json_quantity(struct json *json, const char *key, struct quantity q)
{
    if (q.known)
        json_real(json, key, q.value);
    else
        json_null(json, key);
}

static void json_seconds(struct json *json, const char *key, bool known, uint64_t ns)
{
    json_quantity(json, key, (struct quantity){known, (double)ns / 1e9});
}

static void begin_json(struct json *json, const struct tool *tool, uint64_t wall_ns)
{
    report_begin(json, tool, false);
    json_number(json, "time", wall_ns / 1000000000);
    json_number(json, "time_ns", wall_ns);
}

static void json_owner(struct json *json, const struct log_line *line)
{
    const struct conn *conn = &line->ended->conn;

    if (line->is_seen) {
        json_number(json, "uid", conn->uid);
        json_string(json, "user", backend_user_name(conn));
    } else {
        json_null(json, "uid");
        json_null(json, "user");
    }
    if (line->owner.pid) {
        json_number(json, "pid", line->owner.pid);
        json_string(json, "process", line->owner.name);
    } else {
        json_null(json, "pid");
        json_null(json, "process");
    }
}

static void show_json(const struct tool *tool, const struct log_line *line)
{
    const struct ended *ended = line->ended;
    bool has_most = line->most_ns != UINT64_MAX;
    struct json json;

    begin_json(&json, tool, line->wall_ns);
    json_array(&json, "connections");
    report_conn(&json, &ended->conn);
    json_owner(&json, line);
    json_bool(&json, "seen_alive", line->is_seen);
    json_seconds(&json, "lasted_least", true, line->least_ns);
    json_seconds(&json, "lasted_most", has_most, line->most_ns);
    for (size_t i = 0; i < NUMBERS; i++)
        json_quantity(&json, numbers[i].name, number(line, numbers[i].id));
    json_quantity(&json, "sender_limited_ms", sender_ms(line));
    json_quantity(&json, "retransmitted", line->verdict.q[Q_RETRANSMITTED]);
    json_object(&json, "ending");
    json_string(&json, "code", ending_code(ended->ending));
    json_bool(&json, "inferred", ended->ending != TCPESTATS_END_UNKNOWN);
    json_close(&json);
    json_object(&json, "verdict");
    json_string(&json, "cause", cause_code(side_of(line)->cause));
    json_string(&json, "certainty", certainty_name(side_of(line)->certainty));
    json_string(&json, "direction", line->verdict.direction == DIRECTION_OUT ? "out" : "in");
    json_end(&json);
}

/* ---- CSV (RFC 4180) ---- */

static const char *const csv_first[] = {"time",        "local",        "local_port", "remote",
                                        "remote_port", "user",         "pid",        "process",
                                        "seen_alive",  "lasted_least", "lasted_most"};
static const char *const csv_last[] = {"sender_limited_ms", "retransmitted", "ending", "cause",
                                       "certainty",         "lost"};

/* Names may hold anything. */
static void csv_text(const char *text)
{
    print_raw(stdout, "\"", 1);
    for (; *text; text++) {
        char c = (unsigned char)*text < ' ' ? '?' : *text;

        if (c == '"')
            print_raw(stdout, "\"", 1);
        print_raw(stdout, &c, 1);
    }
    print_raw(stdout, "\",", 2);
}

static void csv_number(struct quantity q)
{
    char text[40] = ",";

    if (q.known)
        snprintf(text, sizeof(text), "%.16g,", q.value);
    print_raw(stdout, text, strlen(text));
}

static void csv_known(double value)
{
    csv_number((struct quantity){true, value});
}

static void csv_time(uint64_t wall_ns)
{
    char text[40];

    snprintf(text, sizeof(text), "%" PRIu64 ".%06u,", wall_ns / 1000000000,
             (unsigned)(wall_ns / 1000 % 1000000));
    print_raw(stdout, text, strlen(text));
}

static void csv_end(uint64_t lost)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRIu64 "\n", lost);
    print_raw(stdout, text, strlen(text));
}

static void csv_endpoint(const struct endpoint *endpoint)
{
    char address[ADDRESS_TEXT_MAX];

    address_format(&endpoint->address, address);
    csv_text(address);
    csv_known(endpoint->port);
}

static void show_csv(const struct log_line *line)
{
    const struct ended *ended = line->ended;

    csv_time(line->wall_ns);
    csv_endpoint(&ended->conn.local);
    csv_endpoint(&ended->conn.remote);
    csv_text(line->is_seen ? backend_user_name(&ended->conn) : "");
    csv_number((struct quantity){line->owner.pid != 0, line->owner.pid});
    csv_text(line->owner.name);
    csv_known(line->is_seen);
    csv_known((double)line->least_ns / 1e9);
    csv_number((struct quantity){line->most_ns != UINT64_MAX, (double)line->most_ns / 1e9});
    for (size_t i = 0; i < NUMBERS; i++)
        csv_number(number(line, numbers[i].id));
    csv_number(sender_ms(line));
    csv_number(line->verdict.q[Q_RETRANSMITTED]);
    csv_text(ending_code(ended->ending));
    csv_text(cause_code(side_of(line)->cause));
    csv_text(certainty_name(side_of(line)->certainty));
    csv_end(0);
}

static void csv_heading(void)
{
    for (size_t i = 0; i < sizeof(csv_first) / sizeof(csv_first[0]); i++)
        csv_text(csv_first[i]);
    for (size_t i = 0; i < NUMBERS; i++)
        csv_text(numbers[i].name);
    for (size_t i = 0; i < sizeof(csv_last) / sizeof(csv_last[0]) - 1; i++)
        csv_text(csv_last[i]);
    print_raw(stdout, "\"lost\"\n", 7);
}

/* ---- The three ---- */

void log_heading(const struct tool *tool)
{
    if (tool->csv)
        csv_heading();
    else if (!tool->json)
        print_line(stdout, COLUMNS, "TIME", "CONNECTION", "USER", "PROCESS", "LASTED", "OUT", "IN",
                   "SEGMENTS", "RETR", "RTT ms", "R/P/S %", "ENDED", "HELD BACK BY");
}

void log_show(const struct tool *tool, const struct log_line *line)
{
    if (tool->json)
        show_json(tool, line);
    else if (tool->csv)
        show_csv(line);
    else
        show_text(line);
}

void log_show_lost(const struct tool *tool, uint64_t wall_ns, uint64_t lost, uint64_t all)
{
    struct json json;
    char clock[16];

    if (tool->json) {
        begin_json(&json, tool, wall_ns);
        json_number(&json, "lost", lost);
        json_number(&json, "lost_in_all", all);
        json_end(&json);
    } else if (tool->csv) {
        csv_time(wall_ns);
        for (size_t i = 1; i < sizeof(csv_first) / sizeof(csv_first[0]) + NUMBERS +
                                   sizeof(csv_last) / sizeof(csv_last[0]) - 1;
             i++)
            print_raw(stdout, ",", 1);
        csv_end(lost);
    } else {
        clock_text(wall_ns, clock);
        print_line(stdout, "%s  %" PRIu64 " ends were lost here, %" PRIu64 " in all", clock, lost,
                   all);
    }
}
