// Writes the SDP that D-ID's media gateway offers.
import MockPeer

/// An offer in the shape of the one captured from D-ID in 2025-08, which a Janus gateway wrote: audio, video and data
/// in this order under the mids a, v and d, one set of credentials, everything sent by the gateway.
struct DIDOffer {
  private static let extensions = PeerHeaderExtensions(mid: 4, absoluteSendTime: 2)

  let terms: OfferTerms
  /// In the order of preference; each with its retransmission format.
  let formats: [PeerVideo.Format]
  /// Microseconds since 1970, as Janus numbers its sessions.
  let sessionVersion: String
  /// Sixteen digits.
  let mountpoint: String
  /// SSRCs of audio, video and video retransmission.
  let sources: [UInt32]

  /// - Parameter codecs: one, or several in the order of preference.
  init(codecs: [PeerVideoCodec], terms: OfferTerms, unixTime: Int64, from identifiers: inout VendorIdentifiers) {
    self.terms = terms
    // Payload types as captured: 102 and 103 in 2025, 100 and 101 in 2023.
    formats = zip(codecs, [(102, 103), (100, 101)]).map { codec, types in
      PeerVideo.Format(codec: codec, payloadType: UInt8(types.0), retransmissionPayloadType: UInt8(types.1))
    }
    sessionVersion = "\(unixTime)" + identifiers.text(6, of: .digits)
    mountpoint = "1" + identifiers.text(15, of: .digits)
    sources = (1...3).map { identifiers.source($0) }
  }

  var sdp: String {
    let lines = session + audio + video + data
    return lines.map { $0 + "\r\n" }.joined()
  }

  /// The same as the peer has it.
  var description: PeerDescription {
    PeerDescription(
      credentials: terms.credentials,
      audio: PeerAudio(mid: "a", ssrc: sources[0], payloadType: 111, extensions: Self.extensions),
      video: PeerVideo(
        mid: "v", ssrc: sources[1], retransmissionSSRC: sources[2], formats: formats, extensions: Self.extensions),
      dataMid: "d", cname: "janus")
  }

  private var session: [String] {
    [
      "v=0", "o=- \(sessionVersion) 1 IN \(terms.address)", "s=Mountpoint \(mountpoint)", "t=0 0",
    ] + terms.liteness + [
      "a=group:BUNDLE a v d", "a=ice-options:trickle", "a=fingerprint:\(terms.fingerprint)",
      "a=extmap-allow-mixed", "a=msid-semantic: WMS *",
    ]
  }

  private var audio: [String] {
    [
      "m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN \(terms.address)", "a=sendonly", "a=mid:a", "a=rtcp-mux",
    ] + transport + [
      "a=rtpmap:111 opus/48000/2", "a=rtcp-fb:111 transport-cc",
    ] + extensions + ["a=msid:janus janusa", "a=ssrc:\(sources[0]) cname:janus"] + candidates
  }

  private var video: [String] {
    let types = formats.flatMap { [$0.payloadType, $0.retransmissionPayloadType].compactMap { $0 } }.map { "\($0)" }
    return [
      "m=video 9 UDP/TLS/RTP/SAVPF \(types.joined(separator: " "))", "c=IN \(terms.address)", "a=sendonly", "a=mid:v",
      "a=rtcp-mux",
    ] + transport + formats.flatMap(lines) + extensions + [
      "a=ssrc-group:FID \(sources[1]) \(sources[2])", "a=msid:janus janusv", "a=ssrc:\(sources[1]) cname:janus",
      "a=ssrc:\(sources[2]) cname:janus",
    ] + candidates
  }

  private var data: [String] {
    [
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "c=IN \(terms.address)", "a=sendrecv",
      "a=mid:d", "a=sctp-port:5000", "a=max-message-size:262144",
    ] + transport + candidates
  }

  /// The captured offer has no format parameters. RFC 6184 section 8.1 reads that as packetization mode 0, which
  /// Chromium answers and aiortc 1.16 refuses, so the mode that both know is named.
  private func lines(_ format: PeerVideo.Format) -> [String] {
    let type = format.payloadType
    let retransmission = format.retransmissionPayloadType ?? 0
    return ["a=rtpmap:\(type) \(format.codec.rawValue)/90000"]
      + (format.codec == .h264 ? ["a=fmtp:\(type) \(OfferTerms.h264)"] : [])
      + ["ccm fir", "nack", "nack pli", "goog-remb", "transport-cc"].map { "a=rtcp-fb:\(type) \($0)" }
      + ["a=rtpmap:\(retransmission) rtx/90000", "a=fmtp:\(retransmission) apt=\(type)"]
  }

  private var transport: [String] {
    [
      "a=ice-ufrag:\(terms.credentials.usernameFragment)", "a=ice-pwd:\(terms.credentials.password)",
      "a=setup:actpass",
    ]
  }

  private var extensions: [String] {
    [
      "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
      "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid",
    ]
  }

  private var candidates: [String] { terms.candidates.map { "a=\($0.attribute())" } + ["a=end-of-candidates"] }
}
