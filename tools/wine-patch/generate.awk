# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What the series for Wine takes from the rows of our tables, as make-patch writes them. -v what=
#
#   tables      the numbers of NSI's tables, one for each class, for include/wine/nsi.h
#   nsi         a structure for each block, by fixed widths, as they go through NSI
#   structures  the structures of Windows, for include/tcpestats.h
#   fill        nsiproxy.sys: a function for each block, from what the kernel said
#   copy        iphlpapi: a function for each block, from NSI's structure to Windows'

function snake(name) {
    while (match(name, /[^A-Z_][A-Z]/))
        name = substr(name, 1, RSTART) "_" substr(name, RSTART + 1)
    return tolower(name)
}

function fixed(type) {
    return type ~ /BOOLEAN|UCHAR/ ? "BYTE" : type == "ULONG" ? "UINT" : "UINT64"
}

function end() {
    if (what == "structures" && windows)
        printf "} TCP_ESTATS_%s, *PTCP_ESTATS_%s;\n\n", windows, windows
    else if (windows)
        print what == "nsi" ? "};\n" : "}\n"
    windows = ""
}

function begin(block) {
    if (windows == upper "_" block "_v0")
        return
    end()
    windows = upper "_" block "_v0"
    name = snake(class) (block == "ROS" ? "_static" : "_dynamic")
    if (what == "structures")
        printf "typedef struct _TCP_ESTATS_%s\n{\n", windows
    else if (what == "nsi")
        printf "struct nsi_tcp_estats_%s\n{\n", name
    else if (what == "copy")
        printf "static void copy_%s( void *out, const void *in )\n{\n" \
               "    const struct nsi_tcp_estats_%s *nsi = in;\n" \
               "    TCP_ESTATS_%s *data = out;\n\n", name, name, windows
    else
        printf "static void fill_%s( const struct te_snapshot *s, const struct te_track *t, " \
               "const struct te_bytes *b, void *data )\n{\n" \
               "    struct nsi_tcp_estats_%s *d = data;\n\n", name, name
}

# What is read from the best source that the kernel has; nothing, where that is 0 anyway.
function assign(member, type, ones,    row, n, i, unknown, lead) {
    unknown = !ones ? "0" : fixed(type) == "BYTE" ? "(BYTE)~0" : "~0u"
    n = split(sources[class, member] "0@unknown", row, "@")
    for (i = 1; i < n; i += 2) {
        if (row[i + 1] == row[i + 3])
            continue
        gsub(/unknown/, unknown, row[i + 1])
        if (row[i + 1] != "0")
            printf "    %s%sd->%s = %s;\n", lead, row[i] == "0" ? "" : row[i] " ", snake(member), row[i + 1]
        if (row[i] == "0")
            return
        lead = "else "
    }
}

BEGIN { FS = "@" }
$1 == "source" { sources[$2, $3] = sources[$2, $3] $4 "@" $5 "@" }
$1 == "class" { class = $3; upper = $4 }
$1 == "class" && what == "tables" {
    printf "#define %-33s %d%s\n", "NSI_TCP_ESTATS_" upper "_TABLE", 16 + $2,
           $2 ? "" : " /* these numbers are Wine's */"
}
$1 == "block" && what == "structures" && $2 == "RW" {
    begin($2)
    if (upper == "BANDWIDTH")
        print "    TCP_BOOLEAN_OPTIONAL EnableCollectionOutbound;\n" \
              "    TCP_BOOLEAN_OPTIONAL EnableCollectionInbound;"
    else
        print "    BOOLEAN EnableCollection;"
}
$1 == "field" && what != "tables" {
    begin($2)
    if (what == "structures")
        printf "    %s %s;\n", $4, $3
    else if (what == "nsi")
        printf "    %s %s;\n", fixed($4), snake($3)
    else if (what == "copy")
        printf $4 == "SIZE_T" ? "    data->%s = min( nsi->%s, ~(SIZE_T)0 );\n" : "    data->%s = nsi->%s;\n",
               $3, snake($3)
    else
        assign($3, $4, $5)
}
END { end() }
