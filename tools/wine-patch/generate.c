/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * generate WHAT: what the series for Wine takes from our tables.
 *
 *   structures  the structures of Windows, for include/tcpestats.h
 *   nsi         the same by fixed widths, as they go through NSI, for include/wine/nsi.h
 *   fill        nsiproxy.sys: a function for each block, from what the kernel said
 *   copy        iphlpapi: a function for each block, from NSI's structure to Windows'
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct member {
    const char *cls, *block, *name, *type;
    bool unknown_is_ones;
} members[] = {
#define TCPESTATS_FIELD(cls, block, member, type, o32, o64, unit, kind, ones, rfc) \
    {#cls, #block, #member, #type, ones},
#include "tcpestats-fields.h"
};

static const char *const classes[] = {
#define TCPESTATS_CLASS(number, name, upper) [number] = #name,
#include "tcpestats-fields.h"
};

enum {
#define TCPESTATS_CLASS(number, name, upper) upper = number,
#include "tcpestats-fields.h"
};

static const struct {
    unsigned cls;
    const char *block, *structure;
} blocks[] = {
#define TCPESTATS_BLOCK(upper, block, size32, size64) {upper, #block, #upper "_" #block "_v0"},
#include "tcpestats-fields.h"
};

static const struct source {
    const char *cls, *member, *needs, *reading;
} sources[] = {
#define SOURCE(cls, member, needs, fidelity, flags, since, source, note, reading) \
    {#cls, #member, #needs, #reading},
#include "sources-diag.def"
};

/* Readings that are no plain expressions: what they hang on, and what they read. */
static const struct {
    const char *reading, *condition, *value;
} readings[] = {
    {"opener(b)", "", "(b->open & TE_OPEN_MASK) == TE_OPEN_ACTIVE"},
    {"in_flight(b)", "", "b->in_flight"},
    {"outbound(s, t)", "s->bbr_bw || t->out.samples",
     "s->bbr_bw ? s->bbr_bw * 8 : t->out.bandwidth"},
};

static const char *const parts[][2] = {{"ROS", "static"}, {"ROD", "dynamic"}};

static const char *snake(const char *name)
{
    static char out[64];
    size_t n = 0;

    for (size_t i = 0; name[i] && n < sizeof(out) - 2; i++) {
        if (i && isupper((unsigned char)name[i]) && !isupper((unsigned char)name[i - 1]))
            out[n++] = '_';
        out[n++] = (char)tolower((unsigned char)name[i]);
    }
    out[n] = '\0';
    return out;
}

static const char *structure_of(unsigned cls, const char *block)
{
    for (size_t i = 0; i < COUNT(blocks); i++)
        if (blocks[i].cls == cls && !strcmp(blocks[i].block, block))
            return blocks[i].structure;
    return NULL;
}

static const struct member *next(const struct member *m, unsigned cls, const char *block)
{
    for (m = m ? m + 1 : members; m < members + COUNT(members); m++)
        if (!strcmp(m->cls, classes[cls]) && !strcmp(m->block, block))
            return m;
    return NULL;
}

static const char *fixed(const char *type)
{
    if (!strcmp(type, "BOOLEAN") || !strcmp(type, "UCHAR"))
        return "BYTE";
    return !strcmp(type, "ULONG") ? "UINT" : "UINT64";
}

static void print_windows_structure(unsigned cls, const char *block)
{
    const char *name = structure_of(cls, block);

    if (!name)
        return;
    printf("typedef struct _TCP_ESTATS_%s\n{\n", name);
    if (strcmp(block, "RW"))
        for (const struct member *m = NULL; (m = next(m, cls, block));)
            printf("    %s %s;\n", m->type, m->name);
    else if (!strcmp(name, "BANDWIDTH_RW_v0"))
        puts("    TCP_BOOLEAN_OPTIONAL EnableCollectionOutbound;\n"
             "    TCP_BOOLEAN_OPTIONAL EnableCollectionInbound;");
    else
        puts("    BOOLEAN EnableCollection;");
    printf("} TCP_ESTATS_%s, *PTCP_ESTATS_%s;\n\n", name, name);
}

static void print_nsi_structure(unsigned cls, const char *const part[2])
{
    printf("struct nsi_tcp_estats_%s_%s\n{\n", snake(classes[cls]), part[1]);
    for (const struct member *m = NULL; (m = next(m, cls, part[0]));)
        printf("    %s %s;\n", fixed(m->type), snake(m->name));
    puts("};\n");
}

static void print_copy(unsigned cls, const char *const part[2])
{
    printf("static void copy_%s_%s( void *out, const void *in )\n{\n", snake(classes[cls]),
           part[1]);
    printf("    const struct nsi_tcp_estats_%s_%s *nsi = in;\n", snake(classes[cls]), part[1]);
    printf("    TCP_ESTATS_%s *data = out;\n\n", structure_of(cls, part[0]));
    for (const struct member *m = NULL; (m = next(m, cls, part[0]));)
        printf(strcmp(m->type, "SIZE_T") ? "    data->%s = nsi->%s;\n"
                                         : "    data->%s = min( nsi->%s, ~(SIZE_T)0 );\n",
               m->name, snake(m->name));
    puts("}\n");
}

/* The length of the first argument in a list, which ends at a comma outside of parentheses. */
static int argument(const char *list)
{
    int depth = 0, i;

    for (i = 0; list[i] && (depth || list[i] != ','); i++)
        depth += (list[i] == '(') - (list[i] == ')');
    return i;
}

/* An assignment of what one source reads; nothing if it reads nothing. */
static bool print_reading(const struct member *m, const char *reading, const char *before)
{
    const char *unknown = !m->unknown_is_ones               ? "0"
                          : !strcmp(fixed(m->type), "BYTE") ? "(BYTE)~0"
                                                            : "~0u";
    const char *arguments = reading + strcspn(reading, "(") + (strchr(reading, '(') != NULL);
    int first = argument(arguments);

    for (size_t i = 0; i < COUNT(readings); i++)
        if (!strcmp(readings[i].reading, reading)) {
            printf("%sd->%s = ", before, snake(m->name));
            if (*readings[i].condition)
                printf("!(%s) ? %s : ", readings[i].condition, unknown);
            return printf("%s;\n", readings[i].value);
        }
    if (!strncmp(reading, "KNOWN(", 6))
        return strcmp(reading, "KNOWN(0)") && printf("%sd->%s = %.*s;\n", before, snake(m->name),
                                                     (int)strlen(arguments) - 1, arguments);
    if (!strncmp(reading, "when(", 5))
        return printf("%sd->%s = %.*s ? %.*s : %s;\n", before, snake(m->name), first, arguments,
                      argument(arguments + first + 1), arguments + first + 1, unknown);
    /* NONE */
    return m->unknown_is_ones && printf("%sd->%s = %s;\n", before, snake(m->name), unknown);
}

static void print_assignments(const struct member *m)
{
    char before[80] = "    ";

    for (const struct source *s = sources; s < sources + COUNT(sources); s++) {
        bool last = s + 1 == sources + COUNT(sources) || strcmp(s[1].member, s->member);

        if (strcmp(s->cls, m->cls) || strcmp(s->member, m->name))
            continue;
        /* The same expression for what this kernel has and for what an older one has. */
        if (!last && !strcmp(s->reading, s[1].reading))
            continue;
        if (!strncmp(s->needs, "END(", 4))
            snprintf(before + strlen(before), sizeof(before) - strlen(before),
                     "if (TE_TI_HAS( s, tcpi_%.*s )) ", (int)strcspn(s->needs + 4, ")"),
                     s->needs + 4);
        print_reading(m, s->reading, before);
        strcpy(before, "    else ");
        if (!strcmp(s->needs, "0"))
            return;
    }
    print_reading(m, "NONE", before);
}

static void print_fill(unsigned cls, const char *const part[2])
{
    printf("static void fill_%s_%s( const struct te_snapshot *s, const struct te_track *t, "
           "const struct te_bytes *b, void *data )\n{\n",
           snake(classes[cls]), part[1]);
    printf("    struct nsi_tcp_estats_%s_%s *d = data;\n", snake(classes[cls]), part[1]);
    puts("");
    for (const struct member *m = NULL; (m = next(m, cls, part[0]));)
        print_assignments(m);
    puts("}\n");
}

static bool print_all(const char *what)
{
    for (unsigned cls = 0; cls < COUNT(classes); cls++) {
        if (!strcmp(what, "structures")) {
            print_windows_structure(cls, "RW");
            print_windows_structure(cls, "ROS");
            print_windows_structure(cls, "ROD");
            continue;
        }
        for (unsigned p = 0; p < 2; p++)
            if (!next(NULL, cls, parts[p][0]))
                continue;
            else if (!strcmp(what, "nsi"))
                print_nsi_structure(cls, parts[p]);
            else if (!strcmp(what, "copy"))
                print_copy(cls, parts[p]);
            else if (!strcmp(what, "fill"))
                print_fill(cls, parts[p]);
    }
    return true;
}

int main(int argc, char **argv)
{
    return argc != 2 || !print_all(argv[1]);
}
