// The SDP that D-ID's media gateway offers.

/// An offer in the shape of the one captured from D-ID in 2025-08, which a Janus gateway wrote: audio, video and data in
/// this order under the mids a, v and d, one set of credentials, everything sent by the gateway.
struct DIDOffer {
  let codec: VideoCodec
  let credentials: IceCredentials
  /// Microseconds since 1970, as Janus numbers its sessions.
  let sessionVersion: String
  /// Sixteen digits.
  let mountpoint: String
  /// SSRCs of audio, video and video retransmission.
  let sources: [UInt32]

  init(codec: VideoCodec, unixTime: Int64, from identifiers: inout IdentifierSource) {
    self.codec = codec
    credentials = IceCredentials(fragmentLength: 4, passwordLength: 22, from: &identifiers)
    sessionVersion = "\(unixTime)" + identifiers.text(6, of: .digits)
    mountpoint = "1" + identifiers.text(15, of: .digits)
    sources = (0..<3).map { UInt32("\($0 + 1)" + identifiers.text(8, of: .digits)) ?? 1 }
  }

  var sdp: String {
    let lines = session + audio + video + data
    return lines.map { $0 + "\r\n" }.joined()
  }

  private var session: [String] {
    [
      "v=0", "o=- \(sessionVersion) 1 IN IP4 \(LoopbackCandidate.address)", "s=Mountpoint \(mountpoint)", "t=0 0",
      "a=group:BUNDLE a v d", "a=ice-options:trickle", "a=fingerprint:\(credentials.fingerprint)",
      "a=extmap-allow-mixed", "a=msid-semantic: WMS *",
    ]
  }

  private var audio: [String] {
    [
      "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 \(LoopbackCandidate.address)", "a=sendonly", "a=mid:a",
      "a=rtcp-mux",
    ] + transport + [
      "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc",
    ] + extensions + ["a=msid:janus janusa", "a=ssrc:\(sources[0]) cname:janus"] + candidates
  }

  private var video: [String] {
    [
      "m=video 9 UDP/TLS/RTP/SAVPF 102 103", "c=IN IP4 \(LoopbackCandidate.address)", "a=sendonly", "a=mid:v",
      "a=rtcp-mux",
    ] + transport + [
      "a=rtpmap:102 \(codec.rawValue)/90000",
    ] + format + [
      "a=rtcp-fb:102 ccm fir", "a=rtcp-fb:102 nack", "a=rtcp-fb:102 nack pli", "a=rtcp-fb:102 goog-remb",
      "a=rtcp-fb:102 transport-cc", "a=rtpmap:103 rtx/90000", "a=fmtp:103 apt=102",
    ] + extensions + [
      "a=ssrc-group:FID \(sources[1]) \(sources[2])", "a=msid:janus janusv", "a=ssrc:\(sources[1]) cname:janus",
      "a=ssrc:\(sources[2]) cname:janus",
    ] + candidates
  }

  private var data: [String] {
    [
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN IP4 \(LoopbackCandidate.address)", "a=sendrecv",
      "a=mid:d", "a=sctp-port:5000", "a=max-message-size:262144",
    ] + transport + candidates
  }

  /// The captured offer has no format parameters. RFC 6184 section 8.1 reads that as packetization mode 0, which Chromium
  /// answers and aiortc 1.16 refuses, so the mode that both know is named.
  private var format: [String] {
    codec == .h264 ? ["a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"] : []
  }

  private var transport: [String] {
    ["a=ice-ufrag:\(credentials.usernameFragment)", "a=ice-pwd:\(credentials.password)", "a=setup:actpass"]
  }

  private var extensions: [String] {
    [
      "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
      "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    ]
  }

  private var candidates: [String] {
    ["a=\(LoopbackCandidate.attribute(component: 1))", "a=end-of-candidates"]
  }
}
