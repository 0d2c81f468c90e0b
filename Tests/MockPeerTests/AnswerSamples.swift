// Answers of browsers, as they wrote them.

/// Answers to an offer with the sections a, v and d: audio 111, video VP8 100 and H.264 102, each with RTX.
enum AnswerSamples {
  /// Chromium 156.
  static let chromium = lines(
    """
    v=0
    o=- 5848130986037472903 2 IN IP4 127.0.0.1
    s=-
    t=0 0
    a=group:BUNDLE a v d
    a=msid-semantic: WMS
    m=audio 9 UDP/TLS/RTP/SAVPF 111
    c=IN IP4 0.0.0.0
    a=rtcp:9 IN IP4 0.0.0.0
    a=ice-ufrag:x1CP
    a=ice-pwd:oi0F0seFRNENZYGE31QzGm/q
    a=ice-options:trickle
    a=fingerprint:sha-256 16:0D:D3:A9:CC:C3:8E:48:CA:59:56:E1:7E:02:49:22:1B:E8:A8:7C:B6:49:3D:80:27:3A:3E:6D:2D:95:BD:5A
    a=setup:active
    a=mid:a
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=recvonly
    a=rtcp-mux
    a=rtpmap:111 opus/48000/2
    a=fmtp:111 minptime=10;useinbandfec=1
    m=video 9 UDP/TLS/RTP/SAVPF 100 101
    c=IN IP4 0.0.0.0
    a=rtcp:9 IN IP4 0.0.0.0
    a=ice-ufrag:x1CP
    a=ice-pwd:oi0F0seFRNENZYGE31QzGm/q
    a=ice-options:trickle
    a=fingerprint:sha-256 16:0D:D3:A9:CC:C3:8E:48:CA:59:56:E1:7E:02:49:22:1B:E8:A8:7C:B6:49:3D:80:27:3A:3E:6D:2D:95:BD:5A
    a=setup:active
    a=mid:v
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=recvonly
    a=rtcp-mux
    a=rtpmap:100 VP8/90000
    a=rtcp-fb:100 goog-remb
    a=rtcp-fb:100 ccm fir
    a=rtcp-fb:100 nack
    a=rtcp-fb:100 nack pli
    a=rtpmap:101 rtx/90000
    a=fmtp:101 apt=100
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel
    c=IN IP4 0.0.0.0
    a=ice-ufrag:x1CP
    a=ice-pwd:oi0F0seFRNENZYGE31QzGm/q
    a=ice-options:trickle
    a=fingerprint:sha-256 16:0D:D3:A9:CC:C3:8E:48:CA:59:56:E1:7E:02:49:22:1B:E8:A8:7C:B6:49:3D:80:27:3A:3E:6D:2D:95:BD:5A
    a=setup:active
    a=mid:d
    a=sctp-port:5000
    a=max-message-size:262144
    """)

  /// aiortc 1.16, with H.264.
  static let aiortc = lines(
    """
    v=0
    o=- 4004245016 4004245016 IN IP4 0.0.0.0
    s=-
    t=0 0
    a=group:BUNDLE a v d
    a=msid-semantic:WMS *
    m=audio 53818 UDP/TLS/RTP/SAVPF 111
    c=IN IP4 192.0.2.2
    a=recvonly
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=mid:a
    a=msid:d51bb937-930d-4dbc-bb1f-528216324a5a 681935f4-c00a-443e-841b-1ac5c485cff0
    a=rtcp:9 IN IP4 0.0.0.0
    a=rtcp-mux
    a=ssrc:2026266424 cname:0f58e030-6f64-4211-b766-867448cb8c18
    a=rtpmap:111 opus/48000/2
    a=candidate:f957a2332b1715da3b0ef8ba684454eb 1 udp 2130706431 192.0.2.2 53818 typ host
    a=candidate:d0bcf3d9c29a2bc887618212a1623bfa 1 udp 2130706431 fd00::2 46311 typ host
    a=end-of-candidates
    a=ice-ufrag:s8A6
    a=ice-pwd:nlTq3bh8AInXtCLqYob8j4
    a=fingerprint:sha-256 BB:90:62:85:74:3E:82:6E:17:FB:E7:5C:8E:3C:6B:9E:AD:47:7C:BF:0A:0C:D2:F4:3A:CF:61:5F:6C:06:65:3A
    a=fingerprint:sha-384 6B:83:D6:3F:B1:A9:DD:5F:90:F9:7F:DC:11:6A:96:CA:45:4A:96:F3:92:2A:9A:32:56:26:24:2E:AF:B1:17:AA:46:72:3D:90:A4:AD:E8:1F:8F:EA:1D:9F:64:D6:66:B0
    a=fingerprint:sha-512 07:EE:E1:DE:C3:8E:F0:1F:21:23:C6:2B:97:06:6B:02:F6:E7:5E:57:0C:17:10:62:1A:C9:10:5B:51:EB:F1:64:22:44:19:33:1E:B9:C5:AA:56:2A:39:7A:E4:2A:51:F2:82:B0:80:24:85:E7:FD:0A:F3:BD:3C:65:91:7D:64:7B
    a=setup:active
    m=video 53818 UDP/TLS/RTP/SAVPF 102 103
    c=IN IP4 192.0.2.2
    a=recvonly
    a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=mid:v
    a=msid:d51bb937-930d-4dbc-bb1f-528216324a5a 47cd7b61-107c-4bfb-9ae2-7680a933292b
    a=rtcp:9 IN IP4 0.0.0.0
    a=rtcp-mux
    a=ssrc-group:FID 1217766207 696343618
    a=ssrc:1217766207 cname:0f58e030-6f64-4211-b766-867448cb8c18
    a=ssrc:696343618 cname:0f58e030-6f64-4211-b766-867448cb8c18
    a=rtpmap:102 H264/90000
    a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
    a=rtcp-fb:102 nack
    a=rtcp-fb:102 nack pli
    a=rtcp-fb:102 goog-remb
    a=rtpmap:103 rtx/90000
    a=fmtp:103 apt=102
    a=candidate:f957a2332b1715da3b0ef8ba684454eb 1 udp 2130706431 192.0.2.2 53818 typ host
    a=candidate:d0bcf3d9c29a2bc887618212a1623bfa 1 udp 2130706431 fd00::2 46311 typ host
    a=end-of-candidates
    a=ice-ufrag:s8A6
    a=ice-pwd:nlTq3bh8AInXtCLqYob8j4
    a=fingerprint:sha-256 BB:90:62:85:74:3E:82:6E:17:FB:E7:5C:8E:3C:6B:9E:AD:47:7C:BF:0A:0C:D2:F4:3A:CF:61:5F:6C:06:65:3A
    a=fingerprint:sha-384 6B:83:D6:3F:B1:A9:DD:5F:90:F9:7F:DC:11:6A:96:CA:45:4A:96:F3:92:2A:9A:32:56:26:24:2E:AF:B1:17:AA:46:72:3D:90:A4:AD:E8:1F:8F:EA:1D:9F:64:D6:66:B0
    a=fingerprint:sha-512 07:EE:E1:DE:C3:8E:F0:1F:21:23:C6:2B:97:06:6B:02:F6:E7:5E:57:0C:17:10:62:1A:C9:10:5B:51:EB:F1:64:22:44:19:33:1E:B9:C5:AA:56:2A:39:7A:E4:2A:51:F2:82:B0:80:24:85:E7:FD:0A:F3:BD:3C:65:91:7D:64:7B
    a=setup:active
    m=application 53818 UDP/DTLS/SCTP webrtc-datachannel
    c=IN IP4 192.0.2.2
    a=mid:d
    a=sctp-port:5000
    a=max-message-size:262144
    a=candidate:f957a2332b1715da3b0ef8ba684454eb 1 udp 2130706431 192.0.2.2 53818 typ host
    a=candidate:d0bcf3d9c29a2bc887618212a1623bfa 1 udp 2130706431 fd00::2 46311 typ host
    a=end-of-candidates
    a=ice-ufrag:s8A6
    a=ice-pwd:nlTq3bh8AInXtCLqYob8j4
    a=fingerprint:sha-256 BB:90:62:85:74:3E:82:6E:17:FB:E7:5C:8E:3C:6B:9E:AD:47:7C:BF:0A:0C:D2:F4:3A:CF:61:5F:6C:06:65:3A
    a=fingerprint:sha-384 6B:83:D6:3F:B1:A9:DD:5F:90:F9:7F:DC:11:6A:96:CA:45:4A:96:F3:92:2A:9A:32:56:26:24:2E:AF:B1:17:AA:46:72:3D:90:A4:AD:E8:1F:8F:EA:1D:9F:64:D6:66:B0
    a=fingerprint:sha-512 07:EE:E1:DE:C3:8E:F0:1F:21:23:C6:2B:97:06:6B:02:F6:E7:5E:57:0C:17:10:62:1A:C9:10:5B:51:EB:F1:64:22:44:19:33:1E:B9:C5:AA:56:2A:39:7A:E4:2A:51:F2:82:B0:80:24:85:E7:FD:0A:F3:BD:3C:65:91:7D:64:7B
    a=setup:active
    """)

  /// Firefox ESR, in the form that it takes when it has no H.264 and only that was offered.
  static let firefoxWithoutVideo = lines(
    """
    v=0
    o=mozilla...THIS_IS_SDPARTA-99.0 7158268245221241596 0 IN IP4 0.0.0.0
    s=-
    t=0 0
    a=sendrecv
    a=fingerprint:sha-256 09:CC:5A:4D:B0:77:87:F1:E6:75:D0:41:D9:7B:03:8A:43:F1:9F:BD:97:6C:55:05:B4:4E:A3:7C:AE:44:B9:B9
    a=group:BUNDLE a v d
    a=ice-options:trickle
    a=msid-semantic:WMS *
    m=audio 9 UDP/TLS/RTP/SAVPF 111
    c=IN IP4 0.0.0.0
    a=recvonly
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
    a=fmtp:111 maxplaybackrate=48000;stereo=1;useinbandfec=1
    a=ice-pwd:55580e361a103e1e5af1b18f783ed7e8
    a=ice-ufrag:f6509b8e
    a=mid:a
    a=rtcp-mux
    a=rtpmap:111 opus/48000/2
    a=setup:active
    a=ssrc:3944646869 cname:{6394999f-3732-4a61-9d68-8cbb93254f5b}
    m=video 0 UDP/TLS/RTP/SAVPF 120
    c=IN IP4 0.0.0.0
    a=inactive
    a=mid:v
    a=rtpmap:120 VP8/90000
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel
    c=IN IP4 0.0.0.0
    a=sendrecv
    a=ice-pwd:55580e361a103e1e5af1b18f783ed7e8
    a=ice-ufrag:f6509b8e
    a=mid:d
    a=setup:active
    a=sctp-port:5000
    a=max-message-size:1073741823
    """)

  private static func lines(_ text: String) -> String {
    text.split(separator: "\n").map { $0 + "\r\n" }.joined()
  }
}
