# SPDX-License-Identifier: LGPL-2.1-or-later
# pair.pl PORT: a connection over loopback, from PORT+1 to PORT, on which data goes on and on in
# small pieces, both ways.
use strict;
use warnings;
use IO::Socket::INET;

my $port = shift;
my $listener = IO::Socket::INET->new(
    Listen => 1, LocalAddr => "127.0.0.1:$port", ReuseAddr => 1) or die "listen: $@";
my $client = IO::Socket::INET->new(
    PeerAddr => "127.0.0.1:$port", LocalPort => $port + 1, ReuseAddr => 1) or die "connect: $@";
my $server = $listener->accept or die "accept: $!";
my $data;

$| = 1;
print "ready\n";
while (1) {
    syswrite $client, 'x' x 1000;
    sysread $server, $data, 2000;
    syswrite $server, $data;
    sysread $client, $data, 2000;
    select undef, undef, undef, 0.005;
}
