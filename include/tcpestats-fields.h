/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one table of the 108 readable members: where each stands in the Windows structures of both
 * ABIs, its unit, its kind, how "unknown" reads, and its RFC 4898 object. Public header, answers,
 * documents, the command line and the tests are made from it; where the numbers come from on Linux
 * stands in libs/tcpestats/sources-diag.def.
 *
 * No include guard: define TCPESTATS_FIELD(class, block, member, type, offset i386, offset x86_64,
 * unit, kind, unknown reads all-ones, RFC 4898 object) and include.
 */
/* clang-format off */
/* SynOpts */
TCPESTATS_FIELD(SynOpts, ROS, ActiveOpen, BOOLEAN, 0, 0, "boolean", BOOL, 0, "StackActiveOpen")
TCPESTATS_FIELD(SynOpts, ROS, MssRcvd, ULONG, 4, 4, "bytes", GAUGE, 0, "StackMSSRcvd")
TCPESTATS_FIELD(SynOpts, ROS, MssSent, ULONG, 8, 8, "bytes", GAUGE, 0, "StackMSSSent")

/* Data */
TCPESTATS_FIELD(Data, ROD, DataBytesOut, ULONG64, 0, 0, "bytes", COUNTER, 0, "PerfDataOctetsOut")
TCPESTATS_FIELD(Data, ROD, DataSegsOut, ULONG64, 8, 8, "segments", COUNTER, 0, "PerfDataSegsOut")
TCPESTATS_FIELD(Data, ROD, DataBytesIn, ULONG64, 16, 16, "bytes", COUNTER, 0, "PerfDataOctetsIn")
TCPESTATS_FIELD(Data, ROD, DataSegsIn, ULONG64, 24, 24, "segments", COUNTER, 0, "PerfDataSegsIn")
TCPESTATS_FIELD(Data, ROD, SegsOut, ULONG64, 32, 32, "segments", COUNTER, 0, "PerfSegsOut")
TCPESTATS_FIELD(Data, ROD, SegsIn, ULONG64, 40, 40, "segments", COUNTER, 0, "PerfSegsIn")
TCPESTATS_FIELD(Data, ROD, SoftErrors, ULONG, 48, 48, "count", COUNTER, 0, "StackSoftErrors")
TCPESTATS_FIELD(Data, ROD, SoftErrorReason, ULONG, 52, 52, "enum", ENUM, 0, "StackSoftErrorReason")
TCPESTATS_FIELD(Data, ROD, SndUna, ULONG, 56, 56, "sequence", SEQUENCE, 0, "AppSndUna")
TCPESTATS_FIELD(Data, ROD, SndNxt, ULONG, 60, 60, "sequence", SEQUENCE, 0, "AppSndNxt")
TCPESTATS_FIELD(Data, ROD, SndMax, ULONG, 64, 64, "sequence", SEQUENCE, 0, "AppSndMax")
TCPESTATS_FIELD(Data, ROD, ThruBytesAcked, ULONG64, 72, 72, "bytes", COUNTER, 0, "AppThruOctetsAcked")
TCPESTATS_FIELD(Data, ROD, RcvNxt, ULONG, 80, 80, "sequence", SEQUENCE, 0, "AppRcvNxt")
TCPESTATS_FIELD(Data, ROD, ThruBytesReceived, ULONG64, 88, 88, "bytes", COUNTER, 0, "AppThruOctetsReceived")

/* SndCong */
TCPESTATS_FIELD(SndCong, ROS, LimCwnd, ULONG, 0, 0, "bytes", GAUGE, 1, "TuneLimCwnd")
TCPESTATS_FIELD(SndCong, ROD, SndLimTransRwin, ULONG, 0, 0, "count", COUNTER, 0, "PerfSndLimTransRwin")
TCPESTATS_FIELD(SndCong, ROD, SndLimTimeRwin, ULONG, 4, 4, "ms", COUNTER, 0, "PerfSndLimTimeRwin")
TCPESTATS_FIELD(SndCong, ROD, SndLimBytesRwin, SIZE_T, 8, 8, "bytes", COUNTER, 0, NULL)
TCPESTATS_FIELD(SndCong, ROD, SndLimTransCwnd, ULONG, 12, 16, "count", COUNTER, 0, "PerfSndLimTransCwnd")
TCPESTATS_FIELD(SndCong, ROD, SndLimTimeCwnd, ULONG, 16, 20, "ms", COUNTER, 0, "PerfSndLimTimeCwnd")
TCPESTATS_FIELD(SndCong, ROD, SndLimBytesCwnd, SIZE_T, 20, 24, "bytes", COUNTER, 0, NULL)
TCPESTATS_FIELD(SndCong, ROD, SndLimTransSnd, ULONG, 24, 32, "count", COUNTER, 0, "PerfSndLimTransSnd")
TCPESTATS_FIELD(SndCong, ROD, SndLimTimeSnd, ULONG, 28, 36, "ms", COUNTER, 0, "PerfSndLimTimeSnd")
TCPESTATS_FIELD(SndCong, ROD, SndLimBytesSnd, SIZE_T, 32, 40, "bytes", COUNTER, 0, NULL)
TCPESTATS_FIELD(SndCong, ROD, SlowStart, ULONG, 36, 48, "count", COUNTER, 0, "StackSlowStart")
TCPESTATS_FIELD(SndCong, ROD, CongAvoid, ULONG, 40, 52, "count", COUNTER, 0, "StackCongAvoid")
TCPESTATS_FIELD(SndCong, ROD, OtherReductions, ULONG, 44, 56, "count", COUNTER, 0, "StackOtherReductions")
TCPESTATS_FIELD(SndCong, ROD, CurCwnd, ULONG, 48, 60, "bytes", GAUGE, 0, "PerfCurCwnd")
TCPESTATS_FIELD(SndCong, ROD, MaxSsCwnd, ULONG, 52, 64, "bytes", MAXIMUM, 0, "StackMaxSsCwnd")
TCPESTATS_FIELD(SndCong, ROD, MaxCaCwnd, ULONG, 56, 68, "bytes", MAXIMUM, 0, "StackMaxCaCwnd")
TCPESTATS_FIELD(SndCong, ROD, CurSsthresh, ULONG, 60, 72, "bytes", GAUGE, 1, "PerfCurSsthresh")
TCPESTATS_FIELD(SndCong, ROD, MaxSsthresh, ULONG, 64, 76, "bytes", MAXIMUM, 1, "StackMaxSsthresh")
TCPESTATS_FIELD(SndCong, ROD, MinSsthresh, ULONG, 68, 80, "bytes", MINIMUM, 1, "StackMinSsthresh")

/* Path */
TCPESTATS_FIELD(Path, ROD, FastRetran, ULONG, 0, 0, "count", COUNTER, 0, "StackFastRetran")
TCPESTATS_FIELD(Path, ROD, Timeouts, ULONG, 4, 4, "count", COUNTER, 0, "PerfTimeouts")
TCPESTATS_FIELD(Path, ROD, SubsequentTimeouts, ULONG, 8, 8, "count", COUNTER, 0, "StackSubsequentTimeouts")
TCPESTATS_FIELD(Path, ROD, CurTimeoutCount, ULONG, 12, 12, "count", GAUGE, 0, "StackCurTimeoutCount")
TCPESTATS_FIELD(Path, ROD, AbruptTimeouts, ULONG, 16, 16, "count", COUNTER, 0, "StackAbruptTimeouts")
TCPESTATS_FIELD(Path, ROD, PktsRetrans, ULONG, 20, 20, "segments", COUNTER, 0, "PerfSegsRetrans")
TCPESTATS_FIELD(Path, ROD, BytesRetrans, ULONG, 24, 24, "bytes", COUNTER, 0, "PerfOctetsRetrans")
TCPESTATS_FIELD(Path, ROD, DupAcksIn, ULONG, 28, 28, "count", COUNTER, 0, "StackDupAcksIn")
TCPESTATS_FIELD(Path, ROD, SacksRcvd, ULONG, 32, 32, "count", COUNTER, 0, "StackSACKsRcvd")
TCPESTATS_FIELD(Path, ROD, SackBlocksRcvd, ULONG, 36, 36, "count", COUNTER, 0, "StackSACKBlocksRcvd")
TCPESTATS_FIELD(Path, ROD, CongSignals, ULONG, 40, 40, "count", COUNTER, 0, "PerfCongSignals")
TCPESTATS_FIELD(Path, ROD, PreCongSumCwnd, ULONG, 44, 44, "bytes", COUNTER, 0, "PathPreCongSumCwnd")
TCPESTATS_FIELD(Path, ROD, PreCongSumRtt, ULONG, 48, 48, "ms", COUNTER, 0, "PathPreCongSumRTT")
TCPESTATS_FIELD(Path, ROD, PostCongSumRtt, ULONG, 52, 52, "ms", COUNTER, 0, "PathPostCongSumRTT")
TCPESTATS_FIELD(Path, ROD, PostCongCountRtt, ULONG, 56, 56, "count", COUNTER, 0, "PathPostCongCountRTT")
TCPESTATS_FIELD(Path, ROD, EcnSignals, ULONG, 60, 60, "count", COUNTER, 0, "PathECNsignals")
TCPESTATS_FIELD(Path, ROD, EceRcvd, ULONG, 64, 64, "segments", COUNTER, 0, "PathCERcvd")
TCPESTATS_FIELD(Path, ROD, SendStall, ULONG, 68, 68, "count", COUNTER, 0, "StackSendStall")
TCPESTATS_FIELD(Path, ROD, QuenchRcvd, ULONG, 72, 72, "count", COUNTER, 0, NULL)
TCPESTATS_FIELD(Path, ROD, RetranThresh, ULONG, 76, 76, "count", GAUGE, 0, "PathRetranThresh")
TCPESTATS_FIELD(Path, ROD, SndDupAckEpisodes, ULONG, 80, 80, "count", COUNTER, 0, "PathDupAckEpisodes")
TCPESTATS_FIELD(Path, ROD, SumBytesReordered, ULONG, 84, 84, "bytes", COUNTER, 0, "PathSumOctetsReordered")
TCPESTATS_FIELD(Path, ROD, NonRecovDa, ULONG, 88, 88, "count", COUNTER, 0, "PathNonRecovDA")
TCPESTATS_FIELD(Path, ROD, NonRecovDaEpisodes, ULONG, 92, 92, "count", COUNTER, 0, "PathNonRecovDAEpisodes")
TCPESTATS_FIELD(Path, ROD, AckAfterFr, ULONG, 96, 96, "count", COUNTER, 0, NULL)
TCPESTATS_FIELD(Path, ROD, DsackDups, ULONG, 100, 100, "count", COUNTER, 0, "StackDSACKDups")
TCPESTATS_FIELD(Path, ROD, SampleRtt, ULONG, 104, 104, "ms", GAUGE, 1, "PathSampleRTT")
TCPESTATS_FIELD(Path, ROD, SmoothedRtt, ULONG, 108, 108, "ms", GAUGE, 1, "PerfSmoothedRTT")
TCPESTATS_FIELD(Path, ROD, RttVar, ULONG, 112, 112, "ms", GAUGE, 1, "PathRTTVar")
TCPESTATS_FIELD(Path, ROD, MaxRtt, ULONG, 116, 116, "ms", MAXIMUM, 1, "PathMaxRTT")
TCPESTATS_FIELD(Path, ROD, MinRtt, ULONG, 120, 120, "ms", MINIMUM, 1, "PathMinRTT")
TCPESTATS_FIELD(Path, ROD, SumRtt, ULONG, 124, 124, "ms", COUNTER, 0, "PathSumRTT")
TCPESTATS_FIELD(Path, ROD, CountRtt, ULONG, 128, 128, "count", COUNTER, 0, "PathCountRTT")
TCPESTATS_FIELD(Path, ROD, CurRto, ULONG, 132, 132, "ms", GAUGE, 0, "PerfCurRTO")
TCPESTATS_FIELD(Path, ROD, MaxRto, ULONG, 136, 136, "ms", MAXIMUM, 0, "PathMaxRTO")
TCPESTATS_FIELD(Path, ROD, MinRto, ULONG, 140, 140, "ms", MINIMUM, 1, "PathMinRTO")
TCPESTATS_FIELD(Path, ROD, CurMss, ULONG, 144, 144, "bytes", GAUGE, 0, "PerfCurMSS")
TCPESTATS_FIELD(Path, ROD, MaxMss, ULONG, 148, 148, "bytes", MAXIMUM, 0, "StackMaxMSS")
TCPESTATS_FIELD(Path, ROD, MinMss, ULONG, 152, 152, "bytes", MINIMUM, 1, "StackMinMSS")
TCPESTATS_FIELD(Path, ROD, SpuriousRtoDetections, ULONG, 156, 156, "count", COUNTER, 0, "StackSpuriousRtoDetected")

/* SendBuff */
TCPESTATS_FIELD(SendBuff, ROD, CurRetxQueue, SIZE_T, 0, 0, "bytes", GAUGE, 0, "StackCurRetxQueue")
TCPESTATS_FIELD(SendBuff, ROD, MaxRetxQueue, SIZE_T, 4, 8, "bytes", MAXIMUM, 0, "StackMaxRetxQueue")
TCPESTATS_FIELD(SendBuff, ROD, CurAppWQueue, SIZE_T, 8, 16, "bytes", GAUGE, 0, "AppCurAppWQueue")
TCPESTATS_FIELD(SendBuff, ROD, MaxAppWQueue, SIZE_T, 12, 24, "bytes", MAXIMUM, 0, "AppMaxAppWQueue")

/* Rec */
TCPESTATS_FIELD(Rec, ROD, CurRwinSent, ULONG, 0, 0, "bytes", GAUGE, 0, "PerfCurRwinSent")
TCPESTATS_FIELD(Rec, ROD, MaxRwinSent, ULONG, 4, 4, "bytes", MAXIMUM, 0, "PerfMaxRwinSent")
TCPESTATS_FIELD(Rec, ROD, MinRwinSent, ULONG, 8, 8, "bytes", MINIMUM, 1, NULL)
TCPESTATS_FIELD(Rec, ROD, LimRwin, ULONG, 12, 12, "bytes", GAUGE, 1, "TuneLimRwin")
TCPESTATS_FIELD(Rec, ROD, DupAckEpisodes, ULONG, 16, 16, "count", COUNTER, 0, "PathDupAckEpisodes")
TCPESTATS_FIELD(Rec, ROD, DupAcksOut, ULONG, 20, 20, "count", COUNTER, 0, "PathDupAcksOut")
TCPESTATS_FIELD(Rec, ROD, CeRcvd, ULONG, 24, 24, "segments", COUNTER, 0, "PathCERcvd")
TCPESTATS_FIELD(Rec, ROD, EcnSent, ULONG, 28, 28, "count", COUNTER, 0, NULL)
TCPESTATS_FIELD(Rec, ROD, EcnNoncesRcvd, ULONG, 32, 32, "count", COUNTER, 0, NULL)
TCPESTATS_FIELD(Rec, ROD, CurReasmQueue, ULONG, 36, 36, "bytes", GAUGE, 0, "StackCurReasmQueue")
TCPESTATS_FIELD(Rec, ROD, MaxReasmQueue, ULONG, 40, 40, "bytes", MAXIMUM, 0, "StackMaxReasmQueue")
TCPESTATS_FIELD(Rec, ROD, CurAppRQueue, SIZE_T, 44, 48, "bytes", GAUGE, 0, "AppCurAppRQueue")
TCPESTATS_FIELD(Rec, ROD, MaxAppRQueue, SIZE_T, 48, 56, "bytes", MAXIMUM, 0, "AppMaxAppRQueue")
TCPESTATS_FIELD(Rec, ROD, WinScaleSent, UCHAR, 52, 64, "bits", GAUGE, 1, "StackWinScaleSent")

/* ObsRec */
TCPESTATS_FIELD(ObsRec, ROD, CurRwinRcvd, ULONG, 0, 0, "bytes", GAUGE, 0, "PerfCurRwinRcvd")
TCPESTATS_FIELD(ObsRec, ROD, MaxRwinRcvd, ULONG, 4, 4, "bytes", MAXIMUM, 0, "PerfMaxRwinRcvd")
TCPESTATS_FIELD(ObsRec, ROD, MinRwinRcvd, ULONG, 8, 8, "bytes", MINIMUM, 1, NULL)
TCPESTATS_FIELD(ObsRec, ROD, WinScaleRcvd, UCHAR, 12, 12, "bits", GAUGE, 1, "StackWinScaleRcvd")

/* Bandwidth */
TCPESTATS_FIELD(Bandwidth, ROD, OutboundBandwidth, ULONG64, 0, 0, "bit/s", GAUGE, 0, NULL)
TCPESTATS_FIELD(Bandwidth, ROD, InboundBandwidth, ULONG64, 8, 8, "bit/s", GAUGE, 0, NULL)
TCPESTATS_FIELD(Bandwidth, ROD, OutboundInstability, ULONG64, 16, 16, "bit/s", GAUGE, 0, NULL)
TCPESTATS_FIELD(Bandwidth, ROD, InboundInstability, ULONG64, 24, 24, "bit/s", GAUGE, 0, NULL)
TCPESTATS_FIELD(Bandwidth, ROD, OutboundBandwidthPeaked, BOOLEAN, 32, 32, "boolean", BOOL, 0, NULL)
TCPESTATS_FIELD(Bandwidth, ROD, InboundBandwidthPeaked, BOOLEAN, 33, 33, "boolean", BOOL, 0, NULL)

/* FineRtt */
TCPESTATS_FIELD(FineRtt, ROD, RttVar, ULONG, 0, 0, "us", GAUGE, 1, NULL)
TCPESTATS_FIELD(FineRtt, ROD, MaxRtt, ULONG, 4, 4, "us", MAXIMUM, 1, NULL)
TCPESTATS_FIELD(FineRtt, ROD, MinRtt, ULONG, 8, 8, "us", MINIMUM, 1, NULL)
TCPESTATS_FIELD(FineRtt, ROD, SumRtt, ULONG, 12, 12, "us", GAUGE, 1, NULL)
/* clang-format on */
